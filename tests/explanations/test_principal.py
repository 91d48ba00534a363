from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from finxfer.explanations.explain import explain_frame, explain_models
from finxfer.explanations.export import explanation_table
from finxfer.explanations.principal import (
    Draws,
    chosen_themes,
    exported,
    principal_table,
    stability,
    stability_facts,
)
from finxfer.explanations.reason_files import FACTS, TABLE, ReasonPlan, tell_again
from finxfer.explanations.themes import Grouping, propose, summed, themes_of
from finxfer.records.reason_library import ReasonLibrary, Theme
from tests.explanations.enumeration import EIGHT, Formula, eight


def ignore(*_: Any, **__: Any) -> None:
    """A report for nobody."""


def test_names_that_differ_by_a_number_are_one_theme_and_so_are_columns_that_move_together() -> None:
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({name: draw.normal(size=300) for name in ("PAY_0", "PAY_2", "age", "bill", "word")})
    frame["limit"] = np.exp(frame["bill"]) + 0.01
    frame["word"] = "north"
    frame["constant"] = 1.0
    found = {one.name: (one.features, one.proposed_by) for one in propose(list(frame), frame)}
    assert found == {
        "PAY": (("PAY_0", "PAY_2"), "name"),
        "age": (("age",), "alone"),
        "bill and limit": (("bill", "limit"), "correlation"),
        "word": (("word",), "alone"),
        "constant": (("constant",), "alone"),
    }


def test_the_bank_decides_and_the_proposal_has_the_rest() -> None:
    proposed = [Grouping("PAY", ("PAY_0", "PAY_2"), "name"), Grouping("age", ("age",), "alone")]
    bank = ReasonLibrary((Theme("age", ("PAY_2", "elsewhere"), "So it is."),))
    found = themes_of(["PAY_0", "PAY_2", "age"], proposed, bank)
    assert [(one.name, one.features) for one in found] == [
        ("age", ("PAY_2",)),
        ("PAY", ("PAY_0",)),
        ("age (age)", ("age",)),
    ]
    assert summed(np.array([[1.0, 2.0, 4.0]]), ["PAY_0", "PAY_2", "age"], found).tolist() == [[2.0, 1.0, 4.0]]


def test_at_most_four_and_only_what_raises() -> None:
    values = np.array([[0.5, 0.4, 0.3, 0.2, 0.1], [-0.5, 0.4, 0.001, 0.0, -0.1], [-1, -1, -1, -1, -1.0]])
    assert chosen_themes(values).tolist() == [[0, 1, 2, 3], [1, -1, -1, -1], [-1, -1, -1, -1]]
    assert chosen_themes(np.array([[0.2, -0.1]])).tolist() == [[0, -1, -1, -1]]


def test_stability_is_the_share_of_draws_that_give_a_reason_again() -> None:
    chosen = np.array([[0, 1, -1, -1]])
    always, never = np.array([[0.5, 0.2, 0.0]]), np.array([[0.5, -0.2, 0.3]])
    found = stability(chosen, np.stack([always, always, always, never]))
    assert found[0, :2].tolist() == [1.0, 0.75]
    assert np.isnan(found[0, 2:]).all()
    assert np.isnan(stability(chosen, np.zeros((0, 1, 3)))).all()


def table_of_one(library_sentence: str = "") -> tuple[pd.DataFrame, Draws]:
    themes = [
        Grouping("Repayment", ("PAY_0", "PAY_2"), "library", library_sentence),
        Grouping("age", ("age",), "alone"),
    ]
    values = np.array([[0.10, 0.05, 0.04]])
    draws = Draws(np.array([[[0.1, 0.05, -0.04]]] * 3 + [[[0.1, 0.05, 0.04]]], np.float32), 4, 1)
    frame = pd.DataFrame({"PAY_0": [2], "PAY_2": [0], "age": [23]})
    typical = {"PAY_0": 0, "PAY_2": 0, "age": 40}
    return principal_table(values, frame, ["PAY_0", "PAY_2", "age"], typical, themes, draws), draws


