"""What other files say stands in its section, absent ones in one sentence, odd ones break nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from finxfer.records.folder import RunFolder
from finxfer.reports import write_card
from finxfer.reports.evidence_drawings import evidence_drawings
from finxfer.reports.material import gather
from finxfer.reports.summary import affected
from tests.reports.made_run import make_run
from tests.reports.test_card import Page

EVIL = "<b>x</b>"
VALUE = {"value": 0.1, "interval": [0.05, 0.15]}

CALIBRATION = {
    "rows": {"choosing": 200, "test": 900},
    "recalibration": "none",
    "grades": {
        "table": [
            {"grade": 1, "pd": 0.05, "rows": 500, "defaults": 30, "observed": 0.06, "interval": [0.04, 0.08],
             "p_value": 0.2, "verdict": "in line"},
            {"grade": 2, "pd": 0.3, "rows": 12, "defaults": 9, "observed": 0.75, "interval": [0.5, 0.9],
             "p_value": 0.0001, "verdict": "too little data"},
        ],
        "portfolio": {"pd": 0.1, "rows": 900, "defaults": 90, "observed": 0.1, "interval": [0.08, 0.12],
                      "p_value": 0.03, "verdict": "PD too low"},
    },
    "brier": {"value": 0.17, "interval": [0.15, 0.19], "reliability": 0.001, "resolution": 0.04,
              "uncertainty": 0.21},
    "cox": {"slope": 0.9, "slope_interval": [0.7, 1.1], "in_the_large": 0.03,
            "in_the_large_interval": [-0.2, 0.3]},
    "recalibrations": {"before": {"metrics": {"log_loss": 0.5}}, "platt": {"metrics": {"log_loss": 0.49}}},
    "sentence": f"PD says {EVIL}.",
    "notes": ["Fitted elsewhere."],
}  # fmt: skip
DECISIONS = {
    "example_amounts": True,
    "currency": "CHF",
    "approval_rate": 0.6,
    "champion": {"name": f"score {EVIL}", "kind": "column"},
    "at_rate": [
        {"name": "model", "bad_rate": 0.1, "interval": [0.08, 0.12], "money": 12345.0,
         "money_interval": [1.0, 2e6], "difference": None},
        {"name": "champion", "bad_rate": 0.12, "interval": None, "money": -5.5, "money_interval": None,
         "difference": {"value": 12350.5, "interval": [-100.0, 30000.0]}},
        {"name": "lightgbm", "bad_rate": None, "money": None, "difference": None},
    ],
    "swap": {"approval_rate": 0.6, "rows": 900, "in": {"rows": 20, "bad_rate": 0.05, "interval": [0, 0.2]},
             "out": {"rows": 20, "bad_rate": None, "interval": None},
             "profile": [
                 {"column": "age", "kind": "number", "value": None, "in": 38.5, "out": 33, "everybody": 35},
                 {"column": f"job {EVIL}", "protected": True, "kind": "category", "value": EVIL, "in": 0.25,
                  "out": 0.5, "everybody": 0.375},
             ]},
    "curves": {"model": {"approval_rate": [0, 0.5, 1], "money": [0, 10, -20], "observed_loss": [0, 1, 5]},
               "champion": {"approval_rate": [0, 0.5, 1], "money": [0, 8, -20], "observed_loss": [0, 2, 5]}},
    "sentence": "At the same approval rate the model earns more.",
    "notes": ["A quota ranks."],
}  # fmt: skip
PSI = {"psi": 0.3, "reading": "different"}
STABILITY = {
    "time": {"column": f"day {EVIL}", "train": ["2024-01", "2024-06"], "test": ["2024-07", "2024-09"]},
    "sentence": "Performance is steady.",
    "sentences": ["No trend."],
    "periods": [
        {"name": "2024-07", "rows": 300, "positive_rate": 0.2, "reason": None,
         "model": {"gini": 0.5, "gini_interval": [0.4, 0.6], "ks": 0.4, "auc": 0.75}},
        {"name": "2024-08", "rows": 3, "positive_rate": 0.0, "reason": "Only 3 rows.", "model": None},
    ],
    "score": {**PSI, "psi": 0.02, "reading": "alike"},
    "features": [{"column": f"income {EVIL}", **PSI}],
    "rule": {"alike": 0.1, "different": 0.25},
}  # fmt: skip
LEARNING = {
    "best_baseline": "lightgbm",
    "sentence": "More labels help.",
    "models": [
        {"name": "model", "title": "the model",
         "points": [{"labels": 100, "gini": 0.3, "interval": [0.1, 0.5]}, {"labels": 700, "gini": 0.5}]},
        {"name": "lightgbm", "title": "LightGBM", "points": [{"labels": 100, "gini": -0.1}]},
        {"name": "from_scratch", "title": "other", "points": [{"labels": 100, "gini": None}]},
    ],
}  # fmt: skip
MITIGATION = {
    "entries": [
        {"column": f"sex {EVIL}", "sentence": "It would cost little.", "limits": ["On these rows."],
         "approaches": [
             {"title": "As it is", "gini": {"value": 0.5, "interval": None}, "price": None, "bought": None},
             {"title": "Group thresholds", "analysis_only": True, "reads_protected": "decision",
              "gini": VALUE, "price": {"gini": VALUE}, "bought": {"demographic_parity": VALUE}},
         ]},
    ]
}  # fmt: skip
EVERYTHING: dict[str, dict[str, Any]] = {
    "calibration.json": CALIBRATION,
    "decisions.json": DECISIONS,
    "stability.json": STABILITY,
    "learning_curve.json": LEARNING,
    "mitigation.json": MITIGATION,
    "proxies.json": {"columns": [{"sentence": f"sex {EVIL} can be told."}]},
    "slices_found.json": {
        "metric": "log_loss",
        "sentence": "No slice is worse than chance explains.",
        "slices": [{"text": f"job = {EVIL}", "verdict": "not confirmed", "judged": {"rows": 40}}],
    },
    "explanations/surrogates.json": {
        "scorecard": {
            "base_points": 300,
            "features": [{"feature": f"income {EVIL}", "bins": [{"label": EVIL, "points": 46}]}],
        },
        "tree": {"fidelity": {"r2": 0.8, "agreement": 0.9}, "sentence": "A tree follows it.", "note": None},
    },
    "explanations/reasons.json": {"stability": {"held_back": 7, "sentence": "7 of 90 are held back."}},
}
ABSENT = (
    "was not measured: this run holds no decisions",
    "Rating grades and their calibration were not measured",
    "Stability (performance by period, PSI) was not measured",
    "Decisions (costs, approval rates, swap set) were not measured",
    "No learning curve",
    "No mitigation was tried",
    "(proxies) was not measured",
    "worst slices were not searched",
    "No surrogate",
    "stability of the reasons was not measured",
)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return make_run(tmp_path / "run")


def text_of(run: RunFolder) -> str:
    return Page(write_card(run).read_text(encoding="utf-8")).text


def test_what_is_absent_is_said_in_one_sentence_each(run: RunFolder) -> None:
    text = text_of(run)
    for words in ABSENT:
        assert words in text, words


def test_everything_has_its_place(run: RunFolder) -> None:
    for name, content in EVERYTHING.items():
        run.write_json(name, content)
    text = text_of(run)
    for words in ABSENT:
        assert words not in text, words
    summary = text[: text.index("Contents")]
    assert summary.index(DECISIONS["sentence"]) < summary.index("Gini ")  # type: ignore[arg-type]
    for words in (
        "The amounts are examples",
        "20 customers declined today would be approved (observed bad rate 5.0% [0.0%, 20.0%])",
        "20 customers approved today would not be.",
        "Calibration of the portfolio: PD too low.",
        "1 of 2 rating grades have too little data",
        f"One column has changed markedly between training and test: income {EVIL}.",
    ):
        assert words in summary, words
    for words in (
        f"PD says {EVIL}.",
        f"today's model (score {EVIL})",
        "12,345",
        f"job {EVIL} protected {EVIL} 25.0% 50.0% 37.5%",
        "training 2024-01 to 2024-06, test 2024-07 to 2024-09",
        "Only 3 rows.",
        "Group thresholds (analysis only)",
        f"sex {EVIL} can be told.",
        "No slice is worse",
        f"job = {EVIL}",
        f"income {EVIL} {EVIL}: 46",
        "A tree follows it.",
        "7 of 90 are held back.",
        "7 reasons of declined customers were not stable",
        "one-sided Jeffreys p-value not below 0.05",
        "at most 0.300",
    ):
        assert words in text, words
    assert "38.5" not in text, "of few customers a middle value is somebody's own"
    assert "None" not in text and not re.search(r"\bnan\b", text)
    assert EVIL not in run.card.read_text(encoding="utf-8")


def test_each_picture_has_its_words(run: RunFolder) -> None:
    for name, content in EVERYTHING.items():
        run.write_json(name, content)
    found = evidence_drawings(gather(run))
    assert found.grades is not None and "grade 1 (PD 5.0%): 6.0%, in line" in found.grades.alt
    assert found.money is not None and "today's model: from 0.00 to −20.00" in found.money.alt
    assert found.money.lines[0].points.startswith("54.0,98.7"), "zero is above the bottom where money is lost"
    assert found.periods is not None and "2024-08 (3 rows): too little data" in found.periods.alt
    assert found.stability is not None and found.stability.rows[1].kind == "worse"
    assert found.learning is not None and len(found.learning.lines) == 2
    assert "Gini 0.300 with 100 labels, 0.500 with 700" in found.learning.alt


@pytest.mark.parametrize("name", sorted(EVERYTHING))
def test_a_file_of_nothing_breaks_nothing(run: RunFolder, name: str) -> None:
    run.write_json(name, {})
    assert "12. Sign-offs" in text_of(run)


def test_figures_that_were_not_measured_leave_dashes(run: RunFolder) -> None:
    grade = {"grade": 1, "pd": 0.05, "rows": None, "observed": None, "interval": None, "verdict": None}
    nothing = {"brier": None, "cox": None, "recalibrations": None}
    grades = {"table": [grade], "portfolio": {"pd": 0.1, "observed": None, "verdict": None}}
    run.write_json("calibration.json", CALIBRATION | nothing | {"grades": grades})
    run.write_json("decisions.json", {"sentence": "Nothing.", "champion": None, "swap": None, "at_rate": []})
    run.write_json("stability.json", {"sentence": "Nothing.", "time": None, "score": None})
    text = text_of(run)
    assert "Nothing." in text and "None" not in text
    assert "Observed default rate of the portfolio" not in text


def test_the_one_page_names_gaps_first_and_counts_the_rest() -> None:
    verdicts = ["no gap found"] * 7 + ["too little data", "gap"]
    columns = [
        {"verdict": verdict, "sentence": f"{place} {verdict}"} for place, verdict in enumerate(verdicts)
    ]
    found = affected({"columns": columns})
    assert found[:3] == ["8 gap", "7 too little data", "0 no gap found"]
    assert len(found) == 7 and found[-1].startswith("3 further protected columns")
    assert affected({}) == []
