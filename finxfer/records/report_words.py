"""What only the bank can say in a run's report: purpose, people, limits accepted, monitoring, sign-offs."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from finxfer.errors import BadInput
from finxfer.records.checking import known_fields
from finxfer.records.folder import RunFolder

FILE = "report.json"
LONGEST = 4000
"""Characters of one field."""
MOST_ENTRIES = 40
TEXTS = (
    "purpose",
    "intended_use",
    "not_for",
    "owner",
    "developers",
    "reviewers",
    "limits",
    "frequency",
    "escalation",
)
SIGN_OFFS = ("Model owner", "Independent validation", "Approval")
"""Who signs, unless the bank says otherwise."""


@dataclass(frozen=True)
class ReportWords:
    """The bank's words; an empty text is shown in the report as still to be filled in.

    Args:
        purpose: what the model is for.
        intended_use: how its answers are used, and by whom.
        not_for: uses that it is not meant for.
        owner: who answers for it.
        developers, reviewers: names, separated by commas or lines; nobody may be both.
        limits: the limits that the bank accepts.
        frequency: how often the monitoring is done.
        escalation: what happens when a limit is crossed.
        thresholds: figure of the monitoring plan -> the bank's own limit in place of the proposed one.
        sign_offs: role -> name of who signs; date and signature stay lines to be written on.

    Raises:
        BadInput: a field is no text or too long, or a reviewer is a developer.
    """

    purpose: str = ""
    intended_use: str = ""
    not_for: str = ""
    owner: str = ""
    developers: str = ""
    reviewers: str = ""
    limits: str = ""
    frequency: str = ""
    escalation: str = ""
    thresholds: dict[str, str] = field(default_factory=dict)
    sign_offs: dict[str, str] = field(default_factory=lambda: dict.fromkeys(SIGN_OFFS, ""))

    def __post_init__(self) -> None:
        for name in TEXTS:
            _check(name, getattr(self, name))
        for name in ("thresholds", "sign_offs"):
            entries = getattr(self, name)
            if not isinstance(entries, dict) or len(entries) > MOST_ENTRIES:
                raise _refuse(f"Its field {name!r} must be an object of at most {MOST_ENTRIES} entries.")
            for key, value in entries.items():
                _check(name, key)
                _check(name, value)
        both = _people(self.developers) & _people(self.reviewers)
        if both:
            raise BadInput(
                "The reviewers are not independent.",
                f"Named as developer and as reviewer: {', '.join(sorted(both))}.",
                "Name reviewers who had no part in making the model, or leave the field empty.",
            )

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``; :meth:`from_json` gives an equal one back."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Any) -> ReportWords:
        """Read the words, checking every field.

        Raises:
            BadInput: not an object, an unknown field, or a value that is no text.
        """
        return cls(**known_fields(cls, content, "report"))


def report_words(run: RunFolder) -> ReportWords:
    """The words kept for a run; none yet gives empty ones.

    Raises:
        Damaged: the file is not JSON. BadInput: it holds nonsense.
    """
    return ReportWords.from_json(run.read_json(FILE)) if (run.path / FILE).is_file() else ReportWords()


def _people(names: str) -> set[str]:
    parts = (" ".join(part.split()).casefold() for part in re.split(r"[,;\n]", names))
    return {part for part in parts if part}


def _check(name: str, value: object) -> None:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise _refuse(f"Its field {name!r} must be text of at most {LONGEST:,} characters.")


def _refuse(why: str) -> BadInput:
    return BadInput("What was written for the report cannot be used.", why, "Shorten or correct the field.")
