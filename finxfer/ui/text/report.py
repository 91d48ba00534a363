"""Sentences of the Report page."""

from __future__ import annotations

NOTHING = "This run has no report yet."
NO_MONEY = "Not measured in money. {gain}"
EXAMPLES = "The amounts of money are examples until the bank sets its own on the Results page."
OPEN_PLACES = {
    0: "Every place of the report that needs the bank's words is filled in.",
    1: "One place of the report waits for the bank's words.",
}
OPEN_PLACES_MANY = "{count} places of the report wait for the bank's words."
STALE = "Something of this run was measured after the report was written."
AGAIN = "Write the report again"
AGAIN_HELP = "From the run's files as they are now; takes about a second."

PART_PREVIEW = "Report"
PART_WORDS = "The bank's words"
PART_PACK = "Pack and replay"

DOWNLOAD = "Download the report (HTML)"
DOWNLOAD_HELP = "One file without links to the outside."
PRINT = "To print it or make a PDF, open the file in a browser and print it there: A4, charts whole."
ALT = "Validation report of this run"
TOO_LARGE = "The report is too large to be shown here ({size}). Download it and open it in a browser."
CROSSWALK_SHIPPED = "Headings and rules follow the crosswalk that comes with finxfer, reviewed {version}."
CROSSWALK_OWN = "Headings and rules follow the bank's own crosswalk, reviewed {version}."
NOT_ADVICE = "A reading aid, not legal advice."

WORDS_INTRO = (
    "What only the bank can say. An empty place stands in the report as still to be filled in; dates and "
    "signatures stay lines to sign."
)
FIELDS = {
    "purpose": ("Purpose", "What the model is for, in a sentence or two."),
    "intended_use": ("Intended use and users", "How its answers enter a decision, and who decides."),
    "not_for": ("Not to be used for", "Uses, products or customers that it was not made for."),
    "owner": ("Model owner", "Who answers for the model."),
    "developers": ("Developers", "Names, separated by commas."),
    "reviewers": ("Reviewers", "Independent of the developers: nobody may be in both fields."),
    "limits": ("Limits that the bank accepts", "Known weaknesses that were weighed and accepted, and why."),
    "frequency": ("How often it is monitored", "For instance: stability monthly, outcomes quarterly."),
    "escalation": ("When a limit is crossed", "Who is told, and what happens then."),
}
LONG_FIELDS = ("purpose", "intended_use", "not_for", "limits")
PLAN = "Monitoring plan"
PLAN_HELP = "Proposed from this run's own figures. A limit of your own takes the place of the proposed one."
PLAN_COLUMNS = {
    "figure": "What is watched",
    "now": "Now",
    "proposed": "Proposed limit",
    "limit": "The bank's limit",
}
SIGN_OFFS = "Sign-offs"
SAVE = "Save and write the report again"
SAVED = "Saved; the report was written again."

PACK_INTRO = (
    "A pack lets somebody else read this run and make it again: the report, the spec, every figure, seeds, "
    "versions and checksums."
)
PACK_WITHOUT = (
    "It holds **no customer row**: no table, no prediction, no fitted model. It does hold names of columns "
    "and groups, and what the bank wrote for the report."
)
PACK = "Download the pack (ZIP)"
PACK_DATA = "With customer rows"
PACK_DATA_HELP = "Adds the table and the prediction of every test row, so that a replay needs nothing else."
PACK_WARNING = (
    "This pack will hold customer rows. Keep it where customer data may be kept, and hand it to nobody who "
    "may not see them."
)
PACK_NO_TABLE = (
    "The table of this run is not stored here any more, so only a pack without customer rows can be made."
)
PACK_CONFIRM = "I may export these customers' data"
PACK_DOWNLOAD_DATA = "Download the pack with customer rows (ZIP)"
REPLAY = "To make the run again from its pack and see the difference of every metric:"
REPLAY_COMMAND = "python -m finxfer replay {file} --table TABLE{test}"
REPLAY_COMMAND_DATA = "python -m finxfer replay {file}"
REPLAY_TABLE = "TABLE is the file {name}, byte for byte; another file is refused."
