"""Sentences of the proxy probe on the Fairness page."""

from __future__ import annotations

TITLE = "Can the model tell the group?"
ANSWER = (
    "How well a small probe tells each protected column from what the model makes of {rows} test customers, "
    "stage by stage. 0.5 is chance, 1 is certainty. What can be told can be used, whether or not the column "
    "is a feature."
)
NOTHING_PROBED = "This run was not probed: it is from before there was a probe. Assess it again to have it."
PICK = "Protected column"
BEFORE, AFTER = "as the backbone came", "after fine-tuning"
NOW = "in this model"
INPUT, SCORE = "Features", "Score"
FEATURES = "from the features, by boosted trees"
AXIS = "AUC of the probe"
CHANCE = "chance"
ALT = "How well {column} is told after each stage: {values}."
POINT = "{stage} {value}"
NO_BACKBONE = "No backbone is in this model, so only its features and its score were probed."
NOT_TRAINED = "Nothing of the backbone was trained, so there is no before and after."
METHOD = (
    "Features: boosted trees on the raw columns. Stages and score: logistic regression on at most "
    "{components} principal components. Both are cross-validated over {folds} parts of the test rows; the "
    "intervals are of the rows, not of the probe. Values with fewer than 30 test rows are left out. A low "
    "value does not prove that nothing is there: another probe may find more."
)
TABLE_ALT = "AUC of the probe per stage"
STAGE, BEFORE_TITLE, AFTER_TITLE, CHANGE = "Stage", "Before", "After", "Change"
