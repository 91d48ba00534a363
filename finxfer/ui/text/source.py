"""Sentences on training a backbone on source tables: the form on the Data page, and its jobs."""

from __future__ import annotations

TITLE = "Train a backbone on your own tables"
NOTE = (
    "A large book of another product, segment or year can teach a backbone what a small one cannot. "
    "The backbone joins the catalogue and may go where the customers' rows may not."
)
NAME = "Name of the backbone"
NAME_HELP = "Letters and digits; shown on its card."
NAME_EMPTY = "Give it a name with at least one letter or digit."
TABLES = "Source tables"
TABLES_HELP = (
    "One or several stored tables, one below the other. Columns are the same where their names are; a column "
    "that a table lacks counts as missing in its rows."
)
TABLES_EMPTY = "Choose at least one table."
OPTION = "{name} · {rows} rows · {columns} columns"
KINDS_CLASH = (
    "Of different kinds in these tables: {names}. Set the kinds alike on the Data page of each table, or "
    "choose fewer tables."
)
NO_FEATURE = "No column is left to learn from. Give a column the role feature."
FEW_ROWS = "There are only {rows} rows; at least {least} are needed."

FAMILY = "Family"
FAMILY_HELP = "What kind of model learns. All can be adapted later, at any freezing depth."
FAMILY_NOTES = {
    "tabm": "Sixteen networks in one: the steadiest choice for tables with labels.",
    "ft-transformer": "A small transformer over columns: slower, sometimes better on many rows.",
    "mlp": "One plain network: quick, the reference for the others.",
    "autoencoder": (
        "Learns rows without their labels, by putting hidden and swapped cells right; labels can follow."
    ),
    "boosted": "Bags of LightGBM trees, in ten blocks: quick and strong; new trees continue it later.",
}
LEARN = "Learns from"
LEARN_HELP = (
    "Only the autoencoder learns without labels. In turn: first all rows without their labels, then the "
    "labelled ones."
)
LEARN_NAMES = {"labels": "labels", "rows": "rows without labels", "both": "both in turn"}
TARGET = "Outcome to learn"
TARGET_HELP = "The same column name in every source table."
TARGET_PLACEHOLDER = "Choose the column with the outcome"
TARGET_EMPTY = "Choose the column with the outcome."
TARGET_LACKING = (
    "Not in {names}: the column {target}. Only the autoencoder can read a table without the outcome, as rows "
    "without labels."
)
TARGET_NOWHERE = "In none of these tables: the column {target}."
POSITIVE = "Positive value"
POSITIVE_HELP = "The value whose probability is learned. At the target it has to be spelled alike."
POSITIVE_OPTION = "{value} · {rows} rows"
POSITIVE_EMPTY = "Choose the positive value."
FEW_POSITIVES = "Only {rows} rows have the value {positive}; at least {least} are needed."
FEW_OTHERS = "Only {rows} rows have another value than {positive}; at least {least} are needed."
UNLABELLED = "More rows without labels"
UNLABELLED_HELP = (
    "Their outcome is not looked at, even where they have one: the small target table itself can be among "
    "them. Of their columns those are read that the source tables have."
)
UNLABELLED_NONE = "none"

LICENCE = "Licence note"
LICENCE_HELP = "Who may use the backbone for what. Shown on its card; empty: as the source table's."
KEEP_RARE = "Keep the names of rare categories"
KEEP_RARE_HELP = (
    "Off: names of categories with fewer than 50 rows stay out of the backbone, since a rare name can point "
    "to one customer; such categories are read as one. On: names of categories from 5 rows on are kept."
)
SEED = "Seed (whole number)"
SEED_HELP = "0 to 2,147,483,647. The same seed on the same tables gives the same backbone."

JOINS_WITHOUT = "Without the outcome, so read as rows without labels: {names}."
PARTLY = "Not in every table, so missing in the rows of the others: {names}."
LABELLED_ROWS = "{positives} rows with *{target} = {positive}* and {others} others"
ROWS_ALONE = "{rows} rows without their labels"
LEARNS = "It learns from {rows}, in {columns} columns: {names}."
AND_THEN = "{first} and then {then}"
LEFT_OUT = "Not learned: {parts}."
PROTECTED = "{names} (protected)"
OTHER = "{names} (identifier, date or left out)"
HOLDS = (
    "**What the entry will hold:** {what}, the names of the columns, the names of categories with at least "
    "{least} rows, and rounded quantile edges between 0.1% and 99.9%. **No customer's row**, no minimum and "
    "no maximum."
)
HOLDS_RARE = (
    "**What the entry will hold:** {what}, the names of the columns, the names of categories with at least "
    "{least} rows (among them rare ones, by your choice), and rounded quantile edges between 0.1% and 99.9%. "
    "**No customer's row**, no minimum and no maximum."
)
WEIGHTS, TREES = "weights", "trees over bins of the columns"
START = "Train the backbone"
START_HELP = "In the background; you can leave this page. Another training on this machine is waited for."
AND_MORE = "{names} and {count} more"

ETA = "{message} · at most {time} left"
AGAIN = "Start again"
AGAIN_HELP = "Trains it anew from the beginning, with the same tables and choices."
USE = "Use it"
USE_HELP = (
    "Goes on to the Backbone page with {name} chosen, or asks for the table where it has learned this one."
)
USE_TABLE = "It has learned the open table. Open the small table that it is to be used on."
FACTS = {
    "rows": "**Rows** {value}",
    "columns": "**Columns** {value}",
    "period": "**Dates** {value}",
    "auc": "**AUC** {value} on rows of the source kept aside",
    "explained": "**Hidden cells** {value} of what they hold is told from the others",
    "licence": "**Licence** {value}",
    "sha256": "**SHA-256** {value}…",
}
PERIOD = "{first} to {last}"
NO_PERIOD = "none in these tables"
BACKBONE_LINK = "Train one on a table of your own"
BACKBONE_LINK_HELP = "On the Data page: a backbone from one or several of your stored tables."
