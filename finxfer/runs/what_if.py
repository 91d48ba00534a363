"""What if a customer were different: a live job that answers with the run's own model, loaded once.

Questions come as files (see :mod:`finxfer.runs.asking`). The job ends when nobody has asked for a while
(setting ``what_if_minutes``), when it is cancelled, or when its run is deleted.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finxfer.errors import BadInput, Damaged, FinxferError
from finxfer.explanations.counterfactuals import Found, Limits, counterfactuals
from finxfer.explanations.seen import Customer, Seen, proposed_fixed
from finxfer.explanations.values import kinds_of
from finxfer.records.assessment import assessment_of
from finxfer.records.change_settings import ChangeSettings
from finxfer.records.folder import RunFolder
from finxfer.records.spec import BINARY, MULTICLASS, ColumnSpec, JobSpec, Spec
from finxfer.runs import asking
from finxfer.runs.reopening import reopen, run_of
from finxfer.runs.reporter import Reporter, cancelled
from finxfer.runs.score import Scorer, load_scorer
from finxfer.settings import number

LOOK_SECONDS = 0.02
_EVALUATIONS = 6000
_SLOW_EVALUATIONS = 3000  # of in-context models, which take milliseconds a row


class Desk:
    """A run's model at hand, with its rows.

    Args:
        run: a finished run whose table is stored.
        report: told what is being opened; raises where the job is to stop.

    Raises:
        BadInput: the run is not finished, or its table is not stored here.
    """

    def __init__(self, run: RunFolder, report: Reporter) -> None:
        self.run = run
        self.scorer: Scorer = load_scorer(run)
        self.columns: list[ColumnSpec] = self.scorer.columns
        job = reopen(run, report)
        known = [job.rows.train, job.rows.validation]
        self.seen = Seen.of(pd.concat(known, ignore_index=True), self.columns)
        self._test, self._places = job.rows.test, {int(row): at for at, row in enumerate(job.rows.test_ids)}
        kept = self.scorer.schema["threshold"]
        self.threshold = None if kept is None else float(kept)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Probabilities of customers as :meth:`Seen.frame` gives them."""
        return self.scorer.probability(frame)

    def customer(self, row: Any) -> Customer:
        """A test row by its number in the tested table.

        Raises:
            BadInput: no such test row.
        """
        place = self._places.get(row) if isinstance(row, int) and not isinstance(row, bool) else None
        if place is None:
            raise BadInput(
                "There is no such test customer.",
                f"Row {str(row)[:30]!r} is none of the run's {len(self._places):,} test rows.",
                "Choose one of the explained customers.",
            )
        return self.seen.customers(self._test.iloc[[place]])[0]

    def warm_up(self) -> None:
        """Ask the model once."""
        self.predict(self._test.head(1))

    def what_if(self, customer: Customer, values: Mapping[str, Any]) -> dict[str, Any]:
        """The probability with some values replaced, beside that of the customer as they are.

        Raises:
            BadInput: a column that is none, or a value of the wrong kind.
        """
        changed = self.seen.changed(customer, values)
        told = self.predict(self.seen.frame([customer, changed]))
        said: dict[str, Any] = {"task": self.scorer.task}
        if self.scorer.classes:
            # The class that is likeliest for the customer as they are is followed.
            first, second = told.argmax(axis=1)
            said |= {"class": self.scorer.classes[first], "class_after": self.scorer.classes[second]}
            told = told[:, first]
        before, after = told.tolist()
        unusual = {name: why for name in values if (why := self.seen[name].unusual(changed[name]))}
        return {
            "before": before,
            "probability": after,
            "threshold": self.threshold,
            "unusual": unusual,
            **said,
        }

    def counterfactual(
        self,
        customer: Customer,
        settings: ChangeSettings,
        wanted: float | None = None,
        tick: Callable[[], None] = lambda: None,
    ) -> dict[str, Any]:
        """The fewest, smallest changes that bring the probability below ``wanted`` (None: the threshold).

        Raises:
            BadInput: a limit names no column, or ``wanted`` is no probability.
        """
        began = time.perf_counter()
        limits = Limits(
            frozenset(fixed_columns(self.columns, settings)),
            frozenset(settings.only_up),
            frozenset(settings.only_down),
            evaluations=_SLOW_EVALUATIONS if self._slow else _EVALUATIONS,
        )
        if self.scorer.task == MULTICLASS:
            raise BadInput(
                "There is no single number to bring down.",
                "This run chooses among several classes.",
                "Ask what happens if single values change (what-if), or take a run of another task.",
            )
        goal = self.threshold if wanted is None else wanted
        if goal is None:
            raise BadInput(
                "It is not said which prediction is wanted.",
                "A predicted number has no threshold to get below.",
                "Give the value to get below (--below).",
            )
        found = counterfactuals(
            self.predict, self.seen, customer, goal, limits, tick, self.scorer.task == BINARY
        )
        return {**_content(found, limits), "seconds": round(time.perf_counter() - began, 3)}

    @functools.cached_property
    def _slow(self) -> bool:
        """Whether an in-context model, which takes milliseconds a row, has a say."""
        return "incontext" in kinds_of(self.scorer.model)

    def to_json(self) -> dict[str, Any]:
        """What a page draws its widgets from."""
        return {
            "task": self.scorer.task,
            "columns": [column.to_json() for column in self.seen.columns],
            "threshold": self.threshold,
            "proposed": proposed_fixed(self.columns),
            "always": [column.name for column in self.columns if column.role == "protected"],
        }


