"""Sentences of the page Runs: all runs, their names, moving them, the room they take."""

from __future__ import annotations

LEAD = "**{runs}** on this machine{active}. They and their tables take **{size}**; {free} are free."
RUNS = {1: "1 run"}
RUNS_MANY = "{count} runs"
ACTIVE = {1: ", 1 of them at work"}
ACTIVE_MANY = ", {count} of them at work"
NONE = "No run is here yet. Launch one from Home, or import runs from another machine below."

SEARCH = "Search"
SEARCH_PLACEHOLDER = "Name, table, target, backbone or tag"
STATES = "State"
TAGS = "Tags"
TABLES = "Table"
ANY = "any"
NOTHING_FOUND = "No run fits this filter."
CLEAR = "Clear the filter"
COLUMNS = {
    "name": "Run",
    "tags": "Tags",
    "state": "State",
    "target": "Target",
    "backbone": "Backbone",
    "depth": "Depth",
    "figure": "Result",
    "gain": "Gain",
    "table": "Table",
    "created": "Started",
    "size": "Size",
}
TABLE_ALT = "Table of the runs on this machine; select rows to open, compare, rename, export or delete them"
CREATED_FORMAT = "D MMM YYYY, HH:mm"
GAIN = "{value} {over}"

PICK = "Select runs in the table: one to open, two to ten to compare."
PICKED = {1: "1 run selected"}
PICKED_MANY = "{count} runs selected"
OPEN = "Open"
COMPARE = "Compare"
COMPARE_HELP = "Two to ten finished runs on the same table and target."
NAME = "Name and tags"
EXPORT = "Export"
EXPORT_HELP = "A file with whole runs, models and predictions included, for another machine."
DELETE = "Delete"

NAME_TITLE = "Name and tags"
NAME_FIELD = "Name"
NAME_HELP = (
    "Shown everywhere instead of the table's name. Empty: the table's name. At most {most} characters."
)
TAGS_FIELD = "Tags"
TAGS_HELP = "Words to sort runs by, such as champion, 2026-Q4 or pilot. Type one and press Enter."
TAGS_SEVERAL = "Tags are added to each of the {count} runs; tags that a run has stay."
SAVE = "Save"
KEEP = "Leave as it is"
SAVED = "Saved."

EXPORT_TITLE = "Export runs"
EXPORT_WARNING = (
    "The file holds customer rows: the prediction of every test customer, the reference customers of the "
    "explanations and, of an in-context model, its labelled context. Keep it where customer data may be kept."
)
EXPORT_TABLE = "The tables stay here: to train again elsewhere, bring them there too."
EXPORT_CONFIRM = "I may take these rows out of this machine"
EXPORT_DOWNLOAD = "Download"
EXPORT_UNFINISHED = "Only finished runs can be exported: {names}."

IMPORT = "Import runs from another machine"
IMPORT_NOTE = "A file that “Export” wrote there. Open files only from people whom you trust."
IMPORT_FIELD = "File of runs"
IMPORT_WORK = "Checking {name} ({size})"
IMPORTED = {"new": "Imported: {name}", "here already": "Here already: {name}", "renamed": "Imported: {name}"}

DELETE_TITLE = "Delete runs?"
DELETE_QUESTION = (
    "**{names}** with models, predictions and explanations are removed from this machine. "
    "This cannot be undone. The tables stay."
)
DELETE_MORE = "{names} and {count} more"
DELETE_YES = "Delete {count}"
DELETE_NO = "Keep them"
DELETED = "{count} deleted."

STORAGE = "Room on the disk"
STORAGE_LEAD = "{size} are used; **{spare}** of it nobody needs any more."
STORAGE_TIDY = "{size} are used, and none of it is left over."
KINDS = {
    "runs": "Runs",
    "checkpoints": "Checkpoints of finished runs",
    "tables": "Tables",
    "backbones": "Own backbones",
    "jobs": "Finished jobs",
    "leftovers": "Leftovers",
}
KIND_HELP = {
    "runs": "models, predictions, explanations",
    "checkpoints": "needed to carry on a run that stopped, not one that finished",
    "tables": "as uploaded, with roles",
    "backbones": "trained here",
    "jobs": "scored tables, what-ifs, earlier pretrainings",
    "leftovers": "from interrupted work",
}
STORAGE_ALT = "Bars of the room on the disk: {values}."
BAR_WORDS = "{size} ({count})"
SPARE = "Free {size}"
SPARE_HELP = (
    "Checkpoints of finished runs, finished jobs (scored tables that you have not downloaded are among them) "
    "and leftovers. Runs, tables and backbones stay."
)
SPARE_TITLE = "Free this room?"
SPARE_QUESTION = "{kinds} are removed, {size} in all. Runs, tables and backbones stay. This cannot be undone."
SPARE_KIND = "{count} × {kind}"
SPARE_YES = "Free it"
ITEMS = "Everything, the largest first"
ITEM_COLUMNS = {
    "name": "Name",
    "kind": "Kind",
    "size": "Size",
    "used_by": "Used by runs",
    "changed": "Last changed",
}
ITEMS_ALT = "Table of all that is stored, the largest first; select rows to delete them"
ITEMS_DELETE = "Delete the selected ({size})"
ITEMS_TITLE = "Delete the selected?"
ITEMS_QUESTION = "{names} are removed, {size} in all. This cannot be undone."
ITEMS_USED = (
    "{count} of them are tables or backbones that runs use: these runs keep their results, but cannot be "
    "assessed or trained again."
)
FREED = "{size} freed."
