"""Train a backbone on source tables of the analyst's: the job of the page, and the command."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finxfer.backbones.catalogue import list_backbones
from finxfer.backbones.families import SELF_SUPERVISED, SOURCE_FAMILIES
from finxfer.backbones.protocol import Report
from finxfer.backbones.tabular_encoder import CLIPPED_QUANTILES
from finxfer.data import lexicon
from finxfer.data.choices import AS_IT_COMES, ReadingChoice
from finxfer.data.roles import command_line_columns, positive_class, propose_target
from finxfer.data.stacking import stack_tables
from finxfer.errors import BadInput
from finxfer.pretraining.source import Making, Source, pretrain_source
from finxfer.records.folder import RunFolder
from finxfer.records.home import backbones_dir
from finxfer.records.spec import ColumnSpec, JobSpec, Spec
from finxfer.records.tables import TableStore
from finxfer.runs.arguments import text_argument
from finxfer.runs.intake import ReadFile, read_file
from finxfer.runs.reporter import Reporter

_PARTS = {"self-supervised": "Rows without labels", "source": "Labelled rows"}
"""Trainings, as their events name them, and as people read it."""


@dataclass(frozen=True)
class SourceOptions:
    """What ``pretrain source`` was asked for; ``target`` None takes the likeliest column, or none for the
    autoencoder. ``unlabelled``: tables whose rows, without their target, it learns from as well."""

    tables: tuple[Path, ...]
    out: Path
    family: str = "tabm"
    target: str | None = None
    positive: str | None = None
    drop: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    seed: int = 0
    device: str = "cpu"
    unlabelled: tuple[Path, ...] = ()
    licence: str | None = None
    keep_rare: bool = False
    choice: ReadingChoice = AS_IT_COMES


@dataclass(frozen=True)
class _Named:
    """A table with its name for people and its SHA-256."""

    name: str
    frame: pd.DataFrame
    sha256: str


def pretrain_from_files(
    options: SourceOptions, report: Callable[..., None], say: Callable[[str], None]
) -> None:
    """Read the tables, settle the roles and train into ``options.out``; ``say`` gets the notices.

    Raises:
        BadInput: a table, the target or the family cannot be used.
    """
    _check_family(options.family, bool(options.unlabelled))
    _check_seed(options.seed)
    read = [read_file(path, None, options.choice) for path in options.tables]
    rows = [read_file(path, None, options.choice) for path in options.unlabelled]
    frame, more = _stacked([_named(file) for file in read], [_named(file) for file in rows])
    target = options.target
    if target is None and options.family != SELF_SUPERVISED:
        target = propose_target(frame)
        if target is None:
            raise BadInput("No target is given.", "No column looks like a target.", "Add --target COLUMN.")
    columns, notices = command_line_columns(frame, target, list(options.drop), list(options.protected))
    _check_targets(target, options.family, [_named(file) for file in read])
    positive = None if target is None else positive_class(frame[target], options.positive)
    if target is not None:
        notices = [*notices, f"The target is {target!r}, the positive class {positive!r}."]
    for line in notices:
        say(line)
    making = Making(
        options.family, options.seed, options.device, report, lambda: False, keep_rare=options.keep_rare
    )
    about = _about(frame, columns, options.licence)
    about |= _tables(target, [_named(file) for file in read], [_named(file) for file in rows])
    pretrain_source(Source(frame, _features(columns), target, positive, more), making, options.out, about)


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """The pretrain-source job; ``result.json`` names the new backbone of the catalogue.

    Its arguments: table, and more_tables (a list) to learn from several; target, positive and columns, where
    left out as on the command line; family, name, seed; unlabelled (a list of tables), licence, keep_rare.
    The backbone is made aside and renamed into the catalogue when it is whole.
    """
    assert isinstance(spec, JobSpec)
    report.stage("pretrain-source", "Reading the source tables")
    arguments = spec.arguments
    family = str(arguments.get("family", "tabm"))
    unlabelled = list(arguments.get("unlabelled") or [])
    _check_family(family, bool(unlabelled))
    seed = int(arguments.get("seed", 0))
    _check_seed(seed)
    tables = _opened([text_argument(spec, "table"), *(arguments.get("more_tables") or [])])
    extra = _opened(unlabelled)
    frame, more = _stacked(tables, extra)
    target = (
        None if family == SELF_SUPERVISED and not arguments.get("target") else text_argument(spec, "target")
    )
    _check_targets(target, family, tables)
    positive = None if target is None else positive_class(frame[target], arguments.get("positive"))
    columns = [ColumnSpec(**entry) for entry in arguments.get("columns") or []]
    if not columns:
        columns, _ = command_line_columns(frame, target)
    made = folder.path / "backbone"
    shutil.rmtree(made, ignore_errors=True)
    name = str(arguments.get("name") or "source")
    identifier = _free_id(name)
    # The folder's name becomes the backbone's id.
    part = made / identifier
    keep_rare = bool(arguments.get("keep_rare", False))
    told = _in_parts(report, family, target)
    making = Making(family, seed, device, told, report.should_stop, keep_rare=keep_rare)
    about = {
        "name": name,
        **_about(frame, columns, arguments.get("licence")),
        **_tables(target, tables, extra),
    }
    pretrain_source(Source(frame, _features(columns), target, positive, more), making, part, about)
    _move(part, backbones_dir() / identifier)
    folder.write_json("result.json", {"backbone": identifier})


def _named(file: ReadFile) -> _Named:
    return _Named(file.meta.name, file.frame, file.meta.sha256)


def _opened(tables: Sequence[str]) -> list[_Named]:
    store = TableStore()
    return [_Named(store.meta(sha).name, store.open(sha), sha) for sha in tables]


def _in_parts(report: Report, family: str, target: str | None) -> Report:
    """The same report; where two trainings follow each other, each is a half of the whole."""
    parts = [*(["self-supervised"] if family == SELF_SUPERVISED else []), *(["source"] if target else [])]
    begun: set[str] = set()

    def tell(kind: str, **fields: Any) -> None:
        part = str(fields.get("model"))
        if kind == "epoch" and part in parts and part not in begun:
            begun.add(part)
            place = parts.index(part)
            report("progress", candidate=part, title=_PARTS[part], done=place, of=len(parts))
        report(kind, **fields)

    return tell


def _stacked(
    tables: Sequence[_Named], unlabelled: Sequence[_Named]
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The labelled tables as one, and those without labels, whose columns are of the same kinds."""
    pairs = [(table.name, table.frame) for table in tables]
    frame = stack_tables(pairs)
    if not unlabelled:
        return frame, None
    more = [(table.name, table.frame) for table in unlabelled]
    rows = stack_tables([("the source tables", frame), *more]).iloc[len(frame) :]
    return frame, rows


