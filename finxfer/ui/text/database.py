"""Sentences about tables that come from a database."""

from __future__ import annotations

TITLE = "From a database"
LEAD = (
    "The rows of a query become a table. It only reads, and it is read once: later changes are not followed."
)
CONNECTION = "Connection"
CONNECTION_HELP = "Named connections stand in the file that the setting FINXFER_DATABASES names."
OTHER = "Another address"
ADDRESS = "Address, without a password"
ADDRESS_PLACEHOLDER = "postgresql://analyst@db.example:5432/loans"
ADDRESS_HELP = (
    "postgresql://user@host:port/database, or sqlite:////folder/file.db. Other databases work when their "
    "driver is installed beside finxfer."
)
PASSWORD = "Password"
PASSWORD_HELP = (
    "Used for this one connection and stored nowhere. Leave it empty where none is needed, or where an "
    "environment variable holds it."
)
PASSWORD_KNOWN = "An environment variable holds the password."
NAME = "Name of the table"
NAME_HELP = "What the result is called in lists. Left empty it is named after the database."
NAME_DEFAULT = "Query of {name}"
QUERY = "Query"
QUERY_PLACEHOLDER = "SELECT age, income, defaulted FROM customers WHERE opened >= DATE '2024-01-01'"
QUERY_HELP = (
    "One SELECT. One row per customer, one column with the known outcome. It may take {seconds}, and give "
    "{rows} rows and {size}; settings change that."
)
TEST = "Test the connection"
TESTED = "**{name}** answers{version}."
VERSION = " (version {version})"
PREVIEW = "Show the first rows"
PREVIEW_ROWS = 50
PREVIEW_LINE = "The first {rows} rows, as texts. Nothing is stored yet."
PREVIEW_ALL = "All {rows} rows of the result, as texts. Nothing is stored yet."
PREVIEW_NONE = "The query returned no rows. Its columns are {names}. Loosen its conditions."
PREVIEW_ALT = "The first rows of the query's result"
USE = "Use this result"
WORKING = "Asking the database"
NOT_ALLOWED = (
    "No database has a name here, and addresses may not be typed. Whoever runs finxfer can name databases "
    "in the file of FINXFER_DATABASES."
)

RUNNING = "{name}: {message}. You can leave this page; the query goes on."
BACK = "Back to the query"
READ_LINE = "Queried from {name} on {when} in {seconds}"
READ_QUERY = "The query"
