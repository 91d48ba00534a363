"""The in-context family: it reads labelled rows as context and answers for the rows beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import torch
from torch import Tensor

from finxfer.backbones.augmentation import swap_cells
from finxfer.backbones.budget import context_sizes, episode_plan, reading_bytes
from finxfer.backbones.card import ENCODER_FILE, WEIGHTS_FILE, Card
from finxfer.backbones.imbalance import sampled_contexts, treatment_of
from finxfer.backbones.incontext_answers import Answers, Bins, YesNo, answers_of, class_rates, read_answers
from finxfer.backbones.incontext_inputs import ContextInputs, natural_order
from finxfer.backbones.incontext_looks import Look, aims, choose_looks, looks_from_json, looks_to_json
from finxfer.backbones.incontext_network import (
    ContextReading,
    FittedLook,
    build_network,
    forward_episode,
    stage_prefixes,
)
from finxfer.backbones.outputs import Output, Shift, read_shift
from finxfer.backbones.protocol import FittedModel, Stage, TrainingData
from finxfer.backbones.sampling import (
    hybrid_parts,
    hybrid_share,
    stratified_parts,
)
from finxfer.backbones.scoring import require_columns
from finxfer.backbones.weights import checksums, load_into, load_weights, save_weights
from finxfer.data.encoding import TableEncoder
from finxfer.data.tasks import strata_of
from finxfer.records.files import read_json, write_json
from finxfer.records.spec import BINARY, MULTICLASS
from finxfer.records.training_settings import TrainingSettings

CONTEXT_FILE = "context.safetensors"
CHECKED_ROWS = 1500
"""Validation rows that are looked at after each epoch; the guard's last word is on all of them."""
CHECKED_LOOKS = 2
LINE_ROWS, LINE_PARTS = 1000, 3
"""Of a regression: training rows that are asked for with the others as context, and in how many parts."""
LEARNING_RATE = 3e-5
"""At 1e-4 and more, tens of steps made the ranking of bank and german worse at 240 to 4,000 training rows."""


class InContextBackbone:
    """An in-context network. It reads any table, so that it has no columns of its own."""

    def __init__(self, card: Card, network: torch.nn.Module) -> None:
        self.card = card
        self.network = network
        *stages, head = (Stage(*stage) for stage in stage_prefixes(network))
        self.stages: tuple[Stage, ...] = tuple(stages)
        self.head: Stage = head

    @classmethod
    def load(cls, card: Card) -> InContextBackbone:
        """Raises Damaged where the weights are not those of the card."""
        return cls(card, _network(card, load_weights(card.weights_path, card.sha256)))

    def learner(
        self, data: TrainingData, settings: TrainingSettings, seed: int, device: str
    ) -> InContextLearner:
        """Raises BadInput where there is no feature."""
        self.network.to(device)
        return InContextLearner(self, data, settings, seed, device)


