"""The management summary: what the model gains in money, who is affected, what is uncertain."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from finxfer.evaluation.wording import MODEL_TITLES, headline_sentence
from finxfer.records.spec import BINARY
from finxfer.reports import formats
from finxfer.reports.material import Json, Material, test_rows

SMALL_TEST = 500
MOST_UNCERTAINTIES = 8
"""On the one page; the section about limits has them all."""
MOST_COLUMNS = 6
MOST_MOVERS = 10


@dataclass(frozen=True)
class Money:
    """The answer in money at today's approval rate; `sentence` alone where more is not known."""

    sentence: str
    rows: list[Json] = field(default_factory=list)
    note: str = ""


def headline(metrics: Json) -> str:
    """The answer in one sentence: Gini with its interval and the rows it was measured on."""
    gini = (metrics.get("model") or {}).get("gini")
    if metrics.get("task", BINARY) != BINARY and (said := headline_sentence(metrics)):
        return said
    if gini is None:
        return (
            f"The model scored {metrics['rows']['test']:,} test rows. How well it ranks them is not known: "
            "that needs known outcomes of both kinds among them."
        )
    ends = formats.interval(metrics["intervals"]["model"].get("gini"))
    value = " ".join(part for part in (formats.metric(gini), ends) if part)
    return f"Gini {value} on {test_rows(metrics):,} test rows that the model had not seen."


def money(decisions: Json) -> Money | None:
    """What decisions.json says in money; None where the run has none."""
    if not decisions:
        return None
    champion = decisions.get("champion") or {}
    today = champion.get("name")
    named = "champion" if champion.get("kind") == "column" else today
    rows = [
        {**one, "title": "the model" if one.get("name") == "model" else f"today's model ({title_of(today)})"}
        for one in decisions.get("at_rate") or []
        if one.get("name") in ("model", named)
    ]
    note = ""
    if decisions.get("example_amounts"):
        note = "The amounts are examples, not the bank's: set them under Decisions before relying on this."
    if today and champion.get("kind") == "baseline":
        note += (
            f" No column holds today's model, so {title_of(today)}, trained on the same rows, stands for it."
        )
    return Money(str(decisions.get("sentence") or "").strip(), rows, note.strip())


def title_of(name: Any) -> str:
    """A model's name for people; a column's name is shown as it is."""
    return MODEL_TITLES.get(str(name), str(name))


def swap_sentence(decisions: Json) -> str:
    """Who moves in and who moves out at equal approval rate; empty where unknown."""
    swap = decisions.get("swap")
    if not swap:
        return ""
    parts = []
    for side, words in (("in", "declined today would be approved"), ("out", "approved today would not be")):
        one = swap.get(side) or {}
        bad = "" if one.get("bad_rate") is None else f" (observed bad rate {formats.share(one['bad_rate'])}"
        ends = formats.interval(one.get("interval"), "share")
        closing = f" {ends})" if bad and ends else ")" if bad else ""
        parts.append(f"{formats.count(one.get('rows'))} customers {words}{bad}{closing}")
    return (
        f"At the same approval rate of {formats.share(swap.get('approval_rate'))}, of "
        f"{formats.count(swap.get('rows'))} test customers {parts[0]}, and {parts[1]}."
    )


def affected(fairness: Json) -> list[str]:
    """What is to be said of each protected column on one page: gaps first, then the rest as a number."""
    order = {"gap": 0, "too little data": 1}
    entries = sorted(fairness.get("columns") or [], key=lambda one: order.get(str(one.get("verdict")), 2))
    found = [str(one["sentence"]) for one in entries[:MOST_COLUMNS]]
    left = len(entries) - len(found)
    return found + (
        [f"{left} further protected columns: see the section about fairness."] if left > 0 else []
    )


