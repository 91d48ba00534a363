"""Shell, guard, Home, Data, Backbone and Run, through AppTest on the shell."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.data.samples import BUSINESSES, find_sample
from finxfer.errors import BadInput
from finxfer.records.events import append_event
from finxfer.records.folder import RunFolder, list_runs
from finxfer.records.home import runs_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.runs import launcher
from finxfer.ui import roles_state
from finxfer.ui.text import auto as auto_text
from finxfer.ui.text import backbone as backbone_text
from finxfer.ui.text import data as data_text
from finxfer.ui.text import home as home_text
from finxfer.ui.text import run as run_text
from finxfer.ui.text import shell as text
from finxfer.ui.walk import BESIDE, ROOT, WALK

SHELL = ROOT / "finxfer" / "ui" / "shell.py"
HOSTILE = "<img src=x onerror=alert(1)> =cmd|' [a](b)"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    return tmp_path


def small_table(leak: bool = False, rows: int = 240) -> pd.DataFrame:
    generator = np.random.default_rng(5)
    income = generator.normal(3000, 500, rows)
    default = (generator.random(rows) < 1 / (1 + np.exp((income - 2700) / 300))).astype(int)
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{number:05d}" for number in range(rows)],
            "sex": generator.choice(["female", "male"], rows),
            "income": income.round(2),
            HOSTILE: generator.choice(["a", "b", "c"], rows),
            "default": default,
        }
    )
    if leak:
        frame.insert(2, "days_overdue", default * 90 + generator.integers(0, 3, rows))
    return frame


def keep(frame: pd.DataFrame, name: str = "book.csv") -> TableMeta:
    sha256 = f"{len(name) * 7919 + frame.shape[1]:064x}"
    return TableStore().add(frame, TableMeta(sha256, name, len(frame), frame.shape[1]))


def open_page(page: str, **parameters: str) -> AppTest:
    at = AppTest.from_file(str(SHELL), default_timeout=60)
    for name, value in parameters.items():
        at.query_params[name] = value
    at.run()
    return at if page == "home" else at.switch_page(f"../../pages/{page}.py").run()


def words(at: AppTest) -> str:
    parts = [*at.title, *at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.subheader]
    return "\n".join(str(part.value) for part in parts)


def stored_run(state: str, table: TableMeta | None = None, **changes: Any) -> RunFolder:
    table = table or keep(small_table())
    roles = roles_state.settled(table)
    run = RunFolder(runs_dir() / f"20261121-1200{len(list_runs()):02d}-abcd").create(
        Spec(
            table=table.sha256,
            table_name=table.name,
            target=roles.target,
            positive=roles.positive,
            columns=roles.columns,
        )
    )
    now = time.time()
    fields: dict[str, Any] = {"started": now - 60, "heartbeat": now, "device": "cpu"}
    if state in ("queued", "running"):
        process = psutil.Process()
        fields |= {"pid": process.pid, "process_started": process.create_time()}
    else:
        fields |= {"ended": now - 10}
    run.write_status(state=state, **(fields | changes))
    return run


@pytest.mark.parametrize("page", [step.name for step in (*WALK, *BESIDE)])
def test_every_page_opens_on_an_empty_home_with_its_title(page: str) -> None:
    at = open_page(page)
    assert not at.exception
    assert at.title[0].value == text.TITLES[page]


@pytest.mark.parametrize("page", [step.name for step in (*WALK, *BESIDE)])
def test_a_page_outside_the_shell_shows_only_the_way_back(page: str) -> None:
    at = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60).run()
    assert [error.value for error in at.error] == [text.NEEDS_SHELL]
    assert not at.title and not at.dataframe and not at.button


def test_the_web_process_never_imports_the_heavy_libraries(home: Path) -> None:
    table = keep(small_table())
    run = stored_run("running", table)
    code = f"""
import sys
from streamlit.testing.v1 import AppTest
at = AppTest.from_file({str(SHELL)!r}, default_timeout=120)
at.query_params["run"], at.query_params["table"] = {run.id!r}, {table.sha256!r}
at.run()
for page in {[step.name for step in (*WALK, *BESIDE)]!r}:
    at.switch_page(f"../../pages/{{page}}.py").run()
    assert not at.exception, (page, at.exception)
