"""Sentences of the Explain page."""

from __future__ import annotations

NOTHING = "This run has no explanations."
ANSWER = "{features} drive {model} most: together {share} of all contributions to the predicted probability."
ANSWER_ONE = "{features} drives {model} most: {share} of all contributions to the predicted probability."
ANSWER_NONE = "Nothing drives {model}: it predicts the same {what} for every explained customer."
TO_PROBABILITY, TO_PREDICTION = "to the predicted probability", "to the prediction"
AND = " and "
MODEL = "Model to explain"
BAR_TITLE = "How much each feature moves the prediction"
SWARM_TITLE = "In which direction, customer by customer"
BAR_ALT = "Mean absolute contribution per feature, largest first: {values}."
SWARM_ALT = "Contribution of each feature for {rows} customers, coloured by the feature's value."
PART_MODEL = "What drives the model"
PART_FEATURE = "One feature"
PART_CUSTOMER = "One customer"
PART_WHAT_IF = "What if"
PART_GROUPS = "Two groups"
MORE_FEATURES = "The {shown} strongest of {total} features are drawn; the download holds all."

FEATURE = "Feature"
COLOUR = "Coloured by"
COLOUR_HELP = (
    "Customers who share a value of the feature would all have the same contribution if the model added "
    "features up. The percentage is how much of their scatter the other feature explains, adjusted for "
    "chance; the first explains most."
)
COLOUR_OPTION = "{name} · {share} of the scatter"
COLOUR_ALT = "Coloured by {other}."
NO_COLOUR = "nothing"
INTERACTION = (
    "What **{feature}** contributes depends most on **{other}**: at equal value of {feature} it explains "
    "{share} of the scatter."
)
NO_INTERACTION = "No other feature stands out in what **{feature}** contributes."
NO_SCATTER = (
    "Too few customers or too little scatter to say what the contribution of **{feature}** depends on."
)
DEPENDENCE_ALT = "Contribution of {feature} against its value for {rows} customers, from {low} to {high}."

CUSTOMER = "Customer"
CUSTOMER_HELP = (
    "Row number in the tested table, counted from 0, as in the downloads; any explained one can be typed in. "
    "The address of this page keeps the choice, so it can be shared."
)
NOT_EXPLAINED = "{row} is none of the {rows} explained customers; another one is shown."
CUSTOMER_OPTION = "row {row} · {probability}"
PERCENTILE = {
    "": "Or by risk: percentile",
    "_class": "Or by probability: percentile",
    "_amount": "Or by prediction: percentile",
}
PERCENTILE_HELP = "0 is the lowest {what} among the explained customers, 100 the highest."
PROBABILITY_SPOKEN, PREDICTION_SPOKEN = "predicted probability", "prediction"
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

CLASS = "Class to explain"
CLASS_HELP = "Contributions are to the probability of one class; left open, of each customer's likeliest."
LIKELIEST = "Each customer's likeliest class"
PREDICTION = "Prediction"
PREDICTED_CLASS = "Probability of {name}"
RAISING_AMOUNT, LOWERING_AMOUNT = "Pushes it up", "Pushes it down"
METHOD_LINES_AMOUNT = (
    "SHAP values in the target's units: the reference group's average plus all of a customer's contributions "
    "gives the customer's prediction."
)
GAP_LINE_AMOUNT = "Additivity gap, the part this sum misses: {mean} on average, at most {max}."
METHOD = "How this was computed"
METHOD_LINES = (
    "SHAP values on the scale of the predicted probability: the reference group's average plus all of a "
    "customer's contributions gives the customer's probability."
)
GAP_LINE = "Additivity gap, the part this sum misses: {mean} points on average, at most {max}."
MODEL_LINE = "Method: {method}. {rows} test customers in {seconds}."
FIDELITY = (
    "A small network, fitted once in this run, stands in for the model while the values are worked out. "
    "{sentence} What it missed of a customer's probability, {mean} points on average and at most {max}, was "
    "shared out in proportion to the values."
)
FELL_BACK = (
    "A network fitted to stand in for the model was not faithful enough (R² under {least}) and is not used: "
    "fewer customers are explained, by asking the model itself. {sentence}"
)
NOT_CAUSES = (
    "Contributions say what the model uses, not what causes the outcome; features that move together "
    "share them."
)
EXPORT = "Explanations of {model} (CSV)"
EXPORT_HELP = (
    "One row per explained customer: contributions, values and reasons. Safe to open in a spreadsheet."
)
