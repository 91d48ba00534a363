"""What would have had to be different: the fewest, smallest changes after which the model answers otherwise.

A beam search over observed values. Every single change is tried first; the most promising ones are then
combined, up to three at a time, and what was found is drawn back towards the customer's own values. The
model is asked in batches and decides alone: each returned probability is its own, of the returned values.

The size of a change of a number is the share of the training rows that lie between the two values, so that
changes of different columns can be compared; a changed category has no such distance and counts one half.
The aim is that of Wachter, Mittelstadt and Russell (2017): another answer by few and small changes; the
search is our own. dice-ml 0.12 needs xgboost and refuses customers with missing values.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from finxfer.errors import BadInput
from finxfer.explanations.seen import Customer, Seen, SeenColumn, Value

CHOICE_SIZE = 0.5
SMALLEST_SIZE = 0.01
_COARSE = 16  # values of a number that are tried first
_CHOICES = 20  # of a category: its most frequent ones
_MOVES = 6  # of a column that are combined with other columns
_BEAM = 12
_BATCH = 1024

Moves = dict[str, Value]
Predict = Callable[[pd.DataFrame], np.ndarray]


@dataclass(frozen=True)
class Limits:
    """What an answer may change.

    Args:
        fixed: columns that stay as they are.
        only_up, only_down: number and date columns that may only rise, or only fall.
        most_changes: changed columns of one answer, 1 or more.
        answers: most answers.
        evaluations: most rows that the model is asked for.
    """

    fixed: frozenset[str] = frozenset()
    only_up: frozenset[str] = frozenset()
    only_down: frozenset[str] = frozenset()
    most_changes: int = 3
    answers: int = 4
    evaluations: int = 6000


@dataclass(frozen=True)
class Change:
    """One changed column; ``size`` is the share of training rows between, or one half for a category."""

    column: str
    before: Value
    after: Value
    size: float


@dataclass(frozen=True)
class Answer:
    """Changes that together bring the model's probability below the wanted one."""

    changes: tuple[Change, ...]
    probability: float

    @property
    def size(self) -> float:
        """Sum of the sizes of its changes."""
        return sum(change.size for change in self.changes)


@dataclass(frozen=True)
class Found:
    """What a search came to.

    Args:
        before: the model's probability of the customer as they are.
        wanted: the probability that answers lie below.
        answers: fewest and smallest changes first; no two change the same columns.
        lowest: the lowest probability seen within the limits.
        evaluations: rows that the model was asked for.
        exhausted: whether the budget of evaluations ended the search early.
    """

    before: float
    wanted: float
    answers: tuple[Answer, ...]
    lowest: float
    evaluations: int
    exhausted: bool


def counterfactuals(
    predict: Predict,
    seen: Seen,
    customer: Customer,
    wanted: float,
    limits: Limits = Limits(),
    tick: Callable[[], None] = lambda: None,
    probability: bool = True,
) -> Found:
    """Search for the fewest, smallest changes after which the model's probability is below ``wanted``.

    Args:
        predict: probabilities (N,) of N rows of raw columns.
        seen: what training saw of each feature; answers hold such values only.
        customer: the customer as they are.
        wanted: above 0, at most 1; any number where the model predicts one.
        limits: what may change, and how much may be asked.
        tick: called before every batch; may raise to end the search.
        probability: whether the model predicts one, or a number in the target's units.

    Raises:
        BadInput: ``wanted`` out of range, an unknown column, or a category that shall only rise or fall.
    """
    _check(seen, wanted, limits, probability)
    search = _Search(predict, seen, customer, wanted, limits, tick)
    search.run()
    return search.found()


