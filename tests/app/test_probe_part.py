"""The proxy probe on the Fairness page: a sentence, a picture with before and after, a table."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from finxfer.backbones.card import Card
from finxfer.records.folder import RunFolder
from finxfer.records.home import runs_dir
from finxfer.ui.text import probe as text

SHELL = Path(__file__).resolve().parents[2] / "finxfer" / "ui" / "shell.py"


def opened(run: RunFolder) -> AppTest:
    at = AppTest.from_file(str(SHELL), default_timeout=60)
    at.query_params["run"] = run.id
    at.run()
    at.session_state["fairness-parts"] = text.TITLE
    return at.switch_page("../../pages/fairness.py").run()


@pytest.fixture
def run(
    backbones: dict[str, Card],
    table: Path,
    tmp_path: Path,
    call: Callable[..., tuple[int, str, str]],
    worker_here: None,
) -> RunFolder:
    copy = shutil.copytree(backbones["mlp"].weights_path.parent, tmp_path / "mlp")
    out = runs_dir() / "20261121-120000-abcd"
    fixed = ("--backbone", copy, "--freeze-depth", "0")
    protected = ("--protected", "sex", "--protected", "region")
    status, _, err = call("finetune", table, "--target", "bad", *protected, *fixed, "--out", out)
    assert status == 0, err
    return RunFolder(out)


def test_the_probe_is_told_drawn_and_tabulated(run: RunFolder) -> None:
    at = opened(run)
    assert not at.exception
    assert at.selectbox(key="probe-column").options == ["region", "sex"]
    assert any("too little data" in one.value for one in at.markdown), "of each region fewer than 30 rows"
    at.selectbox(key="probe-column").set_value("sex").run()
    assert not at.exception
    drawn = [json.loads(chart.proto.spec)["data"] for chart in at.get("plotly_chart")]
    lines = [text.BEFORE, text.AFTER, text.FEATURES]
    (picture,) = [data for data in drawn if [trace.get("name") for trace in data] == lines]
    stages = run.read_json("proxies.json")["columns"][1]["stages"]
    assert stages and len(picture[1]["x"]) == len(stages) + 1, "every stage and the score"


def test_a_run_without_the_file_says_how_to_have_it(run: RunFolder) -> None:
    (run.path / "proxies.json").unlink()
    at = opened(run)
    assert not at.exception and text.NOTHING_PROBED in [one.value for one in at.caption]
