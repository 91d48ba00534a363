"""What a pretraining run leaves on disk: its state, its learning curve and the backbone so far."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import safe_open
from torch import Tensor

from finxfer.backbones.card import WEIGHTS_FILE, Card, write_card
from finxfer.backbones.incontext_network import stage_prefixes
from finxfer.backbones.protocol import Stage, stage_records
from finxfer.backbones.weights import load_into, load_weights, save_weights
from finxfer.errors import BadInput
from finxfer.pretraining.recipes import Recipe
from finxfer.records.files import write_json

if TYPE_CHECKING:
    from finxfer.pretraining.loop import Trainer

STATE_FILE = "state.safetensors"
CURVE_FILE = "learning_curve.json"


@dataclass
class State:
    """How far a run is.

    curve: one entry per validation. recent: losses since the last one. parent: in words, the backbone whose
    weights it started from; before: how many synthetic tables that one had learned from.
    """

    step: int = 0
    tables: int = 0
    seconds: float = 0.0
    parent: str = ""
    before: int = 0
    recent: list[float] = field(default_factory=list)
    curve: list[dict[str, Any]] = field(default_factory=list)

    def advance(self, loss: float, tables: int, seconds: float) -> None:
        self.step += 1
        self.tables += tables
        self.seconds += seconds
        self.recent.append(loss)

    def measure(self, validation: dict[str, Any], rate: float) -> None:
        """Close a stretch of the curve with the validation figures at its end."""
        entry = {
            "step": self.step,
            "tables": self.tables,
            "seconds": round(self.seconds, 1),
            "learning_rate": round(rate, 6),
            "train_loss": round(sum(self.recent) / len(self.recent), 5),
            "validation": validation,
        }
        self.curve.append(entry)
        self.recent = []

    def sentence(self) -> str:
        """The last entry of the curve in words."""
        last = self.curve[-1]
        aucs = ", ".join(f"{rows} rows {part['auc']:.3f}" for rows, part in last["validation"].items())
        return f"step {last['step']}: training loss {last['train_loss']:.4f}; validation AUC {aucs}"


def save_state(trainer: Trainer, state: State, out: Path) -> None:
    """Write weights, their average, the optimisers and the counters as one file, atomically."""
    tensors: dict[str, Tensor] = {}
    for name, value in trainer.network.state_dict().items():
        tensors[f"weights/{name}"] = value
    for name, value in trainer.average.items():
        tensors[f"average/{name}"] = value
    for index, optimiser in enumerate(trainer.optimisers):
        for parameter, slots in optimiser.state_dict()["state"].items():
            for slot, value in slots.items():
                tensors[f"optimiser/{index}/{parameter}/{slot}"] = torch.as_tensor(value)
    metadata = {"state": json.dumps(asdict(state)), "recipe": json.dumps(trainer.recipe.to_json())}
    save_weights(tensors, out / STATE_FILE, metadata)


def load_state(trainer: Trainer, out: Path) -> State:
    """Put a saved state into `trainer`. Raises BadInput where it was made by another recipe."""
    path = out / STATE_FILE
    tensors = load_weights(path, None)
    with safe_open(str(path), "pt") as file:
        metadata = file.metadata() or {}
    if _lasting(json.loads(metadata.get("recipe", "{}"))) != _lasting(trainer.recipe.to_json()):
        why = "It was begun with another recipe, or with other values in this one."
        raise BadInput(f"The run in {out} cannot be resumed.", why, "Start anew in another folder.")
    trainer.network.load_state_dict(_below(tensors, "weights/"))
    trainer.average = _below(tensors, "average/", trainer.device)
    for index, optimiser in enumerate(trainer.optimisers):
        slots: dict[int, dict[str, Tensor]] = {}
        for name, value in _below(tensors, f"optimiser/{index}/").items():
            parameter, slot = name.split("/")
            slots.setdefault(int(parameter), {})[slot] = value
        optimiser.load_state_dict({**optimiser.state_dict(), "state": slots})
    return State(**json.loads(metadata["state"]))


def start_from(trainer: Trainer, card: Card) -> State:
    """Put the weights of the backbone of `card` into `trainer`.

    Its inducing points may be fewer than the recipe's: they are then repeated, each copy with a little noise
    of its own to part them. Raises BadInput where anything else differs.
    """
    _check_architecture(card, trainer.recipe)
    tensors = load_weights(card.weights_path, card.sha256)
    points = trainer.recipe.network.col_num_inds
    generator = torch.Generator().manual_seed(trainer.recipe.seed)
    for name, value in tensors.items():
        if name.endswith("ind_vectors") and value.shape[0] < points:
            copies = value.repeat(-(-points // value.shape[0]), 1)[:points]
            noise = torch.randn(copies.shape, generator=generator)
            tensors[name] = copies + 0.2 * value.std() * noise
    load_into(trainer.network, tensors, card.name)
    trainer.average = {name: value.detach().clone() for name, value in trainer.network.state_dict().items()}
    parent = f"{card.id} {card.sha256[:12]} ({card.trained_on}; {card.made_by})"
    return State(parent=parent, before=_tables_of(card))


def learned_from(state: State) -> str:
    """What the backbone has learned from, its start included, as its card says it."""
    last = f" ({state.tables:,} of them in its last part)" if state.before else ""
    return f"{state.before + state.tables:,} synthetic tables of finxfer's own prior{last}; no real table"


def _tables_of(card: Card) -> int:
    """The number with which `learned_from` begins; 0 where the card says it in other words."""
    found = re.match(r"([\d,]+) synthetic tables of finxfer's own prior", card.trained_on)
    return int(found[1].replace(",", "")) if found else 0


def _check_architecture(card: Card, recipe: Recipe) -> None:
    """Raises BadInput where the weights of the card cannot be a start for the recipe's network."""
    wanted = recipe.network.to_json()
    if card.family != "incontext":
        why = f"It is of the family {card.family}, the recipe {recipe.name} makes an in-context network."
    elif card.config.get("col_num_inds", 0) > wanted.pop("col_num_inds"):
        why = f"It has more inducing points than the recipe {recipe.name}."
    else:
        other = [
            f"{key} {card.config.get(key)} instead of {value}"
            for key, value in wanted.items()
            if card.config.get(key) != value
        ]
        if not other:
            return
        why = f"Its network is not that of the recipe {recipe.name}: {', '.join(other)}."
    next_step = "Leave the start out, or start from a backbone that this recipe made."
    raise BadInput(f"Pretraining cannot start from {card.id}.", why, next_step)


