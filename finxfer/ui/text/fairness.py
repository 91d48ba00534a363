"""Sentences of the Fairness page."""

from __future__ import annotations

NOTHING = "This run has no fairness report."
NO_COLUMNS = (
    "No column of this table is marked as protected, so there are no groups to compare. Give a column "
    "the role *protected* on the Data page and run again."
)
TO_DATA = "Go to Data"
VERDICTS = {
    "gap": ("Gap", "orange", ":material/warning:"),
    "no gap found": ("No gap found", "green", ":material/check:"),
    "too little data": ("Too little data", "gray", ":material/help:"),
}
IN_MODEL = "The model uses this column."
PICK = "Column"
PANELS = {
    "selection_rate": "Share flagged",
    "tpr": "Positives flagged (TPR)",
    "fpr": "Others flagged (FPR)",
    "auc": "AUC",
}
CHART_ALT = (
    "{column}: share flagged, true and false positive rate and AUC by group, against {reference}: {values}."
)
REFERENCE_LINE = (
    "Dotted line: **{reference}**, the reference group. Bars are 95% intervals. Vermilion triangle: a gap, "
    "pointing away from the reference; grey square: no gap found; hollow: too little data for a verdict; "
    "diamond: the reference group."
)
SELECTED = "Flagged means a predicted probability of at least {threshold}, the run's threshold."
TABLE_TITLE = "The numbers behind it"
COLUMNS = {
    "value": "Group",
    "rows": "Rows",
    "positives": "Positives",
    "selection_rate": "Share flagged",
    "ratio": "Ratio to reference",
    "tpr": "TPR",
    "fpr": "FPR",
    "auc": "AUC",
    "verdict": "Verdict",
}
REFERENCE = "reference"
REASONS = "Why each verdict"
WORDS_OF_CARE = "How to read this"
CARE = (
    "A verdict says what these test rows can show. *Gap* means that the groups' rates differ by more "
    "than chance explains, not why; groups may also differ in what drives the outcome. *No gap found* "
    "does not mean that there is none: the reasons below say how small a gap could have gone unseen. "
    "Groups with fewer than {rows} rows, or fewer than {class_rows} of either outcome, get no verdict."
)
EXPORT = "All groups (CSV)"
