"""The label-efficiency benchmark's own parts: draws, cache, intervals, tables, plot; no model is fitted."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import label_arms
from benchmarks.label_cache import Cache, Key
from benchmarks.label_efficiency import (
    BEGIN,
    END,
    Task,
    drawn,
    effective,
    gathered,
    held_out,
    key_of,
    measured,
    planned,
    rows_to_learn_from,
    write_table,
)
from benchmarks.label_plot import drawing, write_plots
from benchmarks.label_report import Aucs, differences, interval, markdown, signed
from finxfer.records.training_settings import TrainingSettings

ARMS = ("own", "catboost")
KEY = Key("german_credit", "100", 0, "own", 1, "abc")


def labels_of_table(rows: int, positive: int) -> np.ndarray:
    return np.random.default_rng(1).permutation(np.arange(rows) < positive).astype(int)


def made_aucs(gain: float = 0.01) -> Aucs:
    """Two tables; "own" is ahead by `gain` on the first and by twice that on the second."""
    found: Aucs = {}
    for labels in ("1000", "100"):
        for place, table in enumerate(("first", "second")):
            base = {0: 0.7 + 0.1 * place, 1: 0.72 + 0.1 * place}
            found[labels, table, "catboost"] = base
            found[labels, table, "own"] = {seed: auc + gain * (place + 1) for seed, auc in base.items()}
    return found


def test_test_rows_are_thirty_per_cent_stratified_at_most_3000_and_never_learned_from() -> None:
    small, large = labels_of_table(1000, 200), labels_of_table(20_000, 4000)
    for y, tested in ((small, 300), (large, 3000)):
        rest, test = held_out(y, seed=3)
        assert len(test) == tested
        assert len(rest) == len(y) - tested == rows_to_learn_from(len(y))
        assert not set(rest) & set(test)
        assert y[test].mean() == pytest.approx(0.2, abs=0.001)


def test_training_rows_are_as_many_as_asked_for_stratified_and_from_the_rest() -> None:
    y = labels_of_table(1000, 200)
    rest, _ = held_out(y, seed=0)
    rows = drawn(rest, y, "100", seed=0)
    assert len(set(rows)) == 100
    assert set(rows) <= set(rest)
    assert y[rows].sum() == 20
    assert set(drawn(rest, y, "5000", seed=0)) == set(drawn(rest, y, "all", seed=0)) == set(rest)
    assert set(drawn(rest, y, "100", seed=1)) != set(rows)
    assert np.array_equal(drawn(rest, y, "100", seed=0), rows)


def test_a_number_of_labels_that_a_table_has_not_is_all_and_is_planned_once(tmp_path: Path) -> None:
    assert [effective(labels, 1000) for labels in ("300", "699", "700", "5000", "all")] == [
        "300",
        "699",
        "all",
        "all",
        "all",
    ]
    given = Namespace(
        cache=tmp_path / "c.jsonl",
        data=tmp_path,
        tables=["t"],
        labels=["300", "1000", "all"],
        seeds=2,
        arms=["own"],
        backbone="b",
    )
    tasks = planned(given, {"t": 1000})
    assert [(task.labels, task.seed, task.group) for task in tasks] == [
        ("300", 0, "choice"),
        ("300", 1, "choice"),
        ("all", 0, "choice"),
        ("all", 1, "choice"),
    ]
    cache = Cache(tmp_path / "cache.jsonl")
    for place, task in enumerate(tasks):
        cache.add(key_of(task, "own", "sha"), {"auc": 0.7 + 0.01 * place})
    found = gathered(tasks, given, {"t": 1000}, cache, "sha")
    assert found["300", "t", "own"] == {0: 0.7, 1: 0.71}
    assert found["1000", "t", "own"] == found["all", "t", "own"] == {0: 0.72, 1: 0.73}
    assert gathered(tasks, given, {"t": 1000}, cache, "another backbone") == {}


@pytest.mark.parametrize(
    ("arms", "groups"),
    [
        (["as-is"], ["as-is"]),
        (["as-is", "own"], ["choice"]),
        (["fine-tuned"], ["choice"]),
        (["catboost", "as-is", "logistic"], ["logistic", "catboost", "as-is"]),
    ],
)
def test_an_arm_is_measured_by_one_group_only(arms: list[str], groups: list[str]) -> None:
    assert label_arms.groups_for(arms) == groups


def test_only_what_uses_the_backbone_depends_on_its_checksum(tmp_path: Path) -> None:
    tasks = {group: Task(tmp_path, "t", "100", 0, group, "b", tmp_path) for group in ("choice", "catboost")}
    assert key_of(tasks["choice"], "own", "one") != key_of(tasks["choice"], "own", "two")
    assert key_of(tasks["catboost"], "catboost", "one") == key_of(tasks["catboost"], "catboost", "two")


def test_the_cache_goes_on_after_a_line_that_was_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "cache.jsonl"
    Cache(path).add(KEY, {"auc": 0.75})
    with path.open("a", encoding="utf-8") as lines:
        lines.write('{"key": {"table": "ger')
    resumed = Cache(path)
    assert resumed[KEY] == {"auc": 0.75}
    other = Key("german_credit", "100", 1, "own", 1, "abc")
    assert other not in resumed
    resumed.add(other, {"auc": 0.8})
    assert Cache(path).found == {KEY: {"auc": 0.75}, other: {"auc": 0.8}}
    assert json.loads(path.read_text().splitlines()[-1])["figures"] == {"auc": 0.8}


def test_every_arm_rates_the_same_test_rows(
    real_tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def flat(draw: label_arms.Draw, *_: object) -> dict[str, np.ndarray]:
        seen.append((draw.train.index, draw.test.index))
        return {"logistic": np.full(len(draw.test), 0.5)}

    for name in ("logistic", "catboost"):
        monkeypatch.setitem(label_arms.GROUPS, name, label_arms.Group(("logistic",), flat))
        found = measured(Task(real_tables, "german_credit", "100", 0, name, "incontext-small", tmp_path))
        assert found["logistic"]["auc"] == 0.5
        assert found["logistic"]["log_loss"] == pytest.approx(np.log(2))
        assert found["logistic"]["rows"] == 100
    assert seen[0][0].equals(seen[1][0])
    assert seen[0][1].equals(seen[1][1])


@pytest.mark.slow
def test_a_choice_measures_four_arms_and_its_as_is_is_that_of_the_backbone_alone(
    real_tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_arms, "TrainingSettings", lambda: TrainingSettings(epochs=2, patience=1))

    def task(group: str) -> Task:
        return Task(real_tables, "german_credit", "60", 0, group, "incontext-small", tmp_path)

    found = measured(task("choice"))
    assert set(found) == {"own", "without", "fine-tuned", "as-is"}
    assert all(0.5 < figures["auc"] < 1 for figures in found.values())
    assert found["own"]["auc"] != found["without"]["auc"]
    alone = measured(task("as-is"))
    assert alone["as-is"]["auc"] == pytest.approx(found["as-is"]["auc"], abs=1e-9)


def test_an_interval_holds_the_mean_and_shrinks_to_it_where_tables_agree() -> None:
    low, high = interval(np.array([0.01, 0.03, -0.02, 0.0, 0.02]))
    assert -0.02 <= low < 0.008 < high <= 0.03
    assert interval(np.full(5, 0.25)) == (0.25, 0.25)


def test_differences_are_paired_on_the_seeds_that_both_have() -> None:
    found = made_aucs()
    found["100", "second", "catboost"] = {1: 0.82}
    gains, draws = differences(found, "100", "own", "catboost")
    assert draws == 1
    assert gains == pytest.approx([0.01, 0.02])
    assert differences(found, "100", "own", "lightgbm")[1] == 0


def test_the_markdown_says_means_differences_and_draws() -> None:
    found = made_aucs()
    found["100", "second", "catboost"] = {1: 0.82}
    lines = markdown(found, ARMS).splitlines()
    assert "| labels | draws | own choice | CatBoost |" in lines
    assert "| 100 | 1 | 0.7850 | 0.7700 |" in lines
    assert "| 1,000 | 2 | 0.7750 | 0.7600 |" in lines
    paired = next(line for line in lines if line.startswith("| own choice − CatBoost |"))
    assert paired == (
        "| own choice − CatBoost | +0.0150 (+0.0100 to +0.0200, 1 draw) | +0.0150 (+0.0100 to +0.0200) |"
    )
    assert "| first | 100 | 0.7300 | 0.7200 |" in lines  # of the one draw that all have, as the mean above
    assert "| second | 1,000 | 0.8300 | 0.8100 |" in lines
    assert not any("fine-tuned" in line for line in lines)


def test_fine_tuning_is_told_for_every_table() -> None:
    found = {
        (labels, table, {"own": "fine-tuned", "catboost": "as-is"}[arm]): seeds
        for (labels, table, arm), seeds in made_aucs(-0.001).items()
    }
    assert (
        "| table | 100 | 1,000 |\n| --- | --- | --- |\n"
        "| first | −0.0010 | −0.0010 |\n| second | −0.0020 | −0.0020 |\n"
    ) in markdown(found, ["as-is", "fine-tuned"])


@pytest.mark.parametrize(
    ("value", "text"), [(0.01234, "+0.0123"), (-0.002, "−0.0020"), (-0.00001, "0.0000"), (0.0, "0.0000")]
)
def test_differences_carry_their_sign(value: float, text: str) -> None:
    assert signed(value) == text


def test_the_tables_go_between_the_markers_of_a_page_again_and_again(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    for text in ("first\n", "second\n"):
        write_table(page, text)
    assert page.read_text() == f"before\n{BEGIN}\n\nsecond\n\n{END}\nafter\n"
    write_table(tmp_path / "new.md", "first\n")
    assert (tmp_path / "new.md").read_text() == "first\n"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_plot_is_well_formed_and_says_in_words_what_it_shows(theme: str) -> None:
    picture = drawing(made_aucs(), ARMS, theme)
    root = ElementTree.fromstring(picture)
    space = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{space}desc") == (
        "Mean AUC by number of labels. own choice: 0.775 at 100, 0.775 at 1000;"
        " CatBoost: 0.760 at 100, 0.760 at 1000."
    )
    texts = [text.text for text in root.iter(f"{space}text")]
    assert {"own choice", "CatBoost", "100", "1,000", "mean AUC"} <= set(texts)
    circles = list(root.iter(f"{space}circle"))
    assert len(circles) == 6  # two arms at two numbers of labels, and one difference at both
    heights = [float(circle.attrib["cy"]) for circle in circles]
    assert heights[0] == heights[1] < heights[2] == heights[3]  # the better arm is higher up
    assert not re.search("nan|inf", picture)


def test_both_themes_are_written_and_an_empty_plot_is_refused(tmp_path: Path) -> None:
    paths = write_plots(made_aucs(), ARMS, tmp_path / "images")
    assert [path.name for path in paths] == ["label-efficiency-light.svg", "label-efficiency-dark.svg"]
    assert paths[0].read_text() != paths[1].read_text()
    with pytest.raises(ValueError, match="no arm"):
        drawing({}, ARMS, "light")
