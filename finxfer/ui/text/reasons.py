"""Sentences of the Explain page's part on reasons for declined customers."""

from __future__ import annotations

PART = "Reasons"
NOTHING = "This run has no reasons for declined customers. Runs made from now on have them."
NOBODY = "None of the {explained} explained customers is declined at the run's threshold of {threshold}."
ANSWER = (
    "Of {explained} explained customers {declined} are declined at the threshold of {threshold}. "
    "**{first}** is the first reason of {share} of them."
)
THEME, COLUMNS, FIRST, NAMED, STABLE = (
    "Theme",
    "Columns",
    "First reason of",
    "Among the four of",
    "Found again in",
)
STABLE_HELP = "Mean share of draws, against other reference groups and with other orders, that give it again."
TABLE_ALT = "Themes with how many declined customers have them as a reason, and how stable that is."
NOT_MEASURED = "not measured"
CUSTOMERS = "Customers and their reasons"
CUSTOMERS_ALT = "Declined customers with their reasons and the share of draws that give each reason again."
ROW, PROBABILITY, REASON, AGAIN = "Row", "Probability", "Reason {rank}", "Again {rank}"
DOWNLOAD = "Reasons of declined customers (CSV)"
DOWNLOAD_HELP = "{held} reasons that are not stable enough are left out, of {affected} customers."

EDIT = "Themes and sentences of the bank"
EDIT_INTRO = (
    "Columns of one theme are one reason together. A change holds for all runs of this home folder, version "
    "{version}; columns that the library does not name are grouped by each run's own proposal."
)
WHICH = "Theme to change"
NEW = "A new theme"
NAME, NAME_HELP = "Name", "One line, at most 60 characters: what the customer is told."
FEATURES, FEATURES_HELP = "Columns", "A column that is taken from another theme leaves that theme."
SENTENCE = "Sentence"
SENTENCE_HELP = (
    "Empty for finxfer's own words. {theme} stands for the name, {points} for the percentage points, "
    "{detail} for the strongest column with its value."
)
LEAST = "Held back below"
LEAST_HELP = "Reasons found again in a smaller share of the draws are left out of exports."
SAVE, UNDO, RESET = "Save", "Undo the last change", "Back to the proposals"
SAVED = "Saved as version {version}."
UNDONE = "Back at version {version}."
PROPOSED = {
    "library": "set by the bank",
    "name": "proposed: their names differ by a number",
    "correlation": "proposed: they move together",
    "alone": "stands alone",
}