class InContextLearner:
    """Episodes: a part of the training rows is the context, another part is asked for.

    Context and query are drawn from the training rows only; validation rows are asked for with
    training rows as context. Episodes take turns with the looks of scoring, their columns in changing
    orders. Cells are swapped (`settings.corruption`) in the rows that are asked for, never in a context.
    """

    new: tuple[str, ...] = ()

    def __init__(
        self,
        backbone: InContextBackbone,
        data: TrainingData,
        settings: TrainingSettings,
        seed: int,
        device: str,
    ) -> None:
        self.backbone, self.device = backbone, device
        self.notes: tuple[str, ...] = ()
        self.network, self.stages, self.head = backbone.network, backbone.stages, backbone.head
        self.default_learning_rate = LEARNING_RATE
        self.table = TableEncoder.fit(data.frame_train, data.columns, min_category_rows=2)
        encoded = self.table.transform(data.frame_train)
        known = [self.table.categories[name] for name in self.table.category_names]
        orders, counts = [natural_order(names) for names in known], [len(names) for names in known]
        self.inputs = ContextInputs.fit(encoded.numeric, encoded.codes, orders, counts)
        rows = self.inputs.transform(encoded.numeric, encoded.codes)
        y, self.output = np.asarray(data.y_train), data.output
        self.values, self.codes = y, self.output.codes(y)
        self.looks = choose_looks(self.inputs, rows, aims(self.output, y))
        width = max(len(look.columns) for look in self.looks)
        self.answers = answers_of(self.output, y, len(self.looks))
        self.looks = [look for look in self.looks for _ in range(self.answers.questions)]
        self.treatment = treatment_of(self.output, self.codes, settings)
        self.plan = episode_plan(self._seen, width, device, settings.batch_size)
        self.rows = self.asked = torch.from_numpy(rows).to(device)
        self.corruption, self.encoded = settings.corruption, encoded
        self.targets = torch.from_numpy(self.answers.labels(y)).to(device)
        self.weights = torch.from_numpy(self.treatment.row_weights(self.codes)).to(device)
        self.rate = class_rates(self.output, self.codes)
        parts = self._contexts(strata_of(y), width, seed)
        self.contexts = [torch.from_numpy(part).to(device) for part in parts]
        y_validation = np.asarray(data.y_validation)
        size = min(CHECKED_ROWS, len(y_validation))
        (checked,) = stratified_parts(strata_of(y_validation), [size], seed)
        self.validation_targets = y_validation[checked]
        self.validation_rows = self._matrix(data.frame_validation.iloc[checked])
        self.order = torch.arange(len(y))
        self.generator = torch.Generator()

    def _contexts(self, strata: np.ndarray, width: int, seed: int) -> list[np.ndarray]:
        """Rows of the contexts of scoring; a note where the free memory made them smaller."""
        config, free = self.backbone.card.config, free_memory(self.device)
        rows = self._seen
        wanted = context_sizes(rows, width, self.device)
        sizes = context_sizes(rows, width, self.device, config, free, len(self.looks))
        if sizes != wanted:
            self.notes = (
                f"The in-context backbone reads {len(sizes)} x {sizes[0]:,} training rows at once instead of "
                f"{len(wanted)} x {wanted[0]:,}: {free / 1e9:.1f} GB of memory are free and it would take "
                f"{reading_bytes(config, wanted, width, len(self.looks)) / 1e9:.1f} GB.",
            )
        if self.treatment.samples:
            return sampled_contexts(self.codes, self.treatment.drawn, sizes, seed)
        if sizes == [len(strata)]:
            return [np.arange(len(strata))]
        if self.output.task == BINARY:
            return hybrid_parts(strata, sizes, seed)
        return [stratified_parts(strata, [size], seed + place)[0] for place, size in enumerate(sizes)]

    @property
    def _seen(self) -> int:
        """Rows to read from: all, or as many as are drawn where rows are left out or repeated."""
        return int(self.treatment.drawn.sum()) if self.treatment.samples else len(self.codes)

    def _matrix(self, frame: pd.DataFrame) -> Tensor:
        encoded = self.table.transform(frame)
        return torch.from_numpy(self.inputs.transform(encoded.numeric, encoded.codes)).to(self.device)

    def start_epoch(self, generator: torch.Generator) -> int:
        self.generator = generator
        self.order = torch.randperm(len(self.codes), generator=generator)
        if self.treatment.samples:
            seed = int(torch.randint(2**31, (1,), generator=generator))
            rows = self.treatment.rows(self.codes, np.random.default_rng(seed))
            self.order = torch.from_numpy(np.random.default_rng(seed).permutation(rows))
        if self.corruption:
            self.asked = self._swapped(generator)
        return self.plan.epoch_steps

    def _swapped(self, generator: torch.Generator) -> Tensor:
        """All training rows with some cells of others, drawn anew for each epoch."""
        numbers, codes = (torch.from_numpy(part) for part in (self.encoded.numeric, self.encoded.codes))
        changed = [swap_cells(part, part, self.corruption, generator).numpy() for part in (numbers, codes)]
        return torch.from_numpy(self.inputs.transform(*changed)).to(self.device)

    def loss(self, step: int) -> Tensor:
        context, asked = self._episode(step)
        number = step % len(self.looks)
        look = self.looks[number]
        order = torch.randperm(len(look.columns), generator=self.generator)
        x = torch.cat((self.rows[context], self.asked[asked]))
        seen = FittedLook(look, x[: len(context)], self.generator, order)(x)
        targets = self.targets if self.targets.ndim == 1 else self.targets[number]
        labels = targets[context]
        logits = forward_episode(self.network, seen.unsqueeze(0), labels.unsqueeze(0))[0]
        gamma, weights = self.treatment.gamma, self.weights[asked]
        return self.answers.loss(logits, labels, targets[asked], weights, self._sampled_rate, gamma)

    @property
    def _sampled_rate(self) -> float:
        """Share of the last class (of yes and no the positives) among the rows of an epoch."""
        drawn = self.treatment.drawn
        return float(drawn[-1] / drawn.sum()) if self.treatment.samples else float(self.rate[-1])

    def _episode(self, step: int) -> tuple[Tensor, Tensor]:
        """Rows of the context, composed as in scoring, and of the query."""
        query, size = self.plan.query, self.plan.context
        rolled = torch.roll(self.order, -step * query)
        asked, others = rolled[:query], rolled[query:]
        if self.treatment.samples:  # a repeated row must not be told its own answer
            others = others[~torch.isin(others, asked)]
        if len(others) > size and self.output.task != BINARY:
            others = others[:size]
        if len(others) > size:
            positive = self.targets.cpu()[others] > 0
            hybrid = len(self.contexts) > 1 and not self.treatment.samples
            share = hybrid_share(float(self.rate[-1])) if hybrid else self._sampled_rate
            positives = others[positive][: max(1, round(size * share))]
            others = torch.cat((positives, others[~positive][: size - len(positives)]))
        return others.to(self.device), asked.to(self.device)

    def validation_logits(self) -> np.ndarray:
        """Raw output for at most 1,500 validation rows, from the first context and two looks."""
        self.network.eval()
        context = self._context(self.contexts[0])
        looks = self.looks[: CHECKED_LOOKS * self.answers.questions]
        reading = ContextReading(self.network, context.rows, context.labels, looks)
        return self._on_line(CHECKED_LOOKS).raw(reading, self.validation_rows, context.shift)

    def _on_line(self, looks: int) -> Answers:
        """The answers; of values on the line that the network as it is needs for so many looks.

        Parts of the training rows are asked for with the others as context.
        """
        if not isinstance(self.answers, Bins):
            return self.answers
        rows = np.random.default_rng(0).permutation(len(self.codes))[:LINE_ROWS]
        parts, found = np.array_split(rows, LINE_PARTS), []
        for part in parts:
            context = self._context(torch.from_numpy(np.setdiff1d(rows, part)).to(self.device))
            reading = ContextReading(self.network, context.rows, context.labels, self.looks[:looks])
            found.append(self.answers.between(reading, self.rows[torch.from_numpy(part).to(self.device)]))
        return self.answers.on_line(np.concatenate(found), self.values[np.concatenate(parts)])

    def _context(self, part: Tensor) -> Context:
        labels = self.targets[..., part]
        return Context(self.rows[part], labels, self.answers.shift(labels, self.rate))

    def epoch_limit(self, epochs: int) -> int:
        return self.plan.epochs(epochs)

    def model(self, logit_shift: Shift = 0.0) -> FittedModel:
        contexts = [self._context(part) for part in self.contexts]
        self.network.eval()
        answers = self._on_line(len(self.looks))
        parts = self.table, self.inputs, self.looks, contexts, logit_shift, answers
        return InContextModel(self.backbone, *parts)


