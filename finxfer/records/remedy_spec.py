"""What is done about a column or about rows before a model learns from them: one remedy, JSON in and out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from finxfer.errors import BadInput
from finxfer.records.checking import check_choice, check_number, check_text, known_fields, refuse

PARSE, STANDARDISE, BLANK, FILL, CAP, MERGE = "parse", "standardise", "blank", "fill", "cap", "merge"
DROP_ROWS, DEDUPLICATE = "drop_rows", "deduplicate"
CELL_KINDS = (PARSE, STANDARDISE, BLANK, FILL, CAP, MERGE)
"""Change cells of a column, in this order whatever the order they were chosen in."""
ROW_KINDS = (DROP_ROWS, DEDUPLICATE)
"""Leave out labelled rows that are learned from; never a test row, never a row to score."""
KINDS = (*CELL_KINDS, *ROW_KINDS)
NUMBER, DATE, YES_NO = "number", "date", "yes/no"
READ_AS = (NUMBER, DATE, YES_NO)
KIND_AFTER = {NUMBER: "numeric", DATE: "date", YES_NO: "boolean"}
MEDIAN, MEAN, MODE, CONSTANT, LEVEL = "median", "mean", "mode", "constant", "level"
FILLS = (MEDIAN, MEAN, MODE, CONSTANT, LEVEL)
MISSING_LEVEL, OTHER_LEVEL = "missing", "other"
MOST_BLANKS = 50
TARGET_KINDS = (PARSE, STANDARDISE, BLANK, DROP_ROWS)
PROTECTED_KINDS = (PARSE, STANDARDISE, BLANK, MERGE, DROP_ROWS)
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    PARSE: {"as": NUMBER},
    STANDARDISE: {},
    BLANK: {"values": []},
    FILL: {"method": MEDIAN, "value": None},
    CAP: {"lower": 0.01, "upper": 0.99},
    MERGE: {"min_rows": 20, "label": OTHER_LEVEL},
    DROP_ROWS: {},
    DEDUPLICATE: {"by": ""},
}


@dataclass(frozen=True)
class RemedySpec:
    """One remedy.

    Args:
        kind: one of :data:`KINDS`.
        columns: the columns it is for; none only for deduplicate, which then means exact copies of a row.
        arguments: by kind. parse: ``as`` number, date or yes/no. blank: ``values``, texts that mean unknown.
            fill: ``method`` median, mean, mode, constant or level, and ``value`` of the last two. cap:
            ``lower`` (0.001 to 0.4) and ``upper`` (0.6 to 0.999) quantiles, None for none. merge:
            ``min_rows`` (2 to 1,000,000) training rows that keep a level, and the ``label`` of the others.
            deduplicate: ``by``, the column whose latest row stays; "" for the last row.

    Raises:
        BadInput: a field is of the wrong type or out of range.
    """

    kind: str
    columns: tuple[str, ...] = ()
    arguments: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_choice("remedies.kind", self.kind, KINDS)
        if not isinstance(self.columns, tuple):
            raise refuse("remedies.columns", self.columns, "a list of column names")
        for name in self.columns:
            check_text("remedies.columns", name)
        if not self.columns and self.kind != DEDUPLICATE:
            raise refuse("remedies.columns", self.columns, f"at least one column for {self.kind}")
        if len(set(self.columns)) < len(self.columns):
            raise refuse("remedies.columns", self.columns, "columns of different names")
        if not isinstance(self.arguments, dict):
            raise refuse("remedies.arguments", self.arguments, "an object")
        unknown = sorted(set(self.arguments) - set(DEFAULTS[self.kind]))
        if unknown:
            raise refuse(f"remedies.arguments.{unknown[0]}", self.arguments[unknown[0]], "left out")
        object.__setattr__(self, "arguments", {**DEFAULTS[self.kind], **self.arguments})
        _CHECKS.get(self.kind, lambda arguments: None)(self.arguments)

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``; :meth:`from_json` gives an equal remedy back."""
        return {"kind": self.kind, "columns": list(self.columns), "arguments": dict(self.arguments)}

    @classmethod
    def from_json(cls, content: Any) -> RemedySpec:
        """Read a remedy, checking every field. Raises BadInput."""
        content = known_fields(cls, content, "remedies")
        if isinstance(content.get("columns"), list):
            content["columns"] = tuple(content["columns"])
        return cls(**content)


def _check_fill(arguments: dict[str, Any]) -> None:
    method, value = arguments["method"], arguments["value"]
    check_choice("remedies.arguments.method", method, FILLS)
    if method == LEVEL and value is None:
        arguments["value"] = value = MISSING_LEVEL
    if method in (CONSTANT, LEVEL):
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
        if not (number and method == CONSTANT) and not (isinstance(value, str) and value.strip()):
            raise refuse("remedies.arguments.value", value, "the value to fill in")
    elif value is not None:
        raise refuse("remedies.arguments.value", value, f"left out: {method} is learned")


