"""What a backbone would learn from the chosen tables: counts, columns, and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from finxfer.backbones.families import LEAST_CLASS_ROWS, LEAST_ROWS, SELF_SUPERVISED
from finxfer.backbones.matching import NEAREST_KIND
from finxfer.errors import Damaged
from finxfer.records.spec import ColumnSpec, JobSpec
from finxfer.records.tables import Roles, TableMeta
from finxfer.ui import columns_state, roles_state
from finxfer.ui.safe import md
from finxfer.ui.tables import count
from finxfer.ui.text import source as text

LABELS, ROWS, BOTH = "labels", "rows", "both"
"""What is learned from: labelled rows, rows without their labels, or first these and then those."""
# What one table says of a column counts for all, the strictest first.
_STRICT = ("protected", "id", "group", "excluded", "time", "text", "image", "weight")


@dataclass(frozen=True)
class Choice:
    """What the form says. target, positive: "" where there are none yet."""

    name: str
    family: str
    learn: str
    tables: tuple[TableMeta, ...]
    target: str = ""
    positive: str = ""
    unlabelled: tuple[TableMeta, ...] = ()
    licence: str = ""
    keep_rare: bool = False
    seed: int = 0

    @property
    def labelled(self) -> bool:
        """Whether labels are learned from."""
        return self.learn != ROWS


@dataclass(frozen=True)
class Plan:
    """What follows from a choice. errors: field -> sentence. rows: labelled ones with the positive value, the
    other labelled ones, and those that are read without labels."""

    columns: tuple[ColumnSpec, ...]
    rows: tuple[int, int, int]
    errors: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def with_role(self, *roles: str) -> list[str]:
        """Names of the columns of these roles."""
        return [column.name for column in self.columns if column.role in roles]


def roles_in(table: TableMeta, target: str) -> Roles:
    """The roles of a stored table for that target: what its analyst settled, else what is proposed."""
    try:
        roles = roles_state.settled(table)
    except Damaged:
        roles = roles_state.proposed(table)
    if target and roles.target != target and any(column.name == target for column in roles.columns):
        return roles_state.with_target(table, roles, target)
    return roles


def targets_of(tables: Sequence[TableMeta]) -> list[str]:
    """Names that a target can have: of the columns of any of the tables, each table's own target first."""
    roles = [roles_in(table, "") for table in tables]
    first = [one.target for one in roles if one.target]
    return list(dict.fromkeys([*first, *(column.name for one in roles for column in one.columns)]))


def values_of(tables: Sequence[TableMeta], target: str) -> dict[str, int]:
    """Rows per value of the target in all tables together, most frequent first."""
    found: dict[str, int] = {}
    for table in tables:
        if target in _names(table):
            for value, rows in roles_state.values_of(table.sha256, target).items():
                found[value] = found.get(value, 0) + rows
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def plan(choice: Choice) -> Plan:
    """What would be learned, and for every field that is wrong a sentence."""
    columns, clashes = _columns(choice)
    values = values_of(choice.tables, choice.target) if choice.labelled and choice.target else {}
    positives = values.get(choice.positive, 0)
    others = sum(values.values()) - positives
    found = Plan(columns, (positives, others, _rows_without(choice)))
    notes = _notes(choice, found)
    return replace(found, errors=_errors(choice, found, clashes), notes=tuple(notes))


def source_job(choice: Choice, planned: Plan) -> JobSpec:
    """The job that trains the backbone."""
    arguments: dict[str, Any] = {
        "table": choice.tables[0].sha256,
        "more_tables": [table.sha256 for table in choice.tables[1:]],
        "columns": [vars(column) for column in planned.columns],
        "family": choice.family,
        "name": choice.name,
        "seed": choice.seed,
        "keep_rare": choice.keep_rare,
        "device": "auto",
    }
    if choice.labelled:
        arguments |= {"target": choice.target, "positive": choice.positive}
    if choice.unlabelled:
        arguments["unlabelled"] = [table.sha256 for table in choice.unlabelled]
    return JobSpec("pretrain-source", arguments | ({"licence": choice.licence} if choice.licence else {}))


def _names(table: TableMeta) -> set[str]:
    return {column.name for column in roles_in(table, "").columns}


