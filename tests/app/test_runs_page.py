"""All runs: search, names and tags, comparing several, moving them, the room they take."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from finxfer.records import storage
from finxfer.records.folder import RunFolder, list_runs
from finxfer.records.labels import keep_labels, labels_of, make_labels
from finxfer.runs.moving import write_runs
from finxfer.ui import compare_page, runs_table
from finxfer.ui.text import compare as compare_text
from finxfer.ui.text import runs as text
from tests.app.opened import RUN_ID, open_page, words

OTHERS = ("20261121-150000-1111", "20261121-160000-2222")


def variant(home: Path, identifier: str, noise: float, **changes: Any) -> RunFolder:
    """A run on the same test rows whose probabilities are the first one's, disturbed."""
    run = RunFolder(home / "runs" / identifier)
    shutil.copytree(home / "runs" / RUN_ID, run.path)
    run.write_json("spec.json", json.loads(run.spec_path.read_text()) | changes)
    table = pd.read_parquet(run.predictions)
    draw = np.random.default_rng(len(identifier))
    table["probability"] = np.clip(table["probability"] + noise * draw.normal(size=len(table)), 0, 1)
    table.to_parquet(run.predictions, index=False)
    return run


@pytest.fixture()
def several(home: Path) -> list[RunFolder]:
    first = RunFolder(home / "runs" / RUN_ID)
    return [first, variant(home, OTHERS[0], 0.4, freezing_depth="as-is"), variant(home, OTHERS[1], 0.0)]


def test_an_empty_home_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    at = open_page("runs", None)
    assert not at.exception and text.NONE in words(at)
    assert text.ITEMS not in [box.label for box in at.expander]  # nothing is stored: no chart, no list
    assert compare_text.PAGE_NONE in words(open_page("compare", None))


def test_runs_are_searched_by_words_tags_and_state(several: list[RunFolder]) -> None:
    keep_labels(several[1], make_labels("Challenger", ["Pilot"]))
    at = open_page("runs", None)
    assert not at.exception and len(at.dataframe[0].value) == 4  # one of them is of another test
    at.text_input(key="runs_search").set_value("challenger").run()
    assert at.dataframe[0].value[text.COLUMNS["name"]].tolist() == ["Challenger"]
    at.text_input(key="runs_search").set_value("").run()
    at.multiselect(key="runs_tags").select("Pilot").run()
    assert len(at.dataframe[0].value) == 1
    at.text_input(key="runs_search").set_value("nowhere").run()
    assert text.NOTHING_FOUND in words(at)


def test_rows_know_what_fits_them(several: list[RunFolder]) -> None:
    row = next(one for one in runs_table.rows() if one.id == RUN_ID)
    assert row.fits("", [], [], []) and row.fits(RUN_ID, ["finished"], [], [row.table])
    assert not row.fits("", ["failed"], [], []) and not row.fits("", [], ["x"], [])


def test_the_comparison_is_in_its_address(several: list[RunFolder]) -> None:
    at = open_page("compare", None, runs=f"{RUN_ID},{OTHERS[0]}")
    assert not at.exception and not at.error
    assert at.multiselect(key=compare_page.PICKED).value == [RUN_ID, OTHERS[0]]
    assert "ranks these customers better" in words(at)
    tables = [frame.value for frame in at.dataframe]
    differs = next(frame for frame in tables if compare_text.SETTING in frame)
    assert compare_text.SETTING_NAMES["freezing_depth"] in differs[compare_text.SETTING].tolist()


def test_differences_turn_round_with_the_reference(several: list[RunFolder]) -> None:
    found = compare_page.compare_view.by_delong([str(one.path) for one in several], [0, 0, 0])
    first, second = compare_page.against(found, RUN_ID), compare_page.against(found, OTHERS[0])
    assert (
        first[OTHERS[0]]["value"] == pytest.approx(-second[RUN_ID]["value"]) and first[OTHERS[0]]["value"] < 0
    )
    low, high = first[OTHERS[0]]["interval"]
    assert [-high, -low] == pytest.approx(second[RUN_ID]["interval"])
    assert first[OTHERS[1]]["value"] == 0


def test_runs_of_other_rows_are_answered_with_a_way_on(several: list[RunFolder]) -> None:
    spec = json.loads(several[1].spec_path.read_text())
    several[1].write_json("spec.json", spec | {"table": "b" * 64})
    at = open_page("compare", None, runs=f"{RUN_ID},{OTHERS[0]}")
    assert "not measured on the same test rows" in words(at)
    at.button(key="compare_alike").click().run()
    assert not at.error and set(at.multiselect(key=compare_page.PICKED).value) == {RUN_ID, OTHERS[1]}


def test_an_address_of_nonsense_compares_nothing(several: list[RunFolder]) -> None:
    at = open_page("compare", None, runs="../../etc,<script>,")
    assert not at.exception and compare_text.PAGE_FEW in words(at)


def test_what_is_spare_is_freed_after_a_question(several: list[RunFolder]) -> None:
    (several[0].checkpoints / "train").mkdir(parents=True, exist_ok=True)
    (several[0].checkpoints / "train" / "w.safetensors").write_bytes(b"0" * 4_000_000)
    at = open_page("runs", None)
    # A dialog is a fragment: one click opens it, and confirms only together with the button in it.
    at.button(key="storage_free").click().run()
    assert (several[0].checkpoints / "train").exists() and "cannot be undone" in words(at)
    at.button(key="storage_free").click()
    at.button(key="storage_go").click().run()
    assert not (several[0].checkpoints / "train").exists() and not storage.spare(storage.used())


def test_a_file_of_runs_comes_in(several: list[RunFolder], tmp_path: Path) -> None:
    write_runs(several[:1], tmp_path / "runs.zip")
    content = (tmp_path / "runs.zip").read_bytes()
    shutil.rmtree(several[0].path)
    at = open_page("runs", None)
    at.file_uploader(key="import_0").set_value(("runs.zip", content, "application/zip")).run()
    assert not at.exception and RUN_ID in [run.id for run in list_runs()]
    assert any(text.IMPORTED["new"].split(":")[0] in line.value for line in at.success)
    at.file_uploader(key="import_1").set_value(("x.zip", b"no zip", "application/zip")).run()
    assert "no file of runs" in words(at)


def test_names_and_tags_are_kept_and_shown(several: list[RunFolder]) -> None:
    keep_labels(several[0], make_labels("<b>Bold</b>", ["a"]))
    at = open_page("home", None)
    assert r"\<b\>Bold" in words(at) and labels_of(several[0]).tags == ("a",)
