"""From files and options to a spec: what the command line does before it launches a run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import find_card, list_backbones, require_available
from finxfer.data.choices import AS_IT_COMES, ReadingChoice
from finxfer.data.quality import rank_leaks
from finxfer.data.roles import command_line_columns
from finxfer.data.tasks import TaskChoice, choose_task
from finxfer.data.values import value_text
from finxfer.errors import BadInput
from finxfer.records.checking import check_choice
from finxfer.records.files import read_json
from finxfer.records.imbalance import parse_imbalance
from finxfer.records.spec import BINARY, OUT_OF_TIME, REGRESSION, ColumnSpec, Spec
from finxfer.runs.columns import read_columns
from finxfer.runs.immature import KEEP, LEAVE_OUT, without_immature
from finxfer.runs.intake import ReadFile, read_file
from finxfer.runs.remedy_options import chosen_remedies, with_remedies
from finxfer.runs.remedying import target_remedies
from finxfer.runs.rows import split_rows
from finxfer.settings import check_settings, integer

MOST_DIGITS = 4
"""Of a freezing depth; no backbone has ten thousand stages."""
# Fields of a spec that a --spec file may leave out, because table and options say them.
_SAID_BY_THE_TABLE = ("table", "table_name", "test_table", "columns", "positive", "task", "classes")


@dataclass(frozen=True)
class Options:
    """What the analyst said; None means not said, so the spec file or the default counts."""

    table: Path
    target: str | None = None
    positive: str | None = None
    test: Path | None = None
    backbone: str | None = None
    freeze_depth: str | None = None
    drop: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    seed: int | None = None
    device: str | None = None
    spec_file: Path | None = None
    search_minutes: float | None = None
    maps: tuple[str, ...] = ()
    split: str | None = None
    time: str | None = None
    group: tuple[str, ...] = ()
    recalibrate: str | None = None
    imbalance: str | None = None
    outcome_days: int | None = None
    extracted: str | None = None
    immature: str | None = None
    task: str | None = None
    remedies: tuple[str, ...] = ()
    choice: ReadingChoice = AS_IT_COMES
    test_sheet: str | None = None


@dataclass(frozen=True)
class Prepared:
    """A spec that is known to fit its tables, and what to tell the analyst before it runs."""

    spec: Spec
    notices: list[str]
    files: tuple[ReadFile, ...] = field(repr=False)

    def keep_tables(self) -> None:
        """Put the tables into the store, where the worker finds them."""
        for file in self.files:
            file.keep()


def prepare(options: Options) -> Prepared:
    """Read the tables, settle roles and positive class, and check that the run can start.

    Raises:
        BadInput: whatever of table, option, spec file or setting cannot be used.
        Damaged: the spec file or the backbone is unreadable.
    """
    check_settings()
    given = _spec_file(options.spec_file)
    table = read_file(options.table, None, options.choice)
    test_choice = ReadingChoice(options.test_sheet, options.choice.encoding)
    test = read_file(options.test, None, test_choice) if options.test is not None else None
    target = options.target if options.target is not None else given.get("target")
    if not target:
        raise BadInput(
            "No target is given.", "Neither --target nor a spec file names it.", "Add --target COLUMN."
        )
    columns, notices = _columns(table.frame, str(target), given, options)
    columns, notices = _in_time(columns, notices, given, options)
    remedies = chosen_remedies(options.remedies, given.get("remedies", ()), columns, table.frame)
    columns, notices = with_remedies(columns, notices, remedies, options.drop)
    hint = str(options.task or given.get("task") or "")
    values = target_remedies(remedies, str(target), hint, table.frame).apply(table.frame[[target]])[target]
    task = _task(values, str(target), given, options)
    content: dict[str, Any] = {name: integer(name) for name in ("explained_rows", "test_rows_max")}
    content |= {name: value for name, value in given.items() if name not in _SAID_BY_THE_TABLE}
    content |= {
        "table": table.meta.sha256,
        "table_name": table.meta.name,
        "test_table": test.meta.sha256 if test is not None else None,
        "target": str(target),
        "task": task.task,
        "positive": task.positive,
        "classes": list(task.classes),
        "columns": [vars(column) for column in columns],
        "remedies": [remedy.to_json() for remedy in remedies],
    }
    content |= _said(options)
    if options.imbalance is not None:
        plain = Spec.from_json(content).training.untreated()
        content["training"] = asdict(plain) | parse_imbalance(options.imbalance)
    spec = Spec.from_json(content)
    _check_depth(spec)
    spec = _with_whole_path(spec)
    if options.immature is not None:
        check_choice("immature", options.immature, (KEEP, LEAVE_OUT))
        spec = without_immature(spec, table.frame) if options.immature == LEAVE_OUT else spec
    rows = split_rows(spec, table.frame, test.frame if test is not None else None)
    looked_at = rows.read(table.frame)
    spec, read = read_columns(spec, looked_at, _cards(spec), options.maps, options.drop)
    back = tuple(f"Left out: {name!r}." for name in spec.features)
    notices = [notice for notice in notices if not notice.startswith(back)] + read
    if task.task == BINARY:
        notices += _leaks(looked_at, columns, str(target), task.positive)
    notices.append(_task_notice(task))
    return Prepared(spec, notices + rows.warnings(), (table,) if test is None else (table, test))


def _task(values: pd.Series, target: str, given: dict[str, Any], options: Options) -> TaskChoice:
    """The task by option, else by the spec file where it is about this target, else by the values."""
    task, positive = options.task, options.positive
    if given.get("target") == target:
        if task is None and positive is None:
            task = given.get("task")
        if positive is None and task in (None, BINARY):
            positive = _positive_of(given) or None
    return choose_task(values, task, positive)


def _task_notice(task: TaskChoice) -> str:
    if task.task == BINARY:
        return f"The positive class is {task.positive!r}."
    if task.task == REGRESSION:
        return f"The task is regression: {task.reason}"
    return f"The task is multiclass, with {len(task.classes)} classes: {', '.join(task.classes)[:200]}."


def _spec_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    if not path.is_file():
        raise BadInput(f"There is no spec {path.name!r}.", f"{path} is not a file.", "Give a spec.json.")
    content = read_json(path)
    if not isinstance(content, dict):
        raise BadInput("The spec cannot be used.", f"{path.name} is not a JSON object.", "Give a spec.json.")
    return content


def _positive_of(given: dict[str, Any]) -> str | None:
    """The spec file's positive class; people also write it as a number or as true."""
    value = given.get("positive")
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return value_text(value)
    raise BadInput(
        "The spec cannot be used.",
        f"Its field 'positive' is {str(value)[:80]!r}, but must be text.",
        "Give the value of the target that counts as the event.",
    )


