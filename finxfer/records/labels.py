"""What people call a run and how they sort it: a name and tags, beside the spec, which stays as it was."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from finxfer.errors import BadInput, Damaged
from finxfer.records.folder import RunFolder

FILE = "labels.json"
LONGEST_NAME, LONGEST_TAG, MOST_TAGS = 80, 30, 12


@dataclass(frozen=True)
class Labels:
    """A run's name and tags.

    Args:
        name: at most 80 characters on one line; empty where the run has no name of its own.
        tags: at most 12 words of at most 30 characters, no two alike but for case, in alphabetical order.

    Raises:
        BadInput: too long or too many.
    """

    name: str = ""
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.name) > LONGEST_NAME:
            raise BadInput(
                "This name is too long.",
                f"It has {len(self.name)} characters; {LONGEST_NAME} fit.",
                "Give a shorter one, and the rest as tags.",
            )
        long = [tag for tag in self.tags if len(tag) > LONGEST_TAG]
        if long or len(self.tags) > MOST_TAGS:
            raise BadInput(
                "These tags cannot be kept.",
                f"{long[0][:40]!r} has more than {LONGEST_TAG} characters."
                if long
                else f"There are {len(self.tags)}; a run has at most {MOST_TAGS}.",
                "Give fewer or shorter ones.",
            )


def make_labels(name: str, tags: list[str]) -> Labels:
    """Labels of what somebody typed: blanks trimmed, empty and repeated tags left out.

    Raises:
        BadInput: see :class:`Labels`.
    """
    kept: dict[str, str] = {}
    for tag in tags:
        words = " ".join(tag.split())
        if words:
            kept.setdefault(words.casefold(), words)
    return Labels(" ".join(name.split()), tuple(kept[key] for key in sorted(kept)))


def labels_of(run: RunFolder) -> Labels:
    """The labels of a run; none where it has none or they cannot be read: they can be given again."""
    if not (run.path / FILE).is_file():
        return Labels()
    try:
        content: Any = run.read_json(FILE)
        return make_labels(str(content["name"]), [str(tag) for tag in content["tags"]])
    except (BadInput, Damaged, KeyError, TypeError):
        return Labels()


def keep_labels(run: RunFolder, labels: Labels) -> None:
    """Write a run's labels."""
    run.write_json(FILE, asdict(labels))
