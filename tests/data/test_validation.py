"""Rules held against tables: what pandera finds, what is counted, what is learned, and what stays private."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finxfer.data.learned_rules import learn_rules
from finxfer.data.validation import Failure, failure_table, validate, validate_frame
from finxfer.errors import BadInput
from finxfer.records.rules import Rule, RuleSet
from finxfer.records.spec import ColumnSpec


def only(frame: pd.DataFrame, rule: Rule) -> Failure | None:
    outcome = validate_frame(frame, RuleSet((rule,)))
    assert len(outcome.failures) <= 1
    return outcome.failures[0] if outcome.failures else None


CASES = [
    (["a", None, "b"], Rule("x", "not_empty"), [2], []),
    (["a", "a", None, None, "b"], Rule("x", "unique"), [1, 2], ["a"]),
    ([1.0, 5.0, np.nan, 9.0], Rule("x", "between", (2.0, 8.0)), [1, 4], ["1", "9"]),
    ([1, 5, 9], Rule("x", "between", (None, 8.0)), [3], ["9"]),
    (["1", "few", "30"], Rule("x", "between", (2.0, None)), [1], ["1"]),
    ([1.0, 2.0, np.nan, 3.0], Rule("x", "one_of", ("1", "2")), [4], ["3"]),
    (["AB-1", "AB-12", "ab-1", None], Rule("x", "matches", (r"[A-Z]+-\d+",)), [3], ["ab-1"]),
    (["AB-1x"], Rule("x", "matches", (r"AB-1|y",)), [1], ["AB-1x"]),
    (["1", "1e3", "n/k", None], Rule("x", "kind", ("numeric",)), [3], ["n/k"]),
    (["2024-02-29", "soon", None], Rule("x", "kind", ("date",)), [2], ["soon"]),
    ([None, None, 1.0], Rule("x", "missing_at_most", (0.5,)), [1, 2], []),
    ([None, 1.0], Rule("x", "missing_at_most", (0.5,)), [], []),
]


@pytest.mark.parametrize(("cells", "rule", "rows", "examples"), CASES, ids=lambda value: str(value)[:40])
def test_each_check_finds_its_rows(cells: list, rule: Rule, rows: list[int], examples: list[str]) -> None:
    found = only(pd.DataFrame({"x": cells}), rule)
    if not rows:
        assert found is None
        return
    assert found is not None
    assert (found.row_numbers, found.rows, found.severity) == (tuple(rows), len(rows), "problem")
    assert list(found.examples) == examples
    assert found.share == len(rows) / len(cells)


def test_dates_that_are_the_wrong_way_round() -> None:
    frame = pd.DataFrame(
        {
            "opened": pd.to_datetime(["2024-01-01", "2024-05-01", None, "2024-03-01"]),
            "closed": ["2024-02-01", "2024-04-01", "2024-01-01", None],
        }
    )
    found = only(frame, Rule("opened", "not_after", ("closed",)))
    assert found is not None and found.row_numbers == (2,) and found.examples == ("2024-05-01",)
    assert only(frame.drop(columns="closed"), Rule("opened", "not_after", ("closed",))) is None


def test_a_lacking_column_is_told_only_where_it_must_be_there() -> None:
    frame = pd.DataFrame({"y": [1]})
    found = only(frame, Rule("x", "present"))
    assert found is not None and found.rows is None and found.severity == "problem"
    assert only(frame, Rule("x", "not_empty")) is None


def test_within_its_tolerance_a_problem_is_a_warning_and_a_warning_is_not_told() -> None:
    frame = pd.DataFrame({"x": [np.nan] * 2 + [1.0] * 98})
    assert only(frame, Rule("x", "not_empty", (), "problem", 0.02)).severity == "warning"  # type: ignore[union-attr]
    assert only(frame, Rule("x", "not_empty", (), "problem", 0.01)).severity == "problem"  # type: ignore[union-attr]
    assert only(frame, Rule("x", "not_empty", (), "warning", 0.02)) is None


def test_the_count_is_of_all_rows_and_the_examples_are_few() -> None:
    found = only(pd.DataFrame({"x": np.arange(100_000)}), Rule("x", "between", (0.0, 9.0)))
    assert found is not None and found.rows == 99_990
    assert len(found.examples) == len(found.row_numbers) == 10 and found.row_numbers[0] == 11


def test_pandera_itself_finds_the_same() -> None:
    """Against pandera's own checks with all their failure cases kept."""
    import pandera.pandas as pandera

    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"x": np.where(draw.random(3000) < 0.1, np.nan, draw.normal(size=3000).round(1))})
    own = pandera.DataFrameSchema(
        {"x": pandera.Column(float, pandera.Check.in_range(-1, 1), nullable=False, unique=True)}
    )
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        own.validate(frame, lazy=True)
    cases = caught.value.failure_cases
    rules = RuleSet((Rule("x", "between", (-1.0, 1.0)), Rule("x", "not_empty"), Rule("x", "unique")))
    ours = {one.check: one.rows for one in validate_frame(frame, rules).failures}
    assert ours["between"] == (cases["check"] == "in_range(-1, 1)").sum()
    assert ours["not_empty"] == (cases["check"] == "not_nullable").sum()
    known = frame["x"].dropna()
    assert ours["unique"] == known.duplicated(keep=False).sum()


