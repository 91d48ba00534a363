"""How a run on the command line reads the columns of its table for a backbone: --map, and what is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

import pandas as pd

from finxfer.backbones.card import Card
from finxfer.backbones.mapping import Meeting, meet, merged, still_possible, with_kept
from finxfer.data.roles import one_value_columns
from finxfer.errors import BadInput
from finxfer.records.spec import Spec

MOST_NOTICES = 5
"""Of likenesses that are only suggested; --map can name any other."""


def read_columns(
    spec: Spec, frame: pd.DataFrame, cards: Sequence[Card], maps: Sequence[str], drop: Sequence[str] = ()
) -> tuple[Spec, list[str]]:
    """The spec with the pairs of columns that its run reads by, and what to say of them.

    cards: the named backbone, or all that finxfer may choose among. maps: as `--map` was given, beside the
    spec's own mapping. drop: columns that stay out whatever a backbone knows.

    Raises:
        BadInput: a `--map` that cannot be read, names a column that is not there, or one twice.
    """
    named = [card for card in cards if card.columns is not None and card.available]
    asked = _asked(maps, named, cards, frame)
    given = {**spec.mapping, **asked}
    constants = one_value_columns(frame, [column for column in spec.columns if column.name not in drop])
    features, hidden = list(spec.feature_columns), list(spec.hidden_columns)
    everything = [*features, *hidden, *constants]
    meetings, chooses = [], spec.backbone == "auto"
    for card in named:
        own = {name: column for name, column in given.items() if name in _names(card)}
        if chooses:
            # Of several backbones some may know a column of that name as another kind.
            own = still_possible(card, own, everything)
        meetings.append(meet(card, features, frame, hidden, own, constants))
    if chooses:
        meetings = [meeting for meeting in meetings if meeting.promising]
        mapping, kept = merged(meetings)
        _check_taken(asked, mapping)
    else:
        mapping = meetings[0].mapping if meetings else {}
        kept = meetings[0].kept if meetings else ()
    spec = replace(spec, columns=with_kept(spec.columns, kept), mapping=mapping)
    return spec, _notices(meetings, mapping, kept)


def _names(card: Card) -> list[str]:
    return [entry["name"] for entry in card.columns or []]


def _asked(
    maps: Sequence[str], named: Sequence[Card], cards: Sequence[Card], frame: pd.DataFrame
) -> dict[str, str]:
    """Backbone column -> the table's column, or "" for none, as `--map` said it."""
    known = list(dict.fromkeys(name for card in named for name in _names(card)))
    found: dict[str, str] = {}
    for text in maps:
        if "=" not in text:
            raise BadInput(
                f"--map {text[:60]!r} cannot be read.",
                "It has no '='.",
                "Give --map KNOWN=COLUMN, or --map KNOWN= where no column stands for it.",
            )
        if not known:
            name = cards[0].id if len(cards) == 1 else "No backbone here"
            verb = "reads any table and has" if len(cards) == 1 else "has"
            raise BadInput(
                "--map has nothing to say here.",
                f"{name} {verb} no columns of its own.",
                "Leave --map out, or name a backbone that knows its columns with --backbone.",
            )
        # A name may hold "=" itself.
        places = [place for place, letter in enumerate(text) if letter == "="]
        place = next((place for place in places if text[:place] in known), places[0])
        name, column = text[:place], text[place + 1 :]
        if name not in known:
            raise _unknown(f"The backbone has no column {name!r}.", name, known)
        if column and column not in frame.columns:
            raise _unknown(f"There is no column {column!r} in the table.", column, list(frame.columns))
        if found.get(name, column) != column:
            raise BadInput(
                f"The backbone's column {name!r} is mapped twice.",
                f"Once to {found[name]!r} and once to {column!r}.",
                "Give one --map for it.",
            )
        found[name] = column
    return found


def _unknown(what: str, name: str, known: Sequence[str]) -> BadInput:
    near = get_close_matches(name, known, 3, 0.6)
    more = f" and {len(known) - 12:,} more" if len(known) > 12 else ""
    listed = ", ".join(map(repr, near or known[:12]))
    why = f"Did you mean {listed}?" if near else f"Its columns are {listed}{more}."
    return BadInput(what, why, "Name it exactly: --map KNOWN=COLUMN, the backbone's column first.")


def _check_taken(asked: Mapping[str, str], mapping: Mapping[str, str]) -> None:
    """A pair that no backbone could take was meant otherwise."""
    for name, column in asked.items():
        if mapping.get(name, "") != column:
            raise BadInput(
                f"--map {name}={column} cannot be used.",
                "The backbones that know this column disagree about it, or its kind does not fit them.",
                "Name one backbone with --backbone, and --map will be about that one.",
            )


def _notices(meetings: Sequence[Meeting], mapping: Mapping[str, str], kept: Sequence[str]) -> list[str]:
    found: list[str] = []
    shown: set[tuple[str, str]] = set()
    for meeting in meetings:
        for pair in meeting.pairs:
            if pair.how == "likeness" and pair.taken and mapping.get(pair.known) == pair.column:
                found.append(
                    f"{pair.column!r} is read as the backbone's {pair.known!r}: names and values are alike "
                    f"({pair.score:.2f}). Use --map {_quoted(pair.known, '')} if it is something else."
                )
        for pair in meeting.suggested:
            if (pair.known, pair.column) not in shown and len(shown) < MOST_NOTICES:
                shown.add((pair.known, pair.column))
                found.append(
                    f"{pair.column!r} looks like the backbone's {pair.known!r} ({pair.score:.2f}) but is not "
                    f"read as it: add --map {_quoted(pair.known, pair.column)} if it is."
                )
    for name in kept:
        found.append(f"Kept although every row has the same value: {name!r}. A backbone has learned from it.")
    return list(dict.fromkeys(found))


def _quoted(known: str, column: str) -> str:
    pair = f"{known}={column}"
    return pair if pair.replace("_", "").replace("=", "").isalnum() else repr(pair)