heavy = [name for name in ("torch", "shap", "lightgbm", "tabicl", "sklearn") if name in sys.modules]
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("value", ["../../etc", "nothing-here", "<b>x</b>"])
def test_an_address_that_names_nothing_says_so(value: str) -> None:
    at = open_page("run", run=value)
    assert not at.exception
    assert "There is no run" in at.warning[0].value
    assert "<b>" not in at.warning[0].value
    at = open_page("data", table=value)
    assert not at.exception and "There is no table" in at.warning[0].value


def test_what_is_open_stays_open_from_page_to_page() -> None:
    table = keep(small_table())
    at = open_page("data", table=table.sha256)
    assert at.query_params["table"] == table.sha256
    assert any(table.name.split(".")[0] in caption.value for caption in at.sidebar.caption)
    # Streamlit drops the parameters when another page is clicked; the session still knows.
    at.query_params.clear()
    at.switch_page("../../pages/backbone.py").run()
    assert at.query_params["table"] == table.sha256


# Home


def test_home_lists_runs_of_every_state_and_deletes_after_asking() -> None:
    table = keep(small_table())
    runs = [stored_run(state, table) for state in ("finished", "failed", "cancelled", "running")]
    runs[0].write_json(
        "metrics.json",
        {
            "backbone": "b",
            "choice": "fine-tuned",
            "freezing_depth": 2,
            "stages": 4,
            "model": {"gini": 0.5812},
            "gain": {"metric": "auc", "over": "lightgbm", "value": 0.021, "interval": [0.004, 0.039]},
        },
    )
    at = open_page("home")
    shown = words(at)
    assert "0.581" in shown and "+0.042" in shown.replace("\\", "") and "depth 2 of 4" in shown
    for state in ("finished", "failed", "cancelled", "running"):
        assert f"badge[{state}]" in shown
    at.button(key=f"delete_{runs[1].id}").click().run()
    assert runs[1].exists()
    assert any(button.label == home_text.DELETE_YES for button in at.button)


@pytest.mark.parametrize("business", [business.id for business in BUSINESSES])
def test_each_tour_launches_a_synthetic_run(business: str, monkeypatch: pytest.MonkeyPatch) -> None:
    launched = capture_launch(monkeypatch)
    at = open_page("home")
    at.selectbox(key="sample_business").select(business).run()
    at.button(key="tour").click().run()
    assert not at.exception and not at.error
    spec = launched[0]
    sample = find_sample(business)
    assert isinstance(spec, Spec) and spec.synthetic and spec.target == sample.target
    assert set(spec.protected) == set(sample.protected) and not spec.use_protected
    assert at.query_params["table"] == spec.table
    log = next(one.log for one in BUSINESSES if one.id == business)
    assert (spec.split == "out-of-time") == log
    assert ("customer_count_1d" in spec.features) == log


def capture_launch(monkeypatch: pytest.MonkeyPatch) -> list[Spec | JobSpec]:
    """Launches make the folder but start no process."""
    launched: list[Spec | JobSpec] = []
    monkeypatch.setattr(launcher, "_start", lambda run, *_: launched.append(run.spec()))
    return launched


# Data


def test_an_upload_is_read_stored_and_opened() -> None:
    at = open_page("data")
    content = small_table().to_csv(index=False, sep=";").encode("utf-16")
    at.file_uploader[0].upload("book.txt", content).run()
    assert not at.exception and not at.error
    assert at.query_params["table"] == TableStore().list()[0].sha256
    assert "240 rows and 5 columns" in words(at)
    assert not at.file_uploader


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("book.csv", b""),
        ("book.csv", b"%PDF-1.7 not a table at all"),
        ("book.parquet", b"PK\x03\x04 this is a zip"),
        ("only_header.csv", b"a,b,c\n"),
        (f"{HOSTILE}.csv", b"PAR1 broken"),
    ],
)
def test_a_file_that_is_no_table_is_refused_and_nothing_is_kept(name: str, content: bytes) -> None:
    at = open_page("data")
    at.file_uploader[0].upload(name, content).run()
    assert not at.exception
    assert at.error and "<img" not in at.error[0].value
    assert not TableStore().list()


def test_large_uploads_are_read_by_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINXFER_DIRECT_UPLOAD_MB", "0")
    launched = capture_launch(monkeypatch)
    at = open_page("data")
    at.file_uploader[0].upload("book.csv", small_table().to_csv(index=False).encode()).run()
    assert not at.exception
    assert isinstance(launched[0], JobSpec) and launched[0].job == "ingest"
    assert launched[0].arguments["name"] == "book.csv" and Path(launched[0].arguments["upload"]).is_file()


