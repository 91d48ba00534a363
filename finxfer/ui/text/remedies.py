"""Sentences of the remedies on the Data page."""

from __future__ import annotations

BUTTONS = {
    "parse": "Read as {what}",
    "standardise": "One spelling for each",
    "blank": "Empty these cells",
    "fill": "Fill the empty cells",
    "cap": "Draw in the extremes",
    "merge": "Merge rare levels",
    "drop_rows": "Leave these rows out",
    "deduplicate": "Leave out the repeats",
}
FILL_ONE = "Fill with the {method}"
READ_AS = {"number": "numbers", "date": "dates", "yes/no": "yes/no"}
DIALOG = "What this would do"
LEARNED = (
    "Learned from the training rows only, and applied to every customer who is scored. Test rows stay, all "
    "of them."
)
LEARNED_TARGET = "The outcome is read so in every row, before the split."
LEARNED_ROWS = (
    "Only rows to learn from are left out, and repeats of a test row among them. Test rows and customers to "
    "score stay."
)
SAMPLE = "Counted on the {rows} rows that this page looks at."
AS_TEXT = "text"
BEFORE, AFTER = "before", "after"
CHART_ALT = "{column} of the training rows before: {before}; after: {after}"
ROWS = "Rows to learn from: {before} before, {after} after."
EXAMPLES = "Such as {pairs}."
EXAMPLE = "`{before}` → `{after}`"
NOTHING = "nothing"
STRENGTH = (
    "On its own it ranks the training rows with an AUC of {before} before and {after} after: {difference}, "
    "95% interval {low} to {high}. {verdict}"
)
STRENGTH_NO = "No difference found."
STRENGTH_BETTER = "Better on its own; what it does to the model, a run tells."
STRENGTH_WORSE = "Worse on its own."
APPLY = "Apply"
CANCEL = "Not now"
APPLIED_TITLE = "Applied"
APPLIED_RESTS = "{title} · waits until the column is used again"
UNDO = "Undo"
UNDO_HELP = "Take this remedy back: {title}"
UNDO_ALL = "Take all back"
BY_HAND = "Add a remedy"
BY_HAND_HELP = "For any column, whether or not something was found in it."
COLUMN = "Column"
KIND = "Remedy"
KINDS = {
    "parse": "Read text as something else",
    "standardise": "One spelling for each level",
    "blank": "Clear values that mean unknown",
    "fill": "Fill empty cells",
    "cap": "Draw in extremes",
    "merge": "Merge rare levels",
    "drop_rows": "Leave out rows without a value",
    "deduplicate": "Leave out repeats of a value",
}
NO_KIND = "There is no remedy for a column of this role."
AS = "Read as"
VALUES = "Values that mean unknown"
VALUES_HELP = "One or more, separated by commas, such as -999, unknown."
METHOD = "Fill with"
METHODS = {
    "median": "the median",
    "mean": "the mean",
    "mode": "the most frequent value",
    "constant": "a value of your own",
    "level": "a level of its own",
}
VALUE = "Value"
LOWER, UPPER = "Lowest quantile (%)", "Highest quantile (%)"
QUANTILE_HELP = "0.1 to 40 and 60 to 99.9; 1 and 99 are usual. Values beyond are set to it."
MIN_ROWS = "Fewest training rows of a level"
MIN_ROWS_HELP = "2 or more; 20 is usual. Levels with fewer become one, called other."
BY = "Keep the latest by"
BY_NONE = "the order of the table"
PROBLEM = "A remedy no longer fits: {problem}"
