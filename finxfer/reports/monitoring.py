"""A monitoring plan proposed from the run's own figures; the bank's limits take the place of the proposed."""

from __future__ import annotations

from dataclasses import dataclass

from finxfer.reports import formats
from finxfer.reports.material import Material

PSI_WATCH, PSI_ACT = 0.10, 0.25
"""The industry's rule of thumb for the population stability index, where stability.json names no other."""


@dataclass(frozen=True)
class Measure:
    """One line of the plan.

    Args:
        key: its name in report.json.
        figure: what is watched.
        now: its value in this run.
        proposed: the limit that the run's figures suggest.
        limit: the bank's own limit, or an empty text.
        reason: why that limit.
    """

    key: str
    figure: str
    now: str
    proposed: str
    reason: str
    limit: str = ""


def plan(material: Material) -> list[Measure]:
    """The measures, each with the bank's limit where report.json has one."""
    found = [*_ranking(material), *_calibration(material), *_stability(material), *_fairness(material)]
    limits = material.words.thresholds
    return [
        Measure(one.key, one.figure, one.now, one.proposed, one.reason, limits.get(one.key, "").strip())
        for one in found
    ]


def _ranking(material: Material) -> list[Measure]:
    gini = (material.metrics.get("model") or {}).get("gini")
    ends = (material.metrics["intervals"].get("model") or {}).get("gini")
    if gini is None or not ends:
        return []
    low = formats.metric(ends[0])
    return [
        Measure(
            "gini",
            "Gini of the latest customers with known outcome",
            f"{formats.metric(gini)} {formats.interval(ends)}",
            f"not below {low}",
            "The lower end of the 95% interval measured here: below it chance alone is an unlikely reason.",
        )
    ]


def _calibration(material: Material) -> list[Measure]:
    grades = material.calibration.get("grades") or {}
    portfolio = grades.get("portfolio") or {}
    if portfolio.get("pd") is None or portfolio.get("observed") is None:
        return []
    table = grades.get("table") or []
    low = sum(one.get("verdict") == "PD too low" for one in table)
    return [
        Measure(
            "pd_portfolio",
            "Observed default rate of the portfolio against its mean PD",
            f"{formats.share(portfolio['observed'])} {formats.interval(portfolio.get('interval'), 'share')} "
            f"at a PD of {formats.share(portfolio['pd'])}",
            "one-sided Jeffreys p-value not below 0.05",
            "A small p-value says that defaults are more than the PD explains.",
        ),
        Measure(
            "pd_grades",
            "Observed default rate of each rating grade against its PD",
            f"{low} of {len(table)} grades with too low a PD",
            "no grade whose Jeffreys p-value is below 0.05 after Holm's correction",
            "Grades are judged together, so that many grades do not make an alarm by themselves.",
        ),
    ]


def _stability(material: Material) -> list[Measure]:
    rule = material.stability.get("rule") or {}
    watch, act = rule.get("alike", PSI_WATCH), rule.get("different", PSI_ACT)
    limit = f"look into it from {watch:g}, act from {act:g}"
    score = (material.stability.get("score") or {}).get("psi")
    features = [one for one in material.stability.get("features") or [] if one.get("psi") is not None]
    worst = max(features, key=lambda one: one["psi"], default=None)
    reason = "The usual rule of thumb for the PSI; small samples move it by chance as well."
    return [
        Measure("psi_score", "Population stability (PSI) of the score", formats.metric(score), limit, reason),
        Measure(
            "psi_features",
            "Population stability (PSI) of every feature",
            "–" if worst is None else f"at most {formats.metric(worst['psi'])} ({worst['column']})",
            limit,
            reason,
        ),
    ]


def _fairness(material: Material) -> list[Measure]:
    found = []
    for entry in material.fairness.get("columns") or []:
        others = [one for one in entry.get("slices") or [] if not one.get("reference")]
        ratios = [(one.get("ratio") or {}).get("value") for one in others]
        known = [value for value in ratios if value is not None]
        now = str(entry.get("verdict") or "–")
        found.append(
            Measure(
                f"fairness:{entry['column']}",
                f"Differences between the groups of {entry['column']}",
                now if not known else f"{now}; lowest ratio of shares flagged {formats.metric(min(known))}",
                "no verdict of gap",
                "Measured as in this report; a ratio is a screen, never a pass.",
            )
        )
    return found
