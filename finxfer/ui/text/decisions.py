"""Sentences of the Results page's part "Decisions" and of the threshold's worth."""

from __future__ import annotations

PART = "Decisions"
MISSING = "This run's decisions have not been valued yet."
MEASURE = "Value them now"
EXAMPLE = "Example amounts"

CURVES = {"bad_rate": "Bad rate", "money": "Money", "loss": "Expected loss"}
CURVE_PICK = "What the picture shows"
AXIS_RATE = "Approval rate"
AXIS = {
    "bad_rate": "Bad rate of the approved",
    "money": "Money on the test customers",
    "loss": "Loss on the approved",
}
ALT = {
    "bad_rate": "Bad rate of approved customers against the approval rate; at {rate}: {values}.",
    "money": "Money against the approval rate; at {rate}: {values}.",
    "loss": "Predicted and observed loss of the model's approved customers; at {rate}: {values}.",
}
PREDICTED, OBSERVED = "predicted", "observed"
AT_RATE = "compared here"
CHAMPION = "Champion"
CHAMPION_COLUMN = "Champion: {name}"

SWAP = "Who moves at {rate} approved"
SWAP_COLUMNS = ("", "Customers", "Defaults", "Bad rate")
SWAP_ROWS = {
    "in": "Move in: approved by this model only",
    "out": "Move out: approved by the champion only",
    "both": "Approved by both",
    "neither": "Declined by both",
}
SWAP_DIFFERENCE = "Bad rate of those who move in minus out: {value}, in percentage points."
PROFILE = "How those who move in differ"
PROFILE_NONE = "Too few customers move for a profile."
PROFILE_CHANCE = "No column differs more than chance could make it."
PROFILE_PROTECTED = "protected"

MODELS = "At {rate} approved"
MODEL_COLUMNS = ("Model", "Bad rate", "Money", "This model makes more by")
MONEY_COLUMNS = ("Money", "This model makes more by")
THRESHOLDS = "What thresholds come to"
THRESHOLD_COLUMNS = ("Threshold", "Declined from", "Approved", "Bad rate", "Money")
THRESHOLD_NAMES = {
    "cost": "By the amounts, on rows kept out of training",
    "break_even": "Break-even of the amounts",
    "run": "The run's own (Youden)",
    "everybody": "Approve everybody",
    "nobody": "Approve nobody",
}
NOTES = "How to read this"

SETTINGS = "Set amounts, champion and approval rate"
BY = "Amounts"
BY_HELP = "Either what a customer earns or loses, or exposure, loss given default and margin."
WAYS = {"amounts": "per customer", "exposure": "from exposure, loss given default and margin"}
GAIN, GAIN_HELP = "Earned on an approved good customer", "0 or more."
LOSS, LOSS_HELP = "Lost on an approved bad customer", "0 or more."
EXPOSURE, EXPOSURE_HELP = "Exposure at default", "What a customer owes, 0 or more."
LGD, LGD_HELP = "Loss given default (%)", "Share of the exposure that is lost, 0 to 100."
MARGIN, MARGIN_HELP = "Margin (%)", "Share of the exposure that a good customer earns, 0 to 100."
DECLINED_GOOD = "Cost of declining a good customer"
DECLINED_GOOD_HELP = "Beyond the gain forgone, for example a customer lost to another bank. 0 or more."
DECLINED_BAD = "Cost of declining a bad customer"
DECLINED_BAD_HELP = "For example handling the application. 0 or more."
CURRENCY, CURRENCY_HELP = "Currency", "A sign or a name; it stands in front of amounts."
FIELD_CHAMPION = "Champion: today's model"
FIELD_CHAMPION_HELP = (
    "A baseline of this run, or a column of the table that holds today's score. Its direction is found on "
    "rows kept out of training."
)
BEST_BASELINE = "the best baseline"
COLUMN_CHOICE = "column {name}"
FIELD_RATE = "Approval rate (%)"
FIELD_RATE_HELP = "1 to 99; empty means what the run's own threshold approves."
AS_THRESHOLD = "as the threshold"
APPLY = "Value again"

AT_MOVED = (
    "Declining from {threshold} makes **{money}** on these {rows} customers; approving everybody makes "
    "{everybody}, nobody {nobody}."
)
EXPOSURE_EXAMPLE = "10,000, an example"
AT_SOURCE = "The amounts are set under Decisions below."
AT_EXAMPLE = (
    "What a default costs and a good customer earns is not set yet. Set them under Decisions below, and this "
    "says in money what a threshold comes to."
)
USE_COST = "Use {threshold}, which the amounts chose on rows kept out of training"
