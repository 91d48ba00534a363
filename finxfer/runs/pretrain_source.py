"""Train a backbone on source tables of the analyst's: the job of the page, and the command."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from finxfer.data.roles import command_line_columns, positive_class, propose_target
from finxfer.errors import BadInput
from finxfer.pretraining.source import pretrain_source_tabm
from finxfer.records.folder import RunFolder
from finxfer.records.home import backbones_dir
from finxfer.records.spec import ColumnSpec, JobSpec, Spec
from finxfer.records.tables import TableStore
from finxfer.runs.arguments import text_argument
from finxfer.runs.intake import read_file
from finxfer.runs.reporter import Reporter

FAMILIES = ("tabm",)


@dataclass(frozen=True)
class SourceOptions:
    """What ``pretrain source`` was asked for; ``target`` None takes the likeliest column."""

    tables: tuple[Path, ...]
    out: Path
    family: str = "tabm"
    target: str | None = None
    positive: str | None = None
    drop: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    seed: int = 0
    device: str = "cpu"


def pretrain_from_files(
    options: SourceOptions, report: Callable[..., None], say: Callable[[str], None]
) -> None:
    """Read the tables, settle the roles and train into ``options.out``; ``say`` gets the notices.

    Raises:
        BadInput: a table, the target or the family cannot be used.
    """
    _check_family(options.family)
    _check_seed(options.seed)
    frame = _one_table([read_file(path).frame for path in options.tables], options.tables)
    target = options.target or propose_target(frame)
    if target is None:
        raise BadInput("No target is given.", "No column looks like a target.", "Add --target COLUMN.")
    columns, notices = command_line_columns(frame, target, list(options.drop), list(options.protected))
    positive = positive_class(frame[target], options.positive)
    for line in [*notices, f"The target is {target!r}, the positive class {positive!r}."]:
        say(line)
    features = _features(columns)
    pretrain_source_tabm(
        frame, features, target, positive, options.out, options.seed, options.device, report, lambda: False
    )


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """The pretrain-source job; ``result.json`` names the new backbone of the catalogue.

    The backbone is made aside and renamed into the catalogue when it is whole.
    """
    assert isinstance(spec, JobSpec)
    report.stage("pretrain-source", "Training on the source table")
    arguments = spec.arguments
    _check_family(str(arguments.get("family", "tabm")))
    frame = TableStore().open(text_argument(spec, "table"))
    target = text_argument(spec, "target")
    positive = positive_class(frame[target], arguments.get("positive"))
    columns = [ColumnSpec(**entry) for entry in arguments.get("columns") or []]
    if not columns:
        columns, _ = command_line_columns(frame, target)
    made = folder.path / "backbone"
    shutil.rmtree(made, ignore_errors=True)
    seed = int(arguments.get("seed", 0))
    _check_seed(seed)
    name = str(arguments.get("name") or "source")
    identifier = _free_id(name)
    # The folder's name becomes the backbone's id.
    part = made / identifier
    pretrain_source_tabm(
        frame,
        _features(columns),
        target,
        positive,
        part,
        seed,
        device,
        report,
        report.should_stop,
        about={"name": name, "tables": [text_argument(spec, "table")]},
    )
    _move(part, backbones_dir() / identifier)
    folder.write_json("result.json", {"backbone": identifier})


def _check_family(family: str) -> None:
    if family not in FAMILIES:
        raise BadInput(
            f"The family {family!r} cannot be trained on a source table.",
            f"This version trains: {', '.join(FAMILIES)}.",
            "Choose one of these.",
        )


def _check_seed(seed: int) -> None:
    if not 0 <= seed < 2**31:
        raise BadInput(
            "The seed cannot be used.",
            f"It is {seed}, but must be a whole number from 0 to {2**31 - 1}.",
            "Give for instance --seed 1.",
        )


def _features(columns: list[ColumnSpec]) -> list[ColumnSpec]:
    features = [column for column in columns if column.role == "feature"]
    if not features:
        raise BadInput(
            "There is nothing to learn from.",
            "No column is left as a feature.",
            "Drop fewer columns, or give another table.",
        )
    return features


def _one_table(frames: list[pd.DataFrame], paths: tuple[Path, ...]) -> pd.DataFrame:
    """The tables below each other; all must have the same columns."""
    for frame, path in zip(frames[1:], paths[1:], strict=True):
        different = set(frame.columns) ^ set(frames[0].columns)
        if different:
            named = ", ".join(map(repr, sorted(different)[:10]))
            raise BadInput(
                "The source tables do not go together.",
                f"{path.name} differs from {paths[0].name} in {named}.",
                "Give tables with the same columns.",
            )
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def _free_id(name: str) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "source"
    return base if not (backbones_dir() / base).exists() else f"{base}-{secrets.token_hex(2)}"


def _move(made: Path, target: Path) -> None:
    aside = target.with_name(f".{target.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    shutil.move(made, aside)
    os.replace(aside, target)
