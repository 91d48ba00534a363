"""Sentences of the Results part "Other runs"."""

from __future__ import annotations

PART = "Other runs"
NONE = "No other finished run uses this table and target."
PICK = "Compare with"
PICK_HELP = "Up to {most} runs on the same table and target. They must share their test rows."
PLACEHOLDER = "Choose one or more runs"
PICTURE = "AUC of the first minus the second"
ZERO = "no difference"
AXIS = "Difference in AUC"
ALT = (
    "Differences in AUC between runs on the same {rows} test customers with DeLong's 95% intervals: {values}."
)
PAIR = "{first} − {second}"
THIS = "this run"
WHAT = {"auto": "finxfer's choice"}
NAMED = "{backbone}, {depth}"
DEPTHS = {"as-is": "as-is", "auto": "depth chosen"} | {str(depth): f"depth {depth}" for depth in range(100)}
SAME = (
    "{runs} runs, measured on the same {rows} test customers. AUC by DeLong's test; p-values "
    "adjusted for {pairs} {word} (Holm)."
)
CLEAR = "**{first}** ranks these customers better than **{second}** (AUC {size}, p = {p})."
NOTHING_CLEAR = "Between no two of these runs is there a difference in AUC that chance does not explain."
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
BOOTSTRAPPED = "Intervals of Gini, KS, Brier score and log loss: {draws} paired bootstrap draws."
SMALL_P = "< 0.001"
