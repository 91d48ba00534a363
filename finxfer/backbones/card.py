"""What a backbone says about itself: `card.json`. Light: no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from finxfer.errors import Damaged
from finxfer.records.files import read_json, write_json
from finxfer.records.spec import BINARY

CARD_FILE = "card.json"
WEIGHTS_FILE = "weights.safetensors"
BOOSTER_FILE = "booster.txt"
ENCODER_FILE = "encoder.json"
BOOSTED = "boosted"
"""The family whose weights are trees: text in place of tensors."""


@dataclass(frozen=True)
class Card:
    """A backbone's card.

    stages: in order from input to output, without the head; each {"name", "title", "parameters"}.
    head: {"name", "title", "parameters"}. columns: [{"name", "kind"}] where the backbone knows its
    columns, None where it reads any table. task, target, positive, classes: of its head, where it has one.
    rows, period: how many rows it learned from, and the first and last month of their dates ("2024-03"),
    where it was trained on a source table and the table has dates.
    importance: what each of its columns counts for in what it knows, shares with sum 1; empty where unknown.
    tables, unlabelled: SHA-256 of the tables whose labels it has seen, and of those whose rows it has seen
    without them.
    config: what the family needs to build the network again. sha256, bytes: of the weights file.
    source: where weights that do not ship with finxfer come from (see download.Source); while they are
    not on this machine, sha256 and bytes are those of the file at the source.
    folder: where the backbone lies (not part of the file).
    """

    id: str
    name: str
    family: str
    stages: list[dict[str, Any]]
    head: dict[str, Any]
    parameters: int
    modality: str = "tabular"
    task: str = "binary"
    description: str = ""
    licence: str = ""
    trained_on: str = ""
    made_by: str = ""
    created: str = ""
    sha256: str = ""
    bytes: int = 0
    contains_customer_rows: bool = False
    synthetic: bool = False
    columns: list[dict[str, str]] | None = None
    rows: int | None = None
    period: list[str] | None = None
    target: str | None = None
    positive: str | None = None
    classes: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)
    measured: dict[str, Any] = field(default_factory=dict)
    importance: dict[str, float] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    source: dict[str, Any] | None = None
    folder: Path | None = None

    @property
    def depth_count(self) -> int:
        """S, the number of stages without the head: depth S trains only the head."""
        return len(self.stages)

    @property
    def in_context(self) -> bool:
        """Whether it answers from labelled rows in its context instead of from its own memory of a task."""
        return self.family == "incontext"

    @property
    def available(self) -> bool:
        """Whether the weights lie beside the card."""
        return self.folder is not None and (self.folder / self.weights_file).is_file()

    @property
    def weights_file(self) -> str:
        """Name of the file of the weights."""
        return BOOSTER_FILE if self.family == BOOSTED else WEIGHTS_FILE

    @property
    def weights_path(self) -> Path:
        if self.folder is None:
            raise Damaged(
                f"The backbone {self.id} has no folder.", "Its card was never stored.", "Store it first."
            )
        return self.folder / self.weights_file

    def trainable_parameters(self, depth: int | str) -> int:
        """Parameters that depth `depth` (0..S or "as-is") trains."""
        if depth == "as-is":
            return 0
        trained = self.stages[int(depth) :]
        return sum(int(stage["parameters"]) for stage in trained) + int(self.head["parameters"])

    def knows_task(self, target: str, positive: str, task: str = BINARY, classes: Sequence[str] = ()) -> bool:
        """Whether it answers this task without training: in-context always, else with the same head."""
        if self.in_context:
            return not self.obstacle(task, classes)
        same = (self.target or "").casefold() == target.casefold() != ""
        asked = self.task, self.positive or "", tuple(self.classes)
        return same and asked == (task, positive, tuple(classes))

    def obstacle(self, task: str, classes: Sequence[str] = ()) -> str:
        """Why it cannot serve a task whatever it is trained for, one sentence; "" where it can."""
        if self.family == BOOSTED and task != BINARY:
            return f"{self.name}: its trees answer with yes or no, so that it cannot serve a {task} target."
        most = int(self.config.get("max_classes", 10))
        if self.in_context and len(classes) > most:
            return f"{self.name} tells up to {most} classes apart, and this target has {len(classes)}."
        return ""

    def at(self, folder: Path) -> Card:
        """The same card, lying in `folder`."""
        return replace(self, folder=folder)

    def to_json(self) -> dict[str, Any]:
        content = asdict(self)
        del content["folder"]
        return content

    @classmethod
    def from_json(cls, content: Any, folder: Path | None = None) -> Card:
        """Raises Damaged where a needed key is missing or has the wrong type."""
        where = str(folder) if folder else "a card"
        if not isinstance(content, dict):
            raise Damaged(f"{where}: the card is not readable.", "It is not a JSON object.", _NEXT)
        known = {item.name for item in fields(cls)} - {"folder"}
        needed = ("id", "name", "family", "stages", "head", "parameters")
        lacking = [key for key in needed if key not in content]
        if lacking:
            raise Damaged(f"{where}: the card is not complete.", f"It lacks {', '.join(lacking)}.", _NEXT)
        try:
            card = cls(**{key: value for key, value in content.items() if key in known}, folder=folder)
            for part in [*card.stages, card.head]:
                int(part["parameters"]), str(part["name"]), str(part["title"])
        except (TypeError, ValueError, KeyError) as error:
            raise Damaged(
                f"{where}: the card is not readable.", f"A stage is malformed ({error}).", _NEXT
            ) from None
        return card


_NEXT = "Choose another backbone, or make this one again."


def read_card(folder: Path) -> Card:
    """The card in `folder`. Raises Damaged where there is none or it is not readable."""
    if not (folder / CARD_FILE).is_file():
        raise Damaged(f"{folder} is not a backbone.", f"There is no {CARD_FILE} in it.", _NEXT)
    return Card.from_json(read_json(folder / CARD_FILE), folder)


def write_card(card: Card, folder: Path) -> Card:
    """Writes card.json into `folder` (atomically) and returns the card at that place."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / CARD_FILE, card.to_json())
    return card.at(folder)