def _check(seen: Seen, wanted: float, limits: Limits, probability: bool) -> None:
    number = isinstance(wanted, (int, float)) and math.isfinite(wanted)
    if not number or (probability and not 0 < wanted <= 1):
        raise BadInput(
            f"There is no such {'probability' if probability else 'prediction'} to reach.",
            f"It is {wanted!r}.",
            "Give a probability above 0 and at most 1." if probability else "Give a number.",
        )
    for name in limits.fixed | limits.only_up | limits.only_down:
        seen[name]
    for name in sorted(limits.only_up | limits.only_down):
        if seen[name].kind == "choice":
            raise BadInput(
                f"The column {name!r} cannot rise or fall.",
                "It holds categories, which have no order.",
                "Let it change freely, or not at all.",
            )


@dataclass
class _Search:
    predict: Predict
    seen: Seen
    customer: Customer
    wanted: float
    limits: Limits
    tick: Callable[[], None]
    evaluations: int = 0
    exhausted: bool = False
    known: dict[tuple[tuple[str, Value], ...], float] = field(default_factory=dict)
    reached: list[Moves] = field(default_factory=list)
    final: list[Moves] = field(default_factory=list)
    before: float = math.nan

    def run(self) -> None:
        """Ask for the customer, for every single change, then for combinations of the best ones."""
        self.ask([{}])
        self.before = self.known[()]
        if self.before < self.wanted:
            return
        free = [column for column in self.seen.columns if column.name not in self.limits.fixed]
        moves = {column.name: self._moves(column) for column in free}
        states: list[Moves] = [{name: value} for name, values in moves.items() for value in values]
        for depth in range(1, self.limits.most_changes + 1):
            self.ask(states)
            asked = [one for one in states if _key(one) in self.known]
            self.reached += [one for one in asked if self.p(one) < self.wanted]
            if depth == 1:
                moves = {name: self._useful(name, values) for name, values in moves.items()}
            if self.exhausted or len(self._chosen()) >= self.limits.answers:
                break
            states = list(self._combined(self._beam(asked), moves))
        self.final = [self._nearer(one) for one in self._chosen()]

    def found(self) -> Found:
        """The answers, each asked once more on its own."""
        answers = []
        for moves in self.final:
            probability = float(self.predict(self.seen.frame([self.customer | moves]))[0])
            if probability < self.wanted:
                changes = [Change(n, self.customer[n], v, self.size(n, v)) for n, v in moves.items()]
                ordered = tuple(sorted(changes, key=lambda one: (-one.size, one.column)))
                answers.append(Answer(ordered, probability))
        answers.sort(key=lambda one: (len(one.changes), one.size))
        lowest = min(self.known.values())
        return Found(self.before, self.wanted, tuple(answers), lowest, self.evaluations, self.exhausted)

    def ask(self, states: Iterable[Moves]) -> None:
        """Learn the probabilities of states, as far as the budget goes."""
        new = {key: one for one in states if (key := _key(one)) not in self.known}
        left = max(0, self.limits.evaluations - self.evaluations)
        self.exhausted |= len(new) > left
        keys = list(new)[:left]
        for start in range(0, len(keys), _BATCH):
            self.tick()
            part = keys[start : start + _BATCH]
            rows = self.seen.frame([self.customer | new[key] for key in part])
            self.known |= dict(zip(part, np.asarray(self.predict(rows), dtype=float).tolist(), strict=True))
            self.evaluations += len(part)

    def p(self, moves: Moves) -> float:
        return self.known[_key(moves)]

    def size(self, name: str, value: Value) -> float:
        """How large the change of a column to ``value`` is, 0.01 to 1."""
        column, before = self.seen[name], self.customer[name]
        if column.kind == "choice" or before is None:
            return CHOICE_SIZE
        return max(SMALLEST_SIZE, abs(column.position(value) - column.position(before)))

    def total(self, moves: Moves) -> float:
        return sum(self.size(name, value) for name, value in moves.items())

    def _moves(self, column: SeenColumn) -> list[Value]:
        """Values that a column may take instead of the customer's, a coarse choice of them."""
        if column.kind == "choice":
            return [value for value in column.choices[:_CHOICES] if value != self.customer[column.name]]
        allowed = self._allowed(column)
        if len(allowed) <= _COARSE:
            return [column.value(one) for one in allowed]
        places = np.unique(np.linspace(0, len(allowed) - 1, _COARSE).round().astype(int))
        return [column.value(allowed[place]) for place in places]

    def _allowed(self, column: SeenColumn) -> list[float]:
        """Observed numbers that the directions permit."""
        now = column.number(self.customer[column.name])
        up, down = column.name in self.limits.only_up, column.name in self.limits.only_down
        if math.isnan(now):
            # Whether an unknown value rose or fell cannot be said.
            return [] if up or down else list(column.grid)
        allowed = [one for one in column.grid if one != now]
        return [one for one in allowed if not (up and one < now) and not (down and one > now)]

    def _useful(self, name: str, values: Sequence[Value]) -> list[Value]:
        """The values that lower the probability more than every smaller change of the column does."""
        kept: list[Value] = []
        lowest = self.before
        known = [value for value in values if _key({name: value}) in self.known]
        for value in sorted(known, key=lambda one: (self.size(name, one), self.p({name: one}))):
            if self.p({name: value}) < lowest - 1e-9:
                lowest = self.p({name: value})
                kept.append(value)
        if len(kept) <= _MOVES:
            return kept
        return [kept[place] for place in np.linspace(0, len(kept) - 1, _MOVES).round().astype(int)]

    def _beam(self, states: Sequence[Moves]) -> list[Moves]:
        """Half by the lowest probability, half by how much a change of its size lowers it."""
        open_ones = [one for one in states if self.p(one) >= self.wanted and self.p(one) < self.before]
        by_value = sorted(open_ones, key=self.p)
        by_effort = sorted(open_ones, key=lambda one: -(self.before - self.p(one)) / self.total(one))
        kept: dict[tuple[tuple[str, Value], ...], Moves] = {}
        for order in (by_value, by_effort):
            per_columns: dict[frozenset[str], int] = {}
            taken = 0
            for one in order:
                columns = frozenset(one)
                if taken == _BEAM // 2:
                    break
                if per_columns.get(columns, 0) < 2:
                    per_columns[columns] = per_columns.get(columns, 0) + 1
                    kept[_key(one)] = one
                    taken += 1
        return list(kept.values())

    def _combined(self, beam: Sequence[Moves], moves: dict[str, list[Value]]) -> Iterable[Moves]:
        reached = [frozenset(one) for one in self.reached]
        for state, (name, values) in itertools.product(beam, moves.items()):
            if name in state or any(columns <= {*state, name} for columns in reached):
                continue
            yield from (state | {name: value} for value in values)

    def _chosen(self) -> list[Moves]:
        """Fewest and smallest first; none that changes the columns of another and more."""
        chosen: list[Moves] = []
        for one in sorted(self.reached, key=lambda moves: (len(moves), self.total(moves))):
            if len(chosen) < self.limits.answers and not any(set(other) <= set(one) for other in chosen):
                chosen.append(one)
        return chosen

    def _nearer(self, moves: Moves) -> Moves:
        """The same columns with their numbers drawn back as far as the answer holds, the largest first."""
        for name in sorted(moves, key=lambda one: -self.size(one, moves[one])):
            column, before = self.seen[name], self.customer[name]
            if column.kind == "choice" or before is None:
                continue
            now, then = column.number(before), column.number(moves[name])
            between = [one for one in self._allowed(column) if min(now, then) < one < max(now, then)]
            tried = [moves | {name: column.value(one)} for one in between]
            self.ask(tried)
            holds = [one for one in tried if self.known.get(_key(one), math.inf) < self.wanted]
            moves = min([moves, *holds], key=lambda one: self.size(name, one[name]))
        return moves


def _key(moves: Moves) -> tuple[tuple[str, Value], ...]:
    return tuple(sorted(moves.items()))
