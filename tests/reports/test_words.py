"""What the bank writes for a report: kept, checked, escaped, and never hidden where it is lacking."""

from __future__ import annotations

from pathlib import Path

import pytest

from finxfer.errors import BadInput
from finxfer.records.report_words import FILE, LONGEST, ReportWords, report_words
from finxfer.reports import write_card
from finxfer.reports.material import gather
from finxfer.reports.monitoring import plan
from tests.reports.made_run import make_run
from tests.reports.test_card import Page


def test_what_is_not_written_is_shown_as_open(tmp_path: Path) -> None:
    text = Page(write_card(make_run(tmp_path / "run")).read_text(encoding="utf-8")).text
    assert text.count("To be filled in by") == 12
    assert "nobody independent of those who made the model has validated it" in text


def test_what_is_written_stands_in_its_section_and_is_never_markup(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    evil = "</dd><script>alert(1)</script>{{ 7 * 7 }}"
    words = ReportWords(
        purpose=f"Limits for cards. {evil}",
        reviewers="B. Iyer",
        developers="A. Cole",
        thresholds={"gini": f"not below 0.40 {evil}"},
        sign_offs={evil: "C. Ode", "Model owner": ""},
    )
    folder.write_json(FILE, words.to_json())
    assert report_words(folder) == words
    page = Page(write_card(folder).read_text(encoding="utf-8"))
    assert "script" not in page.tags
    for said in (words.purpose, words.thresholds["gini"], "C. Ode", "set by the bank; proposed: not below"):
        assert said in page.text
    assert "nobody independent" not in page.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"purpose": 3}, "'purpose'"),
        ({"purpose": "x" * (LONGEST + 1)}, "4,000"),
        ({"thresholds": {"gini": None}}, "'thresholds'"),
        ({"sign_offs": []}, "'sign_offs'"),
        ({"developers": "A. Cole, B. Iyer", "reviewers": "C. Ode\nb.  iyer"}, "b. iyer"),
        ({"colour": "red"}, "colour"),
        ([], "object"),
    ],
)
def test_words_that_cannot_be_used_are_refused(content: object, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        ReportWords.from_json(content)


def test_the_plan_is_proposed_from_the_runs_own_figures(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    metrics = folder.metrics()
    assert metrics is not None
    found = {one.key: one for one in plan(gather(folder))}
    low, _ = metrics["intervals"]["model"]["gini"]
    assert found["gini"].proposed == f"not below {low:.3f}"
    assert set(found) == {"gini", "psi_score", "psi_features", "fairness:sex", "fairness:age"}
    assert "gap" in found["fairness:sex"].proposed
