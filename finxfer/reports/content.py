"""What the card says: a run folder's files gathered into plain values for the template."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import fit_to_table
from finxfer.backbones.matching import match_columns
from finxfer.evaluation.wording import METRIC_TITLES, MODEL_TITLES, as_gini, gain_sentence
from finxfer.fairness.wording import METRIC_TITLES as FAIRNESS_TITLES
from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.reports import formats
from finxfer.reports.choice import choice_values, model_words
from finxfer.reports.drawings import drawings

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
SMALL_TEST = 500


@dataclass(frozen=True)
class Material:
    """The files of a run that the card is made from; an absent file is an empty dict."""

    spec: dict[str, Any]
    metrics: dict[str, Any]
    resolved: dict[str, Any] = field(default_factory=dict)
    comparison: dict[str, Any] = field(default_factory=dict)
    curves: dict[str, Any] = field(default_factory=dict)
    fairness: dict[str, Any] = field(default_factory=dict)
    explanations: dict[str, Any] = field(default_factory=dict)
    importance: dict[str, Any] = field(default_factory=dict)
    run_id: str = ""
    created: float | None = None


def gather(folder: RunFolder) -> Material:
    """Read what a run has so far.

    Raises:
        Damaged: spec.json or metrics.json is missing, or any of the files is not JSON.
        BadInput: spec.json holds nonsense.
    """

    def optional(name: str) -> dict[str, Any]:
        return folder.read_json(name) if (folder.path / name).is_file() else {}

    spec = folder.spec()
    status = folder.stored_status() if folder.status_path.is_file() else None
    return Material(
        spec=spec.to_json(),
        metrics=folder.read_json("metrics.json"),
        resolved=optional("resolved.json"),
        comparison=optional("comparison.json"),
        curves=optional("curves.json"),
        fairness=optional("fairness.json"),
        explanations=optional("explanations/meta.json"),
        importance=optional("explanations/importance.json"),
        run_id=folder.id,
        created=status.created if status else None,
    )


def card_values(material: Material) -> dict[str, Any]:
    """Every name that the template uses."""
    spec, metrics = material.spec, material.metrics
    names = ["model", *metrics["baselines"]]
    importance = material.importance.get("model") or []
    return {
        "title": spec.get("label") or spec["table_name"],
        "run_id": material.run_id,
        "date": time.strftime("%Y-%m-%d", time.localtime(material.created)) if material.created else "",
        "spec": spec,
        "metrics": metrics,
        "resolved": material.resolved,
        "backbone": _backbone(material),
        "headline": headline(metrics),
        "gain": gain_sentence(as_gini(metrics.get("gain")), test_rows(metrics)),
        "model": model_words(metrics),
        "choice": choice_values(metrics, test_rows(metrics)),
        "decisions": decisions(material),
        "fairness": material.fairness,
        "fairness_titles": FAIRNESS_TITLES,
        "drivers": importance[:SUMMARY_DRIVERS],
        "explanations": material.explanations,
        "importance": importance,
        "uncertainties": uncertainties(material),
        "roles": _roles(spec),
        "model_titles": {name: MODEL_TITLES.get(name, name) for name in names},
        "metric_titles": METRIC_TITLES,
        "metric_table": _metric_table(metrics, names),
        "differences": _differences(material.comparison),
        "drawings": drawings(metrics, material.comparison, material.curves, material.fairness, importance),
    }


def test_rows(metrics: dict[str, Any]) -> int:
    """Test rows whose outcome is known."""
    known = metrics.get("test_rows_with_target")
    return int(metrics["rows"]["test"] if known is None else known)


def headline(metrics: dict[str, Any]) -> str:
    """The answer in one sentence: Gini with its interval and the rows it was measured on."""
    gini = (metrics.get("model") or {}).get("gini")
    if gini is None:
        return (
            f"The model scored {metrics['rows']['test']:,} test rows. How well it ranks them is not known: "
            "that needs known outcomes of both kinds among them."
        )
    ends = formats.interval(metrics["intervals"]["model"].get("gini"))
    value = " ".join(part for part in (formats.metric(gini), ends) if part)
    return f"Gini {value} on {test_rows(metrics):,} test rows that the model had not seen."


def decisions(material: Material) -> dict[str, Any] | None:
    """Counts of decisions on the test rows at the run's threshold; None where they are unknown."""
    model = material.metrics.get("model") or {}
    counts = (material.curves.get("model") or {}).get("thresholds")
    threshold = model.get("threshold")
    if threshold is None or not counts or not counts["threshold"]:
        return None
    place = min(range(len(counts["threshold"])), key=lambda i: abs(counts["threshold"][i] - threshold))
    found = {name: counts[name][place] for name in ("tp", "fp", "tn", "fn")}
    if sum(found.values()) == 0:
        return None
    return {
        **found,
        "threshold": threshold,
        "flagged": found["tp"] + found["fp"],
        "rows": sum(found.values()),
    }


def uncertainties(material: Material) -> list[str]:
    """What a reader must know before relying on the figures, most serious first."""
    spec, metrics = material.spec, material.metrics
    found = []
    if spec.get("synthetic"):
        found.append("The table is synthetic: made by finxfer's own generator, not by real customers.")
    if metrics.get("fell_back") and not metrics.get("selection"):
        found.append(
            "Fine-tuning did not validate better than its starting point, so the starting point was kept."
        )
    rows = test_rows(metrics)
    if rows < SMALL_TEST:
        found.append(f"Only {rows:,} test rows with a known outcome: intervals are wide.")
    if not spec.get("test_table"):
        found.append(
            "Test rows were drawn at random from the same table: performance on later customers may differ."
        )
    used = [column["name"] for column in spec["columns"] if column["role"] == "protected"]
    if used and spec.get("use_protected"):
        found.append(f"Protected columns are used as features: {', '.join(used)}.")
    if not used:
        found.append("No protected column was named, so nothing is known about differences between groups.")
    dropped = metrics.get("dropped_rows_without_target")
    if dropped:
        found.append(f"{dropped:,} rows without a known outcome were left out.")
    if (material.resolved.get("backbone") or {}).get("contains_customer_rows"):
        found.append("The backbone holds customer rows of the table it learned from.")
    found.append("The intervals cover chance in the test rows, not a retraining with another seed.")
    return found


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
                }
                for name in names
            ],
        }
        for metric in SHOWN_METRICS
    ]


def _differences(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    """Differences of the comparison as table rows: one per baseline, one column per metric."""
    rows: dict[str, dict[str, Any]] = {}
    for difference in comparison.get("differences", []):
        row = rows.setdefault(difference["over"], {"over": difference["over"], "cells": {}})
        row["cells"][difference["metric"]] = difference
    return list(rows.values())
