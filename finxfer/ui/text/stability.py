"""Sentences of the Results parts "Stability" and "Labels", and of their charts."""

from __future__ import annotations

PART = "Stability"
MISSING = (
    "This run was made before stability was measured. It is measured from what the run has kept; nothing is "
    "trained."
)
MEASURE = "Measure it now"
FIGURES = {"gini": "Gini", "rmse": "Error (RMSE)", "accuracy": "Accuracy"}
MEAN_ACTUAL, MEAN_PREDICTED = "Mean actual", "Mean predicted"
PERIODS = "{figure} by {unit} of {column}"
PERIODS_ALT = "{figure} of the model with 95% intervals by period: {values}."
PSI = "How far score and columns moved"
PSI_CAPTION = (
    "Population stability index against {reference}. Dotted: .10 and .25, between which a change is usually "
    "called moderate, a rule of thumb. Pink: as far as chance alone reaches (95%, all columns together)."
)
PSI_ALT = "Population stability index of the score and of the columns that moved most: {values}."
REFERENCES = "the training rows (score: rows kept out of training)"
PSI_AXIS = "PSI"
RULE = {0.10: ".10", 0.25: ".25"}
SCORE = "Score"
TOO_FEW = "too few rows"
GINI = "Gini"
PSI_FOLD = "PSI of the score and all {count} columns"
PSI_TABLE_ALT = "PSI of the score and of every column with what chance makes of it"
PERIOD_TABLE_ALT = "Rows, positives and figures of every period"
COLUMNS = {
    "period": "Period",
    "rows": "Rows",
    "rate": "Share of positives",
    "mean": "Mean probability",
    "gini": "Gini",
    "ks": "KS",
    "auc": "AUC",
    "difference": "Gini over {name}",
    "psi": "Score's PSI",
}
PSI_COLUMNS = {
    "column": "Column",
    "psi": "PSI",
    "mean": "By chance, mean",
    "limit": "By chance, 95%",
    "reading": "Reading",
    "worst": "Highest in a period",
}
READINGS = {
    "alike": "alike",
    "within chance": "too few rows to tell",
    "shifted": "shifted",
    "different": "differs much",
}
UNITS = {
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
    "part": "sixths",
}
SPANS = "Training rows from {train_from} to {train_to}, test rows from {test_from} to {test_to}."

LABELS_PART = "Labels"
LABELS_LEAD = (
    "How good would this model be with fewer labels, and does it need fewer than what one would use "
    "instead? Its model class ({what}) and the baselines are trained on ever larger parts of the training "
    "rows and measured on the same test customers."
)
LABELS_START = "Draw the learning curve"
LABELS_AGAIN = "Draw it again"
LABELS_TIME = "About {time} on this machine; {cells} trainings. You can leave the page meanwhile."
LABELS_AXIS = "Labelled rows to learn from (logarithmic)"
LABELS_ALT = "Gini over the number of labels with 95% intervals: {values}."
LABELS_TABLE_ALT = "Gini with 95% intervals by number of labels and model"
LABELS_COLUMN = "Labels"
DRAWS_COLUMN = "Draws"
SAVED_COLUMN = "Labels needed to match {name}"
