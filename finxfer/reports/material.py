"""The files of a run that the report is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from finxfer.records.folder import RunFolder
from finxfer.records.report_words import ReportWords, report_words
from finxfer.reports.crosswalk import Crosswalk, crosswalk_in_use

Json = dict[str, Any]


@dataclass(frozen=True)
class Material:
    """What a run has so far; an absent file is an empty dict, an absent list an empty one."""

    spec: Json
    metrics: Json
    crosswalk: Crosswalk
    crosswalk_problem: str = ""
    words: ReportWords = field(default_factory=ReportWords)
    resolved: Json = field(default_factory=dict)
    rows: Json = field(default_factory=dict)
    comparison: Json = field(default_factory=dict)
    curves: Json = field(default_factory=dict)
    calibration: Json = field(default_factory=dict)
    decisions: Json = field(default_factory=dict)
    stability: Json = field(default_factory=dict)
    alerts: Json = field(default_factory=dict)
    learning: Json = field(default_factory=dict)
    fairness: Json = field(default_factory=dict)
    proxies: Json = field(default_factory=dict)
    mitigation: Json = field(default_factory=dict)
    slices_found: Json = field(default_factory=dict)
    explanations: Json = field(default_factory=dict)
    importance: Json = field(default_factory=dict)
    surrogates: Json = field(default_factory=dict)
    reasons: Json = field(default_factory=dict)
    remedies: Json = field(default_factory=dict)
    run_id: str = ""
    created: float | None = None


def gather(folder: RunFolder) -> Material:
    """Read what a run has so far.

    Raises:
        Damaged: spec.json or metrics.json is missing, or any of the files is not JSON.
        BadInput: spec.json or report.json holds nonsense.
    """

    def optional(name: str) -> Json:
        content = folder.read_json(name) if (folder.path / name).is_file() else {}
        return content if isinstance(content, dict) else {}

    spec = folder.spec()
    status = folder.stored_status() if folder.status_path.is_file() else None
    crosswalk, problem = crosswalk_in_use()
    return Material(
        spec=spec.to_json(),
        metrics=folder.read_json("metrics.json"),
        crosswalk=crosswalk,
        crosswalk_problem=str(problem) if problem else "",
        words=report_words(folder),
        resolved=optional("resolved.json"),
        rows=optional("rows.json"),
        comparison=optional("comparison.json"),
        curves=optional("curves.json"),
        calibration=optional("calibration.json"),
        decisions=optional("decisions.json"),
        stability=optional("stability.json"),
        alerts=optional("alerts.json"),
        learning=optional("learning_curve.json"),
        fairness=optional("fairness.json"),
        proxies=optional("proxies.json"),
        mitigation=optional("mitigation.json"),
        slices_found=optional("slices_found.json"),
        explanations=optional("explanations/meta.json"),
        importance=optional("explanations/importance.json"),
        surrogates=optional("explanations/surrogates.json"),
        reasons=optional("explanations/reasons.json"),
        remedies=optional("model/remedies.json"),
        run_id=folder.id,
        created=status.created if status else None,
    )


def test_rows(metrics: Json) -> int:
    """Test rows whose outcome is known."""
    known = metrics.get("test_rows_with_target")
    return int(metrics["rows"]["test"] if known is None else known)
