"""Sentences of the part of the Fairness page on what narrowing a gap would cost."""

from __future__ import annotations

TITLE = "What would it cost?"
INTRODUCTION = (
    "Ways to narrow a gap, tried on this table: the training rows weighed anew, a model trained under a "
    "constraint, a threshold for each group. Nothing about this run changes."
)
FIELD_COLUMNS = "Column (several are crossed)"
FIELD_COLUMNS_HELP = "The gaps between this column's groups are narrowed. Up to three columns are crossed."
FIELD_BASE = "Model that is trained"
FIELD_BASE_HELP = (
    "Reweighing and constraints need a model that takes weights. It is compared with itself without them; "
    "the run's own scores are corrected and cut in addition."
)
BASES = {"lightgbm": "LightGBM", "logistic_regression": "Logistic regression"}
START = "Try it"
AGAIN = "Try another column"
NO_COLUMN = "Choose one to three columns."
PICK = "Tried for"
MEASURE = "Gap"
GAPS = {
    "equalised_odds": "Equalised odds",
    "demographic_parity": "Demographic parity",
    "true_positive_rate_parity": "Equal TPR",
}
AXIS_GAP = "{measure} difference that is left (points between two groups)"
AXIS_PRICE = "Gini lost"
CHART_LINE = (
    "To the left less is left of the gap, upwards more Gini is lost against the same kind of model, whose "
    "own place is on the dotted line. Bars are 95% intervals. Teal: narrower by more than chance explains; "
    "grey: not; vermilion: wider; blue: as it is. Hollow: the decision itself reads the protected column, "
    "analysis only."
)
CHART_ALT = (
    "Gini lost against the {measure} difference that is left, for {count} approaches on {column}: {values}."
)
TABLE_ALT = "Every approach with its gap, its price and the share flagged"
COLUMNS = {
    "number": "No.",
    "title": "Approach",
    "gap": "{measure} difference",
    "bought": "Narrower by",
    "gini": "Gini",
    "price": "Gini lost",
    "accuracy": "Balanced accuracy lost",
    "selection_rate": "Share flagged",
    "reads": "Reads the protected column",
}
READS = {"never": "never", "training": "when training", "decision": "when deciding: analysis only"}
NO_PRICE = "no score"
LIMITS = "What this does not say"
LEFT_OUT = "Too few rows to take part: {groups}."
