from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from finxfer.data.leaks import auc_of, rank_leaks, sample_positions, strengths
from finxfer.data.quality import assess
from finxfer.data.roles import positive_class, propose_roles, propose_target
from finxfer.errors import BadInput
from finxfer.records.spec import ColumnSpec


def roles_of(frame: pd.DataFrame, target: str) -> list[ColumnSpec]:
    return [proposal.spec for proposal in propose_roles(frame, target)]


def plain(rows: int = 600, seed: int = 0) -> pd.DataFrame:
    """A table with nothing wrong: two weak features, one protected column."""
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "amount": generator.normal(size=rows),
            "city": generator.choice(["a", "b", "c"], rows),
            "sex": generator.choice(["male", "female"], rows),
        }
    )
    frame["y"] = (generator.random(rows) < 1 / (1 + np.exp(1 - 0.7 * frame["amount"]))).astype(int)
    return frame


def kinds(frame: pd.DataFrame) -> dict[tuple[str, str | None], str]:
    findings = assess(frame, roles_of(frame, "y"), "y", "1")
    order = [("problem", "warning", "note").index(finding.severity) for finding in findings]
    assert order == sorted(order)
    for finding in findings:
        assert finding.sentence.endswith((".", "?"))
        json.dumps([finding.chart, finding.value], allow_nan=False)
    return {(finding.kind, finding.column): finding.severity for finding in findings}


def test_duration_ranks_first_among_the_suspects_of_bank_marketing(real_table):
    frame = real_table("bank_marketing_full")
    suspects = rank_leaks(frame, roles_of(frame, "y"), "y", "1")
    assert suspects[0].column == "duration"
    assert suspects[0].reason.endswith(".")
    first = assess(frame, roles_of(frame, "y"), "y", "1")[0]
    assert (first.kind, first.column, first.severity, first.remedy) == (
        "leak",
        "duration",
        "problem",
        "exclude",
    )


@pytest.mark.parametrize("name", ["german_credit", "taiwan_credit_default", "telco_churn"])
def test_nothing_is_suspected_where_nothing_leaks(real_table, name):
    frame = real_table(name)
    target = propose_target(frame)
    columns = roles_of(frame, target)
    positive = positive_class(frame[target])
    assert rank_leaks(frame, columns, target, positive) == []
    assert not any(finding.remedy == "exclude" for finding in assess(frame, columns, target, positive))


def test_many_suspects_are_one_finding(real_table):
    frame = real_table("ulb_fraud_casecontrol_1722")
    findings = assess(frame, roles_of(frame, "Class"), "Class", "1")
    assert [finding.kind for finding in findings].count("leak") == 1


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_leak_is_found(seed):
    frame = plain(seed=seed)
    generator = np.random.default_rng(seed + 100)
    frame["fees_later"] = np.where(frame["y"] == 1, generator.gamma(2.0, 50.0, len(frame)), 0)
    frame["letter"] = np.where((frame["y"] == 1) & (generator.random(len(frame)) < 0.3), "sent", "none")
    found = rank_leaks(frame, roles_of(frame, "y"), "y", "1")
    assert [suspect.column for suspect in found] == ["fees_later", "letter"]


@pytest.mark.parametrize("seed", range(8))
def test_noise_is_never_suspected_however_many_values_it_has(seed):
    frame = plain(rows=300, seed=seed)
    generator = np.random.default_rng(seed)
    for number in range(20):
        frame[f"n{number}"] = generator.normal(size=len(frame))
        frame[f"c{number}"] = generator.integers(0, 140, len(frame)).astype(str)
        frame[f"c{number}"] = "v" + frame[f"c{number}"]
    assert rank_leaks(frame, roles_of(frame, "y"), "y", "1") == []


def test_a_gap_that_tells_the_target_is_a_leak():
    frame = plain()
    frame["closing_note_days"] = np.where(frame["y"] == 1, 3.0, np.nan)
    assert rank_leaks(frame, roles_of(frame, "y"), "y", "1")[0].column == "closing_note_days"