def _rows_without(choice: Choice) -> int:
    """Rows that are read without their labels."""
    if choice.family != SELF_SUPERVISED:
        return 0
    return sum(table.rows for table in [*choice.tables, *choice.unlabelled])


def _columns(choice: Choice) -> tuple[tuple[ColumnSpec, ...], list[str]]:
    """The columns of all source tables with one role each, and those whose kinds do not go together."""
    found: dict[str, ColumnSpec] = {}
    clashes: list[str] = []
    several = len(choice.tables) > 1
    for table in choice.tables:
        roles = roles_in(table, choice.target)
        constant = {column.name for column in columns_state.constants(table, roles)} if several else set()
        for column in roles.columns:
            if column.name == choice.target and choice.labelled:
                column = replace(column, role="target")
            elif column.role == "target":
                # The outcome of a table on its own, or the one that is not to be learned.
                column = replace(column, role="excluded")
            elif column.name in constant:
                # The tables may differ in what is the same all through one of them.
                column = replace(column, role="feature")
            first = found.setdefault(column.name, column)
            if NEAREST_KIND[first.kind] != NEAREST_KIND[column.kind]:
                clashes.append(column.name)
            found[column.name] = replace(first, role=_stricter(first.role, column.role))
    return tuple(found.values()), list(dict.fromkeys(clashes))


def _stricter(one: str, other: str) -> str:
    if "target" in (one, other):
        return "target"
    return min(one, other, key=lambda role: _STRICT.index(role) if role in _STRICT else len(_STRICT))


def _errors(choice: Choice, planned: Plan, clashes: Sequence[str]) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not any(letter.isascii() and letter.isalnum() for letter in choice.name):
        errors["name"] = text.NAME_EMPTY
    if not choice.tables:
        return errors | {"tables": text.TABLES_EMPTY}
    if clashes:
        errors["tables"] = text.KINDS_CLASH.format(names=", ".join(md(name, 40) for name in clashes[:5]))
    elif not planned.with_role("feature"):
        errors["tables"] = text.NO_FEATURE
    if choice.labelled:
        errors |= _label_errors(choice, planned)
    if choice.family == SELF_SUPERVISED and planned.rows[2] < LEAST_ROWS:
        errors.setdefault("tables", text.FEW_ROWS.format(rows=count(planned.rows[2]), least=LEAST_ROWS))
    return errors


def _label_errors(choice: Choice, planned: Plan) -> dict[str, str]:
    if not choice.target:
        return {"target": text.TARGET_EMPTY}
    lacking = [table for table in choice.tables if choice.target not in _names(table)]
    if len(lacking) == len(choice.tables) or (lacking and choice.family != SELF_SUPERVISED):
        words = text.TARGET_LACKING if choice.family != SELF_SUPERVISED else text.TARGET_NOWHERE
        names = ", ".join(md(table.name) for table in lacking)
        return {"target": words.format(names=names, target=md(choice.target))}
    if not choice.positive:
        return {"positive": text.POSITIVE_EMPTY}
    positives, others, _ = planned.rows
    if min(positives, others) < LEAST_CLASS_ROWS:
        words = text.FEW_POSITIVES if positives < LEAST_CLASS_ROWS else text.FEW_OTHERS
        rows = count(min(positives, others))
        return {"positive": words.format(rows=rows, positive=md(choice.positive), least=LEAST_CLASS_ROWS)}
    return {}


def _notes(choice: Choice, planned: Plan) -> list[str]:
    """What else is worth knowing before the start; markdown."""
    notes = []
    lacking = [table for table in choice.tables if choice.labelled and choice.target not in _names(table)]
    if lacking and choice.family == SELF_SUPERVISED and choice.target:
        notes.append(text.JOINS_WITHOUT.format(names=", ".join(md(table.name) for table in lacking)))
    if len(choice.tables) > 1:
        everywhere = set.intersection(*(_names(table) for table in choice.tables))
        partly = [name for name in planned.with_role("feature") if name not in everywhere]
        if partly:
            notes.append(text.PARTLY.format(names=listed(partly)))
    return notes


def listed(names: Sequence[str], most: int = 6) -> str:
    """The names, at most so many; markdown."""
    shown = ", ".join(md(name, 40) for name in names[:most])
    return text.AND_MORE.format(names=shown, count=len(names) - most) if len(names) > most else shown
