"""Rules as lines of text: what is written is what was meant."""

from __future__ import annotations

import pandas as pd
import pytest

from finxfer.errors import BadInput
from finxfer.records.rules import Rule, RuleSet
from finxfer.ui.rules_state import as_lines, from_lines, values_of

EVERY = RuleSet(
    (
        Rule("a", "present"),
        Rule("a", "kind", ("date",), "warning", 0.015),
        Rule("a", "not_empty"),
        Rule("a", "missing_at_most", (0.07,)),
        Rule("a", "unique"),
        Rule("a", "between", (-1.5, 1e6)),
        Rule("a", "between", (None, 0.001)),
        Rule("a", "between", (3.0, None)),
        Rule("a", "one_of", ("yes", "no")),
        Rule("a", "one_of", ("a; b", " c")),
        Rule("a", "one_of", ("[x]",)),
        Rule("a", "matches", (r"[A-Z]{2};\d+",)),
        Rule("a", "not_after", ("b",)),
    )
)


def test_every_rule_comes_back_from_its_line() -> None:
    back = from_lines(as_lines(EVERY)).rules
    for one, other in zip(EVERY.rules, back, strict=True):
        assert (one.column, one.check, one.severity) == (other.column, other.check, other.severity)
        assert other.tolerance == pytest.approx(one.tolerance)
        assert other.values == one.values or other.values == pytest.approx(one.values)
    assert from_lines(as_lines(RuleSet())) == RuleSet()


def test_unfinished_lines_are_passed_over() -> None:
    line = {"column": None, "check": "is unique", "value": None, "severity": None, "tolerance": None}
    lines = pd.DataFrame([line, line | {"column": "a", "check": None}, line | {"column": "a"}])
    assert from_lines(lines).rules == (Rule("a", "unique"),)


@pytest.mark.parametrize(
    ("written", "limits"),
    [
        ("18 to 100", (18, 100)),
        ("-1..2", (-1, 2)),
        ("from 1,000.5", (1000.5, None)),
        ("up to 1e3", (None, 1000)),
    ],
)
def test_ranges_as_people_write_them(written: str, limits: tuple) -> None:
    assert values_of("a", "between", written) == limits


@pytest.mark.parametrize(
    ("check", "written"),
    [("between", "18"), ("between", "a to b"), ("between", "9 to 1"), ("missing_at_most", "many"),
     ("missing_at_most", "200%"), ("kind", "colour"), ("one_of", ""), ("one_of", "[1"), ("one_of", "[1]"),
     ("matches", "("), ("matches", ""), ("not_after", ""), ("unique", "x")],
)  # fmt: skip
def test_values_that_do_not_fit_are_answered(check: str, written: str) -> None:
    with pytest.raises(BadInput):
        Rule("a", check, values_of("a", check, written))