def _check_cap(arguments: dict[str, Any]) -> None:
    lower, upper = arguments["lower"], arguments["upper"]
    if lower is None and upper is None:
        raise refuse("remedies.arguments.lower", lower, "given, or upper: else nothing is capped")
    # A limit closer to the end would be the value of a single customer.
    if lower is not None:
        check_number("remedies.arguments.lower", lower, 0.001, 0.4)
    if upper is not None:
        check_number("remedies.arguments.upper", upper, 0.6, 0.999)


def _check_merge(arguments: dict[str, Any]) -> None:
    check_number("remedies.arguments.min_rows", arguments["min_rows"], 2, 10**6, whole=True)
    if not (isinstance(arguments["label"], str) and arguments["label"].strip()):
        raise refuse("remedies.arguments.label", arguments["label"], "a name for the merged levels")


def _check_blank(arguments: dict[str, Any]) -> None:
    values = arguments["values"]
    if isinstance(values, tuple):
        arguments["values"] = values = list(values)
    good = isinstance(values, list) and all(isinstance(one, str) and one.strip() for one in values)
    if not good or not 1 <= len(values) <= MOST_BLANKS:
        raise refuse("remedies.arguments.values", values, f"1 to {MOST_BLANKS} texts that mean unknown")


_CHECKS = {
    PARSE: lambda arguments: check_choice("remedies.arguments.as", arguments["as"], READ_AS),
    BLANK: _check_blank,
    FILL: _check_fill,
    CAP: _check_cap,
    MERGE: _check_merge,
    DEDUPLICATE: lambda arguments: check_text("remedies.arguments.by", arguments["by"]),
}


def read_remedies(content: Any) -> tuple[RemedySpec, ...]:
    """Remedies from their JSON, a list. Raises BadInput."""
    if not isinstance(content, (list, tuple)):
        raise refuse("remedies", content, "a list of remedies")
    return tuple(one if isinstance(one, RemedySpec) else RemedySpec.from_json(one) for one in content)


def check_remedies(remedies: Sequence[RemedySpec], roles: Mapping[str, str]) -> None:
    """Refuse remedies that do not fit the columns; ``roles`` is the role of each column of the table.

    Raises:
        BadInput: a column is not there or has a role for which the remedy makes no sense, or a column has a
            kind of remedy twice.
    """
    seen: set[tuple[str, str]] = set()
    for remedy in remedies:
        for name in (*remedy.columns, *filter(None, [remedy.arguments.get("by")])):
            if name not in roles:
                raise BadInput(
                    f"The remedy {remedy.kind} cannot be applied.",
                    f"The table has no column {name[:60]!r}.",
                    "Give the column as the table spells it, or take the remedy back.",
                )
        for name in remedy.columns:
            problem = _misplaced(remedy.kind, roles[name])
            if problem:
                raise BadInput(
                    f"The remedy {remedy.kind} cannot be applied to {name[:60]!r}.",
                    problem,
                    "Choose another remedy or column, or give the column another role.",
                )
            if (remedy.kind, name) in seen:
                raise BadInput(
                    f"The remedy {remedy.kind} is given twice for {name[:60]!r}.",
                    "A column takes each kind of remedy once.",
                    "Keep one of the two.",
                )
            seen.add((remedy.kind, name))


def _misplaced(kind: str, role: str) -> str:
    """Why a column of that role cannot have that kind of remedy; empty where it can."""
    if kind == DEDUPLICATE:
        return "It is the target, which cannot tell customers apart." if role == "target" else ""
    if role == "feature" or (role == "target" and kind in TARGET_KINDS):
        return ""
    if role == "target":
        return "It is the target: an outcome is read as it is, never filled in, capped or merged."
    if role == "protected":
        if kind in PROTECTED_KINDS:
            return ""
        return "It is protected: customers of an unknown group would be counted in one."
    return f"Its role is {role}, so that no model reads it."


def applicable(remedies: Iterable[RemedySpec], roles: Mapping[str, str]) -> tuple[RemedySpec, ...]:
    """The remedies cut down to the columns that still have a role for them, for a run started from a page."""
    kept = []
    for remedy in remedies:
        if remedy.arguments.get("by") and remedy.arguments["by"] not in roles:
            continue
        names = tuple(
            name for name in remedy.columns if name in roles and not _misplaced(remedy.kind, roles[name])
        )
        if names == remedy.columns:
            kept.append(remedy)
        elif names:
            kept.append(replace(remedy, columns=names))
    return tuple(kept)
