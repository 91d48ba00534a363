"""The Report page: the answer in one sentence, the bank's words, the pack and its confirmation."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from finxfer.records.folder import RunFolder
from finxfer.records.report_words import ReportWords, report_words
from finxfer.ui.text import report as text
from tests.app.opened import open_page, words


def part(title: str) -> AppTest:
    at = open_page("report")
    at.session_state["report-parts"] = title
    return at.run()


def test_without_money_the_answer_is_the_gain_and_open_places_are_counted(run: RunFolder) -> None:
    (run.path / "decisions.json").unlink(missing_ok=True)
    said = words(open_page("report"))
    assert "Not measured in money" in said and "logistic regression" in said
    assert "12 places of the report wait" in said
    assert "reading aid, not legal advice" in said


def test_money_comes_first_and_examples_are_said(run: RunFolder) -> None:
    found = {"sentence": "It earns <b>12</b> more.", "example_amounts": True}
    run.write_json("decisions.json", found)
    said = words(open_page("report"))
    assert "It earns \\<b\\>12\\<\\/b\\> more" in said and text.EXAMPLES in said
    assert text.STALE in said


def test_a_fresh_report_is_not_called_old(run: RunFolder) -> None:
    run.write_json("metrics.json", run.metrics())
    assert text.STALE not in words(open_page("report"))


def test_the_banks_words_are_kept_and_the_report_is_written_again(run: RunFolder) -> None:
    at = part(text.PART_WORDS)
    at.text_area(key="report-purpose").set_value("Limits <script> for cards")
    at.text_input(key="report-owner").set_value("Retail risk")
    at.text_input(key="report-sign-0").set_value("C. Ode")
    at.button(key="report-save").click().run()
    assert not at.exception and not at.error
    kept = report_words(run)
    assert (kept.purpose, kept.owner) == ("Limits <script> for cards", "Retail risk")
    assert kept.sign_offs["Model owner"] == "C. Ode"
    card = run.card.read_text(encoding="utf-8")
    assert "Limits &lt;script&gt; for cards" in card and "Retail risk" in card


def test_a_reviewer_who_is_a_developer_is_refused_beside_the_form(run: RunFolder) -> None:
    at = part(text.PART_WORDS)
    at.text_input(key="report-developers").set_value("A. Cole")
    at.text_input(key="report-reviewers").set_value("a. cole")
    at.button(key="report-save").click().run()
    assert "not independent" in at.error[0].value
    assert report_words(run) == ReportWords()


def test_a_pack_with_customer_rows_needs_the_table_and_a_confirmation(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = part(text.PART_PACK)
    assert not at.get("download_button")[0].proto.disabled
    at.toggle(key="pack-data").set_value(True).run()
    assert text.PACK_NO_TABLE in words(at) and not at.get("download_button")
    monkeypatch.setattr("finxfer.records.tables.TableStore.has", lambda store, sha256: True)
    at.run()
    assert text.PACK_WARNING in words(at)
    assert at.get("download_button")[0].proto.disabled
    at.checkbox(key="pack-confirm").check().run()
    assert not at.get("download_button")[0].proto.disabled


def test_a_broken_crosswalk_of_the_bank_is_said(run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "crosswalk.csv").write_text("nothing", encoding="utf-8")
    at = open_page("report")
    assert not at.exception and "lacks the column" in at.error[0].value
