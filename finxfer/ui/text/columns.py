"""Sentences of the panel on the Backbone page that says which column stands for which."""

from __future__ import annotations

TITLE = "What it reads of your table"
SHARE = (
    "**{used} of the {known} columns** that it learned from are read from your table. They carry "
    "**{share}** of what it learned."
)
SHARE_PLAIN = "**{used} of the {known} columns** that it learned from are read from your table (**{share}**)."
SHARE_NONE = "**None of the {known} columns** that it learned from is read from your table."
SHARE_HELP = (
    "At the source each column was hidden from the finished backbone in turn; a column carries as much as "
    "that made its predictions worse. Columns that say the same stand in for each other and look smaller."
)
BAR = "Share of the backbone in use: {share}"
MASKED_ONE = (
    "**{names}** was an input at the source and is protected here: it is masked, so that the backbone reads "
    "it as missing for every customer."
)
MASKED_MANY = (
    "**{names}** were inputs at the source and are protected here: they are masked, so that the backbone "
    "reads them as missing for every customer."
)
MISSING = "Read as missing: {names}."
NEW = "New to it, with fresh embeddings that start at zero: {names}."
UNREAD = "Not read, since it knows a column of that name and another or none stands for it: {names}."
NEW_UNUSED = "Not used, since it has taken up new columns once before: {names}."
NEW_BOOSTED = "New to it, for the new trees: {names}."
KEPT = "Kept although every row has the same value, since it has learned from it: {names}."
CORRECTED = "{count} corrected by you."
SUGGESTED_ONE = "1 column looks like one of its columns, but not enough to be taken unasked."
SUGGESTED_MANY = "{count} columns look like columns of it, but not enough to be taken unasked."
PAIR = "{column} as {known}"
PAIRS = "Backbones read columns of other names: {pairs}. Choose a backbone to correct it."
FOLD = "Which column is which"
COLUMNS = {
    "known": "The backbone's column",
    "kind": "Kind",
    "column": "Your column",
    "how": "How they were matched",
    "weight": "Carries",
}
COLUMN_HELP = "Choose another column of yours, or none. Kinds must go together."
NO_COLUMN = "none"
PROTECTED = "{name} (protected)"
HOW = {"given": "your choice", "name": "same name", "likeness": "alike in name and values ({score})"}
HOW_NONE = "nothing alike"
HOW_REFUSED = "your choice"
HOW_SUGGESTED = "perhaps {column} ({score})"
HOW_MASKED = "{how}; protected, so masked"
HOW_KEPT = "{how}; one value in every row"
TABLE_ALT = "Editable table of the backbone's columns, your column for each, and how the two were matched"
KIND_REFUSED = "{column} is a {kind}, and the backbone learned {known} as a {wanted}."
BACK = "Back to the proposal"
BACK_HELP = "Takes all your corrections for this backbone and this table back"
AND_MORE = "{names} and {count} more"
