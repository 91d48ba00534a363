"""The panel that says which of the table's columns a backbone reads, and takes corrections."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from finxfer.backbones.card import Card, write_card
from finxfer.errors import BadInput
from finxfer.records.home import backbones_dir
from finxfer.records.spec import ColumnSpec, Spec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.runs import launcher
from finxfer.ui import columns_state, columns_view, roles_state
from finxfer.ui.text import columns as text
from finxfer.ui.walk import ROOT
from tests.known_columns import known_card
from tests.training.made import COLUMNS, customers

KNOWN = [*COLUMNS, ColumnSpec("product", "feature", "category")]


@pytest.fixture(autouse=True)
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    """A backbone in the catalogue that has learned from `age`, which is protected at the target."""
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    frame = customers(800, 3)[0].assign(product="card")
    frame.loc[::3, "product"] = "loan"
    return known_card(backbones_dir() / "book", frame, KNOWN)


@pytest.fixture
def table() -> TableMeta:
    rows, y = customers(240, 4)
    rows = rows.rename(columns={"debt": "debts"}).assign(product="loan", visits=[1, 2, 3, 4] * 60, default=y)
    return TableStore().add(rows, TableMeta(f"{0xC01:064x}", "rows.csv", *rows.shape))


def page(table: TableMeta) -> AppTest:
    at = AppTest.from_file(str(ROOT / "finxfer" / "ui" / "shell.py"), default_timeout=60)
    at.query_params["table"] = table.sha256
    at.run()
    at = at.switch_page("../../pages/backbone.py").run()
    at.button(key="choose_book").click().run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    return "\n".join(str(part.value) for part in [*at.markdown, *at.info]).replace("\\", "")


def pairs(at: AppTest) -> dict[str, tuple[str, str]]:
    (frame,) = [one.value for one in at.dataframe if "known" in one.value.columns]
    return {row.known: (row.column, row.how) for row in frame.itertuples()}


def test_the_panel_says_what_is_used_masked_new_and_kept(table: TableMeta) -> None:
    at = page(table)
    seen = words(at)
    assert "**4 of the 5 columns**" in seen and "80.0%" in seen
    assert "**age** was an input at the source and is protected here" in seen
    assert "visits" in seen and text.KEPT.format(names="product") in seen
    shown = pairs(at)
    assert shown["income"] == ("income", "same name")
    assert shown["debt"][0] == "debts" and "alike" in shown["debt"][1]
    assert shown["age"] == ("age", "same name; protected, so masked")
    assert at.button(key="columns_back").disabled


def test_a_backbone_of_any_table_has_no_panel(table: TableMeta) -> None:
    at = page(table)
    at.button(key="choose_incontext-small").click().run()
    assert text.TITLE not in [heading.value for heading in at.subheader]


def test_corrections_reach_the_run_and_are_taken_back(
    table: TableMeta, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    roles = roles_state.settled(table)
    names = [column.name for column in KNOWN]
    columns_state.correct(table, roles, card, {names.index("debt"): {"column": "visits"}})
    columns_state.correct(table, roles, card, {names.index("product"): {"column": None}})
    at = page(table)
    assert pairs(at)["debt"] == ("visits", "your choice") and pairs(at)["product"] == ("", "your choice")
    assert "2 corrected by you" in words(at)
    launched: list[Spec] = []

    def launch(spec: Spec) -> None:
        launched.append(spec)
        raise BadInput("Stop here.", "", "")

    monkeypatch.setattr(launcher, "launch", launch)
    at.button(key="launch").click().run()
    assert launched[0].mapping == {"product": "", "debt": "visits"}
    assert "product" not in launched[0].features and launched[0].backbone == "book"
    at = page(table)
    at.button(key="columns_back").click().run()
    assert pairs(at)["debt"][0] == "debts" and columns_state.corrections(table, card) == {}


def test_a_column_stands_for_one_and_kinds_must_go_together(table: TableMeta, card: Card) -> None:
    roles = roles_state.settled(table)
    columns_state.correct(table, roles, card, {0: {"column": "visits"}, 1: {"column": "visits"}})
    assert columns_state.corrections(table, card) == {"debt": "visits"}
    with pytest.raises(BadInput, match="housing is a category"):
        columns_state.correct(table, roles, card, {0: {"column": "housing"}})
    # Roles may change later: what can no longer be meant is passed over.
    changed = roles_state.with_role(roles, "visits", "excluded")
    meeting = columns_state.meeting_of(table, changed, card)
    assert meeting is not None and meeting.given == {} and meeting.used["debt"] == "debts"


def test_finxfer_s_own_choice_reads_by_the_same_pairs(table: TableMeta, card: Card) -> None:
    roles = roles_state.settled(table)
    columns, mapping = columns_state.reading(table, roles, None)
    assert columns_view.pairs_sentence(mapping).startswith(
        "Backbones read columns of other names: debts as debt"
    )
    assert columns_view.pairs_sentence({"debt": ""}) == ""
    assert mapping == {"debt": "debts"}
    assert next(column.role for column in columns if column.name == "product") == "feature"


def test_the_weights_of_columns_are_shown_where_the_card_has_them(table: TableMeta, card: Card) -> None:
    weights = {"income": 0.6, "debt": 0.2, "age": 0.1, "housing": 0.1, "product": 0.0}
    assert card.folder is not None
    heavy = write_card(replace(card, importance=weights, sha256="1" * 64), card.folder)
    meeting = columns_state.meeting_of(table, roles_state.settled(table), heavy)
    assert meeting is not None
    assert "**90.0%** of what it learned" in columns_view.share_sentence(meeting)
    assert columns_view.pairs_table(meeting)["weight"].tolist() == pytest.approx([60, 20, 10, 10, 0])


def test_names_are_shown_as_they_are_written(table: TableMeta, tmp_path: Path) -> None:
    hostile = "<b>x</b> [a](b)"
    rows = customers(240, 4)[0]
    other = known_card(
        tmp_path / "other",
        rows.assign(**{hostile: 1.0}),
        [*COLUMNS, ColumnSpec(hostile, "feature", "numeric")],
    )
    meeting = columns_state.meeting_of(table, roles_state.settled(table), other)
    assert meeting is not None
    assert all("<b>" not in line.replace("\\<", "") for line in columns_view.other_lines(meeting))
