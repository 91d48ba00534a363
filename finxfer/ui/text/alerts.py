"""Sentences of the part "Alerts": rare events, so many alerts a day."""

from __future__ import annotations

PART = "Alerts"
MISSING = "This run has not counted alerts yet: what is found when so many a day can be looked at."
MEASURE = "Count alerts"
CURVE = "What is found, by alerts {unit}"
UNIT_DAY, UNIT_ALL = "a day", "in all"
X_DAY, X_ALL = "Alerts a day", "Alerts in all"
Y_AXIS = "Positive rows found"
CHOSEN = "{count} {unit}"
CURVE_ALT = "Share of the positive rows found by {count} alerts {unit}: {values}."
CURVE_CAPTION = (
    "The band is the 95% interval of this model. Days are worked one by one: the highest scores of each day."
)
PER_DAY = "Alerts a day"
PER_ALL = "Alerts in all"
PER_DAY_HELP = (
    "How many rows of highest score can be looked at, 0.01 to 1,000,000. Everything on this part is measured "
    "anew with it; nothing is trained."
)
AGAIN = "Measure"
COLUMNS = {
    "model": "Model",
    "average_precision": "Average precision",
    "precision_top": "Precision in the top {top}",
    "recall_at": "Found",
    "precision_at": "Alerts that are right",
    "card_precision_at": "Customers that are right",
    "difference": "This model finds more (points)",
}
TABLE_ALT = "Alert metrics of this model and of what it is compared with"
MODELS = {"anomaly": "Anomaly score (autoencoder)", "isolation_forest": "Isolation forest"}

ANOMALY = "Anomaly score: what looks odd, without labels"
ANOMALY_NOTE = (
    "An autoencoder learns from the training rows, **without** their labels, to fill in hidden cells; rows "
    "where it fails are odd. It may find a fraud of a kind that no label has told of. It is trained after "
    "the run, takes some minutes, and scoring then has a column `anomaly`. An isolation forest stands "
    "beside it."
)
ANOMALY_START = "Train it"
ANOMALY_THERE = "The anomaly score is in the picture and the table; scoring adds a column `anomaly`."