def _check_targets(target: str | None, family: str, tables: Sequence[_Named]) -> None:
    """The target has one name in all tables; the autoencoder can do without it in some."""
    lacking = [] if target is None else [one.name for one in tables if target not in one.frame.columns]
    if lacking and (family != SELF_SUPERVISED or len(lacking) == len(tables)):
        raise BadInput(
            "The source tables do not go together.",
            f"{lacking[0]} has no column {target!r}, the target.",
            f"Call the target {target!r} in every table, or leave {lacking[0]} out.",
        )


def _about(frame: pd.DataFrame, columns: Sequence[ColumnSpec], licence: str | None) -> dict[str, Any]:
    """What the card says beside what training found."""
    period = _period(frame, columns)
    about: dict[str, Any] = {"period": period} if period else {}
    return {**about, "licence": licence} if licence else about


def _tables(target: str | None, tables: Sequence[_Named], unlabelled: Sequence[_Named]) -> dict[str, Any]:
    """Which tables' labels the backbone has seen, and of which it has seen the rows alone."""
    labelled = [one.sha256 for one in tables if target is not None and target in one.frame.columns]
    others = [one.sha256 for one in [*tables, *unlabelled] if one.sha256 not in labelled]
    return {"tables": labelled, "unlabelled": list(dict.fromkeys(others))}


def _period(frame: pd.DataFrame, columns: Sequence[ColumnSpec]) -> list[str] | None:
    """First and last month of the rows' dates, clipped to 0.1-99.9% like every number that is kept."""
    for column in columns:
        about = lexicon.protected_attribute(column.name)
        if column.kind == "date" and column.role != "protected" and about is None:
            known = pd.to_datetime(frame[column.name], errors="coerce", utc=True, format="mixed").dropna()
            if len(known):
                moments = np.sort(known.to_numpy(dtype="datetime64[s]"))
                ends = np.quantile(np.arange(len(moments)), CLIPPED_QUANTILES).round().astype(int)
                return [str(moment.astype("datetime64[M]")) for moment in moments[ends]]
    return None


def _check_family(family: str, unlabelled: bool) -> None:
    if family not in SOURCE_FAMILIES:
        raise BadInput(
            f"The family {family!r} cannot be trained on a source table.",
            f"This version trains: {', '.join(SOURCE_FAMILIES)}.",
            "Choose one of these.",
        )
    if unlabelled and family != SELF_SUPERVISED:
        raise BadInput(
            f"The family {family} cannot learn from rows without labels.",
            "Only the family autoencoder does.",
            "Choose --family autoencoder, or leave the unlabelled tables out.",
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


def _free_id(name: str) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "source"
    taken = (backbones_dir() / base).exists() or base in {card.id for card in list_backbones()}
    return f"{base}-{secrets.token_hex(2)}" if taken else base


def _move(made: Path, target: Path) -> None:
    aside = target.with_name(f".{target.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    shutil.move(made, aside)
    os.replace(aside, target)
