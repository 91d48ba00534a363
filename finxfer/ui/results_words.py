"""What the Results page says in numbers: the answer's sentence, the metrics table, the details."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from finxfer.evaluation.wording import as_gini, gain_verdict
from finxfer.records.spec import REGRESSION
from finxfer.ui import selection_words
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import NOTHING, count, duration, metric3, share, with_interval
from finxfer.ui.text import charts as names
from finxfer.ui.text import results as text
from finxfer.ui.text.run import DEVICE_SHORT

METRICS = ("gini", "auc", "average_precision", "ks", "brier", "log_loss", "calibration_error")
AT_THRESHOLD = ("threshold", "accuracy", "precision", "recall", "f1")
LOWER_IS_BETTER = ("brier", "log_loss", "calibration_error")


def answer(metrics: dict[str, Any]) -> str:
    """The page's one sentence, as markdown: how good, and how much better than the best baseline."""
    rows = count(metrics["rows"]["test"])
    gini = metrics["model"].get("gini")
    if gini is None:
        return text.NO_LABELS if metrics["model"].get("brier") is None else text.ONE_CLASS
    intervals = (metrics.get("intervals") or {}).get("model") or {}
    opening = text.GINI.format(gini=md_number(with_interval(gini, intervals.get("gini"))))
    verdict = gain_verdict(as_gini(metrics.get("gain")))
    if verdict.code == "not measured" or verdict.over is None or verdict.value is None:
        return text.NOT_MEASURED.format(gini=opening, rows=rows)
    interval = [verdict.low or 0.0, verdict.high or 0.0]
    if verdict.code == "worse":
        size = with_interval(-verdict.value, [-interval[1], -interval[0]])
    else:
        size = with_interval(verdict.value, interval)
    sentence = {"better": text.BETTER, "worse": text.WORSE}.get(verdict.code, text.NO_GAIN)
    if verdict.itself:
        sentence = text.ITSELF
    over = md(names.spoken_name(verdict.over))
    return sentence.format(gini=opening, size=md_number(size), over=over, rows=rows)


def md_number(number: str) -> str:
    """A number with its interval, the brackets kept from markdown (where they would open a link)."""
    return number.replace("[", "\\[").replace("]", "\\]")


def fell_back_line(metrics: dict[str, Any]) -> str | None:
    """Why the run kept what it started from; None where fine-tuning paid.

    Where finxfer chose among many, that part of the page says what became of each.
    """
    if not metrics.get("fell_back") or metrics.get("selection"):
        return None
    choice = str(metrics.get("choice"))
    return text.FELL_BACK.format(choice=text.CHOICES.get(choice, md(choice)))


def backbone_line(metrics: dict[str, Any]) -> str:
    """One line: what the model is, trained share, device and time."""
    seconds = metrics.get("seconds") or {}
    made = text.MADE.format(
        device=DEVICE_SHORT.get(str(metrics.get("device")), md(metrics.get("device"))),
        seconds=duration(sum(value for value in seconds.values() if isinstance(value, int | float))),
    )
    parts = [what_it_is(metrics)]
    if metrics.get("total_parameters") and metrics.get("choice") == "fine-tuned":
        trainable, total = count(metrics.get("trainable_parameters")), count(metrics["total_parameters"])
        parts.append(text.TRAINED.format(trainable=trainable, total=total))
    return " · ".join([*parts, made])


def what_it_is(metrics: dict[str, Any]) -> str:
    """The model: a backbone and its depth, a mean of several, or a baseline that was kept."""
    choice = str(metrics.get("choice"))
    if choice == selection_words.ENSEMBLE:
        found = selection_words.members(metrics.get("selection") or {})
        if len(found) <= selection_words.NAMED_MEMBERS:
            return text.WHAT_MEAN.format(members=selection_words.listed(found))
        share = selection_words.pretrained_share(metrics["selection"])
        return text.WHAT_LARGE_MEAN.format(count=len(found), share=f"{share:.0%}")
    if choice in (metrics.get("baselines") or {}):
        return text.WHAT_BASELINE.format(baseline=names.model_name(choice, metrics.get("task") == REGRESSION))
    if choice == "corrected":
        return text.WHAT_CORRECTED.format(backbone=md(metrics.get("backbone")))
    return text.WHAT.format(backbone=md(metrics.get("backbone")), depth=_depth(metrics))


