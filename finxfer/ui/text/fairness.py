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
PICK = "Column or crossing"
CROSSINGS_FOUND = "**Crossings** of two columns: {gaps} of {of} show a gap, {none} show none{short}."
CROSSINGS_SHORT = ", {count} hold too little data"
METRICS: dict[str, str] = {
    "selection_rate": "Share flagged",
    "tpr": "Positives flagged (TPR)",
    "fpr": "Others flagged (FPR)",
    "precision": "Precision",
    "calibration": "Predicted − observed",
    "auc": "AUC",
}
METRICS |= {
    "mean_prediction": "Mean prediction",
    "bias": "Mean error",
    "rmse": "Error (RMSE)",
    "accuracy": "Accuracy",
    "macro_recall": "Mean recall",
}
RATE = "Predicted {name}"
CLASS = "Class whose rate is compared"
EACH_CLASS = "Each in turn"
PANELS = METRICS | {"tpr": "TPR", "fpr": "FPR", "calibration": "Pred. − obs."}
VIEW = "Show"
LEVEL, DIFFERENCE, RATIO = "Levels", "Differences", "Ratios"
CHART_ALT = "{column}: {view} of {metrics} by group, against {reference}. {first}: {values}."
REFERENCE_LINE = {
    LEVEL: "Dotted line: **{reference}**, the reference group. Bars are 95% intervals of each number alone.",
    DIFFERENCE: (
        "Dotted line: no difference from **{reference}**. Bars are 95% intervals that hold together for all "
        "comparisons of this page's columns (or of all crossings); the verdicts go by them."
    ),
    RATIO: "Dotted line: as in **{reference}**. Bars are 95% intervals of each ratio alone.",
}
SYMBOLS = (
    "Vermilion triangle: a gap; grey square: no gap found; hollow: too little data for a verdict; diamond: "
    "the reference group."
)
SELECTED = "Flagged means a predicted probability of at least {threshold}, the run's threshold."
TASK_LINE = {
    "regression": "Mean error: predicted minus actual, above 0 predicts too much. All in the target's units.",
    "multiclass": "Predicted: the class with the highest probability.",
}
CELLS_METRIC = "Metric of the crossing"
CELLS_ALT = "{column}: {metric} in every cell, against {reference}: {values}."
CELLS_LINE = (
    "Each cell: its number, and below it the difference from **{reference}**. ▲ ▼ on vermilion: a gap, "
    "higher or lower; grey: no gap found; a dash: too little data."
)
UNLISTED = "{cells} smaller cells with {rows} rows in all are not listed."
OVER_ALL = "Over all groups"
TABLE_TITLE = "The numbers behind it"
COLUMNS = {
    "value": "Group",
    "rows": "Rows",
    "positives": "Positives",
    "selection_rate": "Share flagged",
    "ratio": "Ratio to reference",
    "tpr": "TPR",
    "fpr": "FPR",
    "precision": "Precision",
    "calibration": "Predicted − observed",
    "auc": "AUC",
    "verdict": "Verdict",
}
REFERENCE = "reference"
REASONS = "Why each verdict"
WORDS_OF_CARE = "How to read this"
CARE = (
    "A verdict says what these test rows can show. *Gap* means that the groups' rates differ by more "
    "than chance explains, not why; groups may also differ in what drives the outcome, and where they do, "
    "precision and calibration can differ without anybody being treated differently. *No gap found* "
    "does not mean that there is none: the reasons say how small a gap could have gone unseen. "
    "Groups with fewer than {rows} rows, or fewer than {class_rows} of either outcome, get no verdict."
)
LEFT_OUT = "Not crossed: {columns}. {reason}"
EXPORT = "All groups (CSV)"
OLD = "This run was measured before crossings, precision, calibration and equalised odds were compared."
MEASURE = "Measure again"

SETTINGS = "Reference groups, ranges and crossings"
FIELD_REFERENCE = "Reference group of {column}"
FIELD_REFERENCE_HELP = (
    "The group that the others are compared with. Left open, the largest: it is measured best, and no norm."
)
LARGEST = "The largest"
FIELD_BINS = "Ranges of {column}"
FIELD_BINS_HELP = (
    "Inner edges in ascending order, for example 25, 35, 50: under 25, 25–34, 35–49, 50 and over. Left "
    "empty, round edges near the quartiles."
)
BINS_PLACEHOLDER = "25, 35, 50"
BINS_BAD = "Ranges of {column}: give numbers in ascending order, parted by commas."
FIELD_CROSSINGS = "Crossings"
CROSSINGS_AUTO, CROSSINGS_NONE, CROSSINGS_OWN = "Every pair with enough rows", "None", "These"
FIELD_CROSSED = "Columns to cross"
FIELD_CROSSED_HELP = "Two or three columns are crossed with each other."
FIELD_OUTCOME = "Class that matters"
FIELD_OUTCOME_HELP = (
    "Of all classes only this one's share is then compared between the groups. Left open, each in turn."
)
CROSSED_BAD = "Choose two or three columns to cross."
APPLY = "Measure again"
