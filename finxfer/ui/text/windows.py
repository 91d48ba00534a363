"""Sentences of the windows over a transaction log."""

from __future__ import annotations

OFFER = "This looks like a transaction log: add windows"
NOTE = (
    "What a customer and a terminal did **before** each transaction often tells more than the transaction "
    "itself. Each row sees strictly earlier rows only, and of frauds only those that were known by then. "
    "The result is a new table; this one stays as it is."
)
NONE = "None"
FIELDS = {
    "customer": "Customer or card",
    "time": "Time",
    "amount": "Amount",
    "terminal": "Terminal or merchant",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "target": "Fraud or not",
}
HELPS = {
    "customer": "Rows of one value belong together.",
    "time": "Dates with their clock, or seconds. Rows of the same instant do not see each other.",
    "amount": "For sums and means, and for this amount against the customer's own mean.",
    "terminal": "Its own windows: counts, mean amount, and the frauds known there.",
    "latitude": "In degrees, for the distance and speed from the last place.",
    "longitude": "In degrees, for the distance and speed from the last place.",
    "target": "Only for the past fraud rate of terminals.",
}
LENGTHS = "Windows, days"
LENGTHS_HELP = (
    "1 to 8 lengths, such as 1, 7, 30; 0.5 is twelve hours. Longer windows know more and forget later."
)
DELAY = "Frauds are known after, days"
DELAY_HELP = (
    "0 to 3,660. A fraud counts in a terminal's past only when it is older than this. Too short a delay uses "
    "what nobody knew at the time, and the model looks better than it will be."
)
NEW_COLUMNS = "{count} new columns"
COLUMN, MEANING = "Column", "What it says"
TABLE_ALT = "The columns that will be added, with their meaning"
ADD = "Add windows"
ADD_HELP = "Makes a new table of {rows} rows and opens it. A million rows take about ten seconds."
WORKING = "Looking back from each transaction"
NAME = "{name} with windows"
RUNNING = "Making {name}. You can leave this page; it goes on."
READ_LINE = "Made from another table here: {count} windows over the transactions of each {who}"
