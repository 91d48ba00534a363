"""Sentences of the comparison of backbones before any run, on the Backbone page."""

from __future__ import annotations

ASK = "Not sure which one suits this table? They can be compared in seconds, before anything is trained."
START = "Compare the backbones"
START_HELP = (
    "Each backbone looks at up to 1,000 of your training rows as it is, and the three scores say how much of "
    "the target its view holds. The test rows play no part."
)
QUEUED = "Starting the comparison"
RUNNING = "Comparing the backbones: {message}"
CANCEL = "Stop"
STOPPED = "The comparison was stopped."

CLEAR = (
    "**{name}** suits this table best before training: AUC {auc} by a linear probe, {lead} above the next."
)
LEVEL = (
    "**No clear order:** {names} are within each other's error, the best with AUC {auc} by a linear probe."
)
SINGLE = "Only **{name}** can be compared on this table: AUC {auc} by a linear probe."
NONE = "No installed backbone can be compared on this table."
ABOVE_COLUMNS = "That is more than the table's own columns give the same probe ({auc})."
LIKE_COLUMNS = "The table's own columns give the same probe {auc}: no clear difference."
AND = "{names} and {last}"
MORE = "{count} more"

FOLD = "The comparison"
CHART_ALT = "AUC of a linear probe on each backbone's view of the training rows: {values}. {alone}"
CHART_ALT_VALUE = "{name} {auc}"
ALONE = "The columns themselves: {auc}."
REFERENCE = "the columns themselves"
AXIS = "AUC of the probe, 95% interval over the folds"
NOT_COMPARED = "not compared"
TABLE_ALT = "Scores of each backbone before any run"
COLUMNS = ("Rank", "Backbone", "AUC of the probe", "LogME", "H-score", "Columns used", "Note")
SCORE = "{value} (rank {rank})"
LEVEL_NOTE = "level with the first"
BASIS = (
    "{rows} of your {labelled} training rows, {folds} folds, {seconds}. The probe ranks; LogME and the "
    "H-score stand beside it. All three look at the backbone as it is: fine-tuning can change the order."
)
CHANGED = "The list of backbones has changed since this comparison."
AGAIN = "Compare again"

TRACK_TITLE = "What was foretold and what came of it"
TRACK_EMPTY = (
    "Once runs from two of these backbones have finished on this table, the rank that was foretold, the rank "
    "on the test rows and the rank by size stand here side by side."
)
TRACK_HELD = "After {runs} runs **{first}**, foretold as first, is first on the test rows too."
TRACK_MISSED = (
    "After {runs} runs **{best}** is first on the test rows; **{first}**, foretold as first, is {behind} AUC "
    "behind it."
)
FIXED_HELD = "A fixed order, most parameters first, would have named it too ({fixed})."
FIXED_MISSED = "A fixed order, most parameters first, would have named {fixed}, {behind} AUC behind the best."
TRACK_TAU = (
    "The foretold order agrees with the realised one by Kendall's τ = {tau} (1: the same, −1: reversed), "
    "that of LogME by {tau_log_me}, of the H-score by {tau_h_score}, the fixed one by {tau_fixed}."
)
TRACK_TWO = "Two backbones make no order to judge by: this can be chance."
TRACK_FEW = "With {count} backbones any order agrees by chance often enough: it says little yet."
TRACK_LEVEL = "The 95% intervals on the test rows overlap, so the realised order is not certain either."
TRACK_CAUTION = "Test figures are only shown here: they choose nothing."
FORETOLD, REALISED, FIXED = "Foretold", "On the test rows", "By size"
RANKS_ALT = "Rank of each backbone as foretold, on the test rows and by its size: {values}."
RANKS_ALT_VALUE = "{name} {foretold}, {realised}, {fixed}"
TRACK_COLUMNS = (
    "Backbone",
    "Rank foretold",
    "Rank realised",
    "Rank by parameters",
    "AUC foretold",
    "Test AUC, mean of its runs",
    "Runs",
)
TRACK_ALT = "Foretold and realised ranks of the backbones"
