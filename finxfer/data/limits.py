"""How much a packed file may unpack to, counted while it is unpacked; no header is believed."""

from __future__ import annotations

from finxfer.errors import BadInput
from finxfer.settings import number

MOST_RATIO = 250
"""Unpacked bytes per packed byte above which a file is taken for a bomb; tables reach some tens."""
CELL_BYTES = 8
"""Memory of one number."""
FREE_BYTES = 64_000_000
"""Unpacked bytes below which the ratio does not matter."""


def unpacked_limit() -> int:
    """The setting ``unpacked_gb`` in bytes."""
    return int(number("unpacked_gb") * 1e9)


def check_cells(cells: int, shown: str) -> None:
    """Whether memory has room for a Parquet table of so many cells, of which a small file may hold billions.

    Raises:
        BadInput: it has not, by the setting ``unpacked_gb``.
    """
    if cells * CELL_BYTES > unpacked_limit():
        raise BadInput(
            f"The table {shown!r} is too large to read.",
            f"It has {cells:,} cells; at most {unpacked_limit() // CELL_BYTES:,} are read.",
            "Give a part of it, or raise the setting FINXFER_UNPACKED_GB.",
        )


class Meter:
    """Counts the bytes that come out of one packed file.

    Args:
        shown: the file's name for people.
        packed: its size in bytes, as it lies on disk.
    """

    def __init__(self, shown: str, packed: int) -> None:
        self.shown = shown
        self.packed = max(packed, 1)
        self.unpacked = 0
        self.limit = unpacked_limit()

    def add(self, count: int) -> None:
        """Count ``count`` more bytes.

        Raises:
            BadInput: too many in all, or too many for the size of the packed file.
        """
        self.unpacked += count
        if self.unpacked > self.limit:
            raise BadInput(
                f"The file {self.shown!r} unpacks to more than {self.limit / 1e9:g} GB.",
                "It was given up there, and nothing of it was kept.",
                "Leave out columns or rows, or raise the setting FINXFER_UNPACKED_GB.",
            )
        if self.unpacked > max(FREE_BYTES, MOST_RATIO * self.packed):
            raise BadInput(
                f"The file {self.shown!r} unpacks to more than {MOST_RATIO} times its size.",
                f"It has {self.packed:,} bytes and gave {self.unpacked:,} before it was given up: tables do "
                "not pack like that, but files made to fill a disk do.",
                "Unpack it yourself, look at it, and give the table inside.",
            )
