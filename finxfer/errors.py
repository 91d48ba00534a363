"""The few kinds of error that finxfer shows to people.

Each says what happened, why, and what to do next. Pages show the three parts, the command line
joins them on stderr and exits with :attr:`FinxferError.exit_status`.
"""

from __future__ import annotations


class FinxferError(Exception):
    """Base of every error that a person is meant to read.

    Args:
        what: what happened, one sentence.
        why: the cause, with the offending value, one or two sentences.
        next: what to do about it, one sentence.
    """

    exit_status = 1

    def __init__(self, what: str, why: str = "", next: str = "") -> None:
        self.what = what
        self.why = why
        self.next = next
        super().__init__(" ".join(part for part in (what, why, next) if part))

    def to_json(self) -> dict[str, str]:
        """The three parts and the kind, as stored in ``status.json``."""
        return {"kind": type(self).__name__, "what": self.what, "why": self.why, "next": self.next}


class BadInput(FinxferError):
    """The analyst's table, option or file cannot be used as given; exit status 2."""

    exit_status = 2


class Damaged(FinxferError):
    """Something stored is unreadable or does not match its checksum; exit status 2."""

    exit_status = 2


class Cancelled(FinxferError):
    """The analyst asked for the job to stop."""


class Fault(FinxferError):
    """A fault of finxfer's own, or of the machine (a full disk); exit status 1."""
