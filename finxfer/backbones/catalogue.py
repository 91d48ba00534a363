"""Which backbones there are, how they fit a table, what training them takes. Light: no torch."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from finxfer.backbones.budget import LOOK_COLUMNS, LOOKS, context_sizes, episode_plan, reading_bytes
from finxfer.backbones.card import BOOSTED, Card, read_card
from finxfer.backbones.matching import masked_columns, match_columns
from finxfer.errors import BadInput, Damaged
from finxfer.records.home import backbones_dir, checked_id
from finxfer.records.spec import ColumnSpec

SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "backbones"
COMMON_CATEGORY_ROWS = 50
"""Category names of fewer rows stay behind when a run is promoted."""


def list_backbones(home: Path | None = None) -> list[Card]:
    """Shipped backbones, then the analyst's own, each by id. Folders without a readable card are left out.

    A shipped card without weights stands for a backbone that can be fetched (`Card.source`); once its
    weights are in the home, the card there takes its place.

    home: the folder that holds `backbones/`; None: finxfer's home.
    """
    shipped, own = _cards_in(SHIPPED), _cards_in(own_folder(home))
    fetched = {card.id: card for card in own if card.source is not None and card.available}
    for index, card in enumerate(shipped):
        if not card.available and card.id in fetched and fetched[card.id].source == card.source:
            shipped[index] = fetched[card.id]
            own.remove(fetched[card.id])
    return shipped + own


def _cards_in(parent: Path) -> list[Card]:
    cards = []
    for folder in sorted(parent.iterdir()) if parent.is_dir() else []:
        try:
            cards.append(read_card(folder))
        except Damaged:  # a half-copied folder must not take the whole catalogue away
            continue
    return cards


def require_available(card: Card) -> Card:
    """The card. Raises BadInput, which says how to get them, where its weights are not on this machine."""
    if card.available:
        return card
    if card.source is None:
        raise BadInput(
            f"The backbone {card.id} cannot be used.",
            f"Its weights are not in {card.folder}.",
            "Choose another backbone, or copy its folder again with all its files.",
        )
    raise BadInput(
        f"The backbone {card.id} is not on this machine.",
        f"Its weights ({card.licence}, {card.bytes / 1e6:.0f} MB) do not ship with finxfer.",
        f"Get them with: {fetch_command(card)} {FETCH_NOTE}.",
    )


FETCH_NOTE = "(without --file they are downloaded, where FINXFER_ALLOW_DOWNLOADS is yes)"


def fetch_command(card: Card) -> str:
    """The command that puts the weights of a card with a `source` on this machine, from a local file."""
    return f"python -m finxfer backbones fetch {card.id} --file {(card.source or {}).get('file', 'PATH')}"


def find_card(name: str | Path, home: Path | None = None) -> Card:
    """The card of a catalogue id or of a backbone's folder.

    Raises BadInput where there is no such backbone, Damaged where its card cannot be read.
    """
    cards = list_backbones(home)
    for card in cards:
        if card.id == str(name):
            return card
    if Path(name).is_dir():
        return read_card(Path(name))
    known = ", ".join(card.id for card in cards) or "none is installed"
    raise BadInput(
        f"There is no backbone {str(name)!r}.",
        f"The catalogue has: {known}; and no folder has that name.",
        "Choose one of these, or give the folder of a backbone.",
    )


def delete_backbone(identifier: str, home: Path | None = None) -> None:
    """Deletes one of the analyst's own backbones. Raises BadInput for a shipped or an unknown one."""
    folder = own_folder(home) / checked_id(identifier)
    if not folder.is_dir():
        raise BadInput(
            f"The backbone {identifier!r} cannot be deleted.",
            "It is not one of your own.",
            "Choose one that you made or promoted.",
        )
    shutil.rmtree(folder)


