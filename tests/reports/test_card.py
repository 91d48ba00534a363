from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finxfer.errors import Damaged
from finxfer.evaluation import as_gini, gain_sentence
from finxfer.records.folder import RunFolder
from finxfer.records.spec import ColumnSpec
from finxfer.reports import write_card
from tests.reports.made_run import ROWS, make_run, make_spec
from tests.selection_example import baseline_choice, ensemble_choice

VOID = {"meta", "br", "img", "link", "input", "hr", "line", "rect", "circle", "path", "polyline"}


class Page(HTMLParser):
    """Tags, text and attributes of a page; complains about elements that are not closed."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        assert self._open == [], f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes {self._open[-1:]}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def change(folder: RunFolder, name: str, **changes: Any) -> None:
    folder.write_json(name, folder.read_json(name) | changes)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return make_run(tmp_path / "20261121-143005-3f9a")


def card(folder: RunFolder) -> Page:
    return Page(write_card(folder).read_text(encoding="utf-8"))


def test_summary_comes_first_and_every_section_is_there(run: RunFolder) -> None:
    text = card(run).text
    metrics = run.metrics()
    assert metrics is not None
    order = [
        "Management summary",
        "What the model gains in money was not measured",
        f"Gini {metrics['model']['gini']:.3f}",
        gain_sentence(as_gini(metrics["gain"]), ROWS),
        "The model: incontext-small, fine-tuned with 4 of 9 stages frozen.",
        "Who is affected",
        "What is uncertain",
        "1. Purpose and intended use",
        "2. Data and lineage",
        "3. Backbone: origin and licence",
        "4. Alternatives tried",
        "5. Performance",
        "6. Calibration",
        "7. Stability",
        "8. Fairness",
        "9. Explanations",
        "10. Limits",
        "11. Monitoring plan",
        "12. Sign-offs",
        "Appendix A. How it was made",
        "Appendix B. Which rule",
        "not legal advice",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_every_figure_of_the_metrics_is_in_the_card(run: RunFolder) -> None:
    text = card(run).text
    metrics = run.metrics()
    assert metrics is not None
    for name in ("gini", "auc", "average_precision", "ks", "brier", "log_loss", "f1"):
        for values in (metrics["model"], *metrics["baselines"].values()):
            assert f"{values[name]:.3f}" in text
    for entry in run.read_json("fairness.json")["columns"]:
        assert entry["sentence"] in text
    assert "ab" * 32 in text


def test_decisions_are_those_of_the_threshold(run: RunFolder) -> None:
    metrics, text = run.metrics(), card(run).text
    assert metrics is not None
    found = re.search(
        r"flags ([\d,]+) of ([\d,]+) test rows. Among them are ([\d,]+) of ([\d,]+) actual", text
    )
    assert found is not None
    flagged, rows, caught, positives = (int(number.replace(",", "")) for number in found.groups())
    assert rows == ROWS
    assert caught / positives == pytest.approx(metrics["model"]["recall"], abs=1e-9)
    assert caught / flagged == pytest.approx(metrics["model"]["precision"], abs=1e-9)


def test_the_page_needs_nothing_from_outside_and_runs_nothing(run: RunFolder) -> None:
    page = card(run)
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "src"]
    targets = {value for name, value in page.attributes if name == "href"}
    places = {f"#{value}" for name, value in page.attributes if name == "id"}
    assert targets and targets <= places, "links lead to places of the page itself"
    source = run.card.read_text(encoding="utf-8")
    assert "http" not in source.replace("http-equiv", "")
    assert "url(" not in source
    assert "default-src 'none'" in source
    assert len(source) < 400_000


def test_customer_text_is_never_markup(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}"
    columns = (
        ColumnSpec(evil + "t", "target", "boolean"),
        ColumnSpec(evil, "feature", "numeric"),
        ColumnSpec("sex", "protected", "category"),
    )
    spec = make_spec(table_name=evil, label=evil, target=evil + "t", positive=evil, columns=columns)
    folder = make_run(tmp_path / "run", spec, sex=[evil, "</svg><b>"])
    change(
        folder,
        "explanations/importance.json",
        model=[{"feature": evil, "mean_abs": 0.1, "interval": [0.05, 0.2]}],
    )
    change(folder, "metrics.json", choice_reason=evil, backbone=evil)
    page = card(folder)
    assert not {"script", "img", "b"} & set(page.tags) - {"b"}
    assert evil in page.text
    source = folder.card.read_text(encoding="utf-8")
    assert "<script" not in source
    assert "<img" not in source
    assert "</svg><b>" not in source


@pytest.mark.parametrize(
    "absent",
    [
        ["comparison.json"],
        ["curves.json"],
        ["fairness.json"],
        ["explanations/meta.json"],
        ["explanations/importance.json"],
        [
            "explanations/meta.json",
            "explanations/importance.json",
            "fairness.json",
            "curves.json",
            "comparison.json",
        ],
    ],
)
def test_a_missing_part_is_said_not_fatal(run: RunFolder, absent: list[str]) -> None:
    for name in absent:
        (run.path / name).unlink()
    text = card(run).text
    if "fairness.json" in absent:
        assert "were not examined" in text
    if "explanations/importance.json" in absent:
        assert "No explanations were computed" in text


def test_without_metrics_there_is_no_card(run: RunFolder) -> None:
    (run.path / "metrics.json").unlink()
    with pytest.raises(Damaged, match=r"metrics\.json"):
        write_card(run)
    assert not run.card.exists()


def test_unlabelled_test_rows(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", y=np.full(ROWS, -1))
    text = card(folder).text
    assert "How well it ranks them is not known" in text
    assert "no test row has a known outcome" in text
    assert "None" not in text


def test_one_class_among_the_test_rows(tmp_path: Path) -> None:
    text = card(make_run(tmp_path / "run", y=np.zeros(ROWS))).text
    assert "gain is not measured" in text
    assert "None" not in text
    assert not re.search(r"\bnan\b", text)


def test_what_a_backbone_of_known_columns_reads_and_what_is_masked_is_said(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", make_spec(mapping={"monthly income": "income"}))
    known = [{"name": "monthly income", "kind": "numeric"}, {"name": "age", "kind": "numeric"}]
    part = {"name": "stem", "title": "Stem", "parameters": 1}
    content = {
        "id": "book",
        "name": "My book",
        "family": "mlp",
        "stages": [part],
        "head": part,
        "parameters": 2,
    }
    folder.write_json("resolved.json", {"backbone": {**content, "columns": known}})
    text = card(folder).text
    assert "1 of the 2 columns it learned from are in this table (50%)" in text
    assert "'age', which is protected here: it reads it as missing" in text
    assert "Read under another name: income as monthly income." in text


def test_what_is_uncertain_is_said(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", make_spec(synthetic=True, use_protected=True))
    change(folder, "metrics.json", fell_back=True, dropped_rows_without_target=12, test_rows_with_target=180)
    folder.write_json("resolved.json", {"backbone": {"name": "My book", "contains_customer_rows": True}})
    text = card(folder).text
    for words in (
        "synthetic",
        "did not validate better",
        "Only 180 test rows",
        "drawn at random",
        "Protected columns are used as features: sex, age",
        "12 rows without a known outcome",
        "holds customer rows",
        "My book (incontext-small)",
    ):
        assert words in text, words


def test_no_gain_is_said_as_such(run: RunFolder) -> None:
    gain = {"metric": "auc", "over": "lightgbm", "value": 0.001, "interval": [-0.01, 0.012]}
    change(run, "metrics.json", gain=gain)
    assert "No gain found: Gini differs from that of LightGBM by +0.002" in card(run).text


def test_finxfers_choice_is_told_with_all_that_was_tried(run: RunFolder) -> None:
    metrics = run.metrics()
    assert metrics is not None
    run.write_json("metrics.json", ensemble_choice(metrics))
    text = card(run).text
    for words in (
        "The model: a mean of incontext-small as it is (60%) and LightGBM (40%).",
        "A mean of incontext-small as it is (60%) and LightGBM (40%) was chosen: cross-validated over 5 "
        "parts of 800 training rows, its log loss is 0.506, against 0.513 for incontext-small as it is, the "
        "best on its own: 0.007 ± 0.003 lower.",
        "Without any pretrained backbone finxfer would have chosen a mean of LightGBM (70%) and logistic "
        "regression (30%). No gain from pretraining was found: Gini +0.024, 95% interval [−0.008, +0.054], "
        f"on the same {ROWS} test rows.",
        "fine-tuned; no better than its start",
    ):
        assert words in text, words
    assert "Trained parameters" not in text
    assert text.count("the mean chosen") == 2, "once in the picture, once in the table"


@pytest.mark.parametrize(
    ("difference", "words"),
    [([0.02, 0.005, 0.035], "Pretraining brings a gain"), ([-0.02, -0.03, -0.01], "Pretraining did harm")],
)
def test_what_pretraining_brings_has_an_honest_verdict(
    run: RunFolder, difference: list[float], words: str
) -> None:
    metrics = run.metrics()
    assert metrics is not None
    run.write_json("metrics.json", ensemble_choice(metrics, difference))
    assert words in card(run).text


def test_a_baseline_that_was_kept_is_not_called_a_backbone(run: RunFolder) -> None:
    metrics = run.metrics()
    assert metrics is not None
    run.write_json("metrics.json", baseline_choice(metrics))
    text = card(run).text
    assert "The model: logistic regression; no backbone is in it." in text
    assert "pretraining brings nothing here" in text
    assert "Logistic regression was chosen" in text and "too little to prefer it" in text


def test_drawings_have_a_text_alternative_and_stay_inside(run: RunFolder) -> None:
    source = write_card(run).read_text(encoding="utf-8")
    drawings = re.findall(
        r'<svg viewBox="0 0 ([\d.]+) ([\d.]+)" role="img" aria-label="([^"]+)">(.*?)</svg>', source, re.S
    )
    assert len(drawings) >= 7
    for width, height, alternative, body in drawings:
        assert len(alternative) > 10
        for axis, limit in (("x", float(width)), ("y", float(height))):
            numbers = [
                float(n) for n in re.findall(rf'\b(?:{axis}|{axis}1|{axis}2|c{axis})="(-?[\d.]+)"', body)
            ]
            assert numbers
            assert min(numbers) >= 0
            assert max(numbers) <= limit
        for x, y in re.findall(r"([\d.]+),([\d.]+)", " ".join(re.findall(r'points="([^"]+)"', body))):
            assert 0 <= float(x) <= float(width)
            assert 0 <= float(y) <= float(height)


def test_writing_again_gives_the_same_page(run: RunFolder) -> None:
    first = write_card(run).read_bytes()
    assert write_card(run).read_bytes() == first
    assert json.loads((run.path / "spec.json").read_text(encoding="utf-8"))["table"] == "ab" * 32
