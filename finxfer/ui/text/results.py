"""Sentences of the Results page."""

from __future__ import annotations

NOTHING = "This run has no results."
NO_LABELS = (
    "The test rows carry no outcome, so nothing can be measured. The predictions are in the download below."
)
ONE_CLASS = "The test rows show only one outcome, so ranking cannot be measured on them."

GINI = "Gini **{gini}**"
BETTER = "{gini}; **{size} above {over}** on the same {rows} customers."
WORSE = (
    "{gini}; **{size} below {over}** on the same {rows} customers: the baseline is the better choice here."
)
NO_GAIN = "{gini}. **No gain found over {over}**: the difference is {size} on the same {rows} customers."
ITSELF = "{gini} on {rows} test customers. **No gain**: no backbone validated above {over}; it is kept."
NOT_MEASURED = "{gini} on {rows} test customers. No gain is measured, since no baseline could be compared."

FELL_BACK = (
    "Fine-tuning did not validate better than where it started, so the run kept what it started from: "
    "{choice}."
)
CHOICES = {
    "as-is": "the backbone as it is",
    "fine-tuned": "the fine-tuned backbone",
    "corrected": "the corrected backbone",
    "logistic_regression": "logistic regression",
    "lightgbm": "LightGBM",
    "from_scratch": "the network from scratch",
}
WHAT = "{backbone} · {depth}"
WHAT_CORRECTED = "{backbone} · all stages frozen, corrected by your rows"
WHAT_MEAN = "A mean of {members}"
WHAT_LARGE_MEAN = "A mean of {count} models, {share} of it pretrained"
WHAT_BASELINE = "{baseline}; no backbone is in the model"
TRAINED = "{trainable} of {total} parameters trained"
MADE = "{device} · {seconds} of work"
AS_IS = "as is, nothing trained"
ALL_TRAINED = "all {stages} stages trained"
HEAD_ONLY = "all {stages} stages frozen, only the head trained"
DEPTH_LINE = "first {depth} of {stages} stages frozen"
SYNTHETIC = "Synthetic sample: these customers do not exist."

DISTRIBUTION_ALT = (
    "Distribution of predicted probabilities for both classes; at a threshold of {threshold} {flagged} of "
    "{rows} customers are flagged."
)
THRESHOLD = "Threshold: flag a customer from this predicted probability (%)"
THRESHOLD_HELP = (
    "0 to 100%. Lower: more positives are caught and more others are flagged with them. The run's own "
    "threshold was chosen on rows kept out of training; test rows choose nothing, and moving this changes no "
    "stored result."
)
RESET = "Back to the run's own {threshold}"
AT_THRESHOLD = "At {threshold}, **{flagged}** of {rows} customers are flagged ({share})."
CHOSEN = "This is the run's own threshold, chosen on rows kept out of training. Test rows choose nothing."
MOVED = (
    "The run's own threshold is {threshold}. Test rows choose nothing: what you see here is only a preview."
)
CAUGHT, MISSED = "Positives caught", "Positives missed"
REFUSED, PASSED = "Others flagged", "Others passed"
OF_POSITIVES, OF_NEGATIVES = "{share} of {rows} with {name}", "{share} of {rows} others"

TABS = ("ROC", "Precision–recall", "Calibration", "KS", "Lift and gain")
ROC_ALT = "ROC curves of the model and its baselines. AUC: {values}."
PR_ALT = "Precision–recall curves of the model and its baselines. Average precision: {values}."
CALIBRATION_ALT = (
    "Observed share of positives against predicted probability in {bins} bins; calibration error {error}."
)
KS_ALT = "Cumulative score distributions of both classes; the largest distance, KS, is {value} at {at}."
LIFT_ALT = "The riskiest tenth of customers holds {lift} times the average share of positives."
GAIN_ALT = "The riskiest three tenths of customers hold {share} of all positives."
NO_CURVE = "This curve needs test customers of both outcomes."

METRICS_TITLE = "Model and baselines on the same test customers"
METRICS_CAPTION = (
    "95% bootstrap intervals in brackets. ★ marks the best value of a row, whether or not the difference "
    "could be chance. Thresholds were chosen on rows kept out of training."
)
METRIC = "Metric"
BEST = "★"
GAIN_TITLE = "Gain over each baseline"
GAIN_AXIS = "Gini of this model minus the baseline's"
GAIN_ZERO = "no difference"
BASELINES_ALT = "Difference in Gini between the model and each baseline with 95% intervals: {values}."
BEST_BASELINE = "{name} was the best baseline on rows kept out of training, so the gain counts against it."

PART_METRICS = "All figures"
PART_CHOICE = "How it was chosen"
NO_METRICS = "No figure can be measured: the test rows carry no outcome."

DETAILS = "What was run"
DETAIL_ROWS = "Rows"
DETAIL_ROWS_VALUE = "{train} training, {validation} validation, {test} test"
DETAIL_DROPPED = "Left out: no target"
DETAIL_RATE = "Share of positives"
DETAIL_SEED = "Seed"
DETAIL_DEVICE = "Device"
DETAIL_TIME = "Time"
DETAIL_REASON = "Why this model"
DETAIL_VERSIONS = "Versions"
TRIED = "What was tried"
TRIED_TITLE = "Candidate"
TRIED_FELL_BACK = "Fell back"
YES, NO = "yes", "no"
TRIED_CAPTION = "Compared on validation rows only."


PREDICTIONS = "Predictions (CSV)"
PREDICTIONS_HELP = "One row per test customer with every model's probability. Safe to open in a spreadsheet."
METRICS_FILE = "metrics.json"
PROMOTE = "Add to the catalogue"
PROMOTE_HELP = "Makes this fine-tuned model a backbone that other tables can start from."
PROMOTE_NAME = "Name in the catalogue"
PROMOTE_BUTTON = "Add"
PROMOTED = "**{name}** is in the catalogue now. {rows}"
PROMOTED_ROWS = "It contains customer rows, because this kind of model keeps its context; its card says so."
PROMOTED_CLEAN = "It contains no customer rows."
