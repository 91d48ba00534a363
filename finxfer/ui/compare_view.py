"""The Results part "Other runs": this run and others on the same test rows, every pair of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.errors import BadInput, Damaged, FinxferError
from finxfer.evaluation import amounts
from finxfer.evaluation.pairs import PAIRED
from finxfer.evaluation.regression import IN_UNITS
from finxfer.evaluation.tasks import TASKS
from finxfer.evaluation.wording import gain_verdict
from finxfer.records.folder import RunFolder, list_runs
from finxfer.records.labels import labels_of
from finxfer.records.spec import BINARY, Spec
from finxfer.runs import compare
from finxfer.settings import integer
from finxfer.ui import after_run, charts, progress
from finxfer.ui.guard import show_error
from finxfer.ui.run_files import run_json, stamp
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import NOTHING, count, metric3, show_table, signed
from finxfer.ui.text import charts as names
from finxfer.ui.text import compare as text

JOB = "compare"
CLEAR = 0.05
TITLE = 26
"""Letters of a run's name in pictures: with the end of its id it is drawn whole."""
TOLD = 2
_SPLIT = ("seed", "split", "test_share", "test_rows_max", "test_table", "positive")
LONGEST = 600


def compare_part(run: RunFolder, spec: Spec) -> None:
    """Pick runs; picture, table and sentence at once by DeLong, bootstrap intervals by a job."""
    others = siblings(run, spec)
    if not others:
        st.caption(text.NONE)
        return
    alike = [name for name in others if _same_split(RunFolder(run.path.parent / name), spec)]
    picked = st.multiselect(
        text.PICK,
        list(others),
        default=alike[:1],
        format_func=lambda one: others[one],
        max_selections=compare.MOST - 1,
        placeholder=text.PLACEHOLDER,
        help=text.PICK_HELP.format(most=compare.MOST - 1),
        key="other-runs",
    )
    if not picked:
        return
    folders = [run, *(RunFolder(run.path.parent / one) for one in picked)]
    try:
        found = by_delong([str(one.path) for one in folders], [stamp(one.predictions) for one in folders])
    except (BadInput, Damaged) as error:
        show_error(error)
        return
    kept = run_json(run, compare.FILE)
    drawn = kept if kept and kept["runs"] == found["runs"] else None
    titles = dict(zip(found["runs"], [text.THIS, *(title(one) for one in folders[1:])], strict=True))
    _show(titles, drawn or found)
    bootstrap(run, folders[1:], drawn)


@st.cache_data(max_entries=64, show_spinner=False)
def _subject(path: str, changed: int) -> tuple[str, str, str] | None:
    """(table, target, label) of a stored run; None where its spec is damaged."""
    spec = progress.spec_of(RunFolder(Path(path)))
    return None if spec is None else (spec.table, spec.target, spec.label or spec.table_name)


def siblings(run: RunFolder, spec: Spec) -> dict[str, str]:
    """Other runs with results on the same table and target: id -> how the list shows it."""
    found = {}
    for other in list_runs():
        if other.id == run.id or not (other.path / "metrics.json").is_file():
            continue
        subject = _subject(str(other.path), stamp(other.spec_path))
        if subject and subject[:2] == (spec.table, spec.target):
            found[other.id] = f"{plain(subject[2])} · {other.id}"
    return found


def _same_split(run: RunFolder, spec: Spec) -> bool:
    """Whether a run was split as this one was, so that it is offered first."""
    other = progress.spec_of(run)
    return other is not None and all(getattr(spec, name) == getattr(other, name) for name in _SPLIT)


def title(run: RunFolder) -> str:
    """A run by its label, else by its backbone and depth; the end of its id tells like ones apart."""
    spec = progress.spec_of(run)
    if spec is None:
        return run.id
    what = (
        labels_of(run).name
        or spec.label
        or text.WHAT.get(spec.backbone)
        or text.NAMED.format(
            backbone=Path(spec.backbone).name,
            depth=text.DEPTHS.get(str(spec.freezing_depth), spec.freezing_depth),
        )
    )
    return f"{plain(what, TITLE)} · {run.id[-4:]}"


