"""English sentences for verdicts. Every number in them is in fairness.json too, for other languages."""

from __future__ import annotations

from typing import Any

from finxfer.evaluation.amounts import amount as amount_text
from finxfer.evaluation.amounts import decimals_for, signed
from finxfer.fairness.gaps import Difference, planned_detectable
from finxfer.fairness.rates import MIN_CLASS_ROWS, MIN_ROWS, RATE, Slice
from finxfer.fairness.task_rates import AMOUNT_RATES

METRIC_TITLES: dict[str, str] = {
    "selection_rate": "share flagged",
    "tpr": "share of actual positives flagged (TPR)",
    "fpr": "share of actual negatives flagged (FPR)",
    "precision": "share of flagged who are actual positives (precision)",
    "calibration": "mean predicted minus observed rate (calibration)",
    "auc": "AUC",
    "mean_prediction": "mean prediction",
    "bias": "mean error (predicted minus actual)",
    "rmse": "error (RMSE)",
    "accuracy": "accuracy",
    "macro_recall": "mean recall over the classes",
}
SHORT_TITLES: dict[str, str] = {
    "selection_rate": "share flagged",
    "tpr": "TPR",
    "fpr": "FPR",
    "precision": "precision",
    "calibration": "calibration",
    "auc": "AUC",
    "bias": "mean error",
    "rmse": "RMSE",
    "macro_recall": "mean recall",
}
SPREAD_TITLES: dict[str, str] = {
    "demographic_parity": "Demographic parity difference",
    "equalised_odds": "Equalised odds difference",
}
_SPREAD_RATES = {"demographic_parity": "shares flagged", "equalised_odds": "TPRs or FPRs"}
GAP, NO_GAP, TOO_LITTLE = "gap", "no gap found", "too little data"


def title_of(metric: str) -> str:
    """A metric in words; of the rate of a class with its name."""
    name = metric.removeprefix(RATE)
    return f"share predicted {name!r}" if name != metric else METRIC_TITLES[metric]


def short_title(metric: str) -> str:
    """The same in few words."""
    return SHORT_TITLES.get(metric) or title_of(metric)


def amount(metric: str, value: float) -> str:
    """A size of a difference, never signed: percentage points for rates, three decimals for AUC, the target's
    units for amounts."""
    if metric in AMOUNT_RATES:
        return amount_text(abs(value))
    return f"{abs(value):.3f}" if metric == "auc" else f"{100 * abs(value):.1f} points"


def level(metric: str, value: float) -> str:
    if metric in AMOUNT_RATES:
        return signed(value) if metric == "bias" else amount_text(value)
    if metric == "calibration":
        return f"{100 * value:+.1f} points".replace("-", "\u2212")
    return f"{value:.3f}" if metric == "auc" else f"{value:.1%}"


def signed_interval(metric: str, interval: list[float]) -> str:
    if metric in AMOUNT_RATES:
        places = decimals_for(interval[1] - interval[0], interval)
        return f"[{signed(interval[0], places)}, {signed(interval[1], places)}]"
    scale, digits = (1, 3) if metric == "auc" else (100, 1)
    low, high = (f"{scale * end:+.{digits}f}".replace("-", "\u2212") for end in interval)
    return f"[{low}, {high}]"


def gap_phrase(metric: str, part: Slice, reference: Slice, difference: Difference) -> str:
    """ "share flagged 46.2% against 31.0%, 15.2 points higher [+4.1, +26.3]"."""
    ours, theirs = part.measured[metric].value, reference.measured[metric].value
    direction = "higher" if difference.value > 0 else "lower"
    return (
        f"{title_of(metric)} {level(metric, ours)} against {level(metric, theirs)}, "
        f"{amount(metric, difference.value)} {direction} {signed_interval(metric, difference.joint_interval)}"
    )


def unseen(found: dict[str, Difference]) -> str:
    """What could have gone unseen: the smallest detectable gap of every metric that was compared."""
    parts = [f"{short_title(metric)} {amount(metric, found[metric].smallest_detectable)}" for metric in found]
    return f"Smaller gaps than these could have gone unseen: {', '.join(parts)}."


def shortage(part: Slice) -> str | None:
    """Which rows a slice lacks, or None."""
    if part.rows < MIN_ROWS:
        return f"only {part.rows} rows ({MIN_ROWS} needed)"
    if part.known is not None:
        short = f"only {part.known} rows with a known target ({MIN_ROWS} needed)"
        return None if part.known >= MIN_ROWS else short
    if part.positives + part.negatives == 0:
        return "no row with a known outcome"
    lacking = [
        f"only {count} {name} rows ({MIN_CLASS_ROWS} needed)"
        for count, name in ((part.positives, "positive"), (part.negatives, "negative"))
        if count < MIN_CLASS_ROWS
    ]
    return " and ".join(lacking) or None


def slice_reason(
    verdict: str, part: Slice, reference: Slice, found: dict[str, Difference], rate: float
) -> str:
    """Why a slice got its verdict, in one to three sentences."""
    if verdict == GAP:
        phrases = [gap_phrase(m, part, reference, d) for m, d in found.items() if d.is_gap]
        return f"Against {reference.value}: " + "; ".join(phrases) + "."
    if verdict == NO_GAP:
        return f"Nothing stands out against {reference.value}. {unseen(found)}"
    lacking = shortage(part)
    if lacking:
        opening = f"{lacking[0].upper()}{lacking[1:]}."
    else:
        opening = f"The reference group {reference.value} has {shortage(reference)}."
    if found:
        return f"{opening} Nothing stands out in what could be compared. {unseen(found)}"
    if part.known is not None:
        return opening
    smallest = planned_detectable(part.rows, reference.rows, rate)
    return f"{opening} {_planned(smallest)}"


