"""Training a backbone on stored tables from the Data page: the form, its errors, its job, and its end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.backbones.families import SOURCE_FAMILIES
from finxfer.records.folder import RunFolder
from finxfer.records.home import backbones_dir, jobs_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.runs import launcher
from finxfer.ui import roles_state, source_plan, source_view
from finxfer.ui.source_plan import BOTH, LABELS, ROWS, Choice, plan
from finxfer.ui.text import backbone as backbone_text
from finxfer.ui.text import source as text
from finxfer.ui.walk import ROOT
from tests.known_columns import known_card
from tests.training.made import COLUMNS, customers


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    return tmp_path


def store(frame: pd.DataFrame, letter: str, name: str) -> TableMeta:
    return TableStore().add(frame, TableMeta(letter * 4 + "0f" * 30, name, *frame.shape))


@pytest.fixture
def book() -> TableMeta:
    """A large book: identifier, four columns of customers (age is protected), one product."""
    rows, y = customers(900, 3)
    rows.insert(0, "customer_id", [f"K{number:06d}" for number in range(900)])
    return store(rows.assign(product="card", default=y), "a", "book.csv")


@pytest.fixture
def loans() -> TableMeta:
    """Another product, with a column of its own and without `debt`."""
    rows, y = customers(400, 5)
    return store(rows.drop(columns="debt").assign(product="loan", visits=y + 1, default=y), "b", "loans.csv")


@pytest.fixture
def small() -> TableMeta:
    """The small target, without its outcome."""
    return store(customers(150, 6)[0], "c", "small.csv")


def choice(*tables: TableMeta, **changes: object) -> Choice:
    return replace(Choice("Our book", "tabm", LABELS, tables, "default", "1"), **changes)


def test_the_families_have_a_name_and_a_note() -> None:
    assert set(SOURCE_FAMILIES) <= set(backbone_text.FAMILIES)
    assert set(SOURCE_FAMILIES) == set(text.FAMILY_NOTES)


def test_one_table_gives_features_and_leaves_out_what_is_protected(book: TableMeta) -> None:
    found = plan(choice(book))
    assert not found.errors and sum(found.rows) == 900
    assert found.with_role("feature") == ["income", "debt", "housing"]
    assert found.with_role("protected") == ["age"]
    assert "age (protected); customer" in source_view.left_out(found).replace("\\", "")
    arguments = source_plan.source_job(choice(book), found).arguments
    assert arguments["target"] == "default" and arguments["more_tables"] == []
    assert "unlabelled" not in arguments and arguments["keep_rare"] is False


def test_several_tables_have_one_role_each_column_the_strictest(book: TableMeta, loans: TableMeta) -> None:
    roles = roles_state.with_role(roles_state.settled(loans), "housing", "excluded")
    TableStore().save_roles(loans.sha256, roles)
    found = plan(choice(book, loans))
    assert not found.errors and sum(found.rows) == 1300
    # One product in each table, but two in all.
    assert found.with_role("feature") == ["income", "debt", "product", "visits"]
    assert any("debt" in note and "visits" in note for note in found.notes)


def test_a_table_without_the_outcome_joins_the_autoencoder_alone(book: TableMeta, small: TableMeta) -> None:
    assert "small" in plan(choice(book, small)).errors["target"]
    both = choice(book, small, family="autoencoder", learn=BOTH)
    found = plan(both)
    assert not found.errors and found.rows[2] == 1050 and "small" in found.notes[0]
    assert "1,050 rows without their labels and then" in source_view.rows_words(both, found)
    unlabelled = choice(book, family="autoencoder", learn=ROWS, target="", positive="", unlabelled=(small,))
    found = plan(unlabelled)
    assert not found.errors and "default" in {c.name for c in found.columns if c.role == "excluded"}
    arguments = source_plan.source_job(unlabelled, found).arguments
    assert "target" not in arguments and arguments["unlabelled"] == [small.sha256]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": " -"}, "name", "letter or digit"),
        ({"tables": ()}, "tables", "at least one"),
        ({"target": ""}, "target", "Choose the column"),
        ({"target": "gone"}, "target", "the column gone"),
        ({"positive": ""}, "positive", "Choose the positive"),
        ({"positive": "7"}, "positive", "Only 0 rows have the value 7"),
    ],
)
def test_errors_name_their_field(changes: dict, field: str, words: str, book: TableMeta) -> None:
    assert words in plan(choice(book, **changes)).errors[field]


def test_too_few_rows_and_clashing_kinds_are_said_before_anything_starts(
    book: TableMeta, small: TableMeta, loans: TableMeta
) -> None:
    alone = choice(small, family="autoencoder", learn=ROWS, target="", positive="")
    assert "only 150 rows" in plan(alone).errors["tables"]
    few = store(customers(160, 8)[0].assign(default=np.arange(160) % 2), "d", "few.csv")
    assert "Only 80 rows have the value 1" in plan(choice(few)).errors["positive"]
    frame = TableStore().open(loans.sha256)
    other = store(frame.assign(income="much", housing=frame["housing"].fillna("x")), "e", "other.csv")
    roles = roles_state.settled(other)
    columns = tuple(replace(c, kind="category") if c.name == "income" else c for c in roles.columns)
    TableStore().save_roles(other.sha256, replace(roles, columns=columns))
    assert "income" in plan(choice(book, other)).errors["tables"]


def page(table: TableMeta, name: str = "data") -> AppTest:
    at = AppTest.from_file(str(ROOT / "finxfer" / "ui" / "shell.py"), default_timeout=60)
    at.query_params["table"] = table.sha256
    at.session_state["source_unfolded"] = True
    at.run()
    at = at.switch_page(f"../../pages/{name}.py").run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    parts = [*at.markdown, *at.caption, *at.info, *at.error, *at.success, *at.warning]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def test_the_form_starts_the_job_that_it_describes(
    book: TableMeta, loans: TableMeta, small: TableMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[JobSpec] = []

    def launch(spec: Spec | JobSpec, folder: Path | None = None) -> RunFolder:
        assert isinstance(spec, JobSpec)
        launched.append(spec)
        return RunFolder(jobs_dir() / "20261121-120001-abcd").create(spec)

    monkeypatch.setattr(launcher, "launch", launch)
    at = page(book)
    assert text.NAME_EMPTY not in words(at), "nothing has been tried yet"
    at.button(key="source_start").click().run()
    assert text.NAME_EMPTY in words(at) and not launched
    at.text_input(key="source_name").set_value("Cards & loans").run()
    at.multiselect(key="source_tables_" + book.sha256[:12]).set_value([book.sha256, loans.sha256]).run()
    at.selectbox(key="source_family").set_value("autoencoder").run()
    at.multiselect(key="source_unlabelled").set_value([small.sha256]).run()
    at.text_input(key="source_licence").set_value("internal").run()
    assert "with at least 50 rows" in words(at) and "No customer's row" in words(at)
    at.toggle(key="source_keep_rare").set_value(True).run()
    assert "with at least 5 rows" in words(at)
    at.button(key="source_start").click().run()
    assert not at.exception
    arguments = launched[0].arguments
    assert arguments["table"] == book.sha256 and arguments["more_tables"] == [loans.sha256]
    assert arguments["unlabelled"] == [small.sha256] and arguments["family"] == "autoencoder"
    assert (arguments["target"], arguments["positive"]) == ("default", "1")
    assert (
        arguments["licence"] == "internal" and arguments["keep_rare"] and arguments["name"] == "Cards & loans"
    )
    assert at.button(key="job_cancel_20261121-120001-abcd"), "the page follows it"


def test_a_table_that_is_gone_or_taken_elsewhere_leaves_the_lists(book: TableMeta, small: TableMeta) -> None:
    at = page(book)
    at.selectbox(key="source_family").set_value("autoencoder").run()
    at.multiselect(key="source_unlabelled").set_value([small.sha256]).run()
    tables = "source_tables_" + book.sha256[:12]
    at.multiselect(key=tables).set_value([book.sha256, small.sha256]).run()
    assert not at.exception and "1,050 rows without their labels" in words(at)
    TableStore().delete(small.sha256)
    at.run()
    assert not at.exception and "900 rows without their labels" in words(at)


def job(**status: object) -> RunFolder:
    arguments = {"table": "a" * 4 + "0f" * 30, "name": "Our book"}
    folder = RunFolder(jobs_dir() / "20261121-120001-abcd").create(JobSpec("pretrain-source", arguments))
    folder.write_status(**status)
    return folder


def test_a_training_at_work_says_how_long_and_can_be_stopped(book: TableMeta) -> None:
    process = psutil.Process()
    folder = job(
        state="running", pid=process.pid, process_started=process.create_time(), heartbeat=9e9,
        progress=0.25, eta_seconds=42.0, message="Labelled rows: epoch 15 of at most 60",
    )  # fmt: skip
    at = page(book)
    at.button(key=f"job_cancel_{folder.id}").click().run()
    assert folder.cancel_requested() and not at.exception


def test_a_stopped_or_failed_training_can_be_started_again(
    book: TableMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[str] = []
    monkeypatch.setattr(launcher, "resume", lambda run: again.append(run.id))
    folder = job(state="failed", error={"what": "No good.", "why": "Too few rows.", "next": "Add some."})
    at = page(book)
    assert "Too few rows." in words(at) and "**Our book** failed" in words(at)
    at.button(key=f"job_again_{folder.id}").click().run()
    assert again == [folder.id]
    at = page(book, "backbone")
    assert f"job_again_{folder.id}" not in {button.key for button in at.button}, "there only what is at work"


def test_a_finished_training_shows_the_card_and_leads_to_its_use(book: TableMeta, small: TableMeta) -> None:
    folder = job(state="finished", progress=1.0)
    rows, y = customers(900, 3)
    card = known_card(
        backbones_dir() / "our-book", rows, COLUMNS, name="Our book", rows=900, licence="internal",
        period=["2024-01", "2024-06"], measured={"source_validation_auc": 0.7321}, tables=[book.sha256],
    )  # fmt: skip
    folder.write_json("result.json", {"backbone": card.id})
    at = page(book)
    seen = words(at)
    for fact in ("900", "2024-01 to 2024-06", "0.732", "internal", card.sha256[:12]):
        assert fact in seen
    at.button(key=f"job_use_{folder.id}").click().run()
    assert at.session_state["backbone_choice"] == card.id
    assert "table" not in at.query_params, "it has learned the open table: another is asked for"
    at = page(TableStore().add(rows.assign(default=y), TableMeta("0f" * 32, "new.csv", 900, 5)))
    at.button(key=f"job_use_{folder.id}").click().run()
    assert at.title[0].value == "Backbone" and at.session_state["backbone_choice"] == card.id


def test_the_backbone_page_leads_to_the_form(book: TableMeta) -> None:
    at = page(book, "backbone")
    at.button(key="to_source").click().run()
    assert at.title[0].value == "Data" and at.button(key="source_start")