def _depth(metrics: dict[str, Any]) -> str:
    depth, stages = metrics.get("freezing_depth"), metrics.get("stages")
    if metrics.get("choice") == "as-is" or not isinstance(depth, int):
        return text.AS_IS
    if depth == 0:
        return text.ALL_TRAINED.format(stages=stages)
    return (text.HEAD_ONLY if depth == stages else text.DEPTH_LINE).format(depth=depth, stages=stages)


def model_order(metrics: dict[str, Any]) -> list[str]:
    """The model, then the baselines, best validated first where that is known."""
    baselines = list(metrics.get("baselines") or {})
    over = (metrics.get("gain") or {}).get("over")
    return ["model", *sorted(baselines, key=lambda name: (name != over, name))]


def values_of(metrics: dict[str, Any], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A model's metrics and their intervals."""
    intervals = metrics.get("intervals") or {}
    if name == "model":
        return metrics["model"], intervals.get("model") or {}
    return metrics["baselines"][name], (intervals.get("baselines") or {}).get(name) or {}


def _best(metric: str, values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    if not known or metric == "threshold":
        return None
    return min(known) if metric in LOWER_IS_BETTER else max(known)


def metrics_table(metrics: dict[str, Any]) -> pd.DataFrame:
    """Metrics down, models across, as markdown cells with intervals; the best of a row bold with a star."""
    models = model_order(metrics)
    rows = []
    for metric in (*METRICS, *AT_THRESHOLD):
        values = {name: values_of(metrics, name)[0].get(metric) for name in models}
        best = _best(metric, list(values.values()))
        row = {text.METRIC: names.metric_name(metric)}
        for name in models:
            row[names.model_name(name)] = _cell(metrics, name, metric, best)
        rows.append(row)
    return pd.DataFrame(rows).set_index(text.METRIC)


def _cell(metrics: dict[str, Any], name: str, metric: str, best: float | None) -> str:
    values, intervals = values_of(metrics, name)
    value = values.get(metric)
    if value is None:
        return NOTHING
    if metric == "threshold":
        return share(value)
    spoken = md_number(with_interval(value, intervals.get(metric), 3))
    number, _, interval = spoken.partition(" ")
    interval = f" :small[{interval}]" if interval else ""
    return f"**{number}** {text.BEST}{interval}" if best is not None and value == best else number + interval


def listed(metrics: dict[str, Any], metric: str) -> str:
    """``This model 0.790, LightGBM 0.771``: one metric of every model, for a text alternative."""
    return ", ".join(
        f"{names.model_name(name)} {metric3(values_of(metrics, name)[0].get(metric))}"
        for name in model_order(metrics)
    )


def details(metrics: dict[str, Any], seed: int) -> dict[str, str]:
    """What was run, as a description list."""
    rows = metrics["rows"]
    found = {
        text.DETAIL_ROWS: text.DETAIL_ROWS_VALUE.format(**{key: count(value) for key, value in rows.items()}),
        **({text.DETAIL_RATE: share(metrics["positive_rate"])} if metrics.get("positive_rate") else {}),
        text.DETAIL_SEED: str(seed),
        text.DETAIL_DEVICE: md(metrics.get("device")),
        text.DETAIL_TIME: ", ".join(
            f"{md(stage)} {duration(value)}" for stage, value in (metrics.get("seconds") or {}).items()
        ),
        text.DETAIL_VERSIONS: ", ".join(
            f"{md(name)} {md(version)}" for name, version in (metrics.get("versions") or {}).items()
        ),
    }
    if metrics.get("dropped_rows_without_target"):
        found[text.DETAIL_DROPPED] = count(metrics["dropped_rows_without_target"])
    if metrics.get("choice_reason"):
        found[text.DETAIL_REASON] = md(metrics["choice_reason"], 400)
    return found


def tried_row(one: dict[str, Any]) -> dict[str, str]:
    """One candidate that the run tried, with its validation scores."""
    validation = one.get("validation") or {}
    return {
        text.TRIED_TITLE: plain(one.get("title", NOTHING), 60),
        names.metric_name("auc"): metric3(validation.get("auc")),
        names.metric_name("log_loss"): metric3(validation.get("log_loss")),
        text.TRIED_FELL_BACK: text.YES if one.get("fell_back") else text.NO,
    }
