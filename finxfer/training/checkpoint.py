"""A training's state on disk: one safetensors file, its JSON in the header, replaced atomically."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from finxfer.backbones.weights import save_weights
from finxfer.errors import Damaged

CHECKPOINT_FILE = "training.safetensors"


@dataclass
class Snapshot:
    """What makes a resumed training equal to one that never stopped.

    tensors: "network/…", "best/…", "optimiser/<index>/<key>", "random/cpu|cuda|order". state: JSON.
    """

    tensors: dict[str, Tensor]
    state: dict[str, Any]

    def part(self, name: str) -> dict[str, Tensor]:
        """The tensors under `name`/, without that prefix."""
        return {
            key[len(name) + 1 :]: value for key, value in self.tensors.items() if key.startswith(name + "/")
        }


def write_snapshot(folder: Path, snapshot: Snapshot) -> None:
    """Raises OSError where the disk is full; the earlier checkpoint is then still whole."""
    save_weights(snapshot.tensors, folder / CHECKPOINT_FILE, {"state": json.dumps(snapshot.state)})


def read_snapshot(folder: Path, fingerprint: str) -> Snapshot | None:
    """The checkpoint in `folder` if there is one of this very training, else None.

    Raises Damaged where it is of this format but not readable.
    """
    path = folder / CHECKPOINT_FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as opened:
            state = json.loads(opened.metadata()["state"])
            if state["fingerprint"] != fingerprint:
                return None
            tensors = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118  not a dict
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise Damaged(
            "The checkpoint of this training cannot be read.",
            f"{path.name}: {error}.",
            "Start the run again.",
        ) from None
    return Snapshot(tensors, state)


def random_states(order: torch.Generator, device: str) -> dict[str, Tensor]:
    """States of torch's random generators (dropout) and of the one that shuffles rows."""
    states = {"random/cpu": torch.get_rng_state(), "random/order": order.get_state()}
    if device.startswith("cuda"):
        states["random/cuda"] = torch.cuda.get_rng_state()
    return states


def restore_random_states(states: dict[str, Tensor], order: torch.Generator, device: str) -> None:
    torch.set_rng_state(states["cpu"])
    order.set_state(states["order"])
    if device.startswith("cuda") and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"])


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimiser's moments and step counts as named tensors."""
    return {
        f"optimiser/{index}/{key}": value
        for index, entries in optimiser.state_dict()["state"].items()
        for key, value in entries.items()
        if isinstance(value, Tensor)
    }


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        index, key = name.split("/", 1)
        state.setdefault(int(index), {})[key] = tensor
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


def copied(network: nn.Module) -> dict[str, Tensor]:
    """A copy of the network's state that later steps do not touch."""
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
