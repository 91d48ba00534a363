"""Sentences of the Data page."""

from __future__ import annotations

# Upload
UPLOAD_LABEL = "Upload a CSV, XLSX or Parquet file, or one of these in a zip or gzip"
UPLOAD_HELP = (
    "CSV (any delimiter and encoding), XLSX or Parquet, also in a zip or gzip; one row per customer. What "
    "counts is the content, not the name of the file."
)
UPLOAD_READING = "Reading {name} ({size})"
EMPTY_WHAT = "The file {name} is empty."
EMPTY_WHY = "It holds no bytes at all."
EMPTY_NEXT = "Export the table again and upload that file."
INGEST_RUNNING = "Reading {name} in the background. You can leave this page; the reading goes on."
INGEST_CANCEL = "Stop reading"
INGEST_STOPPED = "Reading {name} was stopped before it ended."
INGEST_FORGET = "Remove this upload"
INGEST_BACK = "Back"

# Choosing
LEAD_EMPTY = (
    "Upload a table with one row per customer and one column with the known outcome, such as "
    "*default: yes/no*: CSV, XLSX or Parquet, also in a zip or gzip. "
    "It stays on this machine."
)
CHOOSE = "Or open a table from before"
CHOOSE_PLACEHOLDER = "Choose a table"
OPTION = "{name} · {rows} rows · {when}"
OPTION_SYNTHETIC = "{name} · synthetic · {rows} rows · {when}"
OTHER_TABLE = "Another table"
DELETE_TABLE = "Delete this table"
DELETE_TITLE = "Delete this table?"
DELETE_QUESTION = (
    "**{name}** and its roles are removed from this machine. This cannot be undone. Runs that used it stay, "
    "but can no longer be resumed."
)
DELETE_YES = "Delete the table"
DELETE_NO = "Keep it"
DELETED = "The table was deleted."

# The sentence
LEAD = "**{name}**{synthetic}: {rows} rows and {columns} columns; {verdict}"
SYNTHETIC = " :gray-badge[synthetic]"
VERDICT_TARGET_MISSING = "**choose the target column** to go on."
VERDICT_CLEAN = "{share} of the {whole} are *{target} = {positive}*. Nothing stands in the way."
VERDICT_PROBLEMS = (
    "{share} of the {whole} are *{target} = {positive}*. **{count} to look at** before you go on."
)
ALL_ROWS, KNOWN_ROWS = "rows", "rows with a known outcome"
ONE_PROBLEM = "1 problem"
PROBLEMS = "{count} problems"
USE = "Use this table"
USE_HELP = "Keeps the roles and goes on to the choice of a backbone."

# What was read
READ_TITLE = "What was read"
READ_LINE = "{format}, {encoding}, delimiter {delimiter}, decimal {decimal}"
READ_LINE_UNKNOWN = "How it was read is not recorded"
READ_LINE_SAMPLE = "Made by finxfer's own generator; no real customers"
DECIMALS = {",": "comma", ".": "point"}
REPAIRS = "Repaired while reading"
NO_REPAIRS = "Nothing had to be repaired."
DATES = "Read as dates: {names}"
PREVIEW = "First {rows} rows"
PREVIEW_ALT = "The first rows of the table as they were read"