def test_columns_are_opened_one_by_one() -> None:
    frame = pd.DataFrame({name: [1, 2] for name in "abcd"})
    opened: list[list[str]] = []

    def open_columns(names: list[str]) -> pd.DataFrame:
        opened.append(names)
        return frame[names]

    rules = RuleSet(
        (Rule("a", "unique"), Rule("b", "not_empty"), Rule("a", "not_empty"), Rule("z", "unique"))
    )
    assert not validate(open_columns, list(frame), 2, rules).failures
    assert opened == [["a"], ["b"]]


def test_the_failure_table_is_a_table() -> None:
    frame = pd.DataFrame({"x": ["=1+1", "b", "c"]})
    failures = validate_frame(frame, RuleSet((Rule("x", "one_of", ("b",)), Rule("y", "present")))).to_json()
    assert json.loads(json.dumps(failures)) == failures
    table = failure_table(failures["failures"])
    assert list(table["column"]) == ["y", "x"] and table["rows"].tolist() == [pd.NA, 2]
    assert table["row_numbers"][1] == "1, 3" and table["examples"][1] == "=1+1; c"
    assert failure_table([]).shape == (0, 8)


BAD = [
    {"column": "x", "check": "wrong"},
    {"column": "x", "check": "between", "values": [3, 1]},
    {"column": "x", "check": "between", "values": [None, None]},
    {"column": "x", "check": "between", "values": [float("nan"), 1]},
    {"column": "x", "check": "one_of", "values": []},
    {"column": "x", "check": "one_of", "values": [1]},
    {"column": "x", "check": "matches", "values": ["("]},
    {"column": "x", "check": "matches", "values": ["a" * 1000]},
    {"column": "x", "check": "kind", "values": ["colour"]},
    {"column": "x", "check": "not_empty", "values": ["y"]},
    {"column": "x", "check": "unique", "tolerance": 2},
    {"column": "x", "check": "unique", "severity": "fatal"},
    {"column": 3, "check": "unique"},
    {"column": "x", "check": "unique", "more": 1},
    {"column": "x", "check": "unique", "values": "ab"},
    "x",
]


@pytest.mark.parametrize("entry", BAD, ids=str)
def test_rules_that_cannot_be_used(entry: object) -> None:
    with pytest.raises(BadInput):
        RuleSet.from_json({"rules": [entry]})


@pytest.mark.parametrize(
    "content", [None, [], {"rules": 3}, {"other": 1}, {"rules": [], "rows": -1}], ids=str
)
def test_files_that_hold_no_rules(content: object) -> None:
    with pytest.raises(BadInput):
        RuleSet.from_json(content)


COLUMNS = (
    ColumnSpec("id", "id", "numeric"),
    ColumnSpec("income", "feature", "numeric"),
    ColumnSpec("town", "feature", "category"),
    ColumnSpec("opened", "time", "date"),
    ColumnSpec("closed", "feature", "date"),
    ColumnSpec("sex", "protected", "category"),
    ColumnSpec("note", "excluded", "text"),
    ColumnSpec("bad", "target", "category"),
)
FEATURES = ("income", "town", "closed")


