"""Rules that a table is held to: plain JSON, kept beside a table's roles or in a run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from finxfer.errors import BadInput
from finxfer.records.checking import check_choice, check_number, check_text, known_fields, refuse
from finxfer.records.files import read_json, write_json

PRESENT, KIND, NOT_EMPTY, MISSING_AT_MOST = "present", "kind", "not_empty", "missing_at_most"
UNIQUE, BETWEEN, ONE_OF, MATCHES, NOT_AFTER = "unique", "between", "one_of", "matches", "not_after"
CHECKS = (PRESENT, KIND, NOT_EMPTY, MISSING_AT_MOST, UNIQUE, BETWEEN, ONE_OF, MATCHES, NOT_AFTER)
PROBLEM, WARNING = "problem", "warning"
SEVERITIES = (PROBLEM, WARNING)
CHECKED_KINDS = ("numeric", "date")
MOST_RULES = 20_000
LONGEST_PATTERN = 500
_FORMAT = 1

Value = str | float | None


@dataclass(frozen=True)
class Rule:
    """One rule for one column.

    Args:
        column: its name.
        check: one of :data:`CHECKS`.
        values: what the check needs. kind: numeric or date. missing_at_most: a share, 0 to 1. between: low
            and high, None for open. one_of: the values as texts. matches: a regular expression (RE2) for the
            whole cell. not_after: another column of dates.
        severity: problem or warning.
        tolerance: share of rows, 0 to 1, that may break it and still be one step milder: a problem becomes a
            warning, a warning is not told.

    Missing cells break not_empty and missing_at_most alone.

    Raises:
        BadInput: a field is of the wrong type or out of range.
    """

    column: str
    check: str
    values: tuple[Value, ...] = ()
    severity: str = PROBLEM
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        try:
            check_text("column", self.column)
            check_choice("check", self.check, CHECKS)
            check_choice("severity", self.severity, SEVERITIES)
            check_number("tolerance", self.tolerance, 0, 1)
            if not isinstance(self.values, tuple):
                raise refuse("values", self.values, "a list")
            _VALUES[self.check](self.values)
        except BadInput as error:
            where = f"The rule {str(self.check)[:20]} of the column {str(self.column)[:80]!r}: {error.why}"
            raise BadInput("A rule cannot be used.", where, "Correct the rule.") from None


@dataclass(frozen=True)
class RuleSet:
    """Rules and where they come from.

    Args:
        rules: in the order in which they are told.
        table: name of the table they were learned from, or an empty string.
        rows: rows they were learned from; 0 where the analyst wrote them.
    """

    rules: tuple[Rule, ...] = ()
    table: str = ""
    rows: int = 0

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``; :meth:`from_json` gives equal rules back."""
        rules = [asdict(rule) | {"values": list(rule.values)} for rule in self.rules]
        return {"format": _FORMAT, "table": self.table, "rows": self.rows, "rules": rules}

    @classmethod
    def from_json(cls, content: Any) -> RuleSet:
        """Read rules, checking every field.

        Raises:
            BadInput: not an object, an unknown or missing field, or a value out of range.
        """
        if isinstance(content, dict):
            content = {name: value for name, value in content.items() if name != "format"}
        content = known_fields(cls, content, "rules")
        entries = content.get("rules", [])
        if not isinstance(entries, (list, tuple)) or len(entries) > MOST_RULES:
            raise refuse("rules", entries, f"a list of at most {MOST_RULES:,} rules")
        check_text("table", content.get("table", ""))
        check_number("rows", content.get("rows", 0), 0, 10**12, whole=True)
        return cls(tuple(_rule(entry) for entry in entries), content.get("table", ""), content.get("rows", 0))


def read_rules(path: Path) -> RuleSet:
    """Read a file of rules.

    Raises:
        Damaged: it is missing or is not JSON.
        BadInput: a field is nonsense.
    """
    return RuleSet.from_json(read_json(path))


def write_rules(path: Path, rules: RuleSet) -> None:
    """Write a file of rules atomically."""
    write_json(path, rules.to_json())


def _rule(entry: Any) -> Rule:
    content = known_fields(Rule, entry, "rules")
    values = content.get("values", ())
    if isinstance(values, list):
        content["values"] = tuple(values)
    return Rule(**content)


def _none(values: Sequence[Value]) -> None:
    if values:
        raise refuse("values", list(values), "empty for this check")


def _one_text(values: Sequence[Value]) -> str:
    if len(values) != 1 or not isinstance(values[0], str) or not values[0]:
        raise refuse("values", list(values), "one text")
    return values[0]


def _kind(values: Sequence[Value]) -> None:
    check_choice("values", _one_text(values), CHECKED_KINDS)


def _pattern(values: Sequence[Value]) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    pattern = _one_text(values)
    if len(pattern) > LONGEST_PATTERN:
        raise refuse("values", pattern[:40], f"at most {LONGEST_PATTERN} characters")
    try:
        pc.match_substring_regex(pa.array(["x"]), pattern)
    except pa.ArrowInvalid as error:
        reason = str(error).splitlines()[0][:160]
        raise refuse("values", pattern[:80], f"a regular expression that RE2 reads ({reason})") from None


def _share(values: Sequence[Value]) -> None:
    if len(values) != 1:
        raise refuse("values", list(values), "one share")
    check_number("values", values[0], 0, 1)


def _limits(values: Sequence[Value]) -> None:
    good = len(values) == 2 and all(
        limit is None
        or (isinstance(limit, (int, float)) and not isinstance(limit, bool) and math.isfinite(limit))
        for limit in values
    )
    if not good or all(limit is None for limit in values):
        raise refuse("values", list(values), "a low and a high number, one of which may be missing")
    low, high = values
    if low is not None and high is not None and low > high:  # type: ignore[operator]
        raise refuse("values", list(values), "a low number that is not above the high one")


def _texts(values: Sequence[Value]) -> None:
    if not values or not all(isinstance(value, str) for value in values):
        raise refuse("values", list(values)[:5], "at least one text")


_VALUES = {
    PRESENT: _none,
    KIND: _kind,
    NOT_EMPTY: _none,
    MISSING_AT_MOST: _share,
    UNIQUE: _none,
    BETWEEN: _limits,
    ONE_OF: _texts,
    MATCHES: _pattern,
    NOT_AFTER: _one_text,
}
