"""The in-context family: it reads labelled rows as context and answers for the rows beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from finxfer.backbones.budget import context_sizes, episode_plan
from finxfer.backbones.card import ENCODER_FILE, WEIGHTS_FILE, Card
from finxfer.backbones.incontext_inputs import ContextInputs, natural_order
from finxfer.backbones.incontext_looks import Look, choose_looks, looks_from_json, looks_to_json
from finxfer.backbones.incontext_network import (
    ContextReading,
    FittedLook,
    build_network,
    forward_episode,
    stage_prefixes,
)
from finxfer.backbones.protocol import FittedModel, Stage, TrainingData
from finxfer.backbones.sampling import class_weights, stratified_parts
from finxfer.backbones.scoring import require_columns
from finxfer.backbones.weights import checksums, load_into, load_weights, save_weights
from finxfer.data.encoding import TableEncoder
from finxfer.records.files import read_json, write_json
from finxfer.records.spec import TrainingSettings

CONTEXT_FILE = "context.safetensors"
CHECKED_ROWS = 1500
"""Validation rows that are looked at after each epoch; the guard's last word is on all of them."""
CHECKED_LOOKS = 2
LEARNING_RATE = 1e-4


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
    orders.
    """

    def __init__(
        self,
        backbone: InContextBackbone,
        data: TrainingData,
        settings: TrainingSettings,
        seed: int,
        device: str,
    ) -> None:
        self.backbone, self.device = backbone, device
        self.network, self.stages, self.head = backbone.network, backbone.stages, backbone.head
        self.default_learning_rate = LEARNING_RATE
        self.table = TableEncoder.fit(data.frame_train, data.columns, min_category_rows=2)
        encoded = self.table.transform(data.frame_train)
        known = [self.table.categories[name] for name in self.table.category_names]
        orders, counts = [natural_order(names) for names in known], [len(names) for names in known]
        self.inputs = ContextInputs.fit(encoded.numeric, encoded.codes, orders, counts)
        self.looks = choose_looks(self.inputs)
        width = max(len(look.columns) for look in self.looks)
        rows = self.inputs.transform(encoded.numeric, encoded.codes)
        y = np.asarray(data.y_train, dtype=np.float32)
        self.plan = episode_plan(len(y), width, device, settings.batch_size)
        self.rows = torch.from_numpy(rows).to(device)
        self.targets = torch.from_numpy(y).to(device)
        self.weights = torch.from_numpy(class_weights(y, settings.class_weighting)).to(device)
        parts = stratified_parts(y, context_sizes(len(y), width, device), seed)
        self.contexts = [torch.from_numpy(part).to(device) for part in parts]
        (checked,) = stratified_parts(data.y_validation, [min(CHECKED_ROWS, len(data.y_validation))], seed)
        self.validation_targets = np.asarray(data.y_validation)[checked]
        self.validation_rows = self._matrix(data.frame_validation.iloc[checked])
        self.order = torch.arange(len(y))
        self.generator = torch.Generator()

    def _matrix(self, frame: pd.DataFrame) -> Tensor:
        encoded = self.table.transform(frame)
        return torch.from_numpy(self.inputs.transform(encoded.numeric, encoded.codes)).to(self.device)

    def start_epoch(self, generator: torch.Generator) -> int:
        self.generator = generator
        self.order = torch.randperm(len(self.targets), generator=generator)
        return self.plan.epoch_steps

    def loss(self, step: int) -> Tensor:
        query, context = self.plan.query, self.plan.context
        rolled = torch.roll(self.order, -step * query)
        rows = torch.cat((rolled[query : query + context], rolled[:query])).to(self.device)
        look = self.looks[step % len(self.looks)]
        order = torch.randperm(len(look.columns), generator=self.generator)
        x = self.rows[rows]
        seen = FittedLook(look, x[:context], self.generator, order)(x)
        logits = forward_episode(self.network, seen.unsqueeze(0), self.targets[rows[:context]].unsqueeze(0))[
            0
        ]
        asked = rows[context:]
        log_odds = logits[:, 1] - logits[:, 0]
        return binary_cross_entropy_with_logits(log_odds, self.targets[asked], weight=self.weights[asked])

    def validation_logits(self) -> np.ndarray:
        """Log-odds for at most 1,500 validation rows, from the first context and two looks."""
        self.network.eval()
        context = self.contexts[0]
        reading = ContextReading(
            self.network, self.rows[context], self.targets[context], self.looks[:CHECKED_LOOKS]
        )
        return _log_odds(reading.logits(self.validation_rows))

    def epoch_limit(self, epochs: int) -> int:
        return self.plan.epochs(epochs)

    def model(self, logit_shift: float = 0.0) -> FittedModel:
        contexts = [(self.rows[part], self.targets[part]) for part in self.contexts]
        return InContextModel(self.backbone, self.table, self.inputs, self.looks, contexts, logit_shift)


class InContextModel:
    """An in-context network with the context it answers from: training rows only, never others.

    contexts: pairs of encoded rows (C, H) and labels (C,); the log-odds from each are averaged.
    """

    kind = "incontext"

    def __init__(
        self,
        backbone: InContextBackbone,
        table: TableEncoder,
        inputs: ContextInputs,
        looks: list[Look],
        contexts: list[tuple[Tensor, Tensor]],
        logit_shift: float = 0.0,
    ) -> None:
        self.backbone, self.table, self.inputs, self.looks = backbone, table, inputs, looks
        self.contexts, self.logit_shift = contexts, logit_shift
        self._readings: list[ContextReading] = []

    @property
    def features(self) -> list[str]:
        return list(self.table.features)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        if not len(frame):
            require_columns(frame, self.features)
            return np.zeros(0)
        encoded = self.table.transform(frame)
        matrix = torch.from_numpy(self.inputs.transform(encoded.numeric, encoded.codes))
        matrix = matrix.to(self.contexts[0][0].device)
        if not self._readings:
            self.backbone.network.eval()
            self._readings = [
                ContextReading(self.backbone.network, rows, labels, self.looks)
                for rows, labels in self.contexts
            ]
        log_odds = np.mean([_log_odds(reading.logits(matrix)) for reading in self._readings], axis=0)
        return 1.0 / (1.0 + np.exp(-(log_odds + self.logit_shift)))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        save_weights(self.backbone.network.state_dict(), folder / WEIGHTS_FILE)
        tensors: dict[str, Tensor] = {}
        for index, (rows, labels) in enumerate(self.contexts):
            tensors |= {f"rows/{index}": rows, f"labels/{index}": labels}
        save_weights(tensors, folder / CONTEXT_FILE)
        encoder = {"table": self.table.to_json(), "inputs": self.inputs.to_json()}
        write_json(folder / ENCODER_FILE, encoder | {"looks": looks_to_json(self.looks)})
        content = {
            "kind": self.kind,
            "features": self.features,
            "logit_shift": self.logit_shift,
            "contexts": len(self.contexts),
            "backbone": self.backbone.card.to_json(),
            "sha256": checksums(folder, WEIGHTS_FILE, CONTEXT_FILE, ENCODER_FILE),
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
        contexts = [(tensors[f"rows/{i}"], tensors[f"labels/{i}"]) for i in range(int(content["contexts"]))]
        table, inputs = TableEncoder.from_json(encoder["table"]), ContextInputs.from_json(encoder["inputs"])
        looks = looks_from_json(encoder["looks"])
        return cls(backbone, table, inputs, looks, contexts, float(content["logit_shift"]))


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


def _log_odds(logits: Tensor) -> np.ndarray:
    return (logits[:, 1] - logits[:, 0]).double().cpu().numpy()