def fixed_columns(columns: list[ColumnSpec], settings: ChangeSettings) -> list[str]:
    """Columns that stay as they are: protected ones always, and what was stated or else is proposed."""
    chosen = proposed_fixed(columns) if settings.immutable is None else settings.immutable
    always = [column.name for column in columns if column.role == "protected"]
    return list(dict.fromkeys([*always, *chosen]))


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """The job "what-if": answer questions about test customers until nobody asks any more.

    Arguments of the spec: ``run`` (folder).

    Raises:
        BadInput: the run or its table is not there.
        Cancelled: the job was cancelled, or its run is gone.
    """
    assert isinstance(spec, JobSpec)
    target = run_of(spec)
    report.stage(asking.JOB, "Loading the model")
    desk = Desk(target, report)
    # The first answer of a network takes seconds, the next ones milliseconds.
    desk.warm_up()
    asking.open_desk(folder)
    folder.write_json(asking.READY, desk.to_json())
    report("message", text="Answering")
    patience, last = 60 * number("what_if_minutes"), time.monotonic()
    while time.monotonic() - last < patience:
        report.check()
        if not target.exists():
            raise cancelled()
        for path in asking.waiting(folder):
            asking.reply(folder, path.stem, answer(desk, path, report.check))
            last = time.monotonic()
        time.sleep(LOOK_SECONDS)


def answer(desk: Desk, path: Path, tick: Callable[[], None]) -> dict[str, Any] | FinxferError:
    """The answer to the question of a file, or why it is refused."""
    try:
        question = asking.read_question(path)
        customer = desk.customer(question.get("row"))
        customer = desk.seen.changed(customer, _object(question, "start"))
        if question["kind"] == "customer":
            return {"values": customer, **desk.what_if(customer, {})}
        if question["kind"] == "what-if":
            return desk.what_if(customer, _object(question, "values"))
        if question["kind"] == "counterfactual":
            settings = assessment_of(desk.run).changes
            return desk.counterfactual(customer, settings, question.get("wanted"), tick)
        raise BadInput("That is no question.", f"Its kind is {question['kind'][:40]!r}.", "Ask again.")
    except (BadInput, Damaged) as error:
        return error


def _object(question: dict[str, Any], name: str) -> dict[str, Any]:
    found = question.get(name, {})
    if not isinstance(found, dict):
        raise BadInput("That is no question.", f"Its {name} are no object.", "Ask again.")
    return found


def _content(found: Found, limits: Limits) -> dict[str, Any]:
    return {
        "before": found.before,
        "wanted": found.wanted,
        "already": found.before < found.wanted,
        "answers": [
            {
                "probability": one.probability,
                "size": one.size,
                "changes": [
                    {"column": c.column, "before": c.before, "after": c.after, "size": c.size}
                    for c in one.changes
                ],
            }
            for one in found.answers
        ],
        "lowest": found.lowest,
        "evaluations": found.evaluations,
        "exhausted": found.exhausted,
        "fixed": sorted(limits.fixed),
        "only_up": sorted(limits.only_up),
        "only_down": sorted(limits.only_down),
        "most_changes": limits.most_changes,
    }
