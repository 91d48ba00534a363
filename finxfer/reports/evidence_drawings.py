"""Drawings of calibration, decisions, stability and the learning curve, from the run's own files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from finxfer.evaluation.wording import MODEL_TITLES
from finxfer.reports import formats
from finxfer.reports.figures import Dot, DotDrawing, PlotDrawing, Series, dots, plot
from finxfer.reports.material import Json, Material

MOST_ROWS = 15
_READINGS = {"alike": "trained", "within chance": "trained", "shifted": "baseline", "different": "worse"}
_GRADES = {"in line": "trained", "PD too low": "worse", "PD looks too high": "baseline"}


@dataclass(frozen=True)
class EvidenceDrawings:
    """Drawings by place in the report; None where there is nothing to draw."""

    grades: DotDrawing | None = None
    money: PlotDrawing | None = None
    loss: PlotDrawing | None = None
    periods: DotDrawing | None = None
    stability: DotDrawing | None = None
    learning: PlotDrawing | None = None


def evidence_drawings(material: Material) -> EvidenceDrawings:
    """All of them."""
    return EvidenceDrawings(
        grades=_grades((material.calibration.get("grades") or {}).get("table") or []),
        money=_curve(material.decisions, "money", "Money by approval rate"),
        loss=_curve(material.decisions, "observed_loss", "Observed loss by approval rate"),
        periods=_periods(material.stability.get("periods") or []),
        stability=_psi(material.stability),
        learning=_learning(material.learning),
    )


def _grades(table: list[Json]) -> DotDrawing | None:
    """Observed default rate of each grade with its interval, and the grade's PD in words."""
    rows = [
        Dot(
            label=f"grade {one['grade']} (PD {formats.share(one['pd'])})",
            value=one.get("observed"),
            interval=one.get("interval"),
            text=f"{formats.share(one.get('observed'))}, {one.get('verdict') or 'not measured'}",
            kind=_GRADES.get(str(one.get("verdict")), "hollow"),
        )
        for one in table
    ]
    if not any(row.value is not None for row in rows):
        return None
    return dots("Observed default rate of each grade", _alt(rows), rows, percent=True)


def _curve(decisions: Json, name: str, title: str) -> PlotDrawing | None:
    curves = decisions.get("curves") or {}
    champion = decisions.get("champion") or {}
    rival = "champion" if champion.get("kind") == "column" else champion.get("name")
    series = []
    for key, label, kind in (("model", "the model", "trained"), (rival, "today's model", "baseline")):
        curve = curves.get(key) or {}
        pairs = [
            (x, y)
            for x, y in zip(curve.get("approval_rate") or [], curve.get(name) or [], strict=False)
            if x is not None and y is not None
        ]
        if pairs:
            series.append(Series(label, [x for x, _ in pairs], [y for _, y in pairs], kind))
    if not series:
        return None
    values = [value for one in series for value in one.y]
    low, high = min(0.0, *values), max(0.0, *values)
    if low == high:
        return None
    ends = "; ".join(
        f"{one.label}: from {formats.money(one.y[0])} to {formats.money(one.y[-1])}" for one in series
    )
    currency = decisions.get("currency") or "money"
    return plot(title, ends, series, "approval rate", str(currency), y_high=high, y_low=low, y_percent=False)


def _periods(periods: list[Json]) -> DotDrawing | None:
    rows = []
    for one in periods:
        model = one.get("model") or {}
        ends = formats.interval(model.get("gini_interval"))
        known = f"{formats.metric(model.get('gini'))} {ends}"
        rows.append(
            Dot(
                label=f"{one['name']} ({formats.count(one.get('rows'))} rows)",
                value=model.get("gini"),
                interval=model.get("gini_interval"),
                text=known if model else "too little data",
                kind="trained" if model else "hollow",
            )
        )
    return dots("Gini by period", _alt(rows), rows) if any(row.value is not None for row in rows) else None


def _psi(stability: Json) -> DotDrawing | None:
    score = stability.get("score")
    entries: list[Any] = [{**score, "column": "the score"}] if score else []
    entries += stability.get("features") or []
    rows = [
        Dot(
            label=str(one["column"]),
            value=one["psi"],
            interval=None,
            text=f"{formats.metric(one['psi'])}, {one.get('reading')}",
            kind=_READINGS.get(str(one.get("reading")), "baseline"),
        )
        for one in entries[:MOST_ROWS]
        if one.get("psi") is not None
    ]
    if not rows:
        return None
    return dots("Population stability index (PSI)", _alt(rows), rows, bars=True)


def _learning(learning: Json) -> PlotDrawing | None:
    """The model and the baseline that is best with all labels."""
    kinds = {"model": "trained", learning.get("best_baseline"): "baseline"}
    series, whiskers = [], []
    for one in learning.get("models") or []:
        points = [point for point in one.get("points") or [] if point.get("gini") is not None]
        if one.get("name") not in kinds or not points:
            continue
        title = str(one.get("title") or MODEL_TITLES.get(str(one["name"]), one["name"]))
        x, y = [float(p["labels"]) for p in points], [float(p["gini"]) for p in points]
        series.append(Series(title, x, y, kinds[one["name"]]))
        if one["name"] == "model":
            whiskers = [(float(p["labels"]), p["gini"], *p["interval"]) for p in points if p.get("interval")]
    if not series:
        return None
    high = max(max(max(one.y) for one in series), max((end[3] for end in whiskers), default=0.0))
    low = min(0.0, min(min(one.y) for one in series), min((end[2] for end in whiskers), default=0.0))
    alt = "; ".join(
        f"{one.label}: Gini {formats.metric(one.y[0])} with {one.x[0]:,.0f} labels, "
        f"{formats.metric(one.y[-1])} with {one.x[-1]:,.0f}"
        for one in series
    )
    return plot(
        "Gini by number of labels",
        alt,
        series,
        "labelled customers",
        "Gini",
        x_high=max(max(one.x) for one in series),
        y_high=max(high * 1.05, low + 0.01),
        y_low=low,
        whiskers=whiskers,
        percent=False,
    )


def _alt(rows: list[Dot]) -> str:
    return "; ".join(f"{row.label}: {row.text}" for row in rows)
