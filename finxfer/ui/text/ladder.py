"""Sentences of the freezing ladder: on the Backbone page before it runs, on the Run page after."""

from __future__ import annotations

DEPTH_SENTENCE = (
    "finxfer trains at every depth in one go, from the head alone to everything, and recommends the "
    "shallowest that cannot be told from the best by cross-validation on your training rows. The test rows "
    "choose nothing."
)
EVERY_DEPTH = "every depth"
ON_RUN_PAGE = "**{name}** is a freezing ladder, so there is nothing here: its answer is on the Run page."

# Run page
WAIT = "The picture grows by a depth at a time; the first appears in a moment."
SO_FAR = "**{done} of {of} depths** so far. The recommendation comes with the last one."
STOPPED_AT = "**{done} of {of} depths** were finished before it stopped. Carry on for the recommendation."
STOPPED_BEFORE = "No depth was finished before it stopped."
USE = "Use depth {depth}"
USE_AS_IS = "Use it as it is"
USE_HELP = "Launches a run of this backbone at this depth on the same rows, with baselines and explanations."
TABLE_GONE = "The table of this ladder is no longer stored here; upload it again to use the depth."
TITLE = "Every depth, measured"

# Picture
AXIS = "freezing depth: stages kept, from nothing trained or the head alone to everything"
AS_IS = "as-is"
PANELS = {
    "behind": "Log loss above the best (decides)",
    "gini": "Test Gini",
    "calibration_error": "Test calibration error",
    "ratio": "Worst ratio of two groups",
    "parameters": "Trained parameters",
    "seconds": "Training time, seconds",
    "memory": "Memory, GB",
}
LEGEND = (
    ("frozen", "used as it is, nothing trained"),
    ("trained", "trained from that depth on"),
    ("star", "recommended"),
)
LEGEND_BARS = "lines: 95% intervals;<br>in the first panel ± 1 standard error"
NO_GROUPS = "no two groups to compare"
HOVER = "{depth}: {value}"
HOVER_GROUPS = "{depth}: {value}, {column}: {slice} and {reference}"
ALT = "Small charts over the freezing depth. Test Gini: {gini}. Recommended: {recommended}."
ALT_VALUE = "{depth} {value}"
NONE_YET = "none yet"

# Table
COLUMNS = {
    "depth": "Depth",
    "trained": "What is trained",
    "loss": "Log loss, folds",
    "behind": "Above the best",
    "gini": "Test Gini",
    "parameters": "Trained parameters",
    "seconds": "Time",
    "memory": "Memory",
    "calibration_error": "Calibration error",
    "ratio": "Worst ratio of two groups",
}
TABLE_ALT = "Table of every freezing depth with its figures, the shallowest training first"
DEPTH_RECOMMENDED = "{depth} · recommended"
BEHIND = "{value} ± {error}"
BEST = "the best"
NOTHING_TRAINED = "nothing"
HEAD_ALONE = "the head"
ALL_STAGES = "all {stages} stages and the head"
LAST_STAGES = "{trained} of {stages} stages and the head"
RATIO = "{value} ({column}: {slice} and {reference})"
MEMORY_ESTIMATED = "Memory is estimated before the training, not measured."
TIME_NOTE = (
    "Log loss is that of rows outside the training; above the best ± one standard error of the difference. "
    "Time is that of the one training on all training rows, going on from the depth above it; folds come on "
    "top of it."
)