@dataclass(frozen=True)
class TableFit:
    """How a backbone's columns meet a table's.

    share: matched over what the backbone knows, 0..1. lacking: the backbone's columns that the table
    has not (read as missing), masked those of them that the table has, protected. unused: the table's
    columns that the backbone does not know: a training takes them up as new ones, as-is they tell nothing.
    """

    share: float
    matched: tuple[str, ...]
    lacking: tuple[str, ...]
    unused: tuple[str, ...]
    sentence: str
    masked: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        return bool(self.matched)


def fit_to_table(
    card: Card,
    columns: Iterable[ColumnSpec],
    protected: Iterable[ColumnSpec] = (),
    mapping: Mapping[str, str] | None = None,
) -> TableFit:
    """How well the backbone fits the features of a table; one sentence says it.

    columns: the features only. protected: the columns that the model must not see. mapping: pairs of columns
    that the analyst gave (see `matching.match_columns`).
    """
    columns, protected = list(columns), list(protected)
    names = tuple(column.name for column in columns)
    if card.columns is None:
        sentence = f"It reads any table: all {len(names)} feature columns are used."
        return TableFit(1.0, names, (), (), sentence)
    pairs = match_columns(card.columns, columns, protected, mapping)
    masked = masked_columns(card.columns, columns, protected, mapping)
    known = [entry["name"] for entry in card.columns]
    lacking = tuple(name for name in known if name not in pairs)
    matched = tuple(pairs.values())
    unused = tuple(name for name in names if name not in matched)
    share = len(matched) / max(len(known), 1)
    if not matched:
        sentence = f"None of the {len(known)} columns it learned from is in this table, so it cannot be used."
        return TableFit(0.0, (), lacking, unused, sentence, masked)
    sentence = f"{len(matched)} of the {len(known)} columns it learned from are in this table ({share:.0%})"
    if lacking:
        sentence += f"; the other {len(lacking)} count as missing"
    if unused:
        verb = "is" if len(unused) == 1 else "are"
        # A network takes up new columns once.
        word = "not used" if card.config.get("new_columns") else "new to it"
        sentence += f"; {len(unused)} of your columns {verb} {word}"
    sentence += "."
    if masked:
        sentence += " " + masked_sentence(masked)
    return TableFit(share, matched, lacking, unused, sentence, masked)


def masked_sentence(masked: Sequence[str]) -> str:
    """Says which columns the backbone has learned from but is not shown here."""
    named = ", ".join(map(repr, masked[:5])) + (f" and {len(masked) - 5} more" if len(masked) > 5 else "")
    verb, them = ("is", "it") if len(masked) == 1 else ("are", "them")
    return f"It learned from {named}, which {verb} protected here: it reads {them} as missing."


@dataclass(frozen=True)
class Estimate:
    """What a training would take: parameters, rough seconds, rough bytes."""

    trainable: int
    total: int
    seconds: float
    memory_bytes: int


# What training reaches of a machine: measured on two CPU cores, assumed for a GPU. A rough guide that is
# shown before the launch, never a limit.
_FLOPS_PER_SECOND = {"cpu": 30e9, "cuda": 1.5e12}
_IN_CONTEXT_SPEED = 2.0
"""The large products of an in-context network run so much faster than the many small ones of TabM."""
_CELL_NUMBERS, _ROW_NUMBERS = 100, 24
"""Numbers per unit of width that a training keeps, for a group of columns and for a row in a block."""
_BASE_BYTES = 430_000_000
_EPOCHS = 25


