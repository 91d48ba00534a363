"""Which columns are one reason together: as the bank says, else by their names, else by how they move
together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from finxfer.records.reason_library import ReasonLibrary

TOGETHER = 0.75
"""Mean absolute rank correlation from which numeric columns, or groups of them, are proposed as one theme."""
SAMPLE = 5_000
_NUMBERED = re.compile(r"^(.*[^\W\d_])[ _\-.]*\d+$")


@dataclass(frozen=True)
class Grouping:
    """A theme of one run. ``proposed_by``: library, name, correlation or alone."""

    name: str
    features: tuple[str, ...]
    proposed_by: str
    sentence: str = ""

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``."""
        return {"name": self.name, "features": list(self.features), "proposed_by": self.proposed_by}


def propose(features: Sequence[str], frame: pd.DataFrame) -> list[Grouping]:
    """Themes of columns that nobody has grouped: names that differ by a number only (PAY_0, PAY_2 …), and
    numeric columns or such groups whose rank correlation is at least :data:`TOGETHER` on average.

    Args:
        features: columns of ``frame``, each ends in one theme, in the order of the first of each.
        frame: rows to correlate; of many, the first few thousand.
    """
    stems: dict[str, list[str]] = defaultdict(list)
    for name in features:
        numbered = _NUMBERED.match(name)
        stems[f"{numbered[1]}\0" if numbered else name].append(name)
    units = [(key.rstrip("\0") if len(names) > 1 else names[0], names) for key, names in stems.items()]
    found = [Grouping(name, tuple(names), "name" if len(names) > 1 else "alone") for name, names in units]
    return _unique(_merged(found, frame[list(features)].iloc[:SAMPLE]))


def themes_of(
    features: Sequence[str], proposed: Sequence[Grouping], library: ReasonLibrary
) -> list[Grouping]:
    """The library's themes, as far as their columns are features here, and the proposal for the rest."""
    known = set(features)
    chosen = [
        Grouping(theme.name, here, "library", theme.sentence)
        for theme in library.themes
        if (here := tuple(name for name in theme.features if name in known))
    ]
    settled = {name for theme in chosen for name in theme.features}
    left = [
        Grouping(one.name, rest, one.proposed_by)
        for one in proposed
        if (rest := tuple(name for name in one.features if name not in settled))
    ]
    return _unique([*chosen, *left])


def summed(values: np.ndarray, features: Sequence[str], themes: Sequence[Grouping]) -> np.ndarray:
    """SHAP values (…, M) summed by theme, (…, T)."""
    place = {name: at for at, name in enumerate(features)}
    return np.stack(
        [values[..., [place[name] for name in one.features]].sum(axis=-1) for one in themes], axis=-1
    )


def _merged(units: list[Grouping], frame: pd.DataFrame) -> list[Grouping]:
    """Units that move together put into one, the closest pair first (average linkage)."""
    ranks = frame.select_dtypes("number").rank()
    ranks = ranks.loc[:, ranks.std() > 0]
    together = ranks.corr().abs()
    numeric = set(together.columns)
    free = [one for one in units if set(one.features) <= numeric]
    rest = [one for one in units if one not in free]
    while len(free) > 1:
        near = np.array([[_near(a, b, together) for b in free] for a in free])
        np.fill_diagonal(near, -1)
        first, second = sorted(divmod(int(near.argmax()), len(free)))
        if near[first, second] < TOGETHER:
            break
        one, other = free[first], free.pop(second)
        name = (
            f"{one.name} and {other.name}" if len(one.features) + len(other.features) < 5 else f"{one.name} …"
        )
        free[first] = Grouping(name, (*one.features, *other.features), "correlation")
    order = {name: at for at, name in enumerate(frame.columns)}
    return sorted([*free, *rest], key=lambda one: min(order[name] for name in one.features))


def _near(one: Grouping, other: Grouping, together: pd.DataFrame) -> float:
    return float(np.nan_to_num(together.loc[list(one.features), list(other.features)].to_numpy()).mean())


def _unique(themes: Sequence[Grouping]) -> list[Grouping]:
    """The same themes, none with the name of another: the columns are added to a name that is taken."""
    taken: set[str] = set()
    found = []
    for one in themes:
        name = one.name if one.name not in taken else f"{one.name} ({', '.join(one.features)})"
        taken.add(name)
        found.append(Grouping(name, one.features, one.proposed_by, one.sentence))
    return found
