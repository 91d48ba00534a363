"""Sentences on what files are read, on folders of the server, and on reading a file in another way."""

from __future__ import annotations

# From a folder of this server
FOLDER_TITLE = "From a folder of this server"
FOLDER_LEAD = (
    "Tables that lie on the machine where finxfer runs. They are read where they are, without an upload."
)
FOLDER_SEARCH = "Search"
FOLDER_SEARCH_HELP = "Part of the name"
FOLDER_COLUMNS = {"name": "Table", "size": "Size", "modified": "Changed"}
FOLDER_ALT = "Tables in the allowed folders with size and date; choose a row to read it"
FOLDER_DATASET = "folder"
FOLDER_EMPTY = "There is no table in the allowed folders."
FOLDER_NONE_FITS = "No table's name has that in it."
FOLDER_READ = "Read {name}"
FOLDER_CHOOSE = "Choose a table above"
FOLDER_MISSING = "None of the folders that the setting FINXFER_DATA_FOLDERS names is there."

# What was read
READ_XLSX = "Excel workbook"
READ_PARQUET = "Parquet"
IN_ZIP = "from a zip archive"
IN_GZIP = "from a gzip file"
READ_PART = "**{part}**"
PART = "Sheet or file inside"
PART_HELP = (
    "The file holds several. Another one becomes a table of its own; roles are kept where the names of the "
    "columns are the same."
)
ENCODING = "Encoding"
ENCODING_HELP = (
    "The file does not say its encoding, so it was told by its letters. If words look wrong, choose another "
    "one: the file is read again, and roles are kept where the names of the columns are the same."
)
ENCODING_GUESS = "As finxfer reads it"
READING_AGAIN = "Reading the file again"
"""While a small file is read again."""
