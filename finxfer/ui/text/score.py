"""Sentences of the Score page."""

from __future__ import annotations

NOTHING = "This run has no model to score with."
ASK = "Upload new customers to score them with the run **{name}**. Their table needs {columns} columns."
UPLOAD = "Table of new customers (CSV, XLSX or Parquet, also in a zip)"
UPLOAD_HELP = (
    "One row per customer, with the column names that the run was trained on. Other columns are kept but "
    "not used; the outcome is not needed."
)
EMPTY_WHAT = "The file {name} is empty."
EMPTY_WHY = "It holds no bytes at all."
EMPTY_NEXT = "Export the table again and upload that file."
READING = "Taking {name}"
NEEDED = "Columns that the table needs"
NEEDED_COLUMNS = ("Column", "Kind")
KINDS = {"numeric": "number", "category": "category", "boolean": "yes/no", "date": "date", "text": "text"}
TEMPLATE = "Empty table with these columns (CSV)"
STORED = "Or score a stored table"
STORED_HELP = "The other tables on this machine. One that lacks a needed column is refused by name."
STORED_NONE = "Choose a table"
STORED_BUTTON = "Score this table"
STORED_FIRST = "Choose a table first."
EARLIER = "Earlier scorings with this run"
EARLIER_OPTION = "{name} · {state} · {when}"

WORKING = "Scoring **{name}**: {stage}"
QUEUED = "waiting for its turn"
CANCEL = "Stop scoring"
STOPPED = "Scoring **{name}** was stopped before it ended."
FAILED = "Scoring stopped with an error."
AGAIN = "Score another table"
DELETE = "Delete these scores"
DELETE_HELP = "Removes the scored customers from this machine. The run stays."

ANSWER = (
    "**{flagged} of {rows} new customers ({share})** reach the run's threshold of {threshold}; {high} "
    "are in the high risk band."
)
DRIFT_NONE = "How far these customers differ from the training table was not measured."
DRIFT_ICONS = {"alike": ":material/check:", "shifted": ":material/help:", "different": ":material/warning:"}
DRIFT_ALIKE = "These customers look like the training rows in every column (PSI at most {psi})."
DRIFT_FEW = (
    "These customers differ from the training rows by no more than chance among so few (PSI at most {psi})."
)
DRIFT_SHIFTED = (
    "{changed} of {total} columns differ somewhat from the training rows: {names} (PSI up to {psi})."
)
DRIFT_DIFFERENT = (
    "{changed} of {total} columns differ much from the training rows: {names} (PSI up to {psi}). "
    "Probabilities learned from other customers may not hold for these."
)
ANSWER_NUMBER = (
    "**{rows} new customers** were predicted: half of them between {low} and {high}, the median {median}."
)
ANSWER_CLASSES = "**{rows} new customers** were told apart: {values}."
COVERAGE = (
    "Columns low and high hold the actual value in {level} of cases; in the run's test they did in {value} "
    "[{a}, {b}]."
)
PREDICTIONS_TITLE = "Predicted values"
CLASSES_TITLE = "Predicted classes"
PREDICTIONS_ALT = "Distribution of the predicted values of {rows} new customers."
BAND_MEAN = "Mean actual value in the run's test: {values}."
SURE_TITLE = "Customers, as uploaded"
BANDS_TITLE, BANDS_TITLE_AMOUNT = "Risk bands", "Bands"
SCORES_TITLE = "Predicted probabilities"
BANDS_ALT = "New customers by risk band: {values}."
BANDS_ALT_AMOUNT = "New customers by band of their predicted values: {values}."
CLASSES_ALT = "New customers by predicted class: {values}."
SCORES_ALT = (
    "Distribution of predicted probabilities of {rows} new customers; {flagged} reach the threshold "
    "{threshold}."
)
BAND_NAMES = {"low": "Low", "medium": "Medium", "high": "High"}
BAND_LABEL = "{name} ({low}–{high})"
BAND_WORDS = "{rows} · {share}"
BAND_OBSERVED = "In the run's test, {values} had {name}."
BAND_OBSERVED_ONE = "{rate} of the {band} band"
TABLE_TITLE = "Customers, highest risk first"
TABLE_TITLE_AMOUNT = "Customers, highest prediction first"
TABLE_CAPTION = (
    "The first {shown} of {rows} rows; the download holds all, in the order of the uploaded table."
)
REASONS_CAPTION = (
    "Reasons are given for the declined ones among the {rows} customers at highest risk; reasons that are "
    "not stable are left out."
)
COLUMN_NAMES = {
    "probability": "Probability",
    "prediction": "Prediction",
    "low": "Low",
    "high": "High",
    "band": "Band",
    "reason_1": "First reason",
    "reason_2": "Second reason",
}
DOWNLOAD = "Scored table (CSV)"
DOWNLOAD_HELP = "Every uploaded column plus what was predicted, and reasons. Safe to open in a spreadsheet."
DRIFT_FOLD = "Drift, column by column"
DRIFT_COLUMNS = ("Column", "PSI")
DRIFT_EXPLAINED = (
    "Population stability index against the training rows. Below 0.1 the two are usually called alike, "
    "above 0.25 different."
)
IGNORED = "Not used: {names}."
