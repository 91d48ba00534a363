"""The live what-if job: it answers with the stored model, refuses nonsense, and never outlives its run."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from finxfer.errors import BadInput
from finxfer.records.assessment import FILE, Assessment
from finxfer.records.change_settings import ChangeSettings
from finxfer.records.folder import RunFolder
from finxfer.records.home import jobs_dir, tables_dir
from finxfer.records.spec import JobSpec
from finxfer.runs import asking, worker
from finxfer.runs.reopening import reopen
from finxfer.runs.reporter import Reporter
from finxfer.runs.score import load_scorer
from finxfer.runs.what_if import Desk, fixed_columns
from tests.what_if_run import write_what_if_run


@pytest.fixture
def run() -> RunFolder:
    return write_what_if_run()


@pytest.fixture
def start(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[RunFolder], tuple[RunFolder, threading.Thread]]]:
    """Starts the job of a run in a thread and waits until it answers."""
    monkeypatch.setenv("FINXFER_WHAT_IF_MINUTES", "0.2")
    started: list[tuple[RunFolder, threading.Thread]] = []

    def begin(run: RunFolder) -> tuple[RunFolder, threading.Thread]:
        job = RunFolder(jobs_dir() / f"20261121-160000-{len(started):04x}")
        job.create(JobSpec(asking.JOB, {"run": str(run.path)}))
        thread = threading.Thread(target=worker.main, args=([str(job.path)],), daemon=True)
        thread.start()
        started.append((job, thread))
        while not asking.is_ready(job) and thread.is_alive():
            time.sleep(0.01)
        return job, thread

    yield begin
    for job, thread in started:
        if job.exists():
            job.request_cancel()
        thread.join(10)
        assert not thread.is_alive()


def first_row(run: RunFolder) -> int:
    return int(pd.read_parquet(run.explanations / "model.parquet")["row"].iloc[0])


def test_the_answer_is_the_stored_models(run: RunFolder, start: Callable) -> None:
    job, _ = start(run)
    row = first_row(run)
    scorer, opened = load_scorer(run), reopen(run, Reporter(run))
    customer = opened.rows.test[opened.rows.test_ids == row]
    told = asking.ask(job, "customer", row=row)
    assert told is not None and told["probability"] == scorer.probability(customer)[0]
    assert told["values"] == {"income": customer["income"].item(), "debt": customer["debt"].item(),
                              "region": customer["region"].item()}  # fmt: skip
    values = {"debt": 2.5, "region": "south", "income": None}
    found = asking.ask(job, "what-if", row=row, values=values)
    assert found is not None
    assert (
        found["probability"] == scorer.probability(customer.assign(debt=2.5, region="south", income=None))[0]
    )
    assert found["before"] == told["probability"] and found["unusual"] == {"income": "missing"}
    assert not list((job.path / asking.QUESTIONS).iterdir()) and not list(
        (job.path / asking.ANSWERS).iterdir()
    )


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"kind": "what-if", "row": 10**9}, "no such test customer"),
        ({"kind": "what-if", "row": "1"}, "no such test customer"),
        ({"kind": "what-if", "row": True}, "no such test customer"),
        ({"kind": "what-if", "row": None, "values": []}, "no such test customer"),
        ({"kind": "what-if", "values": []}, "values are no object"),
        ({"kind": "what-if", "values": {"salary": 1}}, "no feature 'salary'"),
        ({"kind": "what-if", "values": {"debt": "much"}}, "'debt' cannot take this value"),
        ({"kind": "advise"}, "no question"),
        ({"kind": "counterfactual", "wanted": 7}, "no such probability"),
        ({"kind": "counterfactual", "wanted": "low"}, "no such probability"),
    ],
)
def test_nonsense_is_refused_and_the_job_goes_on(
    run: RunFolder, start: Callable, question: dict, said: str
) -> None:
    job, _ = start(run)
    fields = {"row": first_row(run), **question}
    with pytest.raises(BadInput, match=said):
        asking.ask(job, **fields)
    assert asking.ask(job, "what-if", row=first_row(run), values={}) is not None


def test_garbage_in_a_question_is_answered_and_cleared_away(run: RunFolder, start: Callable) -> None:
    job, _ = start(run)
    for name, content in (("a", b"{ nonsense"), ("b", b"\xff\xfe\x00"), ("c", b"[]"), ("d", b'{"kind": 3}')):
        (job.path / asking.QUESTIONS / f"{name}.json").write_bytes(content)
        for _ in range(200):
            if (job.path / asking.ANSWERS / f"{name}.json").is_file():
                break
            time.sleep(0.01)
        with pytest.raises(BadInput, match="no question"):
            asking.answer_of(job, name)
    assert not list((job.path / asking.QUESTIONS).iterdir())


def test_a_counterfactual_keeps_what_the_run_says_cannot_change(run: RunFolder, start: Callable) -> None:
    run.write_json(FILE, Assessment(changes=ChangeSettings(["region"], [], ["debt"])).to_json())
    job, _ = start(run)
    explained = pd.read_parquet(run.explanations / "model.parquet")
    row = int(explained.loc[explained["probability"].idxmax(), "row"])
    found = asking.ask(job, "counterfactual", patience=20, row=row)
    assert found is not None and found["answers"] and found["fixed"] == ["region"]
    for answer in found["answers"]:
        columns = {one["column"]: one for one in answer["changes"]}
        assert "region" not in columns
        assert "debt" not in columns or columns["debt"]["after"] < columns["debt"]["before"]
        values = {name: one["after"] for name, one in columns.items()}
        again = asking.ask(job, "what-if", row=row, values=values)
        assert again is not None and answer["probability"] == pytest.approx(again["probability"], abs=1e-9)


def test_damaged_limits_are_an_answer_and_not_the_end(run: RunFolder, start: Callable) -> None:
    job, _ = start(run)
    (run.path / FILE).write_text("{ nonsense", encoding="utf-8")
    with pytest.raises(BadInput, match=r"assessment\.json"):
        asking.ask(job, "counterfactual", row=first_row(run))
    assert asking.ask(job, "what-if", row=first_row(run), values={}) is not None


def test_it_ends_when_nobody_asks(run: RunFolder, start: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINXFER_WHAT_IF_MINUTES", "0.01")
    job, thread = start(run)
    thread.join(10)
    assert not thread.is_alive() and job.status().state == "finished"
    assert asking.ask(job, "what-if", patience=0.05, row=first_row(run)) is None
    assert not list((job.path / asking.QUESTIONS).iterdir()), "a question that nobody waits for is taken back"


def test_a_cancel_ends_it(run: RunFolder, start: Callable) -> None:
    job, thread = start(run)
    job.request_cancel()
    thread.join(10)
    assert not thread.is_alive() and job.status().state == "cancelled"


@pytest.mark.parametrize("gone", ["run", "job"])
def test_it_never_outlives_its_run_nor_its_folder(run: RunFolder, start: Callable, gone: str) -> None:
    job, thread = start(run)
    shutil.rmtree((run if gone == "run" else job).path)
    thread.join(10)
    assert not thread.is_alive()
    if gone == "job":
        with pytest.raises(BadInput, match="Nobody is there"):
            asking.ask(job, "what-if", row=0)


def test_a_run_whose_table_is_gone_or_that_is_none_says_so(
    run: RunFolder, tmp_path: Path, start: Callable
) -> None:
    with pytest.raises(BadInput, match="no run"):
        Desk(RunFolder(tmp_path / "nowhere"), Reporter(RunFolder(tmp_path)))
    shutil.rmtree(tables_dir())
    job, thread = start(run)
    thread.join(10)
    assert job.status().state == "failed" and job.status().error is not None


def test_protected_columns_never_change_whatever_is_stated() -> None:
    run = write_what_if_run(use_protected=True)
    desk = Desk(run, Reporter(run))
    assert fixed_columns(desk.columns, ChangeSettings()) == ["sex"]
    assert fixed_columns(desk.columns, ChangeSettings(["debt"])) == ["sex", "debt"]
    assert desk.to_json()["always"] == ["sex"]