# Roles
ROLES_TITLE = "What each column is for"
TARGET = "Target column"
TASK = "What to predict"
TASK_NAMES = {
    "binary": "An event: one value against all others",
    "multiclass": "One of several classes",
    "regression": "A number",
}
TASK_HELP = "The values propose it. An event gets a probability, a class one for each, a number an amount."
TASK_LINE = "Predicts: {task}. {reason}"
TASK_WHY = "Proposed by the values. {reason}"
OUTCOME_CLASSES_ALT = "Rows by class of {target}: {values}."
OUTCOME_NUMBERS_ALT = (
    "Distribution of {target} in {rows} rows, from {low} to {high}; 1% on either side is not drawn."
)
VERDICT_TASK_CLEAN = "the model will predict *{target}*, {what}. Nothing stands in the way."
VERDICT_TASK_PROBLEMS = "the model will predict *{target}*, {what}. **{count} to look at** before you go on."
WHAT_CLASSES = "{count} classes"
WHAT_NUMBER = "a number, median {median}"
TARGET_HELP = "The outcome to predict. It needs at least two values among the rows where it is known."
TARGET_PLACEHOLDER = "Choose the column with the outcome"
POSITIVE = "Positive value"
POSITIVE_HELP = (
    "The value whose probability is predicted, such as a default. Probabilities are of this value."
)
POSITIVE_OPTION = "{value} · {rows} rows"
POSITIVE_PLACEHOLDER = "Choose a value"
POSITIVE_MANY = "**{target}** has {count} values. Choose the positive one; all others count as negative."
USE_PROTECTED = "Let the model use protected columns"
USE_PROTECTED_HELP = (
    "Off: protected columns (sex, age, …) are kept out of the model and are used only to compare "
    "groups on the "
    "Fairness page. On: they become features as well. Many laws forbid this."
)
ROLE_NAMES = {
    "target": "target",
    "feature": "feature",
    "protected": "protected",
    "time": "time",
    "group": "group",
    "id": "identifier",
    "text": "text",
    "image": "image",
    "weight": "weight",
    "excluded": "left out",
}
KIND_NAMES = {
    "numeric": "number",
    "category": "category",
    "boolean": "yes/no",
    "date": "date",
    "text": "text",
}
EDITOR_COLUMNS = {
    "column": "Column",
    "role": "Role",
    "kind": "Kind",
    "reason": "Why",
    "missing": "Missing",
    "examples": "Examples",
}
EDITOR_ALT = "Editable table of the columns with role, kind, reason for the role, share missing and examples"
ROLE_HELP = (
    "feature: the model may use it. protected: kept for the fairness comparison. identifier, left "
    "out: not used. target: the outcome. time: orders the rows, for a test on the latest ones. group: rows "
    "of one customer, which stay together."
)
KIND_HELP = (
    "number: larger means more. category: values are only names, even when they are written as numbers."
)
UNDO = "Undo"
UNDO_HELP = "Take back the last change"
RESET = "Start over"
RESET_HELP = "Go back to the roles that were proposed"
YOUR_CHOICE = "Your choice."
KEEP_ONE_TARGET = "A table needs one target. Choose another target column first."
KIND_REFUSED = "{column} holds words, so it cannot be read as {kind}."
NOT_A_TARGET = "{column} has only one value, so there is nothing to predict."
ROLES_COUNT = "{features} features · {protected} protected · {out} not used"
ROLES_COUNT_USED = "{features} features · {protected} protected, used by the model as well · {out} not used"
NO_FEATURE = "No column is left for the model. Give at least one column the role feature."

# Quality
QUALITY_TITLE = "Quality"
QUALITY_SAMPLE = (
    "Columns were looked at in {rows} of the {whole} rows, drawn at random; the target and copies in all."
)
QUALITY_NONE = "No problem was found in the columns that are used."
QUALITY_WAIT = "Choose a target to see the quality of the table."
EXCLUDE = "Leave out {column}"
SEVERITIES = {"problem": "problem", "warning": "look at this", "note": "note"}
MORE_FINDINGS = "More notes: {count}"
BALANCE_ALT = "{positives} rows have {target} = {positive} and {negatives} do not"
OUTCOME_PARTS = "{target} = {positive}"
OTHER_ROWS = "others"
NEGATIVE = "others"
POSITIVE_ROWS = "positive"
FINDING_ALT = "Chart for this finding: {sentence}"

# Split
SPLIT_TITLE = "How the rows are split"
SPLIT_LINE = (
    "{train} rows train the model, {validation} choose when to stop and where to cut, and {test} are "
    "kept for the test and choose nothing."
)
SPLIT_STRATIFIED = " Each part has the same share of *{target} = {positive}*."
SPLIT_SHARES = " The share of *{target} = {positive}* is {before} before the test period and {after} in it."
SPLIT_DROPPED = "{count} rows without a known target are left out."
SPLIT_NAMES = {"train": "train", "validation": "validate", "test": "test", "left": "left out"}
SPLIT_ALT = "Bar of {train} training, {validation} validation and {test} test rows"
SPLIT_CHOICE = "Which rows test the model"
SPLIT_CHOICES = {"out-of-time": "The latest rows", "random": "Rows at random"}
SPLIT_WHY = {
    "out-of-time": (
        "Proposed because **{column}** orders the rows: the model will meet later customers than those it "
        "learned from. A test on rows of the same months would not show how it ages."
    ),
    "random": (
        "The test customers come from the same time as the training customers, so the result says nothing "
        "about later ones. Validators usually ask for the latest rows."
    ),
}
SPLIT_NO_TIME = "Give a column the role *time* to test on the latest rows instead."
SPLIT_NOT_BY_TIME = "The latest rows cannot be the test: {why}"
SPLIT_PERIODS_ALT = "Rows by {unit} of {column}, coloured by part; {values}."