def _below(tensors: dict[str, Tensor], prefix: str, device: torch.device | None = None) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value.to(device)
        for name, value in tensors.items()
        if name.startswith(prefix)
    }


def _lasting(recipe: dict[str, Any]) -> str:
    """What must not change between a run's parts: all of the recipe but when it ends.

    A field that did not exist yet when the run began had what is its default now.
    """
    whole = {**Recipe("").to_json(), **recipe}
    return json.dumps(
        {key: value for key, value in whole.items() if key not in ("steps", "decay_share")}, sort_keys=True
    )


def publish(
    average: dict[str, Tensor], network: torch.nn.Module, state: State, recipe: Recipe, steps: int, out: Path
) -> Card:
    """Write the averaged weights, their card and the learning curve: a backbone that can be used at once."""
    sha256, size = save_weights(average, out / WEIGHTS_FILE)
    write_json(out / CURVE_FILE, {"recipe": recipe.to_json(), "steps": steps, "curve": state.curve})
    parts = tuple(Stage(*part) for part in stage_prefixes(network))
    records = stage_records(network, parts)
    command = f"python -m finxfer pretrain {recipe.name} --out DIR" + (" --start DIR" if state.parent else "")
    if steps != recipe.steps:
        command += f" --steps {steps}"
    card = Card(
        id=recipe.backbone,
        name=recipe.title,
        family="incontext",
        stages=records[:-1],
        head=records[-1],
        parameters=sum(record["parameters"] for record in records),
        description=(
            "Reads the labelled customers of a table as context and rates new ones without training; "
            "it learned to do so from synthetic tables only."
        ),
        licence="MIT",
        trained_on=learned_from(state),
        made_by=f"{command} ({state.step:,} of {steps:,} steps, {state.seconds / 60:.0f} minutes)"
        + (f", starting from {state.parent}" if state.parent else ""),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        sha256=sha256,
        bytes=size,
        synthetic=True,
        measured={
            f"synthetic_auc_{rows}_rows": part["auc"] for rows, part in state.curve[-1]["validation"].items()
        },
        config=recipe.network.to_json(),
    )
    return write_card(card, out)
