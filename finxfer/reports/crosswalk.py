"""Which rule asks for which section of the report, and the sections' headings: read from a file.

A change of rule is a change of data: the shipped ``crosswalk.csv``, or a bank's own one of that name in the
home folder, which takes its place. It is a reading aid, not legal advice.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from finxfer.errors import BadInput
from finxfer.records.home import home

FILE = "crosswalk.csv"
SHIPPED = Path(__file__).parent / FILE
COLUMNS = ("rule", "version", "applies_to", "expects", "section")
REVIEWED = "reviewed"
"""The optional column with the day on which somebody last looked at a row."""
HEADINGS = "Headings of this report"
"""The rule of that name is no rule: its row gives the order and the headings of the sections."""
SECTIONS = (
    "purpose",
    "data",
    "backbone",
    "alternatives",
    "performance",
    "calibration",
    "stability",
    "fairness",
    "explanations",
    "limits",
    "monitoring",
    "sign-offs",
)
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Rule:
    """One row: what a rule expects, and the sections of the report that it asks for."""

    rule: str
    version: str
    applies_to: str
    expects: str
    sections: tuple[str, ...]
    reviewed: str
    line: int

    @property
    def unknown(self) -> tuple[str, ...]:
        """Sections it names that the report does not have."""
        return tuple(name for name in self.sections if name not in SECTIONS)


@dataclass(frozen=True)
class Heading:
    """A section of the report: its name in the file, and its heading."""

    section: str
    title: str


@dataclass(frozen=True)
class Crosswalk:
    """A crosswalk file.

    Args:
        rules: its rows, in their order.
        headings: every section of the report, in the order of the file.
        version: the newest day of review in it, or ``undated``.
        sha256: of the file.
        own: whether it is the bank's own file.
        notes: what does not fit between file and report, one sentence each.
    """

    rules: tuple[Rule, ...]
    headings: tuple[Heading, ...]
    version: str
    sha256: str
    own: bool
    notes: tuple[str, ...]

    def rules_of(self, section: str) -> list[Rule]:
        """The rules that ask for a section."""
        return [rule for rule in self.rules if section in rule.sections]


def own_path() -> Path:
    """Where a bank's own crosswalk lies, if it has one."""
    return home() / FILE


def crosswalk_in_use() -> tuple[Crosswalk, BadInput | None]:
    """The bank's crosswalk where it has one, else the shipped one.

    A bank's file that cannot be used must not cost a run its report: the shipped one is taken, and the
    error comes with it to be said.
    """
    if own_path().is_file():
        try:
            return read_crosswalk(own_path(), own=True), None
        except BadInput as error:
            return read_crosswalk(SHIPPED), error
    return read_crosswalk(SHIPPED), None


def read_crosswalk(path: Path, own: bool = False) -> Crosswalk:
    """Read and check a crosswalk file.

    Raises:
        BadInput: it is too large, not UTF-8, lacks a column or a value, names a rule twice, or its headings
            are not one for each section that it names.
    """
    content = path.read_bytes()
    if len(content) > MOST_BYTES:
        raise _refuse(f"It has {len(content):,} bytes, and at most {MOST_BYTES:,} are read.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refuse(f"It is not UTF-8 text (byte {error.start}).") from None
    rules = _rules(text)
    layout = next((rule for rule in rules if rule.rule == HEADINGS), None)
    rules = [rule for rule in rules if rule.rule != HEADINGS]
    if not rules:
        raise _refuse("It holds no rule.")
    notes = _notes(rules, layout)
    return Crosswalk(
        rules=tuple(rules),
        headings=_headings(layout),
        version=max((rule.reviewed for rule in rules if rule.reviewed), default="undated"),
        sha256=hashlib.sha256(content).hexdigest(),
        own=own,
        notes=tuple(notes),
    )


def _rules(text: str) -> list[Rule]:
    first = text.split("\n", 1)[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        lacking = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
        if lacking:
            raise _refuse(f"Its first line lacks the column {lacking[0]!r}.")
        found = [_rule(row, reader.line_num) for row in reader if any(map(_cell, row.values()))]
    except csv.Error as error:
        raise _refuse(f"It is no CSV file ({error}).") from None
    names = [(rule.rule, rule.version) for rule in found]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise _refuse(f"Line {found[number].line} names {name[0]!r} a second time.")
    return found


def _rule(row: dict[str, str | None], line: int) -> Rule:
    if None in row:
        raise _refuse(f"Line {line} has more cells than the first line: put text with commas in quotes.")
    cells = {name: _cell(value) for name, value in row.items()}
    empty = [name for name in COLUMNS if not cells[name]]
    if empty:
        raise _refuse(f"Line {line} has nothing in the column {empty[0]!r}.")
    reviewed = cells.get(REVIEWED, "")
    if reviewed:
        try:
            date.fromisoformat(reviewed)
        except ValueError:
            raise _refuse(f"Line {line} was reviewed {reviewed[:40]!r}, which is no day.") from None
    sections = tuple(part.strip().casefold() for part in re.split("[,;]", cells["section"]) if part.strip())
    return Rule(
        cells["rule"], cells["version"], cells["applies_to"], cells["expects"], sections, reviewed, line
    )


def _cell(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _headings(layout: Rule | None) -> tuple[Heading, ...]:
    """Every section once: those of the file in its order, then those it leaves out."""
    if layout is None:
        return read_crosswalk(SHIPPED).headings
    titles = [title.strip() for title in layout.expects.split(";")]
    if len(titles) != len(layout.sections) or not all(titles):
        raise _refuse(
            f"Line {layout.line} has {len(titles)} headings for {len(layout.sections)} sections: "
            "headings are separated by semicolons."
        )
    if len(set(layout.sections)) != len(layout.sections):
        raise _refuse(f"Line {layout.line} names a section twice.")
    given = {name: title for name, title in zip(layout.sections, titles, strict=True) if name in SECTIONS}
    rest = {name: name.capitalize() for name in SECTIONS if name not in given}
    return tuple(Heading(name, title) for name, title in (given | rest).items())


def _notes(rules: list[Rule], layout: Rule | None) -> list[str]:
    notes = [
        f"The crosswalk names the section {name!r} ({rule.rule}), which this report does not have."
        for rule in [*rules, *([layout] if layout else [])]
        for name in rule.unknown
    ]
    asked = {name for rule in rules for name in rule.sections}
    lacking = [name for name in SECTIONS if name not in asked]
    if lacking:
        notes.append(f"No rule of the crosswalk asks for: {', '.join(lacking)}.")
    absent = [name for name in SECTIONS if layout and name not in layout.sections]
    if absent:
        notes.append(f"The crosswalk has no heading for: {', '.join(absent)}; they stand last.")
    return notes


def _refuse(why: str) -> BadInput:
    return BadInput(
        "The crosswalk of rules and sections cannot be used.",
        why,
        f"Correct {FILE} in the home folder, or take it away: then the one that comes with finxfer is used.",
    )