def _said(options: Options) -> dict[str, Any]:
    """The options that were given, as fields of a spec."""
    said: dict[str, Any] = {
        "backbone": options.backbone,
        "freezing_depth": None if options.freeze_depth is None else parse_depth(options.freeze_depth),
        "seed": options.seed,
        "device": options.device,
        "search_minutes": options.search_minutes,
        "recalibration": options.recalibrate,
        "split": options.split,
        "outcome_days": options.outcome_days,
        "extracted": options.extracted,
    }
    return {name: value for name, value in said.items() if value is not None}


def parse_depth(text: str) -> int | str:
    """``auto``, ``as-is`` or a number of stages.

    Raises:
        BadInput: anything else.
    """
    if text in ("auto", "as-is"):
        return text
    if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS:
        return int(text)
    raise BadInput(
        "The freezing depth cannot be used.",
        f"It is {text[:40]!r}, but must be a whole number from 0, as-is or auto.",
        "Give for instance --freeze-depth 4.",
    )


def _check_depth(spec: Spec) -> None:
    """A backbone that is not here, or a depth beyond its stages, is refused before anything starts."""
    if spec.backbone != "auto":
        card = require_available(find_card(spec.backbone))
    else:
        # finxfer chooses among these: a depth that none of them has cannot be meant.
        usable = [card for card in list_backbones() if card.available]
        if not usable:
            return
        card = max(usable, key=lambda card: card.depth_count)
    if isinstance(spec.freezing_depth, int) and spec.freezing_depth > card.depth_count:
        raise BadInput(
            f"The freezing depth {spec.freezing_depth} is too large.",
            f"{card.id} has {card.depth_count} stages before its head.",
            f"Give a depth from 0 (train everything) to {card.depth_count} (train the head alone).",
        )


