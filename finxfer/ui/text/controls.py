"""Sentences about training controls and the search over settings."""

from __future__ import annotations

TITLE = (
    "**Training controls** · off unless you set them. What each brought when measured: "
    "docs/training\\_controls.md"
)
LAYER_DECAY = "Rate of earlier stages (factor per stage)"
LAYER_DECAY_HELP = (
    "Safe range 0.5 to 1. Each stage further from the head learns at this share of the next one's "
    "learning rate. 1: the same rate everywhere. Smaller holds on to what the first stages know."
)
UNFREEZE = "Open a stage every (epochs)"
UNFREEZE_HELP = (
    "Safe range 0 to 5. The head trains first, then one more stage joins in every so many epochs, down "
    "to the freezing depth. 0: all at once."
)
L2_SP = "Pull towards the source (strength)"
L2_SP_HELP = (
    "Safe range 0 to 100. L2-SP: after each step the weights go a part of the way back to the "
    "backbone's. Larger keeps the model nearer to the source. 0: off. A new head has no source and is "
    "decayed to zero."
)
CORRUPTION = "Swapped cells (% of cells)"
CORRUPTION_HELP = (
    "Safe range 0 to 30. In each step so many cells come from the same column of other training rows, "
    "so that no single cell decides. 0: off."
)
MIXUP = "Mixup (alpha)"
MIXUP_HELP = (
    "Safe range 0 to 0.5. Pairs of training rows are mixed, and their targets with them; larger mixes "
    "more. 0: off."
)
SEARCH = "Search over settings (minutes)"
SEARCH_HELP = (
    "0 to 1,440; 10 to 60 is usual. Before the training, settings are tried by cross-validation for so "
    "long. They replace yours only where they are clearly better. 0: no search."
)
OPEN = (
    "Each kind of backbone that is tried takes the controls that mean something to it; the run names "
    "the others."
)
SEARCH_OPEN = (
    "The search over settings needs a backbone and a freezing depth that you chose: it is left out here."
)
SEARCH_BOOSTED = "The search over settings has nothing to set for boosted trees: it is left out here."

# The search of a run
SECTION = "The search over settings"
RUNNING = "{trials} settings tried so far in {time} of {minutes}, {pruned} ended early."
NOT_YET = "The first settings, yours, are being tried."
TAKEN = (
    "**Settings {number} of {trials} are taken**: on folds drawn anew their log loss is lower than that"
    " of yours by {margin} ± {error}."
)
KEPT = (
    "**The search found nothing better than your settings**, which are kept: the best of {trials} gains"
    " {margin} ± {error} in log loss on folds drawn anew, and more than one standard error is needed."
)
KEPT_FIRST = (
    "**The search found nothing better than your settings**, which are kept: none of {trials} has a "
    "lower log loss."
)
ONLY_YOURS = (
    "**The time sufficed for your own settings alone**, which are kept. Give the search more minutes."
)
BASIS = (
    "{trials} settings in {time}, {pruned} ended early; judged on {rows} training and validation "
    "rows{folds}. Test rows have no part in it. The lowest of many losses looks better than it is, "
    "hence the second look on new folds."
)
CROSSED = " by {folds}-fold cross-validation"
CHART_ALT = (
    "Log loss of {trials} settings in the order tried. Yours {default}; the lowest {best}, number {number}."
)
FOLD = "All {trials} settings"
TABLE_ALT = "Settings that were tried, best first"
AXIS_TRIAL = "Settings, in the order tried"
AXIS_LOSS = "Log loss"
POINT = "tried"
ENDED = "ended early (last known)"
BEST_SO_FAR = "lowest so far"
YOURS = "your settings"
COLUMNS = {
    "number": "No.",
    "loss": "Log loss",
    "state": "Outcome",
    "seconds": "Time",
    "learning_rate": "Learning rate",
    "batch_size": "Batch",
    "weight_decay": "Weight decay",
    "layer_decay": "Rate per stage",
    "unfreeze_every": "Open every",
    "l2_sp": "Pull",
    "corruption": "Swapped",
    "mixup": "Mixup",
    "class_weighting": "Weighting",
}
STATES = {"complete": "tried", "pruned": "ended early", "cut": "out of time"}