def estimate(
    card: Card,
    rows: int,
    columns: int,
    depth: int | str,
    device: str = "cpu",
    cores: int = 2,
    epochs: int = _EPOCHS,
) -> Estimate:
    """Rough cost of fine-tuning `rows` training rows of `columns` features at `depth`.

    A forward pass costs 2 floating-point operations per parameter that a row meets, a backward pass twice
    that for the trained part. A row of a TabM meets its k members, one of an FT-Transformer a token for
    every column; one of an in-context network meets the column and row stages once for every group of
    columns, and every row of the context.
    """
    trainable = card.trainable_parameters(depth)
    if card.family == "incontext":
        work, activations = _in_context_work(card, rows, columns, depth, device, epochs)
    elif card.family == BOOSTED:
        return _boosted_estimate(card, rows, columns, depth)
    else:
        passes = 2.0 * card.parameters + 4.0 * trainable
        members = columns + 1 if card.family == "ft-transformer" else int(card.config.get("k", 16))
        work = rows * (1 if depth == "as-is" else epochs) * members * passes / 2
        activations = 4 * 256 * members * _width(card) * 30
    speed = (
        _FLOPS_PER_SECOND["cuda"]
        if device.startswith("cuda")
        else _FLOPS_PER_SECOND["cpu"] * max(cores, 1) / 2
    )
    memory = _BASE_BYTES + 4 * card.parameters + 12 * trainable + activations + 8 * rows * columns
    return Estimate(trainable, card.parameters, 1.0 + work / speed, int(memory))


# Of boosted trees, on one core: to read a row by a tree, to estimate a tree's leaves anew on a row and beside
# that, and to grow new trees on a cell. Four shares of decay are tried where any block is estimated anew.
_ROW_READ, _ROW_REFIT, _TREE_REFIT, _CELL_GROWN, _DECAYS = 1e-7, 1.6e-7, 1.2e-4, 8e-6, 4


def _boosted_estimate(card: Card, rows: int, columns: int, depth: int | str) -> Estimate:
    blocks = [int(size) for size in card.config.get("blocks", [])]
    trees, trainable = sum(blocks), card.trainable_parameters(depth)
    seconds = 0.3 + trees * rows * _ROW_READ
    if depth != "as-is":
        again = sum(blocks[int(depth) :])
        runs = _DECAYS if again else 1
        seconds += runs * (again * (_TREE_REFIT + rows * _ROW_REFIT) + rows * columns * _CELL_GROWN)
    memory = _BASE_BYTES + 200 * card.parameters + 24 * rows * columns + 12 * rows * trees
    return Estimate(trainable, card.parameters, seconds, memory)


def _in_context_work(
    card: Card, rows: int, columns: int, depth: int | str, device: str, epochs: int
) -> tuple[float, float]:
    """Floating-point operations and bytes of activations of an in-context training or, as-is, a scoring."""
    columns = min(columns, LOOK_COLUMNS)
    plan, contexts = episode_plan(rows, columns, device), context_sizes(rows, columns, device)
    size = int(card.config.get("col_feature_group_size", 3))
    groups = -(-columns // size) if card.config.get("col_feature_group") == "valid" else columns
    parts = [*card.stages, card.head]
    # The first two stages read the groups of a row, the others the row as one.
    met = [int(part["parameters"]) * (groups if index < 2 else 1) for index, part in enumerate(parts)]
    trained = 0 if depth == "as-is" else sum(met[int(depth) :])
    blocks, width = card.depth_count - 2, _width(card) * int(card.config.get("row_num_cls", 4))
    attention = 4.0 * (contexts[0] if depth == "as-is" else plan.context) * width * blocks
    share = 2 * trained / sum(met)
    as_is_rows = LOOKS * sum(contexts)
    seen = as_is_rows if depth == "as-is" else plan.rows_per_step * plan.steps(epochs)
    work = seen * (2.0 * sum(met) + 4.0 * trained + attention * (1 + share)) / _IN_CONTEXT_SPEED
    kept = _CELL_NUMBERS * groups * _width(card) + _ROW_NUMBERS * blocks * width
    # Of frozen parts nothing is kept for a way back.
    part = max(0.25, trained / sum(met))
    training = 0.0 if depth == "as-is" else 4.0 * plan.rows_per_step * kept * part
    return work, max(training, float(reading_bytes(card.config, contexts, columns)))


def _width(card: Card) -> int:
    return int(card.config.get("width") or card.config.get("embed_dim") or 128)


def own_folder(home: Path | None) -> Path:
    """Where the analyst's own backbones lie."""
    return backbones_dir() if home is None else Path(home) / "backbones"
