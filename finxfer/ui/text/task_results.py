"""Sentences of the Results page of a regression and of a choice among classes."""

from __future__ import annotations

ERROR_OPENING = "Error (RMSE) **{value}**"
AUC_OPENING = "AUC (one class against the others) **{value}**, accuracy {accuracy}"
BETTER_ERROR = "{opening}; **{size} below {over}** on the same {rows} customers."
WORSE_ERROR = (
    "{opening}; **{size} above {over}** on the same {rows} customers: the baseline is the better choice here."
)
BETTER = "{opening}; **{size} above {over}** on the same {rows} customers."
WORSE = (
    "{opening}; **{size} below {over}** on the same {rows} customers: the baseline is the better choice here."
)
NO_GAIN = "{opening}. **No gain found over {over}**: the difference is {size} on the same {rows} customers."
ITSELF = "{opening} on {rows} test customers. **No gain**: no backbone validated above {over}; it is kept."
NOT_MEASURED = "{opening} on {rows} test customers. No gain is measured, since no baseline could be compared."

PREDICTED, ACTUAL = "Predicted", "Actual"
MEAN_PREDICTED, MEAN_ACTUAL = "Mean predicted", "Mean actual"
TENTH, MEAN_ERROR, ERROR = "Tenth of the predictions, lowest first", "Mean error", "Error (RMSE)"
PREDICTED_CLASS, ACTUAL_CLASS = "Predicted", "Actual"
FPR, TPR = "Others taken for it", "Found of the class"
GRID_HOVER = "predicted about %{x:,.4~g}, actual about %{y:,.4~g}: %{customdata:,} rows<extra></extra>"
REGRESSION_TABS = ("Predicted and actual", "Calibration by tenth", "Errors by tenth", "Error by size")
CLASS_TABS = ("Confusion", "Calibration", "One class against the others")
GRID_ALT = (
    "Predicted against actual values in {rows} test rows, darker where more lie; on the dotted line both are "
    "equal. {outside} rows beyond the 98% that are drawn."
)
TENTHS_ALT = "Mean actual value by tenth of the predictions with 95% intervals: {values}."
RESIDUALS_ALT = "Mean error by tenth of the predictions with 95% intervals: {values}."
SIZE_ALT = "Error (RMSE) by tenth of the actual values with 95% intervals: {values}."
CONFUSION_ALT = "Share of each actual class that is predicted as each class. Predicted rightly: {values}."
TOP_AXES = ("Probability of the predicted class", "Share predicted rightly")
TOP_ALT = "How often the likeliest class is right against its probability; calibration error {error}."
ROC_ALT = "ROC curve of each class against the others. AUC: {values}."
GAIN_ALT = "Difference between the model and each baseline with 95% intervals: {values}."
GAIN_AXIS = {
    "rmse": "Error (RMSE) of the baseline minus this model's",
    "auc": "AUC of this model minus the baseline's",
}
COVERAGE = (
    "**Prediction intervals.** A score comes with a range that is meant to hold the actual value in {level} "
    "of cases; it held it in {value} [{low}, {high}] of {rows} test rows, {width} wide on average."
)
NO_COVERAGE = "Too few rows were kept out of training for prediction intervals."
CLASS_TABLE = "Figures of each class"
CLASS_COLUMNS = {
    "class": "Class",
    "rows": "Rows",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "auc": "AUC against the others",
}
METRICS_CAPTION = (
    "95% bootstrap intervals in brackets. ★ marks the best value of a row, whether or not the difference "
    "could be chance."
)
IN_UNITS = " RMSE, absolute errors and the mean error are in the target's units."
