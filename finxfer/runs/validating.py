"""A run's rules: learned from its training rows, held against every table that meets the run. Light."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from finxfer.data.learned_rules import known_classes, learn_rules
from finxfer.data.validation import Outcome, validate_frame
from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.records.rules import RuleSet, read_rules, write_rules
from finxfer.runs.remedying import stored_remedies

if TYPE_CHECKING:
    from finxfer.runs.job import Job

FILE = "model/rules.json"
TEST_TABLE = "test_validation.json"
SCORED_TABLE = "validation.json"


def learn(job: Job) -> RuleSet:
    """Learn the rules from the training rows and keep them; a separate test table is held to them."""
    spec = job.spec
    classes = known_classes(job.rows.train[spec.target]) if spec.positive or spec.classes else ()
    rules = learn_rules(job.rows.train, spec.columns, spec.features, classes, spec.table_name)
    write_rules(job.folder.path / FILE, rules)
    if spec.test_table is not None:
        outcome = validate_frame(job.rows.test, rules)
        job.folder.write_json(TEST_TABLE, outcome.to_json())
        if outcome.failures:
            job.report("message", text=f"The test table and what was learned: {outcome.sentence()}")
    return rules


def rules_of(run: RunFolder) -> RuleSet | None:
    """The rules of a run; None of one that was made before there were any.

    Raises:
        Damaged, BadInput: the file is unreadable.
    """
    path = run.path / FILE
    return read_rules(path) if path.is_file() else None


def hold_to_run(run: RunFolder, frame: pd.DataFrame) -> Outcome | None:
    """Whether a table looks like what the run's model learned; None where the run has no rules.

    The run's remedies come first, as in scoring: a cell that they fill or read is not told.
    """
    rules = rules_of(run)
    if rules is None:
        return None
    try:
        frame = stored_remedies(run).apply(frame)
    except BadInput:
        # A column is something else than it was: the rules say so, scoring refuses it.
        return validate_frame(frame, rules)
    return validate_frame(frame, rules)


def file_rules(path: Path) -> RuleSet:
    """Rules of a file that the analyst gives.

    Raises:
        BadInput: there is no such file, or it holds no rules.
        Damaged: it is not JSON.
    """
    if not path.is_file():
        raise BadInput(f"There are no rules {path.name!r}.", f"{path} is not a file.", "Give a rules.json.")
    return read_rules(path)


def hold_scored(job: RunFolder, run: RunFolder, frame: pd.DataFrame) -> None:
    """Keep what a table was found to be beside its scoring, before it is scored: it stops nothing."""
    outcome = hold_to_run(run, frame)
    if outcome is not None:
        job.write_json(SCORED_TABLE, outcome.to_json())
