"""Words that charts and tables share: names of models, metrics, axes and classes."""

from __future__ import annotations

MODEL_NAMES = {
    "model": "This model",
    "lightgbm": "LightGBM",
    "logistic_regression": "Logistic regression",
    "from_scratch": "Network from scratch",
    "without_pretrained": "Without pretraining",
}

LINEAR = {
    "Logistic regression": "Linear regression",
    "logistic regression": "linear regression",
}
"""The first baseline of a regression is a linear one, stored under the same name."""

MODELS_IN_A_SENTENCE = {
    "model": "this model",
    "lightgbm": "LightGBM",
    "logistic_regression": "logistic regression",
    "from_scratch": "the network from scratch",
}

METRIC_NAMES = {
    "auc": "AUC",
    "gini": "Gini",
    "average_precision": "Average precision",
    "ks": "KS",
    "brier": "Brier score",
    "log_loss": "Log loss",
    "calibration_error": "Calibration error",
    "threshold": "Threshold",
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "rmse": "Error (RMSE)",
    "mae": "Mean absolute error",
    "r2": "R²",
    "median_absolute_error": "Median absolute error",
    "spearman": "Rank correlation",
    "bias": "Mean error",
    "selection_rate": "Selection rate",
    "tpr": "True positive rate",
    "fpr": "False positive rate",
}


FALSE_POSITIVE_RATE = "Share of negatives flagged"
TRUE_POSITIVE_RATE = "Share of positives flagged"
GUESSING = "guessing"
RECALL = "Recall: share of positives flagged"
PRECISION = "Precision: share of flagged that are positive"
PREDICTED = "Predicted probability"
OBSERVED = "Observed share of positives"
PERFECT = "perfectly calibrated"
PROBABILITY = "Predicted probability of the positive class"
SHARE_OF_CLASS = "Share of the class"
SHARE_BELOW = "Share of the class at or below the score"
DECILE = "Tenth of the rows, riskiest first"
LIFT = "Times the average rate"
AVERAGE = "average"
ROWS_SEEN = "Share of rows, riskiest first"
POSITIVES_FOUND = "Share of positives found"
ROWS = "Rows"
THRESHOLD = "threshold"
RUNS_OWN = "the run's own threshold"
SHAP_SHORT = "Contribution to the probability"
SHAP_MEAN = "Mean absolute contribution to the probability"
SHAP_SHORT_AMOUNT = "Contribution to the prediction"
SHAP_MEAN_AMOUNT = "Mean absolute contribution to the prediction"
PREDICTION = "Prediction"
FEATURE_VALUE = "Value of the feature"
LOW, HIGH = "low", "high"
MISSING = "missing"
OTHER_VALUES = "all other values"
OTHERS = "all other features"
START = "average of the reference group"
END = "this customer"
EPOCH = "Epoch"
LOSS = "Loss"
VALIDATION_AUC = "AUC on validation rows"
TRAIN_LOSS, VALIDATION_LOSS = "training loss", "validation loss"
BEST_EPOCH = "best epoch"
TOO_LITTLE = "too little data"
DOWNLOAD_DATA = "Data as CSV"
DOWNLOAD_HELP = "The numbers behind this chart. For a PNG use the camera in the chart's own toolbar."


def model_name(name: str, amounts: bool = False) -> str:
    """A model's name as the screens show it, in a run that predicts amounts or not; unknown ones stay."""
    return of_amounts(MODEL_NAMES.get(name, name), amounts)


def spoken_name(name: str, amounts: bool = False) -> str:
    """A model's name inside a sentence, likewise."""
    return of_amounts(MODELS_IN_A_SENTENCE.get(name, name), amounts)


def of_amounts(name: str, amounts: bool = True) -> str:
    """A model's shown name in a run that predicts amounts."""
    return LINEAR.get(name, name) if amounts else name


def metric_name(name: str) -> str:
    """A metric's name as the screens show it."""
    return METRIC_NAMES.get(name, name)