# DeLong's test of ten runs on 30,000 rows takes a tenth of a second; the bootstrap takes many seconds.
@st.cache_data(max_entries=32, show_spinner=False)
def by_delong(paths: list[str], changed: list[int]) -> dict[str, Any]:
    """The runs of these folders compared without a bootstrap; `changed` tells when they have changed."""
    folders = [RunFolder(Path(path)) for path in paths]
    spec = progress.spec_of(folders[0])
    # Without DeLong's test there is no interval but the bootstrap's, which is quick for errors.
    return compare.compare(folders, draws=0 if spec is None or spec.task == BINARY else None)


def headline(found: Mapping[str, Any]) -> str:
    """The metric that decides between runs of this task."""
    task = found.get("task", BINARY)
    return "auc" if task == BINARY else TASKS[task].headline


def decisive(found: Mapping[str, Any], pair: Mapping[str, Any]) -> Mapping[str, Any]:
    """The difference of a pair in that metric, first minus second: value and interval."""
    entry: Mapping[str, Any] = (
        pair["delong"] if found.get("task", BINARY) == BINARY else pair["differences"][headline(found)]
    )
    return entry


def meaning(metric: str, entry: Mapping[str, Any]) -> str:
    """better, worse or baseline, by whether the interval lies on one side of zero."""
    verdict = gain_verdict({"metric": metric, "over": "x", **entry})
    return verdict.code if verdict.code in ("better", "worse") else "baseline"


def _show(titles: dict[str, str], found: dict[str, Any]) -> None:
    st.markdown(sentence(titles, found))
    metric = headline(found)
    name = names.metric_name(metric)
    dots = [_dot(titles, found, pair) for pair in found["pairs"]]
    rows = count(found["rows"])
    picture, table = st.columns([1, 1.5], gap="medium")
    with picture:
        st.markdown(f"**{text.PICTURE.format(metric=name)}**")
        figure = charts.dot_interval(
            dots, reference=0.0, reference_words=text.ZERO, x_title=text.AXIS.format(metric=name)
        )
        values = "; ".join(f"{dot.name} {dot.words}" for dot in dots)
        alt = plain(text.ALT.format(metric=name, rows=rows, values=values), LONGEST)
        charts.show(figure, "runs-compared", alt, lambda: _data(found))
    with table:
        show_table(pairs_table(titles, found), key="compare-table", alt=text.TABLE)
        word = "pair" if len(found["pairs"]) == 1 else "pairs"
        pairs, runs = len(found["pairs"]), len(found["runs"])
        said = text.SAME.format(runs=runs, rows=rows)
        if found.get("task", BINARY) == BINARY:
            said += " " + text.SAME_DELONG.format(pairs=pairs, word=word)
        if found["draws"]:
            said += " " + text.BOOTSTRAPPED.format(draws=count(found["draws"]))
        st.caption(said)
        with st.expander(text.FIGURES_FOLD, icon=":material/table_rows:", key="compare-figures-fold"):
            show_table(_figures(titles, found), key="compare-figures", alt=text.FIGURES)


def bootstrap(run: RunFolder, others: Sequence[RunFolder], drawn: dict[str, Any] | None) -> None:
    """The button that starts the job, where its result is not there yet."""
    if after_run.at_work(run, JOB) or drawn is not None:
        return
    draws = count(integer("bootstrap_draws"))
    if not st.button(text.BOOTSTRAP, key="compare-bootstrap", help=text.BOOTSTRAP_HELP.format(draws=draws)):
        return
    try:
        after_run.start(run, JOB, others=[str(one.path.resolve()) for one in others])
    except FinxferError as error:
        show_error(error)
        return
    st.rerun()


