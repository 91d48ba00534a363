"""Which drawings the card shows, made from the run's figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from finxfer.evaluation.amounts import amount, with_ends
from finxfer.evaluation.wording import MODEL_TITLES, gain_verdict
from finxfer.fairness.wording import title_of
from finxfer.records.spec import REGRESSION
from finxfer.reports import formats
from finxfer.reports.figures import Dot, DotDrawing, PlotDrawing, Series, dots, plot

_GAIN_KINDS = {"better": "better", "worse": "worse", "no gain found": "baseline", "not measured": "hollow"}
_VERDICT_KINDS = {"gap": "worse", "no gap found": "trained", "too little data": "hollow", None: "baseline"}
DRAWN_FEATURES = 12


@dataclass(frozen=True)
class Drawings:
    """Drawings by place in the card; None where there is nothing to draw. `fairness` is by column name."""

    gain: DotDrawing | None = None
    roc: PlotDrawing | None = None
    precision_recall: PlotDrawing | None = None
    calibration: PlotDrawing | None = None
    distribution: PlotDrawing | None = None
    fairness: dict[str, DotDrawing] = field(default_factory=dict)
    importance: DotDrawing | None = None


def drawings(
    metrics: dict[str, Any],
    comparison: dict[str, Any],
    curves: dict[str, Any],
    fairness: dict[str, Any],
    importance: list[dict[str, Any]],
) -> Drawings:
    """All drawings of a run; arguments are the run's JSON files, empty where absent."""
    best = comparison.get("best_baseline")
    compared = [name for name in ("model", best) if name in curves]
    own = curves.get("model") or {}
    return Drawings(
        gain=_gain(comparison),
        roc=_roc(curves, compared, metrics),
        precision_recall=_precision_recall(curves, compared),
        calibration=_calibration(own.get("calibration")),
        distribution=_distribution(own.get("histogram")),
        fairness={entry["column"]: _fairness(entry) for entry in fairness.get("columns", [])},
        importance=_importance(importance, metrics.get("task") == REGRESSION),
    )


def _gain(comparison: dict[str, Any]) -> DotDrawing | None:
    found = [d for d in comparison.get("differences", []) if d["metric"] == "gini" and d["value"] is not None]
    if not found:
        return None
    rows = [
        Dot(
            label=f"over {MODEL_TITLES.get(d['over'], d['over'])}",
            value=d["value"],
            interval=d["interval"],
            text=f"{formats.signed(d['value'])} {formats.interval(d['interval'], 'signed')}",
            kind=_GAIN_KINDS[gain_verdict(d).code],
        )
        for d in found
    ]
    alt = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return dots(
        "Difference in Gini on the same test rows; right of the line is better", alt, rows, reference=0.0
    )


def _roc(curves: dict[str, Any], names: list[str], metrics: dict[str, Any]) -> PlotDrawing | None:
    series = [
        Series(
            MODEL_TITLES.get(name, name), curves[name]["roc"]["fpr"], curves[name]["roc"]["tpr"], _kind(name)
        )
        for name in names
        if isinstance(curves[name].get("roc"), dict)
    ]
    if not series:
        return None
    alt = f"ROC curve; AUC of the model {formats.metric(metrics['model']['auc'])}"
    chance = Series("chance", (0, 1), (0, 1), "faint")
    return plot("ROC", alt, [chance, *series], "negatives flagged", "positives flagged")


def _precision_recall(curves: dict[str, Any], names: list[str]) -> PlotDrawing | None:
    series = [
        Series(MODEL_TITLES.get(name, name), curve["recall"], curve["precision"], _kind(name))
        for name in names
        if (curve := curves[name].get("precision_recall"))
    ]
    if not series:
        return None
    return plot("Precision and recall", "Precision against recall", series, "recall", "precision")


