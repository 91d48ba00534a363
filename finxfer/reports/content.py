"""What the report says: a run folder's files as plain values for the templates."""

from __future__ import annotations

import re
import time
from typing import Any

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import fit_to_table
from finxfer.backbones.matching import match_columns
from finxfer.evaluation.alerts_wording import TITLES as ALERT_TITLES
from finxfer.evaluation.amounts import with_ends
from finxfer.evaluation.regression import IN_UNITS
from finxfer.evaluation.tasks import TASKS
from finxfer.evaluation.wording import METRIC_TITLES, gain_sentence, model_title, told_gain
from finxfer.fairness.wording import METRIC_TITLES as FAIRNESS_TITLES
from finxfer.records.spec import BINARY, MULTICLASS, REGRESSION, Spec
from finxfer.reports import formats
from finxfer.reports.choice import choice_values, model_words
from finxfer.reports.drawings import drawings
from finxfer.reports.evidence_drawings import evidence_drawings
from finxfer.reports.material import Material, test_rows
from finxfer.reports.monitoring import plan
from finxfer.reports.summary import (
    MOST_UNCERTAINTIES,
    affected,
    counts_at_threshold,
    headline,
    money,
    movers,
    swap_sentence,
    title_of,
    uncertainties,
)

SHOWN_METRICS = (
    "gini",
    "auc",
    "average_precision",
    "ks",
    "brier",
    "log_loss",
    "calibration_error",
    "accuracy",
    "precision",
    "recall",
    "f1",
)
SUMMARY_DRIVERS = 5
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def report_values(material: Material) -> dict[str, Any]:
    """Every name that the templates use."""
    spec, metrics = material.spec, material.metrics
    names = ["model", *metrics["baselines"]]
    importance = material.importance.get("model") or []
    limits = uncertainties(material)
    return {
        "title": spec.get("label") or spec["table_name"],
        "run_id": material.run_id,
        "print_id": material.run_id if _PLAIN_ID.fullmatch(material.run_id) else "",
        "date": time.strftime("%Y-%m-%d", time.localtime(material.created)) if material.created else "",
        "spec": spec,
        "metrics": metrics,
        "resolved": material.resolved,
        "words": material.words,
        "crosswalk": material.crosswalk,
        "crosswalk_problem": material.crosswalk_problem,
        "backbone": _backbone(material),
        "headline": headline(metrics),
        "tiles": _tiles(metrics),
        "gain": gain_sentence(told_gain(metrics), test_rows(metrics)),
        "model": model_words(metrics),
        "choice": choice_values(metrics, test_rows(metrics)),
        "counts": counts_at_threshold(material),
        "money": money(material.decisions),
        "swap": swap_sentence(material.decisions),
        "affected": affected(material.fairness),
        "movers": movers(material.decisions),
        "champion_title": title_of((material.decisions.get("champion") or {}).get("name")),
        "uncertainties": limits,
        "summary_uncertainties": limits[:MOST_UNCERTAINTIES],
        "roles": _roles(spec),
        "remedies": material.remedies.get("sentences") or [],
        "model_titles": {name: model_title(name, metrics.get("task", BINARY)) for name in names},
        "metric_titles": METRIC_TITLES,
        "metric_table": _metric_table(metrics, names),
        "differences": _differences(material.comparison),
        "plan": plan(material),
        "drivers": importance[:SUMMARY_DRIVERS],
        "drawings": drawings(metrics, material.comparison, material.curves, material.fairness, importance),
        **_evidence(material, importance),
    }


def _evidence(material: Material, importance: list[dict[str, Any]]) -> dict[str, Any]:
    """The files of evidence as they are, and their drawings."""
    return {
        "comparison": material.comparison,
        "calibration": material.calibration,
        "decisions": material.decisions,
        "stability": material.stability,
        "alerts": material.alerts,
        "alert_titles": ALERT_TITLES,
        "learning": material.learning,
        "fairness": material.fairness,
        "fairness_titles": FAIRNESS_TITLES,
        "proxies": material.proxies,
        "mitigation": material.mitigation,
        "slices_found": material.slices_found,
        "explanations": material.explanations,
        "importance": importance,
        "surrogates": material.surrogates,
        "reasons": material.reasons,
        "evidence": evidence_drawings(material),
    }