def test_words_of_themes_and_what_is_held_back() -> None:
    table, draws = table_of_one()
    assert table["theme_1"].tolist() == ["Repayment"]
    assert table["reason_1"].tolist() == [
        "Repayment adds 15.0 percentage points, above all because PAY_0 is 2 (typical: 0)"
    ]
    assert table["reason_2"].tolist() == ["age is 23, which adds 4.0 percentage points (typical: 40)"]
    assert table[["stability_1", "stability_2"]].to_numpy().tolist() == [[1.0, 0.25]]
    assert exported(table, 0.8).to_numpy().tolist() == [[table["reason_1"][0], "", "", ""]]
    facts = stability_facts(table, draws, 0.8)
    assert (facts["given"], facts["held_back"], facts["customers_affected"]) == (2, 1, 1)
    assert "fewer than 80% of the draws have them among the four: 1, of 1 customers" in facts["sentence"]


def test_the_banks_sentence_is_used() -> None:
    table, _ = table_of_one("{theme}: payments were late ({detail}), +{points}.")
    assert table["reason_1"].tolist() == ["Repayment: payments were late (PAY_0 is 2, typical: 0), +15.0."]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    table = eight(300, 5)
    plan = ReasonPlan(0.4, [table[:6], table[6:12], table[12:18]], propose(EIGHT, table), ReasonLibrary())
    rows, places = table[200:240], np.arange(40)
    explain_models(
        {"model": Formula()}, table[:6], rows, places, EIGHT, tmp_path, ignore, lambda: False, plan=plan
    )
    return tmp_path


def facts_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / FACTS).read_text(encoding="utf-8")))


def test_only_declined_customers_get_reasons_and_draws_are_kept(folder: Path) -> None:
    facts, table = facts_of(folder), pd.read_parquet(folder / TABLE)
    assert (table["probability"] >= 0.4).all()
    assert 0 < facts["declined"] == len(table) < facts["explained"] == 40
    stable = facts["stability"]
    assert (stable["draws"], stable["reference_groups"], stable["seeds"]) == (6, 3, 2)
    assert 0.5 < stable["mean_stability"] <= 1
    assert "typical" not in facts, "cells of reference rows"
    assert table["reason_1"].str.contains("adds").all()
    shown = explanation_table(folder)
    assert (shown.loc[shown["probability"] < 0.4, "reason_1"] == "").all()
    assert shown["lowers_1"].str.contains("takes away").any()


def test_another_library_tells_the_same_values_anew(folder: Path) -> None:
    before = pd.read_parquet(folder / TABLE)
    tell_again(
        folder, ReasonLibrary((Theme("Money", ("a", "b", "c", "d"), "Money: {points}"),), 1.0, version=3)
    )
    facts, after = facts_of(folder), pd.read_parquet(folder / TABLE)
    assert facts["library_version"] == 3
    assert facts["stability"]["least"] == 1.0
    assert after["reason_1"].str.startswith("Money: ").any()
    tell_again(folder, ReasonLibrary())
    pd.testing.assert_frame_equal(pd.read_parquet(folder / TABLE), before)


def test_new_customers_are_given_reasons_only_where_declined_and_the_count_is_said() -> None:
    table, said = eight(300, 5), []
    plan = ReasonPlan(0.4, [table[:6], table[6:12]], propose(EIGHT, table), ReasonLibrary())

    def report(kind: str, **fields: Any) -> None:
        if kind == "message":
            said.append(fields["text"])

    made = explain_frame(Formula(), table[:6], table[100:130], EIGHT, report=report, plan=plan)
    assert (made.loc[made["probability"] < 0.4, "reason_1"] == "").all()
    assert (made.loc[made["probability"] >= 0.4, "reason_1"] != "").any()
    assert len(said) == 1
    assert f"{(made['probability'] >= 0.4).sum()} declined customers" in said[0]
    nobody = explain_frame(
        Formula(),
        table[:6],
        table[100:101],
        EIGHT,
        plan=ReasonPlan(1.1, [table[:6]], plan.proposed, plan.library),
    )
    assert nobody["reason_1"].tolist() == [""]
