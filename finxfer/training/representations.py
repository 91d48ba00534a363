"""What every stage of a fitted network makes of rows: its representation, for whoever wants to probe it.

Alain & Bengio 2016, "Understanding intermediate layers using linear classifier probes" (arXiv 1610.01644).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from finxfer.backbones.boosted import BoostedModel
from finxfer.backbones.card import Card
from finxfer.backbones.incontext import InContextBackbone, InContextModel
from finxfer.backbones.protocol import FittedModel, Stage
from finxfer.backbones.tabular import TabularModel
from finxfer.training.ensemble import EnsembleModel

MOST_CONTEXT = 1000
"""Rows of an in-context model's context that the probed rows are put beside."""
ROWS_AT_ONCE = 512


@dataclass(frozen=True)
class StageView:
    """Rows after one stage. name, title: the stage's. features: float32 (N, D), D differs between stages."""

    name: str
    title: str
    features: np.ndarray


def main_network(model: FittedModel) -> FittedModel | None:
    """The network (or the trees of a backbone) that a model rests on; of a mean the member that weighs most.

    None where no backbone is in it.
    """
    base = getattr(model, "base", None)
    if base is not None:
        # A corrected or recalibrated model: what it rests on.
        return main_network(base)
    if isinstance(model, EnsembleModel):
        members = sorted(model.members, key=lambda member: -member.weight)
        found = (main_network(member.model) for member in members)
        return next((network for network in found if network is not None), None)
    if isinstance(model, TabularModel):
        return None if model.backbone.card.id == "from_scratch" else model
    return model if isinstance(model, (InContextModel, BoostedModel)) else None


def stage_views(model: FittedModel, frame: pd.DataFrame) -> list[StageView]:
    """The rows of `frame` after every stage of a model that :func:`main_network` gave.

    A stage that holds one vector per cell or per member of an ensemble gives the mean over the members and
    the cells side by side. No label of these rows is looked at. Raises BadInput for lacking columns.
    """
    if isinstance(model, BoostedModel):
        return _of_trees(model, frame)
    if isinstance(model, TabularModel):
        return _of_columns(model, frame)
    if isinstance(model, InContextModel):
        return _in_context(model, frame)
    raise TypeError(f"a model of kind {model.kind!r} has no stages")


def _of_trees(model: BoostedModel, frame: pd.DataFrame) -> list[StageView]:
    """After block k: what each of the first k blocks of trees adds to the log-odds."""
    matrix = model.matrix(frame)
    said = np.stack([block.log_odds(matrix) for block in model.backbone.blocks], axis=1).astype(np.float32)
    stages = model.backbone.card.stages
    return [
        StageView(str(stage["name"]), str(stage["title"]), said[:, : number + 1])
        for number, stage in enumerate(stages)
    ]


def _of_columns(model: TabularModel, frame: pd.DataFrame) -> list[StageView]:
    numbers, codes = model.backbone.encoder.transform(frame, model.renamed)
    tensors = torch.from_numpy(numbers).to(model.device), torch.from_numpy(codes).to(model.device)
    network = model.backbone.network.eval()

    def batches() -> Iterator[Callable[[], object]]:
        for start in range(0, len(numbers), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            yield lambda rows=rows: network(tensors[0][rows], tensors[1][rows])  # type: ignore[misc]

    def tidy(name: str, made: Tensor) -> Tensor:
        """(rows, cells, width) of the embeddings as it is; the mean over TabM's members or FT's tokens."""
        return made if made.ndim == 2 or name == "embeddings" else made.mean(dim=1)

    return _seen(network, model.backbone.stages, batches, tidy)


def _in_context(model: InContextModel, frame: pd.DataFrame) -> list[StageView]:
    """Rows beside (a part of) the first context, seen with the first look."""
    from finxfer.backbones.incontext_network import FittedLook, forward_episode

    encoded = model.table.transform(frame)
    context, labels = model.contexts[0].rows[:MOST_CONTEXT], model.contexts[0].labels[..., :MOST_CONTEXT]
    if labels.ndim > 1:
        labels = labels[0]
    asked = torch.from_numpy(model.inputs.transform(encoded.numeric, encoded.codes)).to(context.device)
    look = FittedLook(model.looks[0], context, torch.Generator().manual_seed(0))
    network = model.backbone.network.eval()

    def batches() -> Iterator[Callable[[], object]]:
        for part in asked.split(ROWS_AT_ONCE):
            rows = look(torch.cat((context, part)))[None]
            yield lambda rows=rows: forward_episode(network, rows, labels[None])  # type: ignore[misc]

    def tidy(_: str, made: Tensor) -> Tensor:
        """The rows asked for, of (1, columns, rows, width) (column embedder) or (1, rows, width)."""
        rows = made[0].transpose(0, 1) if made.ndim == 4 else made[0]
        return rows[len(context) :]

    return _seen(network, model.backbone.stages, batches, tidy)


# The module whose output is the stage's, where it is not the module that owns the stage's parameters.
_OUTPUT_OF = {"col_embedder": "col_embedder.tf_col"}
_INPUT_OF = {"row_interactor": "icl_predictor.tf_icl"}


def _seen(
    network: nn.Module,
    stages: tuple[Stage, ...],
    batches: Callable[[], Iterator[Callable[[], object]]],
    tidy: Callable[[str, Tensor], Tensor],
) -> list[StageView]:
    found: dict[str, list[np.ndarray]] = {stage.name: [] for stage in stages}
    with _listening(network, stages, found, tidy), torch.no_grad():
        for step in batches():
            step()
    return [
        StageView(stage.name, stage.title, np.concatenate(found[stage.name]))
        for stage in stages
        if found[stage.name]
    ]


@contextmanager
def _listening(
    network: nn.Module,
    stages: tuple[Stage, ...],
    found: dict[str, list[np.ndarray]],
    tidy: Callable[[str, Tensor], Tensor],
) -> Iterator[None]:
    """While it lasts every pass leaves what the stages made in `found`."""
    modules, hooks = dict(network.named_modules()), []

    def keep(name: str, made: Any) -> None:
        rows = tidy(name, made)
        found[name].append(rows.reshape(len(rows), -1).float().cpu().numpy())

    for stage in stages:
        first = stage.prefixes[0]
        if first in _INPUT_OF:
            listener = modules[_INPUT_OF[first]]
            hooks.append(
                listener.register_forward_pre_hook(lambda _m, given, n=stage.name: keep(n, given[0]))  # type: ignore[misc]
            )
        else:
            listener = modules[_OUTPUT_OF.get(first, first)]
            if isinstance(listener, nn.ModuleDict):
                # A block of the FT-Transformer: its author put an identity at its end for this.
                listener = listener["output"]
            hooks.append(
                listener.register_forward_hook(lambda _m, _given, made, n=stage.name: keep(n, made))  # type: ignore[misc]
            )
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def with_weights_of(model: InContextModel, card: Card) -> InContextModel:
    """The model with the card's weights in place of its own: the same contexts, looks and columns.

    Raises Damaged where the weights are not those of the card.
    """
    known = InContextBackbone.load(card)
    known.network.to(model.contexts[0].rows.device)
    return InContextModel(known, model.table, model.inputs, model.looks, model.contexts, model.logit_shift)
