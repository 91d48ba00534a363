"""Sentences about class imbalance: the choice under "More settings", and what it cost on the Results page."""

from __future__ import annotations

LABEL = "Class imbalance"
HELP = (
    "For a rare class. None: the rows as they are, usually best for probabilities and seldom worse for "
    "ranking. "
    "Each of the others teaches with other class shares or another loss; the probabilities are corrected "
    "afterwards, and the run's part *Calibration and grades* shows what it brought and cost beside the same "
    "model without it (one more training)."
)
NAMES = {
    "none": "None",
    "weights": "Weights",
    "focal": "Focal loss",
    "oversample": "Oversample",
    "undersample": "Undersample",
    "smote": "SMOTE",
}
NUMBERS = {
    "weights": "Strength of the weights",
    "focal": "Focal loss (gamma)",
    "oversample": "Oversample to (% of rows)",
    "undersample": "Undersample to (% of rows)",
    "smote": "SMOTE to (% of rows)",
}
NUMBER_HELPS = {
    "weights": (
        "0 to 1. The rarer class counts more in the loss: 1 makes the classes count the same, 0.5 goes "
        "half of "
        "the way. Costs nothing in time; probabilities are shifted back by the known weights."
    ),
    "focal": (
        "0 to 5, usually 1 to 2. Rows that are easy count less, so that the hard ones lead. Its "
        "probabilities "
        "lie too near the middle; a closed form bends them back."
    ),
    "oversample": (
        "Up to 50. Rows of the rarer class are repeated until it has this share beside the largest class. "
        "Slower, and repeated rows are easily learned by heart. An in-context backbone reads them repeatedly."
    ),
    "undersample": (
        "Up to 50. Rows of the larger classes are left out until the rarer one has this share; each "
        "tree, each "
        "epoch and each of several contexts leaves out others. Quick, and gives information away."
    ),
    "smote": (
        "Up to 50. Made-up rows between neighbours of the rarer class join until it has this share. They "
        "are no "
        "customers; boosted backbones and in-context ones pass it over."
    ),
}
SECTION = "What was done about class imbalance, and what it cost"
COLUMN = "Model"
ROWS = {
    "untreated": "Same model, nothing done",
    "before": "{treatment}, before correction",
    "after": "{treatment}, corrected (this run)",
}
CAPTION = (
    "On the test rows; in brackets the difference from the same model without the treatment, with a "
    "paired 95% "
    "bootstrap interval. Ranking figures count the treatment, log loss, Brier score and calibration "
    "error also "
    "count its correction."
)