def _planned(smallest: float) -> str:
    if smallest >= 1:
        return "No gap in the share flagged, however large, would have been found reliably."
    return f"A gap below about {amount('selection_rate', smallest)} in the share flagged would go unseen."


def column_sentence(entry: dict[str, Any]) -> str:
    """One sentence for a column, from its finished entry of fairness.json."""
    name, reference, slices = entry["column"], entry["reference"], entry["slices"]
    others = [part for part in slices if not part["reference"]]
    if not others:
        return f"{name}: too little data. All test rows share one value, so there is nothing to compare."
    short = [part for part in others if part["verdict"] == TOO_LITTLE]
    if entry["verdict"] == GAP:
        return f"{name}: gap. {_gap_summary(entry, others)}{_short_note(short, others)}"
    if entry["verdict"] == NO_GAP:
        judged = [part["value"] for part in others if part["verdict"] == NO_GAP]
        found = f"no gap found between {reference} (reference) and {_listed(judged)}"
        return f"{name}: {found}.{_short_note(short, others)}"
    if len(others) == 1:
        return f"{name}: too little data about {others[0]['value']} or {reference} for a verdict."
    return f"{name}: too little data for a verdict on any of {len(others)} slices against {reference}."


def _gap_summary(entry: dict[str, Any], others: list[dict[str, Any]]) -> str:
    finding = entry["finding"]
    if finding is None:
        return (
            f"Two of its groups differ, though none from {entry['reference']} (see the differences over all)."
        )
    extra = sum(part["verdict"] == GAP for part in others) - 1
    metric = finding["metric"]
    direction = "higher" if finding["difference"] > 0 else "lower"
    more = f" {extra} more show a gap." if extra > 1 else " One more shows a gap." if extra else ""
    return (
        f"{finding['value']} differs from {entry['reference']}: {title_of(metric)} "
        f"{level(metric, finding['slice'])} against {level(metric, finding['reference'])}, "
        f"{amount(metric, finding['difference'])} {direction} "
        f"{signed_interval(metric, finding['joint_interval'])}.{more}"
    )


def _short_note(short: list[dict[str, Any]], others: list[dict[str, Any]]) -> str:
    if not short:
        return ""
    if len(short) == 1:
        return f" Too little data about {short[0]['value']}."
    return f" Too little data about {len(short)} of {len(others)} slices."


def _listed(values: list[str], most: int = 3) -> str:
    if len(values) > most:
        return f"{len(values)} slices"
    return ", ".join(values)


def spread_sentence(measure: str, entry: dict[str, Any]) -> str:
    """One sentence on the widest difference over all groups, from its finished entry of fairness.json."""
    title, value = SPREAD_TITLES[measure], entry["difference"]["value"]
    if value is None:
        return f"{title}: {TOO_LITTLE}. Fewer than two groups can be measured."
    interval = entry["difference"]["interval"]
    between = "" if interval is None else f" [{100 * interval[0]:.1f}, {100 * interval[1]:.1f}]"
    noise = entry["noise"]
    found = (
        f"{title}: {entry['verdict']}. The {_SPREAD_RATES[measure]} of two groups are {amount('tpr', value)} "
        f"apart at most{between}; noise alone would give {amount('tpr', noise['mean'])} on average and more "
        f"than {amount('tpr', noise['upper'])} once in twenty."
    )
    if entry["verdict"] == GAP or entry["smallest_detectable"] is None:
        return found
    if entry["p_value"] <= 0.05:
        return f"{found} By itself it is beyond noise, but not once the number of comparisons is allowed for."
    return f"{found} Less than {amount('tpr', entry['smallest_detectable'])} could have gone unseen."


def screen_sentence(screen: dict[str, Any]) -> str:
    """What the four-fifths screen shows: a hint where to look, and never more."""
    flagged, spared = screen["flagged"]["value"], screen["not_flagged"]["value"]
    if flagged is None and spared is None:
        return "Four-fifths screen: too little data for a ratio."
    parts = [
        f"{_ratio(screen[name])} of the shares {words}"
        for name, words in (("not_flagged", "not flagged"), ("flagged", "flagged"))
        if screen[name]["value"] is not None
    ]
    lowest, highest = screen["lowest"], screen["highest"]
    below = [value for value in (flagged, spared) if value is not None and value < screen["limit"]]
    where = "below" if below else "not below"
    return (
        f"Four-fifths screen: {' and '.join(parts)} ({lowest} is flagged least often, {highest} most), "
        f"{where} {screen['limit']:.1f}. It is a screen that says where to look; "
        "no value of it settles anything."
    )


def _ratio(found: dict[str, Any]) -> str:
    interval = found["interval"]
    between = "" if interval is None else f" [{interval[0]:.2f}, {interval[1]:.2f}]"
    return f"ratio {found['value']:.2f}{between}"


def multiplicity_sentence(comparisons: int, columns: int, kind: str) -> str:
    """How many comparisons the verdicts of a family hold for together."""
    return (
        f"The verdicts on {columns} {kind if columns != 1 else kind.removesuffix('s')} hold together for all "
        f"{comparisons:,} comparisons of a group with its reference group: the chance that any of them shows "
        "a gap where there is none is about one in twenty. The differences over all groups are a second "
        "question, corrected likewise (Holm)."
    )