def movers(decisions: Json) -> list[Json]:
    """What tells those who move in from those who move out, as shares of values of columns.

    Middle values of numbers are left out: of few customers they are somebody's own.
    """
    profile = (decisions.get("swap") or {}).get("profile") or []
    return [one for one in profile if one.get("kind") == "category"][:MOST_MOVERS]


def counts_at_threshold(material: Material) -> Json | None:
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
    flagged = found["tp"] + found["fp"]
    return {**found, "threshold": threshold, "flagged": flagged, "rows": sum(found.values())}


def uncertainties(material: Material) -> list[str]:
    """What a reader must know before relying on the figures, most serious first."""
    found = _of_the_data(material) + _of_the_evidence(material)
    if (material.resolved.get("backbone") or {}).get("contains_customer_rows"):
        found.append("The backbone holds customer rows of the table it learned from.")
    found.append("The intervals cover chance in the test rows, not a retraining with another seed.")
    return found


def _of_the_data(material: Material) -> list[str]:
    spec, metrics, found = material.spec, material.metrics, []
    if spec.get("synthetic"):
        found.append("The table is synthetic: made by finxfer's own generator, not by real customers.")
    if material.decisions.get("example_amounts"):
        found.append("Gains in money rest on example amounts that the bank has not set.")
    if metrics.get("fell_back") and not metrics.get("selection"):
        found.append(
            "Fine-tuning did not validate better than its starting point, so the starting point was kept."
        )
    rows = test_rows(metrics)
    if rows < SMALL_TEST:
        found.append(f"Only {rows:,} test rows with a known outcome: intervals are wide.")
    if not spec.get("test_table") and spec.get("split") != "out-of-time":
        found.append(
            "Test rows were drawn at random from the same table: performance on later customers may differ."
        )
    used = [column["name"] for column in spec["columns"] if column["role"] == "protected"]
    if used and spec.get("use_protected"):
        found.append(f"Protected columns are used as features: {', '.join(used)}.")
    if not used:
        found.append("No protected column was named, so nothing is known about differences between groups.")
    found += material.rows.get("said", [])
    dropped = metrics.get("dropped_rows_without_target")
    if dropped:
        found.append(f"{dropped:,} rows without a known outcome were left out.")
    return found


def _of_the_evidence(material: Material) -> list[str]:
    found = []
    portfolio = (material.calibration.get("grades") or {}).get("portfolio") or {}
    if portfolio.get("verdict") not in (None, "in line"):
        found.append(f"Calibration of the portfolio: {portfolio['verdict']}.")
    grades = (material.calibration.get("grades") or {}).get("table") or []
    thin = [one for one in grades if one.get("verdict") == "too little data"]
    if thin:
        found.append(f"{len(thin)} of {len(grades)} rating grades have too little data for a judgement.")
    moved = [one for one in material.stability.get("features") or [] if one.get("reading") == "different"]
    score = (material.stability.get("score") or {}).get("reading")
    if score in ("shifted", "different"):
        found.append(f"The scores of the test rows are distributed differently from before ({score}).")
    if moved:
        names = ", ".join(str(one["column"]) for one in moved[:3])
        many = "One column has" if len(moved) == 1 else f"{len(moved)} columns have"
        found.append(f"{many} changed markedly between training and test: {names}.")
    thin = [one for one in material.fairness.get("columns") or [] if one.get("verdict") == "too little data"]
    if thin:
        names = ", ".join(str(one["column"]) for one in thin)
        found.append(f"Too little data to judge differences between the groups of: {names}.")
    return found + _of_the_explanations(material)


def _of_the_explanations(material: Material) -> list[str]:
    found = []
    fidelity = ((material.explanations.get("models") or {}).get("model") or {}).get("fidelity") or {}
    if fidelity.get("met") is False:
        found.append(f"Explanations are less faithful than wanted. {fidelity.get('sentence', '')}".strip())
    held = (material.reasons.get("stability") or {}).get("held_back")
    if held:
        found.append(f"{held:,} reasons of declined customers were not stable and are held back from export.")
    return found
