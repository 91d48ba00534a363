"""Which column of a table stands for which column of a backbone. Light: no torch.

Names decide on their own where they are the same but for case and punctuation. Other pairs are proposals: a
score from the words of the names and from the values, for the analyst to take or to leave.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from finxfer.backbones.card import ENCODER_FILE, Card
from finxfer.data.encoding import NUMERIC_KINDS, TableEncoder
from finxfer.data.values import value_counts
from finxfer.errors import BadInput
from finxfer.records.files import read_json
from finxfer.records.spec import ColumnSpec

NEAREST_KIND = {
    "numeric": "numeric",
    "boolean": "numeric",
    "date": "date",
    "category": "category",
    "text": "category",
}
TAKEN = 0.65
"""Score from which a pair is taken unless the analyst says otherwise."""
SHOWN = 0.3
"""Score from which a pair is worth showing."""
PROFILED_ROWS = 5_000
NAME_WEIGHT = {"numeric": 0.6, "date": 0.6, "category": 0.4}
"""What the name counts for; categories spelled alike say more than numbers of the same size."""
BEGINNING = 0.8
"""What a word and its beginning count for beside two words that are the same."""
_SHAPE_EDGES = 8
"""Quantile edges from which their spacing tells the shape of a column, and not its few values."""


@dataclass(frozen=True)
class Pair:
    """One column of the backbone and the table's column that stands for it.

    score: 0..1; name, values: what it is made of, values None where they were not looked at. how: "given" by
    the analyst, "name" the same but for case and punctuation, "likeness" of words and values. taken: whether
    a run would use it. masked: the column is protected in this table, so the backbone reads it as missing.
    """

    known: str
    column: str
    score: float
    name: float
    values: float | None
    how: str
    taken: bool
    masked: bool = False


def match_columns(
    known: Iterable[Mapping[str, str]],
    columns: Iterable[ColumnSpec],
    protected: Iterable[ColumnSpec] = (),
    mapping: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Backbone column -> the feature that stands for it; the others are read as missing.

    Kinds must be alike, and names the same, but for case, else for punctuation, where only one column of the
    table has that name. protected: columns of the table that the model must not see; one that has the name
    of a backbone's column keeps every other column from standing in for it. mapping: pairs that go before
    names, "" leaves the backbone's column out. Raises BadInput for a mapping of nonsense.
    """
    columns, protected, known = list(columns), list(protected), list(known)
    hidden = {column.name for column in protected}
    found = _by_name(known, [*columns, *protected], _checked(mapping or {}, known, [*columns, *protected]))
    return {name: column for name, column in found.items() if column not in hidden}


