"""The pretraining loop: seeded, resumable to the bit, and stopped well at any hour.

Every step's tables come from a generator seeded with (recipe seed, step), so a resumed run sees what an
uninterrupted one would have seen. The learning rate warms up, stays, and falls to zero over the last share of
the steps (warm-up, stable, decay; Hu et al. 2024, arXiv 2404.06395): while it stays, the number of steps can
still be changed. The weights that are shipped are their moving average.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from finxfer.backbones.card import read_card
from finxfer.backbones.incontext_network import build_network, forward_episode, rank_normal, standardise
from finxfer.errors import BadInput, Cancelled
from finxfer.pretraining.checkpoint import State, load_state, publish, save_state, start_from
from finxfer.pretraining.compiling import allow_kernels, can_compile, compile_blocks
from finxfer.pretraining.prior import Tables, sample_tables
from finxfer.pretraining.recipes import VALIDATION_SHAPES, Recipe, draw_shape, find_recipe

VALIDATION_SEED = 2**40
DIVERGED = 3.0
"""Training loss (nats; a coin has 0.69) above which, or at NaN, a step is left out as an accident."""


@dataclass
class Trainer:
    """A network with its optimisers and the moving average of its weights."""

    recipe: Recipe
    device: torch.device
    pool: ThreadPoolExecutor
    network: torch.nn.Module = field(init=False)
    average: dict[str, Tensor] = field(init=False)
    optimisers: list[torch.optim.Optimizer] = field(init=False)

    def __post_init__(self) -> None:
        torch.manual_seed(self.recipe.seed)
        self.network = build_network(self.recipe.network.to_json()).to(self.device)
        if self.recipe.compiled and can_compile(self.device):
            compile_blocks(self.network)
        self.average = {name: value.detach().clone() for name, value in self.network.state_dict().items()}
        matrices, others = _split_parameters(self.network)
        decay = self.recipe.weight_decay
        self.optimisers = [
            torch.optim.Muon(
                matrices, lr=self.recipe.matrix_rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw"
            ),
            torch.optim.AdamW(others, lr=self.recipe.other_rate, weight_decay=decay, betas=(0.9, 0.98)),
        ]

    def step(self, number: int, rate: float) -> tuple[float, int]:
        """One optimiser step at `rate` times the recipe's learning rates. Returns (mean loss, tables)."""
        generator = step_generator(self.recipe.seed, number, self.device)
        shape_generator = step_generator(self.recipe.seed, number, torch.device("cpu"))
        shapes = [draw_shape(self.recipe, shape_generator) for _ in range(self.recipe.batches)]
        # Large tables come one at a time and would be lost beside 32 small ones; the root lies in between.
        weights = torch.tensor([math.sqrt(shape.tables) for shape in shapes])
        ranked = torch.rand(len(shapes), generator=shape_generator) < self.recipe.ranked
        batches = [sample_tables(shape, generator, self.recipe.traits) for shape in shapes]
        total = self._gradients(batches, ranked.tolist(), (weights / weights.sum()).tolist())
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
        for optimiser, peak in zip(
            self.optimisers, (self.recipe.matrix_rate, self.recipe.other_rate), strict=True
        ):
            optimiser.param_groups[0]["lr"] = peak * rate
            if total < DIVERGED:
                optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self._follow(number)
        return total, sum(shape.tables for shape in shapes)

    def _gradients(self, batches: list[Tables], ranked: list[bool], weights: list[float]) -> float:
        """Put the weighted mean gradient of the batches into the network; returns their weighted mean loss.

        The batches are worked on side by side, each on one core, and summed in their order: so the number of
        workers changes the time but not one bit, and a busy core holds up only its own batch.
        """
        parameters = [parameter for parameter in self.network.parameters() if parameter.requires_grad]

        def work(batch: Tables, rank: bool, weight: float) -> tuple[float, tuple[Tensor, ...]]:
            loss = episode_loss(self.network, batch, rank, self.recipe.precision) * weight
            return loss.item(), torch.autograd.grad(loss, parameters)

        results = list(self.pool.map(work, batches, ranked, weights))
        for index, parameter in enumerate(parameters):
            parameter.grad = sum((gradients[index] for _, gradients in results[1:]), results[0][1][index])
        return sum(loss for loss, _ in results)

    def _follow(self, number: int) -> None:
        """Move the average towards the weights; early on it forgets faster, to leave the start behind."""
        keep = min(self.recipe.average, number / (number + 10))
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                self.average[name].lerp_(value, 1 - keep)