def _cards(spec: Spec) -> list[Card]:
    """The named backbone, or those that finxfer may choose among."""
    if spec.backbone != "auto":
        return [find_card(spec.backbone)]
    return [card for card in list_backbones() if spec.table not in card.tables]


def _with_whole_path(spec: Spec) -> Spec:
    """A backbone's folder is written in full: the worker, and a later resume, start in other folders."""
    if spec.backbone == "auto" or any(card.id == spec.backbone for card in list_backbones()):
        return spec
    return replace(spec, backbone=str(Path(spec.backbone).resolve()))


def _columns(
    frame: pd.DataFrame, target: str, given: dict[str, Any], options: Options
) -> tuple[list[ColumnSpec], list[str]]:
    """Roles by the spec file where it has them for this target, else by the command line's rule."""
    columns, notices = command_line_columns(frame, target, list(options.drop), list(options.protected))
    if not given.get("columns") or given.get("target") != target:
        return columns, notices
    probe = given | {"table": "0" * 64, "table_name": "", "positive": ""}
    kept = list(Spec.from_json(probe).columns)
    taken = dict.fromkeys(options.drop, "excluded") | dict.fromkeys(options.protected, "protected")
    return [ColumnSpec(c.name, taken.get(c.name, c.role), c.kind) for c in kept], []


def _in_time(
    columns: list[ColumnSpec], notices: list[str], given: dict[str, Any], options: Options
) -> tuple[list[ColumnSpec], list[str]]:
    """The columns with the roles time and group as they were asked for.

    Where the split is out of time and no column is named, the only column of dates orders the rows.
    """
    wanted = {"time": () if options.time is None else (options.time,), "group": options.group}
    roles = {name: role for role, names in wanted.items() for name in names}
    for name, role in roles.items():
        _check_role(columns, name, role)
    if (options.split or given.get("split")) == OUT_OF_TIME and not wanted["time"]:
        dates = [column.name for column in columns if column.kind == "date" and column.role == "feature"]
        if len(dates) == 1 and not any(column.role == "time" for column in columns):
            roles[dates[0]] = "time"
            notices = [*notices, f"The rows are ordered by {dates[0]!r}, the only column of dates."]
    if wanted["time"]:  # another time column of the spec file steps back
        roles = {column.name: "excluded" for column in columns if column.role == "time"} | roles
    back = tuple(f"Left out: {name!r}." for name in roles)
    kept = [notice for notice in notices if not notice.startswith(back)]
    return [replace(column, role=roles.get(column.name, column.role)) for column in columns], kept


def _check_role(columns: list[ColumnSpec], name: str, role: str) -> None:
    found = next((column for column in columns if column.name == name), None)
    if found is None:
        raise BadInput(
            f"There is no column {name!r}.", f"--{role} names it.", "Give a column as the table spells it."
        )
    if found.role in ("target", "protected"):
        raise BadInput(
            f"The column {name!r} cannot have the role {role}.",
            f"It is {'the target' if found.role == 'target' else 'protected'}; a column has one role.",
            f"Name another column with --{role}.",
        )


def _leaks(frame: pd.DataFrame, columns: list[ColumnSpec], target: str, positive: str) -> list[str]:
    """Suspected leaks are named; they stay in the model."""
    return [
        f"Suspected leak, kept as a feature: {name!r}. {reason} Use --drop {name!r} to leave it out."
        for name, _, reason in rank_leaks(frame, columns, target, positive)
    ]