def book(rows: int = 2000, seed: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    opened = pd.Timestamp("2020-01-01") + pd.to_timedelta(draw.integers(0, 900, rows), "D")
    return pd.DataFrame(
        {
            "id": np.arange(rows) + 10_000 * seed,
            "income": np.where(draw.random(rows) < 0.1, np.nan, draw.lognormal(8, 0.5, rows)),
            "town": draw.choice(["a", "b", "c", "d"], rows, p=[0.5, 0.3, 0.19, 0.01]),
            "opened": opened,
            "closed": opened + pd.to_timedelta(draw.integers(1, 400, rows), "D"),
            "sex": draw.choice(["f", "m"], rows),
            "note": "x",
            "bad": draw.choice(["no", "yes"], rows, p=[0.8, 0.2]),
        }
    )


def learned(frame: pd.DataFrame) -> RuleSet:
    return learn_rules(frame, COLUMNS, FEATURES, ("no", "yes"), "book.csv")


def test_rows_of_the_same_kind_break_nothing() -> None:
    """Over a dozen tables of the same source no rule is a problem, and warnings are rare."""
    rules = learned(book())
    assert RuleSet.from_json(json.loads(json.dumps(rules.to_json()))) == rules
    found = [validate_frame(book(1000, seed), rules) for seed in range(1, 13)]
    assert sum(outcome.problems for outcome in found) == 0
    assert sum(len(outcome.failures) for outcome in found) <= 2


def test_a_table_to_score_needs_no_more_than_the_features() -> None:
    assert not validate_frame(book(500, 1)[list(FEATURES)], learned(book())).failures


def test_what_changed_is_found() -> None:
    rules = learned(book())
    new = book(1000, 1)
    new["income"] = new["income"].where(new.index > 600)
    new["town"] = new["town"].replace({"a": "A"})
    new["closed"] = new["opened"] - pd.Timedelta(days=1)
    new["bad"] = "maybe"
    new["sex"] = "x"
    new["id"] = 7
    found = {(one.column, one.check): one.severity for one in validate_frame(new, rules).failures}
    assert found == {
        ("income", "missing_at_most"): "warning",
        ("town", "one_of"): "problem",
        ("opened", "not_after"): "problem",
        ("sex", "one_of"): "warning",
        ("bad", "one_of"): "problem",
        ("id", "unique"): "problem",
    }
    pence = book(1000, 1).assign(income=lambda frame: frame["income"] * 100)
    only_range = validate_frame(pence, rules).failures
    assert [(one.column, one.check, one.severity) for one in only_range] == [("income", "between", "warning")]
    words = book(1000, 1).assign(income="many")
    kinds = {(one.column, one.check) for one in validate_frame(words, rules).failures}
    assert ("income", "kind") in kinds


def test_rules_name_no_rare_category_and_no_extreme() -> None:
    frame = book()
    frame.loc[3, "town"] = "Mrs Smith's village"
    rules = json.dumps(learned(frame).to_json())
    assert "Smith" not in rules
    numbers = {value for rule in learned(frame).rules if rule.check == "between" for value in rule.values}
    assert numbers and not numbers & set(frame["income"].dropna())
    assert frame["income"].max() not in numbers and frame["income"].min() not in numbers


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.floats(), st.integers(-(10**18), 10**18)), min_size=1, max_size=40),
    st.lists(st.one_of(st.none(), st.text(max_size=5), st.floats(), st.booleans()), min_size=1, max_size=40),
    st.sampled_from(["numeric", "category", "boolean", "date", "text"]),
)
def test_any_column_teaches_rules_that_any_other_can_be_held_to(train: list, new: list, kind: str) -> None:
    column = ColumnSpec("x", "feature", kind)
    seen = pd.DataFrame({"x": pd.Series(train, dtype=float).replace([np.inf, -np.inf], np.nan)})
    rules = learn_rules(seen, [column], ["x"])
    text = json.dumps(rules.to_json(), allow_nan=False)
    assert RuleSet.from_json(json.loads(text)) == rules
    assert not validate_frame(seen, rules).problems
    cells = [
        None if cell is None or (isinstance(cell, float) and math.isnan(cell)) else str(cell) for cell in new
    ]
    outcome = validate_frame(pd.DataFrame({"x": pd.Series(cells, dtype="str")}), rules)
    assert all(0 < (one.rows or 1) <= len(new) for one in outcome.failures)


def test_a_table_that_was_checked_is_not_kept() -> None:
    import gc
    import weakref

    frame = pd.DataFrame({"x": [1, 1], "y": [1, 2]})
    kept = weakref.ref(frame)
    validate_frame(frame, RuleSet((Rule("x", "unique"), Rule("y", "unique"))))
    columns = {id(one) for one in gc.get_objects() if isinstance(one, pd.DataFrame) and list(one) == ["x"]}
    del frame
    gc.collect()
    assert kept() is None and not columns & {id(one) for one in gc.get_objects()}
