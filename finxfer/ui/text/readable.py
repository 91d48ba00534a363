"""Sentences of the Explain page's part on readable models."""

from __future__ import annotations

PART = "Readable models"
NOTHING = "This run has no readable models. Runs made from now on have them."
INTRO = (
    "Two models that a person can read, fitted to this model's predictions of training rows. They say how "
    "the model decides, not how well; how much of it they tell was measured on test rows."
)
TREE, SCORECARD = "A tree of four questions", "A scorecard"
FIDELITY = ("How much of the model it tells", "On {rows} test rows, with 95% intervals.")
FIGURES = {
    "r2": "R² of the probabilities",
    "rank_correlation": "Rank correlation",
    "agreement": "Same side of the threshold",
}
TREE_ALT = (
    "A tree of {leaves} ends; the first question is: {question} The ends go from {low} to {high} predicted "
    "probability."
)
TREE_CAPTION = "Yes is to the left. Squares are ends at or above the run's threshold of {threshold}."
FEATURE, BIN, POINTS, CUSTOMERS = "Feature", "Value", "Points", "Share of training rows"
CARD_ALT = "Points of each bin of each feature; the base is {base} points."
CARD_DOWNLOAD = "Scorecard (CSV)"
NO_FIGURE = "—"
