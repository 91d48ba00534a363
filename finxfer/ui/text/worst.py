"""Sentences of the search for the worst slices on the Fairness page."""

from __future__ import annotations

TITLE = "Where is the model worst?"
INTRODUCTION = (
    "A search over all columns, protected or not, for groups of customers with the largest loss: on one half "
    "of the test rows, measured again on the other."
)
START = "Search"
AGAIN = "Search again"
VERDICTS = {"confirmed": "confirmed", "not confirmed": "not confirmed"}
CHART_REFERENCE = "as in the rest"
AXIS = "Log loss beyond that of the rest, on rows that had no say"
AXIS_ERROR = "Absolute error beyond that of the rest, on rows that had no say"
ABSOLUTE_ERROR = "Mean absolute error"
LOSSES = {"log_loss": "Log loss", "absolute_error": "Absolute error"}
CHART_ALT = "{loss} of {count} slices beyond that of the rest: {values}."
CHART_LINE = (
    "Bars are 95% intervals of each slice alone. Vermilion: worse than the rest, corrected for the number of "
    "slices (Holm); grey: not confirmed on the other rows."
)
TABLE_ALT = "Slices found, measured on rows that had no say"
COLUMNS = {
    "text": "Slice",
    "verdict": "Verdict",
    "rows": "Rows",
    "loss": "Log loss",
    "difference": "Beyond the rest",
    "expected": "If the probabilities were right",
    "predicted": "Predicted",
    "observed": "Observed",
}
PROTECTED = "(protected)"