def test_roles_are_proposed_with_reasons_and_hostile_names_stay_text() -> None:
    table = keep(small_table())
    at = open_page("data", table=table.sha256)
    assert not at.exception
    editor = at.dataframe[0].value
    roles = dict(zip(editor["column"], editor["role"], strict=True))
    assert roles["default"] == "target" and roles["sex"] == "protected" and roles["customer_id"] != "feature"
    assert editor["reason"].str.len().gt(5).all()
    assert "<img" not in words(at)


def test_edits_are_kept_undone_and_refused() -> None:
    table = keep(small_table())
    roles = roles_state.proposed(table)
    changed = roles_state.with_edits(table, roles, {2: {"role": "excluded"}})
    assert {c.name: c.role for c in changed.columns}["income"] == "excluded"
    moved = roles_state.with_edits(table, roles, {1: {"role": "target"}})
    assert moved.target == "sex" and [c.role for c in moved.columns].count("target") == 1
    with pytest.raises(BadInput):
        roles_state.with_edits(table, roles, {4: {"role": "feature"}})
    with pytest.raises(BadInput):
        roles_state.with_edits(table, roles, {1: {"kind": "numeric"}})


def test_a_leak_is_a_problem_with_a_remedy_that_can_be_undone() -> None:
    table = keep(small_table(leak=True, rows=600), "leaky.csv")
    at = open_page("data", table=table.sha256)
    assert "1 problem" in words(at)
    remedy = next(button for button in at.button if "overdue" in button.label)
    remedy.click().run()
    kept = TableStore().roles(table.sha256)
    assert kept is not None and {c.name: c.role for c in kept.columns}["days_overdue"] == "excluded"
    assert not any("overdue" in button.label for button in at.button)
    at.button(key="roles_undo").click().run()
    again = TableStore().roles(table.sha256)
    assert again is not None and {c.name: c.role for c in again.columns}["days_overdue"] == "feature"


def test_using_the_table_keeps_the_roles() -> None:
    table = keep(small_table())
    at = open_page("data", table=table.sha256)
    at.button(key="use_table").click().run()
    assert TableStore().roles(table.sha256) == roles_state.proposed(table)


def test_a_target_of_three_values_is_told_apart_or_one_of_them_is_the_event() -> None:
    frame = small_table().assign(
        default=lambda f: np.where(f["income"] > 3300, "late", f["default"].astype(str))
    )
    table = keep(frame, "three.csv")
    at = open_page("data", table=table.sha256)
    assert not at.exception
    assert not at.button(key="use_table").disabled
    assert at.selectbox[1].label == data_text.TASK and at.selectbox[1].value == "multiclass"
    at.button(key="use_table").click().run()
    roles = TableStore().roles(table.sha256)
    assert roles is not None and (roles.task, roles.positive) == ("multiclass", "")
    assert roles.classes == tuple(sorted(set(frame["default"])))
    # The event of one class against the others is one choice away.
    at = open_page("data", table=table.sha256)
    at.selectbox[1].set_value("binary").run()
    assert not at.exception
    assert data_text.POSITIVE in [one.label for one in at.selectbox]


# Backbone


def test_backbone_shows_every_card_and_launches_what_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    from finxfer.backbones.catalogue import list_backbones

    table = keep(small_table())
    launched = capture_launch(monkeypatch)
    at = open_page("backbone", table=table.sha256)
    assert not at.exception
    assert backbone_text.AUTO_NAME in words(at)
    card = next(card for card in list_backbones() if card.columns is None)
    at.button(key=f"choose_{card.id}").click().run()
    assert not at.exception
    at.slider(key="freezing_depth").set_value(card.depth_count).run()
    assert backbone_text.SENTENCE_HEAD.format(stages=card.depth_count) in words(at)
    at.number_input(key="set_epochs").set_value(7).run()
    at.button(key="launch").click().run()
    assert not at.exception
    spec = launched[0]
    assert isinstance(spec, Spec)
    assert (spec.backbone, spec.freezing_depth, spec.training.epochs) == (card.id, card.depth_count, 7)
    assert "sex" not in spec.features and "customer_id" not in spec.features


