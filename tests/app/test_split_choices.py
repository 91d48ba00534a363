"""The Data page: another table as the test, and rows that had no time to show their outcome."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.records.tables import TableMeta, TableStore
from finxfer.ui import roles_state
from finxfer.ui.text import split as text
from tests.app.test_split_preview import page, spec_of, words
from tests.runs.test_immature import book


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    return tmp_path


def keep(frame: pd.DataFrame, name: str) -> TableMeta:
    # Pages keep what they have read of a table by its hash, from one test to the next.
    sha256 = hashlib.sha256(f"{name} {len(frame)} {frame['bad'].sum()}".encode()).hexdigest()
    return TableStore().add(frame, TableMeta(sha256, name, len(frame), frame.shape[1]))


def pick(at: AppTest, sha256: str) -> AppTest:
    at.session_state[f"test_fold_{at.query_params['table'][:12]}"] = True
    at.run()
    (choice,) = [one for one in at.selectbox if one.label == text.OTHER_PICK]
    return choice.set_value(sha256).run()


def test_another_table_is_taken_as_the_test_and_given_back() -> None:
    table, other = keep(book(window=0), "train"), keep(book(rows=700, window=0), "later *book*")
    at = pick(page(table), other.sha256)
    assert not at.exception and not at.error
    assert "**later \\*book\\***: 700 rows" in words(at) and "700 are" in words(at)
    spec = spec_of(table, roles_state.settled(table))
    assert spec.test_table == other.sha256 and spec.split == "random"
    at = at.button(key="test_table_back").click().run()
    assert not at.exception and roles_state.settled(table).test_table is None


def test_a_table_that_does_not_fit_is_refused_at_once_with_the_reason() -> None:
    table = keep(book(window=0), "train")
    other = keep(book(rows=700, window=0).drop(columns="income"), "narrow")
    at = pick(page(table), other.sha256)
    assert not at.exception and "lacks" in words(at)
    assert roles_state.settled(table).test_table is None


def test_a_test_table_that_was_deleted_is_said() -> None:
    table, other = keep(book(window=0), "train"), keep(book(rows=700, window=0), "later")
    pick(page(table), other.sha256)
    TableStore().delete(other.sha256)
    at = page(table)
    assert not at.exception and text.OTHER_GONE in words(at)


def test_immature_rows_are_named_left_out_and_taken_back() -> None:
    table = keep(book(), "young")
    at = page(table)
    assert not at.exception
    (warning,) = [one for one in at.warning if "immature" in one.value]
    assert "99% interval" in warning.value
    at = at.button(key="leave_immature").click().run()
    assert not at.exception and not [one for one in at.warning if "immature" in one.value]
    until = roles_state.settled(table).mature_until
    assert until and spec_of(table, roles_state.settled(table)).mature_until == until
    assert "are left out as immature" in words(at)
    at = at.button(key="take_back_immature").click().run()
    assert roles_state.settled(table).mature_until == ""


def test_an_outcome_window_is_declared_on_the_page() -> None:
    table = keep(book(window=0), "sound")
    at = page(table)
    assert not [one for one in at.warning if "immature" in one.value]
    (days,) = [one for one in at.number_input if one.label == text.WINDOW_DAYS]
    days.set_value(365)
    (apply,) = [one for one in at.button if one.label == text.WINDOW_APPLY]
    at = apply.click().run()
    assert not at.exception and roles_state.settled(table).outcome_days == 365
    assert [one for one in at.warning if "fewer than 365 days" in one.value]
