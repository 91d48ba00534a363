"""The report's headings and its table of rules are data: what the file says, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from finxfer.errors import BadInput
from finxfer.records.home import home
from finxfer.reports import write_card
from finxfer.reports.crosswalk import SECTIONS, SHIPPED, crosswalk_in_use, own_path, read_crosswalk
from tests.reports.made_run import make_run
from tests.reports.test_card import Page

HEAD = "rule,version,applies_to,expects,section\n"
ROW = 'Rule A,2026,banks,something,"purpose, fairness"\n'


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "crosswalk.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_the_shipped_file_knows_every_section_and_says_which_no_rule_asks_for() -> None:
    found = read_crosswalk(SHIPPED)
    assert tuple(heading.section for heading in found.headings) == SECTIONS
    assert found.headings[2].title == "Backbone: origin and licence"
    assert found.version == "2026-11-21"
    assert [rule.rule.split()[0] for rule in found.rules_of("stability")] == ["ECB"]
    assert found.notes == ("No rule of the crosswalk asks for: alternatives.",)


def test_it_says_what_the_project_was_given(real_tables: Path) -> None:
    given = read_crosswalk(real_tables.parent / "crosswalk.csv")
    shipped = read_crosswalk(SHIPPED)
    for ours, theirs in zip(shipped.rules, given.rules, strict=True):
        assert replace(ours, line=0, reviewed="") == replace(theirs, line=0)
    assert given.version == "undated"


def test_a_banks_own_file_changes_headings_order_and_rules_without_code(tmp_path: Path) -> None:
    layout = 'Headings of this report,2,all,"Who gets a loan; Why we built it","fairness, purpose"\n'
    own = HEAD + layout + '"House rule <b>7</b>",1,us,a & b,"limits, magic"\n'
    own_path().write_text(own, encoding="utf-8")
    folder = make_run(tmp_path / "run")
    text = Page(write_card(folder).read_text(encoding="utf-8")).text
    order = ["1. Who gets a loan", "2. Why we built it", "3. Data", "12. Sign-offs"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "Asked for by: House rule <b>7</b>" in text
    assert "names the section 'magic' (House rule <b>7</b>), which this report does not have" in text
    assert "The bank's own crosswalk, last reviewed undated" in text
    assert "Regulation B" not in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "lacks the column 'rule'"),
        ("rule,version,applies_to,expects\nA,1,us,x\n", "lacks the column 'section'"),
        (HEAD, "no rule"),
        (HEAD + "A,1,us,,purpose\n", "Line 2 has nothing in the column 'expects'"),
        (HEAD + "A,1,us,x,purpose,limits\n", "Line 2 has more cells"),
        (HEAD + ROW + ROW, "Line 3 names 'Rule A' a second time"),
        (HEAD.replace("section", "section,reviewed") + "A,1,us,x,purpose,last week\n", "no day"),
        (HEAD + ROW + "Headings of this report,1,all,One; Two,purpose\n", "2 headings for 1 sections"),
        (HEAD + ROW + 'Headings of this report,1,all,One; Two,"purpose, purpose"\n', "a section twice"),
        (HEAD + 'A,1,us,"x,purpose\n', "no CSV file"),
        (b"rule\xff", "not UTF-8 text (byte 4)"),
        (HEAD + "A" * 1_000_001, "at most 1,000,000"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_crosswalk(written(tmp_path, content))
    assert said in str(caught.value)


def test_semicolons_as_european_spreadsheets_write_them(tmp_path: Path) -> None:
    found = read_crosswalk(written(tmp_path, "rule;version;applies_to;expects;section\nA;1;eu;x, y;limits\n"))
    assert found.rules[0].sections == ("limits",)


def test_a_broken_file_of_the_bank_costs_no_report_and_is_said(tmp_path: Path) -> None:
    (home() / "crosswalk.csv").write_text("nothing", encoding="utf-8")
    crosswalk, problem = crosswalk_in_use()
    assert not crosswalk.own and isinstance(problem, BadInput)
    text = Page(write_card(make_run(tmp_path / "run")).read_text(encoding="utf-8")).text
    assert "The bank's own crosswalk was not used." in text and "lacks the column" in text
