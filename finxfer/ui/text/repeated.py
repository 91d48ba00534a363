"""Sentences of the Results page's part "Repeated splits"."""

from __future__ import annotations

PART = "Repeated splits"
LEAD = (
    "One split is one draw of luck. This trains the run's whole recipe and its baselines again on "
    "{folds} folds, "
    "{repeats} times over, each time measured on the fold that nothing was learned from."
)
FOLDS = "Folds"
FOLDS_HELP = "2 to 20. More folds learn from more rows and take longer; 5 is usual."
REPEATS = "Repeats"
REPEATS_HELP = (
    "1 to 20. Each deals the rows out anew. More narrow the interval little: the rows stay the same."
)
START = "Cross-validate"
AGAIN = "Cross-validate again"
TIME = (
    "{splits} trainings of everything, about {time} in all. It can be cancelled; finished splits are "
    "kept, and a "
    "new start goes on with them."
)
ZERO = "no difference"
AXIS = "Gain in {metric} over the best baseline of the split"
CHART_ALT = "Gain of each split over its best baseline, and their mean: {values}."
MEAN = "mean of {splits} splits"
SPLIT = "repeat {repeat}, fold {fold}"
TABLE_ALT = "Means over the splits of every model, and the gain over each baseline"
COLUMNS = {"model": "Model", "gain": "Gain over it", "p_value": "p"}
CAPTION = (
    "Means over {splits} splits of {rows} rows with 95% intervals of the corrected resampled t-test "
    "(Nadeau & Bengio "
    "2003): splits share most of their rows, so the plain t-test would claim too much. The interval is "
    "about the "
    "recipe on rows like these; the stored model was trained once, on the run's own rows."
)
OWN_TABLE = " The run's separate test table has no part in it."