def test_finxfers_choice_says_what_it_will_try_and_how_before_the_launch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = keep(small_table())
    launched = capture_launch(monkeypatch)
    at = open_page("backbone", table=table.sha256)
    assert not at.exception and auto_text.TITLE in words(at)
    assert "168 training rows are cut into 5 parts" in words(at)
    candidates = at.dataframe[0].value[auto_text.COLUMNS[0]].tolist()
    assert candidates[-4:] == [*auto_text.BASELINES, auto_text.MEAN] and len(candidates) > 4
    at.button(key="launch").click().run()
    spec = launched[0]
    assert isinstance(spec, Spec) and (spec.backbone, spec.freezing_depth) == ("auto", "auto")


def test_a_backbone_too_large_for_this_machine_is_said_before_the_launch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from finxfer.backbones.catalogue import list_backbones
    from finxfer.runs.machine import Machine
    from finxfer.ui import depth_view

    monkeypatch.setattr(depth_view, "machine", lambda: Machine(2, 10**9, 10**6, ()))
    card = next(card for card in list_backbones() if card.columns is None)
    at = open_page("backbone", table=keep(small_table()).sha256)
    at.button(key=f"choose_{card.id}").click().run()
    assert any("Too large for this machine" in error.value for error in at.error)


# Run


@pytest.mark.parametrize("state", ["queued", "running", "finished", "failed", "cancelled", "interrupted"])
def test_run_page_in_every_state(state: str) -> None:
    error = {"kind": "Fault", "what": "The disk is full.", "why": "No space.", "next": "Free some."}
    run = stored_run(
        state, stage="train", stage_index=5, stage_count=9, error=error if state == "failed" else None
    )
    losses = {"train_loss": 0.6, "validation_loss": 0.5, "validation_auc": 0.7, "seconds": 1.0}
    append_event(run.path, "epoch", model="model", depth=2, epoch=1, of=40, **losses)
    at = open_page("run", run=run.id)
    assert not at.exception
    labels = {button.label for button in at.button}
    expected: dict[str, Callable[[], bool]] = {
        "queued": lambda: run_text.CANCEL in labels,
        "running": lambda: run_text.CANCEL in labels,
        "finished": lambda: run_text.RESULTS in labels,
        "failed": lambda: run_text.RESUME in labels and "The disk is full" in words(at).replace("\\", ""),
        "cancelled": lambda: run_text.RESUME in labels,
        "interrupted": lambda: run_text.RESUME in labels,
    }
    assert expected[state]()
    assert at.get("plotly_chart")


def test_the_run_page_names_who_is_tried_and_who_has_been() -> None:
    run = stored_run("running", stage="train", stage_index=5, stage_count=9)
    part = {"done": 7, "of": 20, "fold": 3, "folds": 5}
    append_event(run.path, "candidate", name="lightgbm", log_loss=0.52, auc=0.77, seconds=4.0)
    append_event(run.path, "progress", candidate="incontext-small, as-is", **part)
    at = open_page("run", run=run.id)
    assert not at.exception
    assert at.get("progress")[0].proto.text == "Trying incontext\\-small\\, as it is, part 3 of 5"
    assert run_text.CANDIDATES_TITLE in words(at) and run_text.CHOOSING in words(at)
    assert f"**book.csv** · {home_text.AUTO}" in words(at).replace("\\", "")
    assert at.dataframe[0].value["Candidate"].tolist() == ["LightGBM"]


def test_carry_on_starts_the_worker_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run = stored_run("interrupted")
    launched = capture_launch(monkeypatch)
    at = open_page("run", run=run.id)
    at.button(key="run_resume").click().run()
    assert not at.exception
    assert len(launched) == 1 and run.stored_status().state == "queued"


def test_a_spec_edited_to_nonsense_is_said() -> None:
    run = stored_run("failed")
    run.spec_path.write_text('{"job": "finetune", "nonsense": 1}', encoding="utf-8")
    at = open_page("run", run=run.id)
    assert not at.exception
    assert run_text.NO_SPEC in [error.value for error in at.error]


def test_a_run_deleted_under_the_app_is_said() -> None:
    run = stored_run("finished")
    at = open_page("run", run=run.id)
    launcher.delete(run)
    at.run()
    assert not at.exception
    assert "There is no run" in at.warning[0].value
