"""The ladder in the app: launched on the Backbone page, followed and shown on the Run page, taken over."""

from __future__ import annotations

import time
from pathlib import Path

import pandas as pd
import psutil
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.records.events import append_event
from finxfer.records.folder import RunFolder, Status
from finxfer.records.home import runs_dir
from finxfer.records.spec import LADDER, ColumnSpec, Spec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.runs import launcher
from finxfer.ui import ladder_words, run_words
from finxfer.ui.charts.ladder import ladder_panels
from finxfer.ui.text import ladder as text
from finxfer.ui.walk import ROOT
from tests.ladder_example import HOSTILE, ladder_record, ladder_so_far

RUN_ID = "20261121-120000-aaaa"


def spec() -> Spec:
    columns = (ColumnSpec("income", "feature", "numeric"), ColumnSpec("default", "target", "numeric"))
    return Spec(
        table="a" * 64, table_name="book.csv", target="default", positive="1", columns=columns, job=LADDER,
        backbone="incontext-small",
    )  # fmt: skip


@pytest.fixture(autouse=True)
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    frame = pd.DataFrame(
        {"income": [float(n % 31) for n in range(200)], "default": [n % 3 // 2 for n in range(200)]}
    )
    TableStore().add(frame, TableMeta("a" * 64, "book.csv", 200, 2))
    return RunFolder(runs_dir() / RUN_ID).create(spec())


def ended(run: RunFolder, state: str, **changes: object) -> None:
    run.write_status(state=state, job=LADDER, started=1.0, ended=31.0, device="cpu", **changes)


def page(name: str = "run", **parameters: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "finxfer" / "ui" / "shell.py"), default_timeout=60)
    for key, value in ({"run": RUN_ID} | parameters).items():
        at.query_params[key] = value
    at.run()
    at = at.switch_page(f"../../pages/{name}.py").run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    return "\n".join(str(one.value) for one in (*at.markdown, *at.caption, *at.info, *at.error))


def bare(markdown: str) -> str:
    return markdown.replace("\\", "")


def test_a_finished_ladder_answers_first_and_its_depth_can_be_taken_over(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.write_json("ladder.json", ladder_record())
    ended(run, "finished")
    at = page()
    assert ladder_record()["sentence"] in bare(words(at))
    assert text.MEMORY_ESTIMATED in words(at)
    assert [button.label for button in at.button if button.key == "run_results"] == []
    launched: list[Spec] = []

    def launch(wanted: Spec) -> RunFolder:
        launched.append(wanted)
        return RunFolder(runs_dir() / "20261121-130000-bbbb").create(wanted)

    monkeypatch.setattr(launcher, "launch", launch)
    button = at.button(key="ladder-use")
    assert button.label == text.USE.format(depth=2)
    at = button.click().run()
    assert not at.exception and at.query_params["run"] in ("20261121-130000-bbbb", ["20261121-130000-bbbb"])
    (taken,) = launched
    assert (taken.job, taken.freezing_depth, taken.backbone) == ("finetune", 2, "incontext-small")
    assert taken.columns == spec().columns and taken.seed == spec().seed


def test_as_is_is_offered_in_words(run: RunFolder) -> None:
    run.write_json("ladder.json", ladder_record(recommended="as-is"))
    ended(run, "finished")
    assert page().button(key="ladder-use").label == text.USE_AS_IS


def test_without_its_table_a_ladder_is_shown_but_not_taken_over(run: RunFolder) -> None:
    run.write_json("ladder.json", ladder_record())
    ended(run, "finished")
    TableStore().delete("a" * 64)
    at = page()
    assert text.TABLE_GONE in words(at)
    assert not [button for button in at.button if button.key == "ladder-use"]


def test_a_running_ladder_shows_the_depths_so_far_and_can_be_cancelled(run: RunFolder) -> None:
    run.write_json("ladder.json", ladder_so_far(2))
    me = psutil.Process()
    run.write_status(
        state="running", job=LADDER, stage="ladder", stage_index=3, stage_count=4, pid=me.pid, device="cpu",
        process_started=me.create_time(), started=time.time(), progress=0.4, eta_seconds=30.0,
    )  # fmt: skip
    append_event(
        run.path,
        "progress",
        done=4.0,
        of=10.0,
        weight=2.0,
        candidate="incontext-small, depth 2",
        fold=1,
        folds=3,
    )
    at = page()
    said = bare(words(at))
    assert "**2 of 5 depths** so far" in said and "about 30 s left" in said
    assert "Fine-tune at every depth" in said
    assert at.button(key="run_cancel").label


def test_a_ladder_that_has_no_rung_yet_says_so(run: RunFolder) -> None:
    me = psutil.Process()
    run.write_status(state="queued", job=LADDER, pid=me.pid, process_started=me.create_time())
    assert text.WAIT in words(page())


def test_a_stopped_ladder_shows_what_was_finished_and_how_to_go_on(run: RunFolder) -> None:
    run.write_json("ladder.json", ladder_so_far(3))
    ended(run, "cancelled")
    at = page()
    assert "**3 of 5 depths** were finished" in words(at) and at.button(key="run_resume").label


def test_a_failed_ladder_says_why(run: RunFolder) -> None:
    ended(run, "failed", error={"kind": "BadInput", "what": "No column.", "why": "None.", "next": "Choose."})
    said = bare(words(page()))
    assert "No column." in said and text.STOPPED_BEFORE in said


def test_other_pages_point_to_the_run_page(run: RunFolder) -> None:
    run.write_json("ladder.json", ladder_record())
    ended(run, "finished")
    for name in ("results", "fairness", "explain", "score", "report"):
        assert "is a freezing ladder" in words(page(name)), name


def test_home_lists_it_and_opens_it_where_its_answer_is(run: RunFolder) -> None:
    run.write_json("ladder.json", ladder_record())
    ended(run, "finished")
    at = page("home", run="")
    assert text.EVERY_DEPTH in words(at)


def test_find_out_for_me_launches_a_ladder(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    launched: list[Spec] = []

    def launch(wanted: Spec) -> RunFolder:
        launched.append(wanted)
        return RunFolder(runs_dir() / "20261121-140000-cccc").create(wanted)

    monkeypatch.setattr(launcher, "launch", launch)
    at = page("backbone", table="a" * 64)
    at = at.button(key="choose_incontext-small").click().run()
    at.session_state["depth_preset"] = "auto"
    at = at.run()
    assert not at.exception and text.DEPTH_SENTENCE in words(at)
    at.button(key="launch").click().run()
    (wanted,) = launched
    assert (wanted.job, wanted.backbone, wanted.freezing_depth) == (LADDER, "incontext-small", "auto")


def test_names_from_the_table_reach_the_picture_as_text() -> None:
    record = ladder_record()
    names = [ladder_words.depth_name(rung["depth"]) for rung in record["rungs"]]
    figure = ladder_panels(names, ladder_words.panels(record), ladder_words.position(record))
    drawn = figure.to_json()
    assert "<img" not in drawn and "&lt;img" in drawn
    assert HOSTILE[:26] in ladder_words.table(record).iloc[0][text.COLUMNS["ratio"]]  # cells are plain text


def test_the_recommended_depth_is_told_by_shape_and_label() -> None:
    record = ladder_record()
    names = [ladder_words.depth_name(rung["depth"]) for rung in record["rungs"]]
    figure = ladder_panels(names, ladder_words.panels(record), ladder_words.position(record))
    dots = [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "markers"]
    assert len(dots) == 4 and all(list(one.marker.symbol).index("star") == 2 for one in dots)
    assert figure.layout.xaxis.ticktext[2] == "<b>2</b><br>★"
    assert [trace.type for trace in figure.data].count("bar") == 3
    for number in range(1, 8):
        axis = figure.layout[f"yaxis{number if number > 1 else ''}"]
        assert axis.range[0] < axis.range[1]


def test_a_growing_ladder_has_no_verdict_in_picture_and_table() -> None:
    found = ladder_so_far(2)
    panels = ladder_words.panels(found)
    assert panels[0].values == [None, None] and ladder_words.position(found) is None
    assert list(ladder_words.table(found)[text.COLUMNS["behind"]]) == ["–", "–"]
    assert text.NONE_YET in ladder_words.chart_words(found)
    figure = ladder_panels(["as-is", "3"], panels, None)
    assert any(note.text == text.NONE_YET for note in figure.layout.annotations)


def test_the_numbers_behind_the_picture_are_flat() -> None:
    data = ladder_words.data(ladder_record())
    assert len(data) == 5 and list(data["recommended"]) == [False, False, True, False, False]
    assert data["test_gini_low"].tolist() == [0.4] * 5
    assert not any(isinstance(cell, (list, dict)) for cell in data.iloc[0])


def test_the_line_of_truth_knows_the_ladders_stage(run: RunFolder) -> None:
    status = Status(state="running", job=LADDER, stage="ladder", stage_index=3, stage_count=4, device="cpu")
    assert "Fine-tune at every depth" in run_words.truth(run, status, run_words.story([]))
