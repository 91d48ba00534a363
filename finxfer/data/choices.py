"""What an analyst may say about how a file is read, beyond what its content says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadingChoice:
    """A choice among what a file offers.

    Args:
        part: the sheet of a workbook or the member of an archive, as the reading report names it; None takes
            the first that holds a table.
        encoding: the encoding of a text table; None takes what the content says.
    """

    part: str | None = None
    encoding: str | None = None


AS_IT_COMES = ReadingChoice()
"""No choice made: finxfer decides."""