def sentence(titles: dict[str, str], found: dict[str, Any]) -> str:
    """Which runs are clearly better, most surely first."""
    if found.get("task", BINARY) != BINARY:
        return _by_interval(titles, found)
    clear = [pair for pair in found["pairs"] if pair["p_holm"] is not None and pair["p_holm"] < CLEAR]
    if not clear:
        return text.NOTHING_CLEAR.format(metric=names.metric_name("auc"))
    said = []
    for pair in sorted(clear, key=lambda one: one["p_holm"])[:TOLD]:
        first, second = pair["first"], pair["second"]
        if pair["delong"]["value"] < 0:
            first, second = second, first
        size = signed(abs(pair["delong"]["value"]))
        said.append(
            text.CLEAR.format(
                first=md(titles[first]), second=md(titles[second]), size=size, p=_p(pair["p_holm"])
            ).replace("= <", "<")
        )
    return " ".join(said)


def _by_interval(titles: dict[str, str], found: dict[str, Any]) -> str:
    """The same where there is no test, only intervals: the widest gaps that chance does not explain."""
    metric = headline(found)
    clear = []
    for pair in found["pairs"]:
        entry = decisive(found, pair)
        said = meaning(metric, entry)
        if said != "baseline":
            ends = (pair["first"], pair["second"]) if said == "better" else (pair["second"], pair["first"])
            clear.append((abs(entry["value"]), ends, entry))
    if not clear:
        return text.NOTHING_CLEAR.format(metric=names.metric_name(metric))
    return " ".join(
        text.CLEAR_INTERVAL.format(
            first=md(titles[first]),
            second=md(titles[second]),
            metric=names.metric_name(metric),
            size=md(with_ends(entry, metric)),
        )
        for _, (first, second), entry in sorted(clear, key=lambda one: -one[0])[:TOLD]
    )


def _p(value: float | None) -> str:
    return NOTHING if value is None else text.SMALL_P if value < 0.001 else f"{value:.3f}"


def with_ends(entry: Mapping[str, Any], metric: str = "auc") -> str:
    """``+0.012 [−0.004, +0.028]``; amounts with the digits that their interval supports."""
    if entry["value"] is None:
        return NOTHING
    if metric in IN_UNITS:
        return amounts.with_ends(entry["value"], entry["interval"], sign=True)
    if not entry["interval"]:
        return signed(entry["value"])
    low, high = entry["interval"]
    return f"{signed(entry['value'])} [{signed(low)}, {signed(high)}]"


def _dot(titles: dict[str, str], found: dict[str, Any], pair: dict[str, Any]) -> charts.Dot:
    name = text.PAIR.format(first=titles[pair["first"]], second=titles[pair["second"]])
    metric, entry = headline(found), decisive(found, pair)
    interval = tuple(entry["interval"]) if entry["interval"] else None
    return charts.Dot(name, entry["value"], interval, meaning(metric, entry), with_ends(entry, metric))


def pairs_table(titles: dict[str, str], found: dict[str, Any]) -> pd.DataFrame:
    """Every pair, the first minus the second, with intervals."""
    columns, binary = text.COLUMNS, found.get("task", BINARY) == BINARY
    metrics = PAIRED if binary else TASKS[found["task"]].metrics
    rows = []
    for pair in found["pairs"]:
        row = {
            columns["first"]: plain(titles[pair["first"]]),
            columns["second"]: plain(titles[pair["second"]]),
        }
        if binary:
            row |= {columns["auc"]: with_ends(pair["delong"]), columns["p"]: _p(pair["p_holm"])}
        row |= {
            columns.get(name, names.metric_name(name)): with_ends(pair["differences"][name], name)
            for name in metrics
            if name in pair["differences"]
        }
        rows.append(row)
    return pd.DataFrame(rows)


def _figures(titles: dict[str, str], found: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {text.RUN: plain(titles[name])}
            | {names.metric_name(metric): _figure(metric, value) for metric, value in figures.items()}
            for name, figures in found["models"].items()
        ]
    )


def _figure(metric: str, value: float | None) -> str:
    return metric3(value) if value is None or metric not in IN_UNITS else amounts.with_ends(value, None)


def _data(found: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "first": pair["first"],
                "second": pair["second"],
                **decisive(found, pair),
                "p_holm": pair["p_holm"],
            }
            for pair in found["pairs"]
        ]
    )