def _split_parameters(network: torch.nn.Module) -> tuple[list[Tensor], list[Tensor]]:
    """Weight matrices of transformer blocks, for Muon; all other parameters, for AdamW."""
    matrices: list[Tensor] = []
    others: list[Tensor] = []
    for name, parameter in network.named_parameters():
        inner = (
            ".blocks." in name and parameter.ndim == 2 and "ssmax" not in name and "ind_vectors" not in name
        )
        (matrices if inner else others).append(parameter)
    return matrices, others


def step_generator(seed: int, number: int, device: torch.device) -> torch.Generator:
    """A generator of one step's tables (a step's number never meets the validation seed)."""
    return torch.Generator(device=device).manual_seed((seed * 1_000_003 + number) % 2**40)


def learning_rate(number: int, steps: int, recipe: Recipe) -> float:
    """Share of the peak learning rate at step `number` (0-based) of `steps`."""
    decay = max(1, round(steps * recipe.decay_share))
    return min(1.0, (number + 1) / recipe.warmup, max(0.0, (steps - number) / decay))


def episode_input(tables: Tables, ranked: bool) -> Tensor:
    """What the network sees of a batch: standardised values, or normal scores of their ranks."""
    x = standardise(tables.x, tables.context)
    return rank_normal(x, x[:, : tables.context]) if ranked else x


def episode_loss(
    network: torch.nn.Module, tables: Tables, ranked: bool, precision: str = "float32"
) -> Tensor:
    """Mean cross-entropy of the query rows, over the tables whose context has both classes."""
    y_context = tables.y[:, : tables.context]
    x = episode_input(tables, ranked)
    with torch.autocast(x.device.type, torch.bfloat16, enabled=precision == "bf16"):
        logits = forward_episode(network, x, y_context)[..., : tables.classes].float()
    truth = tables.y[:, tables.context :].long()
    losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), truth, reduction="none").mean(dim=1)
    usable = tables.usable.to(losses.dtype)
    return (losses * usable).sum() / usable.sum().clamp_min(1)


def ranking_quality(score: Tensor, truth: Tensor) -> Tensor:
    """AUC of each row of a batch (tables, rows): pairs in the right order, ties halved; NaN for one class."""
    ordered, score = score.sort(dim=1).values, score.contiguous()
    below, not_above = (torch.searchsorted(ordered, score, right=right) for right in (False, True))
    ranks = (below + not_above + 1).double() / 2
    positive = (truth == 1).double()
    count = positive.sum(dim=1)
    pairs = count * (truth.shape[1] - count)
    auc = ((ranks * positive).sum(dim=1) - count * (count + 1) / 2) / pairs
    return torch.where(score.isnan().any(dim=1), torch.nan, auc).to(score.dtype)


@torch.no_grad()
def validate(trainer: Trainer) -> dict[str, Any]:
    """Loss and AUC of the averaged weights on held-out synthetic tables, by number of context rows."""
    network = build_network(trainer.recipe.network.to_json()).to(trainer.device)
    network.load_state_dict(trainer.average)
    generator = torch.Generator(device=trainer.device).manual_seed(VALIDATION_SEED + trainer.recipe.seed)
    result = {}
    for shape in VALIDATION_SHAPES:
        tables = sample_tables(shape, generator, trainer.recipe.traits)
        truth = tables.y[:, tables.context :]
        y_context = tables.y[:, : tables.context]
        logits = forward_episode(network, episode_input(tables, False), y_context)[..., :2]
        auc = ranking_quality(logits[..., 1] - logits[..., 0], truth)
        loss = torch.nn.functional.cross_entropy(logits.transpose(1, 2), truth.long())
        result[str(shape.context)] = {"loss": round(loss.item(), 5), "auc": round(auc.nanmean().item(), 5)}
    return result


