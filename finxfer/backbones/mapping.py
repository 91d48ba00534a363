"""How the columns of a table meet those of backbones: pairs taken unasked, the analyst's corrections, the
share of a backbone that is used. Light: no torch.

One rule for the page and the command line: the same name is taken, and a likeness where `Pair.taken` says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from finxfer.backbones.card import Card
from finxfer.backbones.considered import LEAST_SHARE
from finxfer.backbones.matching import NEAREST_KIND, Pair, mapping_of, propose_pairs
from finxfer.records.spec import ColumnSpec


@dataclass(frozen=True)
class Meeting:
    """How one backbone that knows its columns meets a table.

    columns: the table's features, and those of one value in every row that the backbone reads (`kept` names
    them). pairs: in the order of the card, with those that are only suggested. given: the corrections that
    still hold, backbone column -> the table's, "" for none.
    """

    card: Card
    columns: tuple[ColumnSpec, ...]
    pairs: tuple[Pair, ...]
    given: Mapping[str, str]
    kept: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """Names of the backbone's columns."""
        return tuple(entry["name"] for entry in self.card.columns or [])

    @property
    def used(self) -> dict[str, str]:
        """Backbone column -> the table's column that it reads."""
        return {pair.known: pair.column for pair in self.pairs if pair.taken and not pair.masked}

    @property
    def masked(self) -> tuple[str, ...]:
        """The backbone's columns that are protected in this table."""
        return tuple(pair.known for pair in self.pairs if pair.taken and pair.masked)

    @property
    def missing(self) -> tuple[str, ...]:
        """The backbone's columns that nothing stands for."""
        taken = {pair.known for pair in self.pairs if pair.taken}
        return tuple(name for name in self.known if name not in taken)

    @property
    def new(self) -> tuple[str, ...]:
        """Features that stand for none of the backbone's columns, nor have the name of one."""
        out = {*self.used.values(), *self.known}
        return tuple(column.name for column in self.columns if column.name not in out)

    @property
    def unread(self) -> tuple[str, ...]:
        """Features that have the name of a column which something else stands for, or nothing."""
        used = self.used.values()
        names = [column.name for column in self.columns if column.name in self.known]
        return tuple(name for name in names if name not in used)

    @property
    def suggested(self) -> tuple[Pair, ...]:
        """Likenesses that are too weak to be taken unasked, the best first."""
        open_pairs = [pair for pair in self.pairs if not pair.taken and not pair.masked]
        return tuple(sorted(open_pairs, key=lambda pair: -pair.score))

    @property
    def promising(self) -> bool:
        """Whether finxfer would consider the backbone unasked, were all that is suggested true."""
        return len(self.used) + len(self.suggested) >= LEAST_SHARE * max(1, len(self.known))

    @property
    def weighted(self) -> bool:
        """Whether the card says what each column counts for."""
        return bool(self.card.importance) and set(self.known) <= set(self.card.importance)

    @property
    def weights(self) -> dict[str, float]:
        """What each of the backbone's columns counts for, sum 1: by its importance at the source, else all
        alike."""
        raw = {name: self.card.importance[name] if self.weighted else 1.0 for name in self.known}
        total = sum(raw.values())
        return {name: weight / total if total else 1 / len(raw) for name, weight in raw.items()}

    @property
    def share(self) -> float:
        """0..1: the part of the backbone's knowledge of columns that this table uses."""
        weights = self.weights
        return min(1.0, sum(weights[name] for name in self.used))

    @property
    def mapping(self) -> dict[str, str]:
        """What a spec has to keep: pairs that names alone would not give, and those that were refused."""
        return {name: "" for name, column in self.given.items() if not column} | mapping_of(self.pairs)


def meet(
    card: Card,
    columns: Sequence[ColumnSpec],
    frame: pd.DataFrame,
    protected: Sequence[ColumnSpec] = (),
    given: Mapping[str, str] | None = None,
    constants: Sequence[ColumnSpec] = (),
) -> Meeting:
    """The pairs of a backbone that knows its columns and a table.

    columns: the features. frame: rows of the table (see `matching.propose_pairs`). protected: columns that
    the model must not see. given: the analyst's corrections. constants: columns that are left out because
    every row has the same value: a backbone that has met others can read it. Raises BadInput for corrections
    of nonsense.
    """
    kept = [replace(column, role="feature") for column in constants]
    given = dict(given or {})
    pairs = propose_pairs(card, [*columns, *kept], frame, protected, given)
    names = {column.name for column in constants}
    pairs = [pair for pair in pairs if pair.taken or pair.column not in names]
    read = {pair.column for pair in pairs}
    stay = [column for column in kept if column.name in read]
    return Meeting(card, (*columns, *stay), tuple(pairs), given, tuple(column.name for column in stay))


def still_possible(
    card: Card,
    given: Mapping[str, str],
    columns: Iterable[ColumnSpec],
) -> dict[str, str]:
    """The corrections that can still be meant: roles, kinds and backbones change. columns: all that the
    table offers, protected ones among them. Of two that name the same column the later one stays."""
    kinds = {entry["name"]: entry["kind"] for entry in card.columns or []}
    own = {column.name: column.kind for column in columns}
    found: dict[str, str] = {}
    for name, column in given.items():
        if name not in kinds:
            continue
        if column and (column not in own or NEAREST_KIND[own[column]] != NEAREST_KIND[kinds[name]]):
            continue
        found = {key: value for key, value in found.items() if not column or value != column}
        found[name] = column
    return found


def merged(meetings: Sequence[Meeting]) -> tuple[dict[str, str], tuple[str, ...]]:
    """One mapping for a run that tries several backbones, and the columns of one value that are kept for it.

    A pair is in it where all promising backbones that know the column agree on it.
    """
    meetings = [meeting for meeting in meetings if meeting.promising]
    found: dict[str, str] = {}
    for meeting in meetings:
        for name, column in meeting.mapping.items():
            others = [other for other in meetings if name in other.known]
            if all(_stands(other, name) == column for other in others):
                found[name] = column
    kept = tuple(dict.fromkeys(name for meeting in meetings for name in meeting.kept))
    return found, kept


def _stands(meeting: Meeting, name: str) -> str:
    return next((pair.column for pair in meeting.pairs if pair.taken and pair.known == name), "")


def with_kept(columns: Iterable[ColumnSpec], kept: Iterable[str]) -> tuple[ColumnSpec, ...]:
    """All columns of the table; those of one value that a backbone reads become features."""
    names = set(kept)
    return tuple(replace(column, role="feature") if column.name in names else column for column in columns)
