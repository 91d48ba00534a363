"""The Data page's folded sections for databases and rules, and the Score page's line on the scored table."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.data.validation import validate_frame
from finxfer.records.folder import RunFolder
from finxfer.records.rules import Rule, RuleSet, write_rules
from finxfer.records.spec import JobSpec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.ui.text import database, validation
from tests.app.opened import RUN_ID, SHELL, open_page, words

RULES = RuleSet((Rule("age", "between", (18.0, 65.0)), Rule("town *x*", "one_of", ("a", "<b>"))))


@pytest.fixture
def table(home: Path) -> TableMeta:
    frame = pd.DataFrame(
        {"age": [20, 30, 70] * 40, "town *x*": ["a", "<b>", "c"] * 40, "bad": [0, 1, 0] * 40}
    )
    meta = TableStore().add(frame, TableMeta("5" * 64, "book.csv", len(frame), 3))
    write_rules(TableStore().file(meta.sha256).with_name("rules.json"), RULES)
    return meta


def data_page(table: TableMeta | None, opened: str) -> AppTest:
    at = AppTest.from_file(str(SHELL), default_timeout=60)
    if table is not None:
        at.query_params["table"] = table.sha256
    at.session_state[opened] = True
    at.run()
    return at.switch_page("../../pages/data.py").run()


def test_own_rules_are_shown_with_what_they_find(table: TableMeta) -> None:
    at = data_page(table, f"rules_{table.sha256[:12]}")
    assert not at.exception
    assert "**2 of 2 checks fail**: age, town \\*x\\*" in words(at)
    shown = next(
        one.value for one in at.dataframe if "Rows that break it" in str(one.proto) or "expected" in one.value
    )
    assert shown["rows"].tolist() == [40, 40]


def test_rules_stay_folded_until_they_are_wanted(table: TableMeta) -> None:
    at = AppTest.from_file(str(SHELL), default_timeout=60)
    at.query_params["table"] = table.sha256
    at.run()
    at = at.switch_page("../../pages/data.py").run()
    assert not at.exception and "checks fail" not in words(at)


def test_proposed_rules_are_only_stored_when_they_are_checked(table: TableMeta) -> None:
    at = data_page(table, f"rules_{table.sha256[:12]}")
    kept = TableStore().file(table.sha256).with_name("rules.json")
    before = kept.read_bytes()
    next(button for button in at.button if button.label == validation.PROPOSE).click()
    at.run()
    assert not at.exception and kept.read_bytes() == before
    next(button for button in at.button if button.label == validation.CHECK).click()
    at.run()
    stored = json.loads(kept.read_text())["rules"]
    assert not at.exception
    assert ("age", "one_of") in {(one["column"], one["check"]) for one in stored}
    assert "bad" not in {one["column"] for one in stored}


def test_a_run_s_rules_can_be_chosen(table: TableMeta, run: RunFolder) -> None:
    run.model.mkdir(exist_ok=True)
    write_rules(run.path / "model" / "rules.json", RuleSet((Rule("age", "not_empty"),), "train.csv", 100))
    at = data_page(table, f"rules_{table.sha256[:12]}")
    chooser = next(one for one in at.selectbox if one.label == validation.WHOSE)
    chooser.set_value(RUN_ID)
    at.run()
    assert not at.exception and "All 1 checks against the training rows hold." in words(at)


def scoring(run: RunFolder, state: str) -> RunFolder:
    job = RunFolder(run.path.parents[1] / "jobs" / "one")
    job.path.parent.mkdir(exist_ok=True)
    job.create(JobSpec("score", {"run": str(run.path.resolve()), "table": "x", "name": "new.csv"}))
    frame = pd.DataFrame({"income *x*": [1.0, None]})
    rules = RuleSet((Rule("income *x*", "not_empty"), Rule("gone", "present")))
    job.write_json("validation.json", validate_frame(frame, rules).to_json())
    error = {"kind": "BadInput", "what": "It cannot be scored.", "why": "", "next": ""}
    job.write_status(state=state, ended=time.time(), error=error if state == "failed" else None)
    return job


def test_a_scoring_that_was_refused_says_what_differs(run: RunFolder) -> None:
    run.model.mkdir(exist_ok=True)
    at = open_page("score", scoring=scoring(run, "failed").id)
    if "It cannot be scored" not in words(at):
        pytest.fail(words(at))
    assert "**2 of 2 checks fail**: gone, income \\*x\\*" in words(at)


@pytest.fixture
def loans(home: Path) -> Path:
    path = home / "loans.db"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE loans (id INTEGER, town TEXT)")
        base.executemany("INSERT INTO loans VALUES (?, ?)", [(i, "<b>x</b>") for i in range(60)])
    return path


def section(home: Path, address: str, sql: str) -> AppTest:
    at = data_page(None, "database_section")
    next(one for one in at.text_input if one.label == database.ADDRESS).set_value(address)
    next(one for one in at.text_area if one.label == database.QUERY).set_value(sql)
    return at


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return at.run()


def test_a_database_is_asked_only_when_it_is_wanted(home: Path, loans: Path) -> None:
    assert database.ADDRESS not in [one.label for one in open_page("data", None).text_input]
    at = press(section(home, f"sqlite:///{loans}", ""), database.TEST)
    assert not at.exception and "answers" in str(at.success[0].value)


def test_the_first_rows_of_a_query(home: Path, loans: Path) -> None:
    at = press(section(home, f"sqlite:///{loans}", "SELECT * FROM loans"), database.PREVIEW)
    assert not at.exception and len(at.dataframe[0].value) == 50
    assert TableStore().list() == []
    at = press(section(home, f"sqlite:///{loans}", "SELECT * FROM loans WHERE id < 0"), database.PREVIEW)
    assert "returned no rows" in words(at)


def test_what_cannot_be_asked_is_answered_beside_the_form(home: Path, loans: Path) -> None:
    file = f"sqlite:///{loans}"
    at = section(home, "", "SELECT 1")
    for address, sql, label, said in (
        ("", "SELECT 1", database.USE, "No database is given"),
        ("postgresql://u:hunter22@h/d", "SELECT 1", database.USE, "holds a password"),
        (file, "DROP TABLE loans", database.USE, "Only a query that reads is run"),
        (file, "SELECT *** FROM <b>", database.PREVIEW, "refused the query"),
        (file, "", database.PREVIEW, "No query is given"),
    ):
        next(one for one in at.text_input if one.label == database.ADDRESS).set_value(address)
        next(one for one in at.text_area if one.label == database.QUERY).set_value(sql)
        at = press(at, label)
        assert not at.exception and said in words(at) and "hunter22" not in words(at)


def test_named_databases_alone(home: Path, loans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINXFER_TYPED_DATABASES", "no")
    assert database.NOT_ALLOWED in words(data_page(None, "database_section"))
    (home / "databases.toml").write_text(f'[book]\naddress = "sqlite:///{loans}"\n')
    monkeypatch.setenv("FINXFER_DATABASES", str(home / "databases.toml"))
    at = data_page(None, "database_section")
    assert [one.options for one in at.selectbox if one.label == database.CONNECTION] == [["book"]]
    assert database.ADDRESS not in [one.label for one in at.text_input]
    assert "answers" in str(press(at, database.TEST).success[0].value)