def pretrain(
    recipe: str | Recipe,
    out: Path,
    resume: bool = False,
    report: Callable[..., None] = lambda kind, **fields: None,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    steps: int | None = None,
    device: str = "cpu",
    start: Path | None = None,
) -> Path:
    """Make an in-context backbone from the synthetic prior.

    Parameters
    ----------
    recipe: a recipe or its name. out: folder of the backbone: card.json, weights.safetensors,
        learning_curve.json, and state.safetensors, from which `resume` goes on.
    report: called as report("progress", stage="pretrain", done=, of=, eta_seconds=) and as
        report("message", text=).
    should_stop: polled after every step; true saves the state and raises Cancelled.
    steps: instead of the recipe's number; may differ on resuming.
    start: folder of a backbone of the same architecture whose weights are the starting point.

    Returns `out`. On one device and thread count, a resumed run ends in the same weights, bit for bit.
    """
    chosen = find_recipe(recipe) if isinstance(recipe, str) else recipe
    out.mkdir(parents=True, exist_ok=True)
    with _workers(device) as pool:
        trainer = Trainer(chosen, torch.device(device), pool)
        state = _begin(trainer, out, resume, start)
        _run(trainer, state, steps or chosen.steps, out, report, should_stop)
    return out


@contextmanager
def _workers(device: str) -> Iterator[ThreadPoolExecutor]:
    """One worker per core, each with one thread for its arithmetic; a single worker feeds a GPU."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        pool = (
            ThreadPoolExecutor(os.cpu_count() or 1)
            if device == "cpu"
            else ThreadPoolExecutor(1, initializer=allow_kernels)
        )
        with pool:
            yield pool
    finally:
        torch.set_num_threads(threads)


def _run(
    trainer: Trainer,
    state: State,
    total: int,
    out: Path,
    report: Callable[..., None],
    should_stop: Callable[[], bool],
) -> None:
    """Step, report, validate and save until `total` steps are done."""
    recipe = trainer.recipe
    started, first = time.monotonic(), state.step
    while state.step < total:
        before = time.monotonic()
        loss, tables = trainer.step(state.step, learning_rate(state.step, total, recipe))
        state.advance(loss, tables, time.monotonic() - before)
        eta = (time.monotonic() - started) / (state.step - first) * (total - state.step)
        report("progress", stage="pretrain", done=state.step, of=total, eta_seconds=round(eta, 1))
        if state.step % recipe.validate_every == 0 or state.step == total:
            state.measure(validate(trainer), learning_rate(state.step - 1, total, recipe))
            report("message", text=state.sentence())
            publish(trainer.average, trainer.network, state, recipe, total, out)
        stop = should_stop()
        if stop or state.step % recipe.save_every == 0 or state.step == total:
            save_state(trainer, state, out)
        if stop:
            raise Cancelled(
                "Pretraining was stopped.", f"{state.step} of {total} steps are done.", "Resume it."
            )


def _begin(trainer: Trainer, out: Path, resume: bool, start: Path | None) -> State:
    """The state to start from: what lies in `out`, or a fresh one, perhaps with the weights of another."""
    found = (out / "state.safetensors").is_file()
    if resume and not found:
        raise BadInput(
            f"There is nothing to resume in {out}.", "It has no state.safetensors.", "Leave --resume out."
        )
    if found and not resume:
        raise BadInput(
            f"{out} holds a pretraining run.", "It would be lost.", "Add --resume, or choose another folder."
        )
    if resume and start:
        why = "What it started from was settled when it began."
        raise BadInput("A resumed run cannot start from a backbone.", why, "Leave --start or --resume out.")
    if resume:
        return load_state(trainer, out)
    return start_from(trainer, read_card(start)) if start else State()
