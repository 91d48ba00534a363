"""The bank's library of reasons: which columns belong to one theme, and the sentence that each theme is
told in.

One file in the home folder, ``reasons.json``, for all runs; columns that it does not name are grouped by
each run's own proposal. Every saving is a new version, and the versions before it are kept in the file for
undo.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from finxfer.errors import BadInput, Damaged
from finxfer.records.files import read_json, write_json
from finxfer.records.home import home

FILE = "reasons.json"
LONGEST_NAME, LONGEST_SENTENCE = 60, 240
MOST_VERSIONS = 50
PLACES = ("theme", "points", "detail")
"""What a sentence may leave open: the theme, its percentage points, and its strongest column in words."""
LEAST_STABLE = 0.8


@dataclass(frozen=True)
class Theme:
    """Columns that are one reason together.

    Args:
        name: what it is called, one line, at most 60 characters.
        features: its columns, none of which is in another theme.
        sentence: how it is told, with ``{theme}``, ``{points}`` and ``{detail}`` where wanted; empty for the
            sentence that finxfer would write.
    """

    name: str
    features: tuple[str, ...]
    sentence: str = ""


@dataclass(frozen=True)
class ReasonLibrary:
    """The themes of the bank.

    Args:
        themes: in the bank's order.
        least_stable: share of draws, 0.5 to 1, under which a reason is held back from exports.
        version: 0 where nothing was ever saved.

    Raises:
        BadInput: a name, sentence or share that cannot be used; a column in two themes.
    """

    themes: tuple[Theme, ...] = ()
    least_stable: float = LEAST_STABLE
    version: int = 0

    def __post_init__(self) -> None:
        share = self.least_stable
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0.5 <= share <= 1:
            raise _refused(f"The share of draws is {share!r}.", "Give a share from 0.5 to 1.")
        names = [theme.name for theme in self.themes]
        owned: dict[str, str] = {}
        for theme in self.themes:
            _check_theme(theme, names)
            for feature in theme.features:
                if feature in owned:
                    why = f"{feature!r} is in {owned[feature]!r} and in {theme.name!r}."
                    raise _refused(why, "Leave each column in one theme.")
                owned[feature] = theme.name

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``."""
        themes = [asdict(theme) | {"features": list(theme.features)} for theme in self.themes]
        return {"version": self.version, "least_stable": self.least_stable, "themes": themes}

    @classmethod
    def from_json(cls, content: Any) -> ReasonLibrary:
        """Read back what :meth:`to_json` gave.

        Raises:
            BadInput: not such an object, or nonsense in it.
        """
        try:
            themes = tuple(
                Theme(one["name"], tuple(map(str, one["features"])), one.get("sentence", ""))
                for one in content["themes"]
            )
            version = int(content.get("version", 0))
            return cls(themes, content.get("least_stable", LEAST_STABLE), version)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _refused(
                f"It is not a list of themes ({error!r}).", "Correct or delete the file."
            ) from None


def read_library(folder: Path | None = None) -> ReasonLibrary:
    """The library in use, an empty one where none was saved.

    Args:
        folder: where it lies; the home folder where absent.

    Raises:
        BadInput: the file was edited by hand into nonsense. Damaged: it is not JSON.
    """
    content = _content(folder)
    return ReasonLibrary.from_json(content["current"]) if content else ReasonLibrary()


def save_library(library: ReasonLibrary, folder: Path | None = None) -> ReasonLibrary:
    """Keep a changed library as the next version; what was there can be taken back."""
    content = _content(folder) or {"current": ReasonLibrary().to_json(), "before": []}
    version = max([content["current"]["version"], *(one["version"] for one in content["before"])]) + 1
    kept = replace(library, version=version)
    before = [*content["before"], content["current"]][-MOST_VERSIONS:]
    write_json(_path(folder), {"current": kept.to_json(), "before": before})
    return kept


def undo_library(folder: Path | None = None) -> ReasonLibrary:
    """Go back to the version before; the same library where there is none before it."""
    content = _content(folder)
    if not content or not content["before"]:
        return read_library(folder)
    before = content["before"]
    write_json(_path(folder), {"current": before[-1], "before": before[:-1]})
    return ReasonLibrary.from_json(before[-1])


def can_undo(folder: Path | None = None) -> bool:
    """Whether there is a version before the one in use."""
    content = _content(folder)
    return bool(content and content["before"])


def with_theme(library: ReasonLibrary, old: Sequence[str], theme: Theme) -> ReasonLibrary:
    """The library with a theme instead of the ones called ``old``, its columns taken out of all others."""
    taken = set(theme.features)
    others = [
        replace(one, features=tuple(name for name in one.features if name not in taken))
        for one in library.themes
        if one.name not in old
    ]
    return replace(library, themes=(*(one for one in others if one.features), theme))


def _path(folder: Path | None) -> Path:
    return (folder or home()) / FILE


def _content(folder: Path | None) -> dict[str, Any] | None:
    if not _path(folder).is_file():
        return None
    content = read_json(_path(folder))
    if (
        not isinstance(content, dict)
        or not isinstance(content.get("before"), list)
        or "current" not in content
    ):
        raise Damaged(
            "The library of reasons cannot be read.",
            f"{_path(folder)} is not what was written.",
            "Restore the file from a copy, or delete it to begin anew.",
        )
    return content


def _check_theme(theme: Theme, names: list[str]) -> None:
    name, sentence = theme.name, theme.sentence
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise _refused(f"A theme is called {name!r}.", f"Give one line of at most {LONGEST_NAME} characters.")
    if names.count(name) > 1:
        raise _refused(f"Two themes are called {name!r}.", "Give each theme a name of its own.")
    if not theme.features:
        raise _refused(f"{name!r} has no column.", "Give it at least one column.")
    if (
        not isinstance(sentence, str)
        or len(sentence) > LONGEST_SENTENCE
        or not (sentence + " ").isprintable()
    ):
        raise _refused(
            f"The sentence of {name!r} is too long or not one line.",
            f"Give one line of at most {LONGEST_SENTENCE} characters.",
        )
    try:
        places = [
            (place, spec, turn)
            for _, place, spec, turn in string.Formatter().parse(sentence)
            if place is not None
        ]
    except ValueError as error:
        raise _refused(f"The sentence of {name!r} cannot be read: {error}.", "Close every brace.") from None
    wrong = [place for place, spec, turn in places if place not in PLACES or spec or turn]
    if wrong:
        raise _refused(
            f"The sentence of {name!r} holds {{{wrong[0]}}}.",
            f"It may hold {', '.join(f'{{{place}}}' for place in PLACES)} and nothing else in braces.",
        )


def _refused(why: str, next_step: str) -> BadInput:
    return BadInput("The library of reasons cannot be used.", why, next_step)
