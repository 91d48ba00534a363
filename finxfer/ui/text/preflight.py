"""Sentences of the comparison of backbones before any run, on the Backbone page."""

from __future__ import annotations

ASK = "Not sure which one suits this table? They can be compared in seconds, before anything is trained."
START = "Compare the backbones"
START_HELP = (
    "Each backbone looks at up to 1,000 of your training rows as it is: what its own head says of them, or, "
    "where that answers another question, a linear probe of what it sees. The test rows play no part."
)
QUEUED = "Starting the comparison"
RUNNING = "Comparing the backbones: {message}"
CANCEL = "Stop"
STOPPED = "The comparison was stopped."
OUTDATED = "The last comparison was made by an earlier version of finxfer: make it again."

CLEAR = (
    "**{name}** suits this table best before training: AUC {auc} on your training rows, {lead} above the "
    "next."
)
LEVEL = (
    "**No clear order:** {names} are within each other's error; {first} comes first with AUC {auc} on your "
    "training rows, before training."
)
SINGLE = "Only **{name}** can be compared on this table: AUC {auc} on your training rows, before training."
NONE = "No installed backbone can be compared on this table."
ABOVE_COLUMNS = "That is more than a linear model of the table's own columns reaches ({auc})."
LIKE_COLUMNS = "A linear model of the table's own columns reaches {auc}: no clear difference."
AND = "{names} and {last}"
MORE = "{count} more"

FOLD = "The comparison"
CHART_ALT = "AUC of each backbone on the training rows, before any training: {values}. {alone}"
CHART_ALT_VALUE = "{name} {auc}"
ALONE = "The columns themselves: {auc}."
REFERENCE = "the columns themselves"
AXIS = "AUC on your training rows before training, 95% interval"
NOT_COMPARED = "not compared"
TABLE_ALT = "Scores of each backbone before any run"
COLUMNS = (
    "Rank",
    "Backbone",
    "AUC before training",
    "Chance taken off",
    "Linear probe",
    "LogME",
    "H-score",
    "Columns used",
    "Note",
)
SCORE = "{value} ({rank})"
LEVEL_NOTE = "level with the first"
PROBE_NOTE = "its head is new: judged by the probe"
BASIS = (
    "{rows} of your {labelled} training rows, {folds} folds, {seconds}. The AUC with chance taken off ranks: "
    "the fewer the positive rows, the closer it is to what backbones of that kind usually bring. Linear "
    "probe, LogME and H-score stand beside it. All look at the backbone as it is: fine-tuning can change the "
    "order."
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
