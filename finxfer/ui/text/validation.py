"""Sentences about rules and about the rows that break them."""

from __future__ import annotations

# Whether a table looks like what a model learned
HELD = "All {rules} checks against the training rows hold."
HELD_OWN = "All {rules} rules hold for the {rows} rows."
FAILED = "**{problems} of {rules} checks fail**: {names}."
FAILED_AND_WARNED = "**{problems} of {rules} checks fail**, look also at {warnings} more: {names}."
WARNED = "**Look at {warnings} of {rules} checks**: {names}."
GOES_ON = " Scoring goes on."
ICONS = {"held": ":material/check:", "warned": ":material/warning:", "failed": ":material/error:"}
TABLE = "What differs"
TABLE_ALT = "Failure table: {sentence}"
COLUMNS = {
    "column": "Column",
    "expected": "Expected",
    "severity": "Counts as",
    "rows": "Rows that break it",
    "share": "Share of rows",
    "examples": "Such as",
    "row_numbers": "First rows",
}
SEVERITIES = {"problem": "problem", "warning": "warning"}
CAPTION = "Each line is a rule and the rows that break it, the first ten of them by number, counted from 1."
CAPTION_LEARNED = (
    " Ranges come from rounded percentiles of the training rows and are warnings only, and so is what the "
    "model does not read."
)
DOWNLOAD = "Download the failure table"

# The analyst's own rules for a table
TITLE = "Check the table against rules"
LEAD = "Rules that this table must keep. They are stored with its roles."
WHOSE = "Rules"
WHOSE_HELP = "Your own rules for this table, or what a finished run learned from its training rows."
OWN = "My own rules"
OF_RUN = "What {name} learned"
EDITOR_ALT = "Editable list of rules: column, rule, value, what a failure counts as, share tolerated"
EDITOR = {
    "column": "Column",
    "check": "Rule",
    "value": "Value",
    "severity": "Counts as",
    "tolerance": "Tolerated",
}
CHECKS = {
    "not_empty": "is not empty",
    "unique": "is unique",
    "between": "is between",
    "one_of": "is one of",
    "matches": "matches a pattern",
    "not_after": "is not after",
    "missing_at_most": "is empty at most",
    "kind": "is a",
    "present": "is there",
}
VALUE_HELP = (
    "between: 18 to 100, from 18, or up to 100. one of: values separated by semicolons. matches a pattern: a "
    "regular expression for the whole cell. not after: another column of dates. empty at most: 5%. is a: "
    "number or date. The others need none."
)
TOLERANCE_HELP = (
    "Per cent of rows that may break the rule and count one step milder: a problem is a warning then, a "
    "warning is not told."
)
KINDS = {"numeric": "number", "date": "date"}
BETWEEN, FROM, UP_TO = "{low} to {high}", "from {low}", "up to {high}"
CHECK = "Check"
CHECKING = "Checking the rows"
PROPOSE = "Propose rules"
PROPOSE_HELP = "What the rows of this table teach: kinds, missing cells, categories, ranges, order of dates."
NO_RULES = "There is no rule yet. Add a line above, or let finxfer propose some."
WRONG_VALUE = "The rule for {column} cannot be read."
WRONG_VALUE_WHY = "Its value is {value!r}."
WRONG_VALUE_NEXT = {
    "between": "Write 18 to 100, from 18, or up to 100.",
    "missing_at_most": "Write a per cent from 0 to 100, such as 5%.",
    "kind": "Write number or date.",
}