def _calibration(table: list[dict[str, Any]] | None) -> PlotDrawing | None:
    if not table:
        return None
    top = max(max(bin_["predicted"], bin_["interval"][1]) for bin_ in table)
    top = min(1.0, top * 1.05)
    alt = "; ".join(
        f"predicted {formats.share(bin_['predicted'])}, observed {formats.share(bin_['observed'])}"
        for bin_ in table
    )
    return plot(
        "Calibration",
        alt,
        [
            Series("perfect", (0, top), (0, top), "faint"),
            Series("model", [b["predicted"] for b in table], [b["observed"] for b in table], "trained"),
        ],
        "predicted probability",
        "observed share",
        x_high=top,
        y_high=top,
        whiskers=[(b["predicted"], b["observed"], *b["interval"]) for b in table],
    )


def _distribution(histogram: dict[str, Any] | None) -> PlotDrawing | None:
    if not histogram or len(histogram["edges"]) < 2:
        return None
    edges = histogram["edges"]
    series, highest = [], 0.0
    for name, kind in (("negative", "baseline"), ("positive", "positive")):
        rows = sum(histogram[name])
        if rows:
            shares = [number / rows for number in histogram[name]]
            highest = max(highest, *shares)
            x = [edge for edge in edges for _ in range(2)][1:-1]
            series.append(Series(f"{name} rows", x, [s for s in shares for _ in range(2)], kind))
    if not series:
        return None
    alt = "Distribution of the predicted probability among positive and negative test rows"
    return plot(
        "Scores",
        alt,
        series,
        "predicted probability",
        "share of rows",
        x_high=edges[-1],
        y_high=highest * 1.05,
    )


def _fairness(entry: dict[str, Any]) -> DotDrawing:
    rows = []
    if "selection_rate" not in entry["slices"][0]["metrics"]:
        return _task_fairness(entry)
    for part in entry["slices"]:
        rate = part["metrics"]["selection_rate"]
        ends = formats.interval(rate["interval"], "share")
        rows.append(
            Dot(
                label=f"{part['value']} (reference)" if part["reference"] else part["value"],
                value=rate["value"],
                interval=rate["interval"],
                text="too little data" if rate["value"] is None else f"{formats.share(rate['value'])} {ends}",
                kind=_VERDICT_KINDS[part["verdict"]],
            )
        )
    line = next(p["metrics"]["selection_rate"]["value"] for p in entry["slices"] if p["reference"])
    alt = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return dots("Share flagged in each group", alt, rows, reference=line, percent=True)


def _task_fairness(entry: dict[str, Any]) -> DotDrawing:
    """Mean error, or accuracy, in each group of a regression or of several classes."""
    metric = "bias" if "bias" in entry["slices"][0]["metrics"] else "accuracy"
    rows = []
    for part in entry["slices"]:
        found = part["metrics"][metric]
        known = found["value"] is not None
        rows.append(
            Dot(
                label=f"{part['value']} (reference)" if part["reference"] else part["value"],
                value=found["value"],
                interval=found["interval"],
                text=with_ends(found["value"], found["interval"]) if known else "too little data",
                kind=_VERDICT_KINDS[part["verdict"]],
            )
        )
    line = next(p["metrics"][metric]["value"] for p in entry["slices"] if p["reference"])
    alt = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return dots(f"{title_of(metric).capitalize()} in each group", alt, rows, reference=line)


def _importance(ranking: list[dict[str, Any]], amounts: bool) -> DotDrawing | None:
    if not ranking:
        return None
    rows = [
        Dot(
            label=entry["feature"],
            value=entry["mean_abs"],
            interval=entry.get("interval"),
            text=amount(entry["mean_abs"]) if amounts else f"{100 * entry['mean_abs']:.1f} points",
        )
        for entry in ranking[:DRAWN_FEATURES]
    ]
    alt = "; ".join(f"{row.label}: {row.text}" for row in rows)
    title = "Mean absolute effect on the prediction" if amounts else "Mean absolute effect on the probability"
    return dots(title, alt, rows, percent=not amounts, bars=True)


def _kind(name: str) -> str:
    return "trained" if name == "model" else "baseline"
