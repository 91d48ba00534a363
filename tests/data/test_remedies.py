"""Remedies: what each one learns and does, what is refused, and what holds for any frame and any remedy."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finxfer.data.remedies import FittedRemedies
from finxfer.data.remedy_choice import best_reading, columns_after, read_remedy, together
from finxfer.data.remedy_rows import rows_left_out
from finxfer.data.remedy_wording import cell_sentence, remedy_title
from finxfer.data.spellings import NumberReader, spelling_key
from finxfer.errors import BadInput, Damaged
from finxfer.records.remedy_spec import RemedySpec as R
from finxfer.records.spec import ColumnSpec


def columns(**kinds: str) -> list[ColumnSpec]:
    return [ColumnSpec(name, "feature", kind) for name, kind in kinds.items()]


def treated(values: Any, kind: str, *remedies: R, new: Any = None) -> list[Any]:
    """Learned from ``values``, applied to ``new`` or to them."""
    frame = pd.DataFrame({"x": values})
    fitted = FittedRemedies.fit(frame, remedies, columns(x=kind))
    made = fitted.apply(frame if new is None else pd.DataFrame({"x": new}))["x"]
    return [None if pd.isna(one) else one for one in made]


def test_numbers_are_read_as_people_write_them() -> None:
    texts = ["€ 1,234.50", "1.5k", "2 Mio", "(400)", "１２", "n/a", "on request", "$3"]
    expected = [1234.5, 1500, 2e6, -400, 12, None, None, 3]
    assert treated(texts, "numeric", R("parse", ("x",))) == expected
    terms = ["36 months"] * 3 + ["2 years", "10+ months", "< 1 month"]
    assert treated(terms, "numeric", R("parse", ("x",)))[3:] == [24, 10, 1]
    assert treated(["12%", "8%", "0.15"], "numeric", R("parse", ("x",))) == [12, 8, 15]
    assert NumberReader.fit({"1.234,5": 3, "7,25": 1}).read("2.000,5") == 2000.5


def test_dates_and_truths_are_read_cell_by_cell() -> None:
    dates = ["2020-01-02", "13/05/2021", "03/04/2021", "x"]
    made = treated(dates, "date", R("parse", ("x",), {"as": "date"}))
    assert made[:3] == [pd.Timestamp("2020-01-02"), pd.Timestamp("2021-05-13"), pd.Timestamp("2021-04-03")]
    assert made[3] is None
    assert treated(["yes", "N", "Ja", "是"], "boolean", R("parse", ("x",), {"as": "yes/no"})) == [1, 0, 1, 1]


def test_one_level_has_one_spelling_and_new_spellings_of_it_too() -> None:
    texts = ["worker"] * 6 + ["WORKER ", "ｗorker", "Café", "cafe", "cafe", "A-", "A+"]
    remedy = R("standardise", ("x",))
    assert treated(texts, "category", remedy)[5:] == ["worker"] * 3 + ["cafe"] * 3 + ["A-", "A+"]
    assert treated(texts, "category", remedy, new=[" Worker", "CAFÉ", "other", " "]) == [
        "worker", "cafe", "other", None
    ]  # fmt: skip
    assert spelling_key("Й") != spelling_key("И")
    assert spelling_key("が") != spelling_key("か")


def test_gaps_extremes_and_rare_levels() -> None:
    numbers = [1.0, 2.0, 3.0, 4.0, 1000.0, None]
    assert treated(numbers, "numeric", R("fill", ("x",)))[-1] == 3.0
    assert treated(numbers, "numeric", R("fill", ("x",), {"method": "mean"}))[-1] == 202.0
    assert treated(numbers, "numeric", R("fill", ("x",), {"method": "constant", "value": -1}))[-1] == -1
    values = list(np.arange(101.0))
    capped = treated(values, "numeric", R("cap", ("x",), {"lower": 0.05, "upper": 0.9}), new=[-7, 50, 1e9])
    assert capped == [5, 50, 90]
    levels = ["a"] * 30 + ["b"] * 25 + ["c"] * 3 + [None]
    merge = R("merge", ("x",), {"min_rows": 10})
    assert treated(levels, "category", merge, new=["a", "c", "new", None]) == ["a", "other", "other", None]
    level = R("fill", ("x",), {"method": "level"})
    assert treated(levels, "category", level)[-1] == "missing"
    assert treated(levels, "category", R("fill", ("x",), {"method": "mode"}))[-1] == "a"
    assert treated([1, 2, -999], "numeric", R("blank", ("x",), {"values": ["-999"]})) == [1, 2, None]


def test_a_category_of_200_levels_keeps_those_with_rows_enough() -> None:
    draw = np.random.default_rng(0)
    levels = pd.Series([f"v{n}" for n in np.minimum(draw.geometric(0.05, 3000), 200)])
    frame = pd.DataFrame({"x": levels})
    fitted = FittedRemedies.fit(frame, [R("merge", ("x",), {"min_rows": 50})], columns(x="category"))
    made, (change,) = fitted.changes(frame, counted=True)
    kept = levels.value_counts()
    assert set(made["x"]) == {*kept[kept >= 50].index, "other"}
    assert change.changed == kept[kept < 50].sum()
    assert f"{(kept < 50).sum()} of {len(kept)} levels become 'other'" in cell_sentence(
        fitted.steps[0], change
    )


@pytest.mark.parametrize(
    ("values", "kind", "remedy", "why"),
    [
        ([None, None], "numeric", R("fill", ("x",)), "No training row"),
        (["a", "b"], "category", R("fill", ("x",)), "categories"),
        ([1.0, 2.0], "numeric", R("merge", ("x",)), "numbers"),
        (["a", "b"], "category", R("cap", ("x",)), "numbers"),
        ([0.0] * 99 + [1.0], "numeric", R("cap", ("x",), {"upper": 0.9}), "same value"),
        (["a", "b", "c"], "category", R("merge", ("x",)), "all would be one"),
        ([1.0, 2.0], "numeric", R("parse", ("x",)), "already"),
        (["a", "b", "3"], "numeric", R("parse", ("x",)), "known cells are not"),
        (["?", "?"], "category", R("blank", ("x",), {"values": ["?"]}), "No cell"),
        ([1.0], "numeric", R("fill", ("x",), {"method": "constant", "value": "many"}), "is none"),
        ([1.0], "numeric", R("fill", ("y",)), "no column 'y'"),
    ],
)
def test_what_does_not_fit_or_leaves_nothing_is_refused(values: Any, kind: str, remedy: R, why: str) -> None:
    with pytest.raises(BadInput, match=why) as caught:
        treated(values, kind, remedy)
    assert caught.value.next


def test_stored_remedies_come_back_and_nonsense_does_not() -> None:
    frame = pd.DataFrame({"x": ["1k", "2"], "y": [1.0, None]})
    asked = [R("parse", ("x",)), R("fill", ("x", "y"))]
    fitted = FittedRemedies.fit(frame, asked, columns(x="numeric", y="numeric"))
    assert FittedRemedies.from_json(json.loads(json.dumps(fitted.to_json()))) == fitted
    for content in (None, [{"kind": "parse"}], [{"kind": "fill", "column": "x", "learned": {}}], [3]):
        with pytest.raises(Damaged):
            FittedRemedies.from_json(content)


CELLS = st.one_of(
    st.none(), st.floats(), st.integers(-(2**60), 2**60), st.booleans(), st.text(max_size=6),
    st.sampled_from(["", " ", "1.5k", "12%", "€ 3", "other", "Other", "missing", "yes", "No", "-999"]),
    st.sampled_from(["2020-01-02", "03/04/2020"]),
)  # fmt: skip
COLUMN = st.one_of(
    st.lists(st.one_of(st.none(), st.floats()), min_size=8, max_size=8),
    st.lists(
        st.one_of(st.none(), st.text(max_size=4), st.sampled_from(["a", "A", "b "])), min_size=8, max_size=8
    ),
    st.lists(CELLS, min_size=8, max_size=8),
)  # fmt: skip
REMEDIES = [
    R("parse", ("x",)),
    R("parse", ("x",), {"as": "date"}),
    R("parse", ("x",), {"as": "yes/no"}),
    R("standardise", ("x",)),
    R("blank", ("x",), {"values": ["-999", "a", "other"]}),
    R("fill", ("x",)),
    R("fill", ("x",), {"method": "mode"}),
    R("fill", ("x",), {"method": "level", "value": "Missing"}),
    R("cap", ("x",), {"lower": 0.1, "upper": 0.8}),
    R("merge", ("x",), {"min_rows": 2, "label": "Other"}),
]
KINDS = ("numeric", "category", "text", "boolean", "date")


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    train=COLUMN,
    new=COLUMN,
    chosen=st.lists(st.sampled_from(REMEDIES), min_size=1, max_size=4, unique_by=lambda one: one.kind),
    kind=st.sampled_from(KINDS),
)
def test_any_column_and_any_remedies(train: list[Any], new: list[Any], chosen: list[R], kind: str) -> None:
    """The same rows come out, a second time changes nothing, a cell does not depend on the others, and
    anything else is a message."""
    after = columns_after(columns(x=kind), chosen)
    try:
        frame, other = (pd.DataFrame({"x": pd.Series(cells, dtype=object)}) for cells in (train, new))
        frame, other = frame.infer_objects(), other.infer_objects()
        fitted = FittedRemedies.fit(frame, chosen, after)
        made, changes = fitted.changes(other, counted=True)
    except BadInput as error:
        assert error.what and error.why and error.next
        return
    assert made.index.equals(other.index) and list(made) == ["x"]
    assert all(0 <= change.changed <= len(other) for change in changes)
    pd.testing.assert_frame_equal(fitted.apply(made), made)
    json.dumps(fitted.to_json(), allow_nan=False)
    reread = FittedRemedies.from_json(json.loads(json.dumps(fitted.to_json())))
    pd.testing.assert_frame_equal(reread.apply(other), made)


def test_rows_that_repeat_or_lack_something() -> None:
    learned = pd.DataFrame(
        {
            "id": ["a", "b", "b", "c", None, None, "t"],
            "when": pd.to_datetime(["2020-01-01", "2020-05-01", "2020-02-01"] + ["2020-01-01"] * 4),
            "v": [1.0, 2.0, 2.5, None, 4.0, 4.0, 9.0],
        }
    )
    test = pd.DataFrame({"id": ["t", "u"], "when": pd.to_datetime(["2021-01-01"] * 2), "v": [9.0, None]})
    latest = R("deduplicate", ("id",), {"by": "when"})
    (left,) = rows_left_out(learned, test, [latest])
    # b's earlier row, and the customer who is in the test; rows without an id are customers of their own.
    assert np.flatnonzero(left.out).tolist() == [2, 6] and left.seen == 1
    (left,) = rows_left_out(learned, test, [R("deduplicate", ("id",))])
    assert np.flatnonzero(left.out).tolist() == [1, 6]
    (left,) = rows_left_out(learned, test, [R("drop_rows", ("v",))])
    assert np.flatnonzero(left.out).tolist() == [3] and left.kept_test == 1
    (left,) = rows_left_out(learned, test, [R("deduplicate")], ignored=["id"])
    assert np.flatnonzero(left.out).tolist() == [5]


def test_a_remedy_of_the_command_line() -> None:
    frame = pd.DataFrame({"a:b": ["1k"], "a": [1.0], "job": ["x"]})
    kinds = [ColumnSpec("a:b", "feature", "category"), *columns(a="numeric", job="category")]
    assert read_remedy("parse:a:b", kinds, frame) == R("parse", ("a:b",), {"as": "number"})
    assert read_remedy("fill:a", kinds, frame).arguments["method"] == "median"
    assert read_remedy("fill:job", kinds, frame).arguments == {"method": "level", "value": "missing"}
    assert read_remedy("fill:a:constant=0", kinds, frame).arguments == {"method": "constant", "value": 0}
    assert read_remedy("cap:a:none,0.95", kinds, frame).arguments == {"lower": None, "upper": 0.95}
    assert read_remedy("merge:job:min_rows=5,label=rest", kinds, frame).arguments["label"] == "rest"
    assert read_remedy("drop-rows:a", kinds, frame) == R("drop_rows", ("a",))
    assert read_remedy("deduplicate", kinds, frame) == R("deduplicate")
    for text, what in {
        "fil:a": "Did you mean fill",
        "fill:z": "no column",
        "cap:a:0,1": "must be",
        "merge:job:5,x,y": "one too many",
        "standardise:job:now": "takes nothing",
        "fill:a:best": "one of",
    }.items():
        with pytest.raises(BadInput, match=what):
            read_remedy(text, kinds, frame)


def test_what_is_proposed_for_a_column_and_said_of_a_remedy() -> None:
    assert best_reading(pd.Series(["€ 3", "4k", "n/a", "5"])) == "number"
    assert best_reading(pd.Series(["00123", "00456"])) is None
    assert best_reading(pd.Series(["2020-01-02", "3.4.2021"])) == "date"
    assert best_reading(pd.Series(["yes", "N"])) == "yes/no"
    assert best_reading(pd.Series(["a", "b"])) is None
    first, then = R("fill", ("a", "b")), R("fill", ("b",), {"method": "mean"})
    assert together([first], [then]) == (R("fill", ("a",)), then)
    freed = columns_after([ColumnSpec("a", "id", "category")], [R("parse", ("a",))])
    assert freed == (ColumnSpec("a", "feature", "numeric"),)
    assert remedy_title(then) == "fill b with the mean"
