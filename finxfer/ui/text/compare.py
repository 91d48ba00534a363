"""Sentences of the Results part "Other runs"."""

from __future__ import annotations

PART = "Other runs"
NONE = "No other finished run uses this table and target."
PICK = "Compare with"
PICK_HELP = "Up to {most} runs on the same table and target. They must share their test rows."
PLACEHOLDER = "Choose one or more runs"
PICTURE = "{metric}: the first minus the second"
ZERO = "no difference"
AXIS = "Difference in {metric}"
ALT = "Differences in {metric} between runs on the same {rows} test rows with 95% intervals: {values}."
PAIR = "{first} − {second}"
THIS = "this run"
WHAT = {"auto": "finxfer's choice"}
NAMED = "{backbone}, {depth}"
DEPTHS = {"as-is": "as-is", "auto": "depth chosen"} | {str(depth): f"depth {depth}" for depth in range(100)}
SAME = "{runs} runs, measured on the same {rows} test rows."
SAME_DELONG = "AUC by DeLong's test; p-values adjusted for {pairs} {word} (Holm)."
CLEAR = "**{first}** ranks these customers better than **{second}** (AUC {size}, p = {p})."
CLEAR_INTERVAL = "**{first}** is better than **{second}** ({metric} {size})."
NOTHING_CLEAR = "No two of these runs differ in {metric} by more than chance explains."
COLUMNS = {
    "first": "First",
    "second": "Second",
    "auc": "AUC",
    "gini": "Gini",
    "ks": "KS",
    "brier": "Brier score",
    "log_loss": "Log loss",
    "p": "p (DeLong, Holm)",
}
TABLE = "Differences between every pair of runs, first minus second, with 95% intervals"
FIGURES = "Figures of each run"
FIGURES_FOLD = "Figures of each run"
RUN = "Run"
BOOTSTRAP = "Intervals for KS, Brier score and log loss"
BOOTSTRAP_HELP = "Resamples the test customers {draws} times, the same for all runs. Takes a few seconds."
BOOTSTRAPPED = "Other intervals: {draws} paired bootstrap draws."
SMALL_P = "< 0.001"

PAGE_LEAD = "Two to ten runs, measured on the same test customers."
PAGE_PICK = "Runs"
PAGE_PICK_HELP = (
    "Finished runs. They must share table, target and test rows: equal split, seed and test share."
)
PAGE_NONE = (
    "Fewer than two runs are finished. Launch another one on the Backbone page, then compare them here."
)
PAGE_FEW = "Choose at least two runs."
PAGE_ALIKE = "Runs that share test rows with {name}: {count}."
PAGE_TAKE = "Compare these"
PAGE_SINGLE = "No other run shares test rows with {name}."
REFERENCE = "Measured against"
REFERENCE_HELP = "Differences are each run minus this one. Take the model in use today, or the simplest one."
EACH = "{metric} of each run"
AGAINST = "{metric}: each run minus {name}"
EACH_ALT = "{metric} of the runs with 95% intervals: {values}."
AGAINST_ALT = "Differences of {metric} to {name} on the same {rows} test rows with 95% intervals: {values}."
NO_DIFFERENCE = "no difference"
ITSELF = "reference"
LOWER_BETTER = "{metric} (lower is better)"
FIGURES_ALT = "Figures of each run with 95% intervals"
DIFFERS = "What differs between them"
DIFFERS_ALT = "Settings in which the runs differ, one column a run"
DIFFERS_NONE = "The runs have the same settings."
SETTING = "Setting"
PAIRS_FOLD = "Every pair"
ROC_FOLD = "ROC curves"
ROC_ALT = "ROC curves of the runs: {values}."
SETTING_NAMES = {
    "backbone": "Backbone",
    "freezing_depth": "Freezing depth asked for",
    "choice": "What was kept",
    "depth": "Freezing depth kept",
    "rows": "Rows to learn from",
    "features": "Features",
    "use_protected": "Protected columns in the model",
    "seed": "Seed",
    "split": "Split",
    "test_share": "Test share",
    "validation_share": "Validation share",
    "recalibration": "Recalibration",
    "search_minutes": "Search, minutes",
    "remedies": "Remedies",
    "seconds": "Seconds of training",
    "device": "Device",
}
TRAINING = "Training: {name}"
MORE_FEATURES = "{count}, not {names}"
