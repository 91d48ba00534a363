"""Sentences of the Backbone page where finxfer is to choose."""

from __future__ import annotations

TITLE = "What finxfer will try"
LEAD = "The best of these becomes the model, or a mean of them where together they are better."
COLUMNS = ("Candidate", "How it is used")
AS_IS_AND_TUNED = "as it is, and fine-tuned on your rows"
AS_IS_OR_TUNED = "as it is; fine-tuned too if it is the best of the backbones"
NEW_HEAD = "fine-tuned, with a new head for your outcome"
BASELINES = ("LightGBM", "Logistic regression", "Network from scratch")
BASELINE = "learns from your rows alone"
MEAN = "A mean of them"
MEAN_WHAT = "with the shares that do best"
TABLE_ALT = "Table of what finxfer will try and how each candidate is used"

FOLDS = (
    "Your {rows} training rows are cut into {folds} parts. Every candidate rates each part after learning "
    "from the others, so no row is rated by a model that has seen it. The lowest {loss} leads."
)
HELD_OUT = (
    "Every candidate learns from part of your {rows} training rows and rates the others, which it has not "
    "seen. The lowest {loss} leads."
)
LOG_LOSS, SQUARED_ERROR = "log loss", "squared error"
TEST = (
    "The test rows choose nothing. They measure what was chosen, also against what would have been chosen "
    "without any pretrained backbone."
)
TIME = "Time, roughly"
TIME_NOTE = "on {device}, explanations included"
