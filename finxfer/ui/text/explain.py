"""Sentences of the Explain page."""

from __future__ import annotations

NOTHING = "This run has no explanations."
ANSWER = "{features} drive {model} most: together {share} of all contributions to the predicted probability."
ANSWER_ONE = "{features} drives {model} most: {share} of all contributions to the predicted probability."
ANSWER_NONE = "Nothing drives {model}: it predicts the same probability for every explained customer."
AND = " and "
MODEL = "Model to explain"
BAR_TITLE = "How much each feature moves the prediction"
SWARM_TITLE = "In which direction, customer by customer"
BAR_ALT = "Mean absolute contribution per feature, largest first: {values}."
SWARM_ALT = "Contribution of each feature for {rows} customers, coloured by the feature's value."
MORE_FEATURES = "The {shown} strongest of {total} features are drawn; the download holds all."

FEATURE_TITLE = "One feature"
FEATURE = "Feature"
DEPENDENCE_ALT = "Contribution of {feature} against its value for {rows} customers, from {low} to {high}."

CUSTOMER_TITLE = "One customer"
CUSTOMER = "Customer"
CUSTOMER_HELP = (
    "Row number in the tested table, counted from 0, as in the downloads. The address of this page keeps the "
    "choice, so it can be shared."
)
CUSTOMER_OPTION = "row {row} · {probability}"
PERCENTILE = "Or by risk: percentile"
PERCENTILE_HELP = "0 is the lowest predicted probability among the explained customers, 100 the highest."
PREDICTED = "Predicted probability"
BASE = "Average of the reference group"
OUTCOME = "What happened"
UNKNOWN_OUTCOME = "unknown"
RAISING, LOWERING = "Raises the probability", "Lowers the probability"
NO_RAISING, NO_LOWERING = "Nothing raises it.", "Nothing lowers it."
WATERFALL_ALT = (
    "From {base}, the reference group's average, to this customer's {probability}; largest contribution: "
    "{largest}."
)

METHOD = "How this was computed"
METHOD_LINES = (
    "SHAP values on the scale of the predicted probability: the reference group's average plus all of a "
    "customer's contributions gives the customer's probability."
)
GAP_LINE = "Additivity gap, the part this sum misses: {mean} points on average, at most {max}."
MODEL_LINE = "Method: {method}. {rows} test customers in {seconds}."
NOT_CAUSES = (
    "Contributions say what the model uses, not what causes the outcome; features that move together "
    "share them."
)
EXPORT = "Explanations of {model} (CSV)"
EXPORT_HELP = (
    "One row per explained customer: contributions, values and reasons. Safe to open in a spreadsheet."
)