def test_auc_with_ties_is_the_textbooks():
    y = np.array([0, 0, 1, 1, 1])
    scores = np.array([0.1, 0.5, 0.5, 0.9, 0.2])
    pairs = [(p > n) + 0.5 * (p == n) for p in scores[y == 1] for n in scores[y == 0]]
    assert auc_of(scores, y) == pytest.approx(np.mean(pairs))
    assert auc_of(scores, np.ones(5)) == 0.5


def test_large_tables_are_sampled_with_their_rate():
    y = np.r_[np.ones(5_000), np.zeros(95_000), -np.ones(10)].astype(int)
    rows = sample_positions(y, 20_000)
    assert len(rows) == 20_000
    assert y[rows].mean() == pytest.approx(0.05, abs=0.001)
    assert (y[rows] >= 0).all()


def test_strengths_are_sorted_and_of_features_only():
    frame = plain()
    found = strengths(frame, roles_of(frame, "y"), "y", "1")
    assert [entry.column for entry in found] == ["amount", "city"]
    assert 0.5 <= found[1].auc < found[0].auc < 0.8


def test_a_clean_table_has_no_findings():
    assert kinds(plain()) == {}


def test_findings_name_what_is_wrong():
    frame = plain(1000)
    rows = len(frame)
    frame["half"] = np.where(np.arange(rows) % 10 < 6, np.nan, frame["amount"])
    frame["gone"] = np.nan
    frame["same"] = 7
    frame["copied"] = frame["amount"] * 1000 + 3
    frame["code"] = np.where(np.arange(rows) % 20 == 0, -999, np.arange(rows) % 40)
    frame["slip"] = np.where(np.arange(rows) == 5, 1e12, frame["amount"])
    frame["town"] = [f"t{i * 7 % 850}" for i in range(rows)]
    columns = [
        ColumnSpec(name, "feature", "numeric")
        for name in ("amount", "half", "gone", "same", "copied", "code", "slip")
    ]
    columns += [ColumnSpec("town", "feature", "category"), ColumnSpec("y", "target", "numeric")]
    found = {(finding.kind, finding.column) for finding in assess(frame, columns, "y", "1")}
    assert {
        ("missing", None),
        ("missing", "half"),
        ("missing", "gone"),
        ("constant", "same"),
        ("copy", "copied"),
        ("code", "code"),
        ("extreme", "slip"),
        ("many_values", "town"),
        ("no_protected", None),
    } <= found


def test_duplicates_balance_order_proxies_and_missing_targets():
    frame = pd.concat([plain(600), plain(600).head(60)], ignore_index=True)
    assert kinds(frame)[("duplicates", None)] == "warning"
    ordered = plain().sort_values("y", ignore_index=True)
    assert ("order", None) in kinds(ordered)
    proxied = plain()
    proxied["title"] = np.where(proxied["sex"] == "male", "Mr", "Ms")
    assert kinds(proxied)[("proxy", "title")] == "warning"
    rare = plain(3000)
    rare["y"] = (np.arange(3000) % 60 == 0).astype(int)
    assert kinds(rare)[("balance", "y")] == "warning"
    unlabelled = plain()
    unlabelled["y"] = unlabelled["y"].where(np.arange(600) % 10 > 0)
    assert kinds(unlabelled)[("target_missing", "y")] == "note"
    telling = plain(2000)
    telling.loc[(telling["y"] == 1) & (np.arange(2000) % 2 == 0), "city"] = None
    assert ("telling_gap", "city") in kinds(telling)


def test_few_rows_are_said():
    frame = plain(400)
    frame["y"] = (np.arange(400) < 12).astype(int)
    assert kinds(frame)[("few_rows", "y")] == "warning"


def test_assess_takes_any_table_it_is_given():
    for rows in (1, 2, 3):
        frame = plain(600).head(rows).assign(y=[0, 1, 1][:rows])
        columns = [
            ColumnSpec(name, "feature", "numeric" if name == "amount" else "category")
            for name in ("amount", "city")
        ]
        for positive in set(frame["y"].astype(str)):
            assert isinstance(assess(frame, columns, "y", positive), list)
    with pytest.raises(BadInput, match="no column 'z'"):
        assess(plain(), [], "z", "1")
