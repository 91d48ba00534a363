"""Sentences of the Results page's part "Calibration and grades"."""

from __future__ import annotations

PART = "Calibration and grades"
MISSING = "This run's probabilities of default have not been checked yet."
MEASURE = "Check them now"

PICTURE = "PD and observed default rate of each grade"
ALT = "PD against observed default rate for each rating grade with 95% Jeffreys intervals: {values}."
ALT_GRADE = "grade {grade} PD {pd}, observed {observed}"
AXIS_GRADE = "Rating grade, lowest risk first"
AXIS_RATE = "Default rate"
PD_MARK = "PD of the grade"
OBSERVED_MARK = {
    "in line": "observed, in line",
    "PD too low": "observed, PD too low",
    "PD looks too high": "observed, PD looks too high",
    "too little data": "no customer",
}

TABLE = "Rating grades on the test customers"
COLUMNS = {
    "grade": "Grade",
    "between": "Probability",
    "pd": "PD",
    "base": "PD at {rate}",
    "rows": "Customers",
    "share": "Share",
    "defaults": "Defaults",
    "observed": "Observed",
    "p_value": "p, PD too low",
    "p_value_high": "p, PD too high",
    "verdict": "Reading",
}
COLUMN_HELP = {
    "PD": "Mean probability of the grade's customers on the rows that built it.",
    "p, PD too low": "One-sided Jeffreys p-value, the ECB's test; small where more default than PD says.",
    "p, PD too high": "The other side; small where fewer default than the PD says.",
    "Reading": "After Holm's adjustment for both sides of every grade at 5%.",
}
PORTFOLIO = "all"
BETWEEN = "{low} to {high}"

SCORE = "How good the probabilities are"
FIGURE, VALUE, MEANING = "Figure", "Value", "What it says"
BRIER = "Brier score"
BRIER_MEANING = "mean squared error, 0 is best"
BRIER_PARTS = (
    "Brier {value} = reliability {reliability} (distance of PDs from rates, 0 is best) − resolution "
    "{resolution} (how far rates differ, more is better) + uncertainty {uncertainty} (of the outcomes) "
    "{within} (hidden within {bins} bins)."
)
SLOPE, SLOPE_MEANING = "Calibration slope", "1 is right; below 1 the probabilities are too extreme"
LARGE, LARGE_MEANING = "Calibration in the large", "0 is right; above 0 more default than is said (log-odds)"
GRADES_GINI, GRADES_GINI_MEANING = "Gini of the grades", "what is left of the ranking when only grades count"
HERFINDAHL = "Concentration"
HERFINDAHL_MEANING = "Herfindahl index; as if {grades} grades were equally full"

RECALIBRATION = "Would recalibration help?"
RECALIBRATION_CAPTION = (
    "Fitted on the rows that may choose, measured on the test customers; differences from the stored "
    "probabilities with paired 95% bootstrap intervals. A new run with the setting “recalibration” stores it."
)
RECALIBRATION_OF_BASE = (
    "Fitted on the rows that may choose, measured on the test customers; differences from the probabilities "
    "before this run's recalibration, with paired 95% bootstrap intervals."
)
NAMES = {"before": "As it is", "platt": "Platt's line", "isotonic": "Isotonic regression"}
METHOD = "Method"
NOTES = "How to read this"

SETTINGS = "Build the grades differently"
FIELD_METHOD = "Grades"
FIELD_METHOD_HELP = (
    "Equal numbers of customers, or the cuts under which the outcomes of the rows that may choose are "
    "likeliest. Either way neighbours are merged until their default rates ascend."
)
METHODS = {"count": "of equal numbers of customers", "optimum": "by the likeliest cuts"}
FIELD_GRADES = "At most so many"
FIELD_GRADES_HELP = "3 to 15. More grades follow the ranking closer and hold fewer defaults each."
FIELD_BASE = "Default rate of the portfolio (%)"
FIELD_BASE_HELP = (
    "0.01 to 99; empty means that of the table. For a table whose defaults were picked more often than they "
    "happen: PDs, bad rates and money are then also given for the portfolio."
)
AS_IN_TABLE = "as in the table"
APPLY = "Build and check"
