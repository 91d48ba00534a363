"""Boosted trees on the Backbone page: a card like any other, ten blocks, depths from 0 to ten."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from finxfer.pretraining.source import Source, pretrain_source
from finxfer.records.home import backbones_dir
from finxfer.records.tables import TableMeta, TableStore
from finxfer.ui.text import backbone as text
from finxfer.ui.walk import ROOT
from tests.training.made import COLUMNS, customers, tiny


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TableMeta:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    frame, y = customers(700, 7)
    source = Source(frame.assign(bad=y), COLUMNS, "bad", "1")
    pretrain_source(source, tiny("boosted"), backbones_dir() / "trees")
    rows, y = customers(240, 4)
    return TableStore().add(rows.assign(bad=y), TableMeta(f"{0xB0:064x}", "rows.csv", *rows.shape))


def test_a_boosted_card_can_be_chosen_and_its_depth_set(table: TableMeta) -> None:
    at = AppTest.from_file(str(ROOT / "finxfer" / "ui" / "shell.py"), default_timeout=60)
    at.query_params["table"] = table.sha256
    at.run()
    at = at.switch_page("../../pages/backbone.py").run()
    at.button(key="choose_trees").click().run()
    assert not at.exception
    seen = "\n".join(str(part.value) for part in [*at.markdown, *at.caption])
    assert "Boosted trees · 10 stages" in seen
    (control,) = [one for one in at.segmented_control if one.label == text.PRESET]
    control.set_value("half").run()
    (slider,) = [one for one in at.slider if one.label == text.DEPTH]
    assert (slider.min, slider.max, slider.value) == (0, 10, 5)
    slider.set_value(10).run()
    assert not at.exception