@dataclass(frozen=True)
class Context:
    """Rows (C, H) and labels (C,), or (looks, C) where looks differ, to answer from.

    shift: added to the answers, since the context's class shares may not be the table's: a number, or one for
    each class.
    """

    rows: Tensor
    labels: Tensor
    shift: float | list[float] = 0.0


class InContextModel:
    """An in-context network with the contexts it answers from: training rows only, never others.

    The raw outputs from the contexts are averaged.
    """

    kind = "incontext"

    def __init__(
        self,
        backbone: InContextBackbone,
        table: TableEncoder,
        inputs: ContextInputs,
        looks: list[Look],
        contexts: list[Context],
        logit_shift: Shift = 0.0,
        answers: Answers = YesNo(),  # noqa: B008  it is frozen and has no state
    ) -> None:
        self.backbone, self.table, self.inputs, self.looks = backbone, table, inputs, looks
        self.contexts, self.logit_shift, self.answers = contexts, logit_shift, answers
        self._readings: list[ContextReading] = []

    @property
    def features(self) -> list[str]:
        return list(self.table.features)

    @property
    def output(self) -> Output:
        return self.answers.output

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        if not len(frame):
            require_columns(frame, self.features)
            return np.zeros((0, self.output.size) if self.output.task == MULTICLASS else 0)
        encoded = self.table.transform(frame)
        matrix = torch.from_numpy(self.inputs.transform(encoded.numeric, encoded.codes))
        matrix = matrix.to(self.contexts[0].rows.device)
        if not self._readings:
            self.backbone.network.eval()
            self._readings = [
                ContextReading(self.backbone.network, context.rows, context.labels, self.looks)
                for context in self.contexts
            ]
        read = zip(self._readings, self.contexts, strict=True)
        raw = np.mean([self.answers.raw(reading, matrix, context.shift) for reading, context in read], axis=0)
        return self.output.predict(raw + self.logit_shift)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        save_weights(self.backbone.network.state_dict(), folder / WEIGHTS_FILE)
        tensors: dict[str, Tensor] = {}
        for index, context in enumerate(self.contexts):
            tensors |= {f"rows/{index}": context.rows, f"labels/{index}": context.labels}
        save_weights(tensors, folder / CONTEXT_FILE)
        encoder = {"table": self.table.to_json(), "inputs": self.inputs.to_json()}
        write_json(folder / ENCODER_FILE, encoder | {"looks": looks_to_json(self.looks)})
        content = {
            "kind": self.kind,
            "features": self.features,
            "logit_shift": self.logit_shift,
            "context_shifts": [context.shift for context in self.contexts],
            "backbone": self.backbone.card.to_json(),
            "sha256": checksums(folder, WEIGHTS_FILE, CONTEXT_FILE, ENCODER_FILE),
            **self.answers.to_json(),
        }
        write_json(folder / "model.json", content)

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> InContextModel:
        """Raises Damaged where the folder's files do not fit together."""
        content = read_json(folder / "model.json")
        encoder = read_json(folder / ENCODER_FILE)
        card = Card.from_json(content["backbone"], folder)
        backbone = InContextBackbone(
            card, _network(card, load_weights(folder / WEIGHTS_FILE, None)).to(device)
        )
        tensors = {key: value.to(device) for key, value in load_weights(folder / CONTEXT_FILE, None).items()}
        contexts = [
            Context(tensors[f"rows/{i}"], tensors[f"labels/{i}"], shift)
            for i, shift in enumerate(content["context_shifts"])
        ]
        table, inputs = TableEncoder.from_json(encoder["table"]), ContextInputs.from_json(encoder["inputs"])
        looks = looks_from_json(encoder["looks"])
        shift, answers = read_shift(content["logit_shift"]), read_answers(content)
        return cls(backbone, table, inputs, looks, contexts, shift, answers)


def free_memory(device: str) -> int:
    """Bytes that a job may still take on the device."""
    if device.startswith("cuda"):
        return int(torch.cuda.mem_get_info()[0])
    return int(psutil.virtual_memory().available)


def _network(card: Card, tensors: dict[str, Tensor]) -> torch.nn.Module:
    with torch.random.fork_rng(devices=[]):
        network = build_network(card.config)
    load_into(network, tensors, card.name)
    rest_constants(network)
    return network


def rest_constants(network: torch.nn.Module) -> None:
    """Makes parameters that are no weights (the rotary frequencies) buffers of the same name.

    No depth may ever train them; the state dict stays the same.
    """
    for module in network.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            if not parameter.requires_grad:
                delattr(module, name)
                module.register_buffer(name, parameter.detach())