def _backbone(material: Material) -> dict[str, Any]:
    """What is known of the backbone: its card, where the run kept one, and what the run made of it."""
    card, metrics = material.resolved.get("backbone") or {}, material.metrics
    return {
        "id": metrics.get("backbone"),
        "name": card.get("name") or metrics.get("backbone"),
        "family": card.get("family"),
        "licence": card.get("licence"),
        "trained_on": card.get("trained_on"),
        "made_by": card.get("made_by"),
        "sha256": card.get("sha256"),
        "reads": _reads(card, material.spec),
    }


def _reads(content: dict[str, Any], spec: dict[str, Any]) -> str | None:
    """How the table's columns met those of a backbone that knows its columns; None for another backbone."""
    if not content.get("columns"):
        return None
    read = Spec.from_json(spec)
    card, features, hidden = Card.from_json(content), read.feature_columns, read.hidden_columns
    pairs = match_columns(card.columns or [], features, hidden, read.mapping)
    other = [f"{column} as {name}" for name, column in pairs.items() if column.casefold() != name.casefold()]
    sentence = fit_to_table(card, features, hidden, read.mapping).sentence
    return f"{sentence} Read under another name: {', '.join(other)}." if other else sentence


def _roles(spec: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Roles with their columns, in the order in which they first occur."""
    found: dict[str, list[str]] = {}
    for column in spec["columns"]:
        found.setdefault(column["role"], []).append(column["name"])
    return list(found.items())


def _tiles(metrics: dict[str, Any]) -> list[dict[str, str]]:
    """The figures at the top of the summary."""
    shown = {
        BINARY: ("gini", "auc", "ks", "calibration_error"),
        MULTICLASS: ("auc", "accuracy", "balanced_accuracy", "calibration_error"),
        REGRESSION: ("rmse", "mae", "r2", "spearman"),
    }[metrics.get("task", BINARY)]
    model, intervals = metrics["model"] or {}, metrics["intervals"]["model"] or {}
    found = []
    for name in shown:
        value, interval = formats.metric(model.get(name)), formats.interval(intervals.get(name))
        if name in IN_UNITS and model.get(name) is not None:
            value, _, interval = with_ends(model[name], intervals.get(name)).partition(" ")
        found.append({"title": METRIC_TITLES[name], "value": value, "interval": interval})
    return found


def _shown(metrics: dict[str, Any]) -> tuple[str, ...]:
    task = metrics.get("task", BINARY)
    return SHOWN_METRICS if task == BINARY else TASKS[task].metrics


def _in_units(metric: str, values: dict[str, Any], intervals: dict[str, Any]) -> str:
    """An amount with its interval; empty of metrics that have no unit."""
    if metric not in IN_UNITS or values.get(metric) is None:
        return ""
    return with_ends(values[metric], intervals.get(metric))


def _metric_table(metrics: dict[str, Any], names: list[str]) -> list[dict[str, Any]]:
    """Per metric, the value and interval of every model."""
    values = {"model": metrics["model"], **metrics["baselines"]}
    intervals = {"model": metrics["intervals"]["model"], **metrics["intervals"]["baselines"]}
    return [
        {
            "title": METRIC_TITLES[metric],
            "cells": [
                {
                    "value": (values[name] or {}).get(metric),
                    "interval": (intervals.get(name) or {}).get(metric),
                    "text": _in_units(metric, values[name] or {}, intervals.get(name) or {}),
                }
                for name in names
            ],
        }
        for metric in _shown(metrics)
    ]


def _differences(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    """Differences of the comparison as table rows: one per baseline, one column per metric."""
    rows: dict[str, dict[str, Any]] = {}
    for difference in comparison.get("differences", []):
        row = rows.setdefault(difference["over"], {"over": difference["over"], "cells": {}})
        row["cells"][difference["metric"]] = difference
    return list(rows.values())