def masked_columns(
    known: Iterable[Mapping[str, str]],
    columns: Iterable[ColumnSpec],
    protected: Iterable[ColumnSpec],
    mapping: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """The backbone's columns that are protected in this table, so that it must read them as missing."""
    columns, protected, known = list(columns), list(protected), list(known)
    hidden = {column.name for column in protected}
    found = _by_name(known, [*columns, *protected], _checked(mapping or {}, known, [*columns, *protected]))
    return tuple(name for name, column in found.items() if column in hidden)


def propose_pairs(
    card: Card,
    columns: Sequence[ColumnSpec],
    frame: pd.DataFrame,
    protected: Sequence[ColumnSpec] = (),
    corrections: Mapping[str, str] | None = None,
) -> list[Pair]:
    """The pairs of a backbone's columns and a table's, each column in one pair at most, in the card's order.

    frame: rows of the table; at most 5,000 are looked at. corrections: the analyst's, as in `match_columns`;
    `mapping_of` turns the answer into what a spec keeps. Empty where the backbone reads any table.
    """
    known, everything = card.columns or [], [*columns, *protected]
    hidden = {column.name for column in protected}
    given = _checked(corrections or {}, known, everything)
    certain = _by_name(known, everything, given)
    likeness = _values_likeness(card, frame)
    pairs = []
    for entry in known:
        name = entry["name"]
        if name in certain:
            column = next(item for item in everything if item.name == certain[name])
            how = "given" if name in given else "name"
            names = name_likeness(name, column.name)
            pairs.append(Pair(name, column.name, 1.0, names, likeness(name, column), how, True))
    free = [entry for entry in known if entry["name"] not in certain and given.get(entry["name"]) != ""]
    open_columns = [column for column in everything if column.name not in certain.values()]
    pairs += _alike(free, open_columns, likeness)
    order = {entry["name"]: place for place, entry in enumerate(known)}
    marked = [Pair(**{**vars(pair), "masked": pair.column in hidden}) for pair in pairs]
    return sorted(marked, key=lambda pair: order[pair.known])


def mapping_of(pairs: Iterable[Pair]) -> dict[str, str]:
    """What a spec has to keep of taken pairs: those that names alone would not give."""
    return {pair.known: pair.column for pair in pairs if pair.taken and pair.how != "name"}


def name_likeness(first: str, second: str) -> float:
    """0..1: shared words over all words, and over those of the shorter name; other numbers count against.

    A word and its beginning ("debts" and "debt", "balance" and "bal") are nearly the same word.
    """
    if _folded(first) == _folded(second):
        return 1.0
    one, other = _words(first), _words(second)
    if not one or not other:
        return 0.0
    begun = [
        sum(any(_begins(word, full) for full in theirs) for word in mine)
        for mine, theirs in ((one - other, other - one), (other - one, one - other))
    ]
    shared = len(one & other) + BEGINNING * min(begun)
    likeness = 0.5 * shared / (len(one) + len(other) - shared) + 0.5 * shared / min(len(one), len(other))
    numbers = [{word for word in words if word.isdigit()} for words in (one, other)]
    return likeness if numbers[0] == numbers[1] else 0.3 * likeness


def _begins(one: str, other: str) -> bool:
    """Whether one of the words begins with the other, which has at least three letters."""
    short, long = sorted((one, other), key=len)
    return len(short) >= 3 and not short.isdigit() and long.startswith(short)


def _alike(
    known: Sequence[Mapping[str, str]],
    columns: Sequence[ColumnSpec],
    likeness: Callable[[str, ColumnSpec], float | None],
) -> list[Pair]:
    """The best pairs first, until every column is in one or nothing is worth showing."""
    candidates = []
    for entry in known:
        for column in columns:
            if not _like(entry["kind"], column.kind):
                continue
            names, values = name_likeness(entry["name"], column.name), likeness(entry["name"], column)
            weight = NAME_WEIGHT[NEAREST_KIND[column.kind]]
            score = weight * names + (1 - weight) * (values or 0.0)
            if score >= SHOWN:
                # Without a word in common or without like values there is only a guess.
                taken = score >= TAKEN and names > 0 and values is not None and values > 0.5
                candidates.append(
                    Pair(entry["name"], column.name, round(score, 3), names, values, "likeness", taken)
                )
    chosen: list[Pair] = []
    for pair in sorted(candidates, key=lambda pair: -pair.score):
        if all(pair.known != other.known and pair.column != other.column for other in chosen):
            chosen.append(pair)
    return chosen


def _values_likeness(card: Card, frame: pd.DataFrame) -> Callable[[str, ColumnSpec], float | None]:
    """Likeness of the values of a backbone's column and a table's, from what the backbone's encoder keeps."""
    file = None if card.folder is None else card.folder / ENCODER_FILE
    content: dict[str, Any] = read_json(file) if file is not None and file.is_file() else {}
    table = content.get("table", {"columns": [], "categories": {}})
    numeric = [entry["name"] for entry in table["columns"] if entry["kind"] in NUMERIC_KINDS]
    edges = dict(zip(numeric, content.get("edges", []), strict=True)) if content else {}
    rows = frame if len(frame) <= PROFILED_ROWS else frame.sample(PROFILED_ROWS, random_state=0)
    numbers: dict[str, np.ndarray] = {}

    def likeness(name: str, column: ColumnSpec) -> float | None:
        if column.name not in rows.columns:
            return None
        if name in edges:
            if column.name not in numbers:
                encoded = TableEncoder.fit(rows, [column]).transform(rows).numeric[:, 0]
                numbers[column.name] = np.sort(encoded[~np.isnan(encoded)])
            return numbers_likeness(np.asarray(edges[name]), numbers[column.name])
        if name in table["categories"]:
            return categories_likeness(table["categories"][name], value_counts(rows[column.name]))
        return None

    return likeness


def numbers_likeness(edges: np.ndarray, values: np.ndarray) -> float | None:
    """0..1: how far rounded quantile edges of one column and sorted values of another share their range.

    Where there are enough edges, less half the largest distance of the distributions (Kolmogorov-Smirnov).
    None where there is no value.
    """
    if len(values) == 0:
        return None
    low, high = np.quantile(values, (0.01, 0.99))
    inside = float(np.mean((values >= edges[0]) & (values <= edges[-1])))
    covered = float(np.mean((edges >= low - 1e-9) & (edges <= high + 1e-9)))
    # The outermost edges are rarer values than those compared with them.
    covered = min(1.0, covered * len(edges) / max(len(edges) - 2, 1))
    likeness = float(np.sqrt(inside * covered))
    if len(edges) >= _SHAPE_EDGES:
        reached = np.searchsorted(values, edges, side="right") / len(values)
        likeness *= 1 - 0.5 * float(np.abs(reached - np.linspace(0, 1, len(edges))).max())
    return likeness


def categories_likeness(names: Sequence[str], rows: Mapping[str, int]) -> float | None:
    """0..1: rows of one column whose category the other knows, and the categories that they show. None where
    one of them is empty."""
    total = sum(rows.values())
    if not total or not names:
        return None
    known = {name.strip().casefold() for name in names}
    seen = {text.strip().casefold(): 0 for text in rows}
    for text, count in rows.items():
        seen[text.strip().casefold()] += count
    share = sum(count for text, count in seen.items() if text in known) / total
    return float(np.sqrt(share * len(known & set(seen)) / len(known)))


def _by_name(
    known: Sequence[Mapping[str, str]], columns: Sequence[ColumnSpec], given: Mapping[str, str]
) -> dict[str, str]:
    """Backbone column -> table column by what was given, then by ever looser spellings of the name."""
    found = {name: column for name, column in given.items() if column}
    for spelled in (str, lambda name: name.casefold().strip(), _folded):
        taken = set(found.values())
        places: dict[str, list[ColumnSpec]] = {}
        for column in columns:
            if column.name not in taken:
                places.setdefault(spelled(column.name), []).append(column)
        for entry in known:
            same = places.get(spelled(entry["name"]), [])
            if entry["name"] in found or given.get(entry["name"]) == "" or len(same) != 1:
                continue
            if _like(entry["kind"], same[0].kind) and same[0].name not in found.values():
                found[entry["name"]] = same[0].name
    return {entry["name"]: found[entry["name"]] for entry in known if entry["name"] in found}


def _checked(
    mapping: Mapping[str, str], known: Sequence[Mapping[str, str]], columns: Sequence[ColumnSpec]
) -> dict[str, str]:
    """The part of the mapping that speaks of this backbone's columns."""
    kinds = {entry["name"]: entry["kind"] for entry in known}
    own = {column.name: column.kind for column in columns}
    mapping = {name: column for name, column in mapping.items() if name in kinds}
    for name, column in mapping.items():
        if column and (column not in own or not _like(kinds[name], own[column])):
            why = f"is of another kind ({own[column]})" if column in own else "is not among the features"
            raise BadInput(
                f"The column {column!r} cannot stand for the backbone's {name!r}.",
                f"The backbone learned {name!r} as {kinds[name]}, and {column!r} {why}.",
                "Choose another column, or none.",
            )
    chosen = [column for column in mapping.values() if column]
    if len(set(chosen)) != len(chosen):
        twice = next(column for column in chosen if chosen.count(column) > 1)
        raise BadInput(
            f"The column {twice!r} stands for two of the backbone's columns.",
            "A column has one meaning.",
            "Choose one of the two.",
        )
    return mapping


def _like(first: str, second: str) -> bool:
    return NEAREST_KIND[first] == NEAREST_KIND[second]


def _words(name: str) -> set[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", name)
    return set(re.findall(r"[^\W_]+", spaced.casefold()))


def _folded(name: str) -> str:
    """The name's letters and digits alone; the name itself where it has none."""
    return "".join(re.findall(r"[^\W_]+", name.casefold())) or name
