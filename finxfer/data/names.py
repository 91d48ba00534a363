"""Column names: cleaned, never empty, never twice the same."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from finxfer.errors import BadInput
from finxfer.settings import integer

_INVISIBLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060\ufeff]+")


def clean_name(name: object) -> str:
    """A name in Unicode's composed form, with no control or invisible characters and single spaces."""
    return _INVISIBLE.sub(" ", unicodedata.normalize("NFC", str(name))).strip()


def clean_names(raw: Sequence[object]) -> tuple[list[str], list[str]]:
    """Names for the columns of a table, and sentences on what was repaired.

    A column without a name is named after its place. Names that are the same are refused: nobody
    could tell later which of the two a model was trained on.

    Raises:
        BadInput: two columns of the same name, or more columns than the setting ``max_columns``.
    """
    most = integer("max_columns")
    if len(raw) > most:
        raise BadInput(
            f"The table has {len(raw):,} columns; at most {most:,} are read.",
            "Tables this wide are usually turned on their side or joined by mistake.",
            "Leave out columns that are not needed, or raise the setting FINXFER_MAX_COLUMNS.",
        )
    names = [clean_name(name) for name in raw]
    doubles = [name for name, count in Counter(names).items() if name and count > 1]
    if doubles:
        places = ", ".join(str(index + 1) for index, name in enumerate(names) if name == doubles[0])
        others = f" (and {len(doubles) - 1:,} more names)" if len(doubles) > 1 else ""
        raise BadInput(
            f"Two columns are both called {doubles[0][:80]!r}{others}.",
            f"They are columns {places}, and a model could not tell them apart.",
            "Give every column a name of its own.",
        )
    repairs = []
    taken = set(names)
    for index, name in enumerate(names):
        if not name:
            given = f"column_{index + 1}"
            while given in taken:
                given += "_"
            taken.add(given)
            names[index] = given
            repairs.append(f"Column {index + 1} had no name; it is called {given!r} now.")
    return names, repairs
