"""Backbones that know their columns: trained on a source table, put on a target by the columns' names.

One place for what the families have in common; a family adds its network (tabm.py and others).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from finxfer.backbones.augmentation import EncodedRows, Pairs, add_smote, swap_cells
from finxfer.backbones.card import ENCODER_FILE, WEIGHTS_FILE, Card
from finxfer.backbones.focal import task_loss
from finxfer.backbones.imbalance import treatment_of
from finxfer.backbones.outputs import (
    BINARY_OUTPUT,
    Output,
    Shift,
    log_odds_of,
    read_output,
    read_shift,
    stored_output,
)
from finxfer.backbones.placing import columns_read, knows, new_columns, reading_notes
from finxfer.backbones.protocol import FittedModel, TrainingData, stage_records
from finxfer.backbones.sampling import stratified_parts
from finxfer.backbones.scoring import require_columns
from finxfer.backbones.tabular_encoder import TabularEncoder
from finxfer.backbones.tabular_network import TabularNetwork, tabular_stages
from finxfer.backbones.weights import checksums, load_into, load_weights, save_weights
from finxfer.data.tasks import strata_of
from finxfer.records.files import read_json, write_json
from finxfer.records.spec import BINARY, REGRESSION, ColumnSpec
from finxfer.records.training_settings import TrainingSettings

SCORED_ROWS = 4096
"""Rows scored at once: bounds memory at about 100 MB."""
NEW_CATEGORY_ROWS = 5
"""Categories of a new column in fewer training rows are read as one."""
EPOCH_ROWS = {"cpu": 20_000, "cuda": 400_000}
"""Most rows of an epoch, drawn anew each time: a large table validates as often as a small one."""

CHECKED_ROWS = 20_000
"""Validation rows that training looks at after each epoch; the guard has the last word on all of them."""


class TabularBackbone:
    """A network with its encoder, from the catalogue or new; a family sets what stands at the top."""

    family: ClassVar[str]
    title: ClassVar[str]
    network_class: ClassVar[type[TabularNetwork]]
    default_config: ClassVar[dict[str, Any]]
    learning_rates: ClassVar[tuple[float, float]] = (2e-3, 5e-4)
    """Of a network from scratch, and of one that has learned already."""

    def __init__(
        self, card: Card, network: TabularNetwork, encoder: TabularEncoder, fresh: bool = False
    ) -> None:
        self.card = card
        self.network = network
        self.encoder = encoder
        self.fresh = fresh
        self.stages, self.head = tabular_stages(card.config)

    @classmethod
    def load(cls, card: Card) -> Self:
        """Raises Damaged where files are lacking, have another checksum or do not fit together."""
        return cls._load(card, card.weights_path.parent, card.sha256)

    @classmethod
    def load_model(cls, folder: Path, device: str = "cpu") -> TabularModel:
        """The model that `TabularModel.save` wrote. Raises Damaged where its files do not fit together."""
        content = read_json(folder / "model.json")
        backbone = cls._load(Card.from_json(content["backbone"], folder), folder, None)
        backbone.network.to(device)
        shift, output = read_shift(content["logit_shift"]), read_output(content)
        return TabularModel(backbone, dict(content["renamed"]), shift, device, output)

    @classmethod
    def _load(cls, card: Card, folder: Path, sha256: str | None) -> Self:
        tensors = load_weights(folder / WEIGHTS_FILE, sha256)
        encoder = TabularEncoder.from_json(read_json(folder / ENCODER_FILE))
        with torch.random.fork_rng(devices=[]):
            network = cls._network(encoder, {**cls.default_config, **card.config})
        load_into(network, tensors, card.name)
        return cls(card, network, encoder)

    @classmethod
    def _network(cls, encoder: TabularEncoder, config: dict[str, Any]) -> TabularNetwork:
        network = cls.network_class(len(encoder.edges), encoder.cardinalities, config)
        if encoder.new is not None:
            network.add_columns(len(encoder.new.edges), encoder.new.cardinalities)
        return network

    @classmethod
    def from_scratch(
        cls,
        frame: pd.DataFrame,
        columns: Sequence[ColumnSpec],
        seed: int,
        config: dict[str, Any] | None = None,
        min_category_rows: int = 5,
        keep_counts: bool = True,
    ) -> Self:
        """A new network for the columns of `frame`; its encoder learns from these rows."""
        config = {**cls.default_config, **(config or {})}
        encoder = TabularEncoder.fit(frame, columns, int(config["bins"]), min_category_rows, keep_counts)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = cls._network(encoder, config)
        stages, head = tabular_stages(config)
        card = Card(
            id="from_scratch",
            name=f"{cls.title} from scratch",
            family=cls.family,
            stages=stage_records(network, stages),
            head=stage_records(network, (head,))[0],
            parameters=sum(parameter.numel() for parameter in network.parameters()),
            columns=[{"name": column.name, "kind": column.kind} for column in columns],
            config=config,
        )
        return cls(card, network, encoder, fresh=True)

    def learner(
        self,
        data: TrainingData,
        settings: TrainingSettings,
        seed: int,
        device: str,
        masked_share: float = 0.0,
    ) -> TabularLearner:
        """Raises BadInput where the table has none of the backbone's columns."""
        renamed, notes = columns_read(self.card, data), reading_notes(self.card, data)
        unlearned: tuple[str, ...] = ()
        if not knows(self.card, data):
            self._renew_head(data)
            unlearned = ("output",)
        new = new_columns(self.card, data, renamed)
        if new:
            self._add_columns(data.frame_train, new, seed)
            unlearned += ("new_columns",)
            renamed |= {column.name: column.name for column in new}
        self.network.to(device)
        if self.fresh:
            unlearned = tuple(name for name, _ in self.network.named_parameters())
        learner = TabularLearner(self, renamed, data, settings, device, seed, masked_share)
        learner.new = unlearned
        learner.notes = notes + learner.notes
        return learner

    def _renew_head(self, data: TrainingData) -> None:
        outputs = self.network.outputs
        self.network.renew_head(data.output.start(data.y_train))
        if self.network.outputs != outputs:
            self._tell_head(outputs=self.network.outputs)

    def _tell_head(self, **config: int) -> None:
        """The card of the network with another head. config: what it takes to build it again."""
        self.card = replace(
            self.card,
            head=stage_records(self.network, (self.head,))[0],
            parameters=sum(parameter.numel() for parameter in self.network.parameters()),
            config={**self.card.config, **config},
        )

    def _add_columns(self, frame: pd.DataFrame, new: Sequence[ColumnSpec], seed: int) -> None:
        bins = int({**self.default_config, **self.card.config}["bins"])
        encoder = TabularEncoder.fit(frame, new, bins, NEW_CATEGORY_ROWS, keep_counts=True)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.network.add_columns(len(encoder.edges), encoder.cardinalities)
        self.encoder = replace(self.encoder, new=encoder)
        columns = [*(self.card.columns or []), *({"name": c.name, "kind": c.kind} for c in new)]
        self.card = replace(self.card, columns=columns)
        self._tell_head(new_columns=len(new))

    @torch.no_grad()
    def view(self, frame: pd.DataFrame, data: TrainingData) -> tuple[np.ndarray, np.ndarray]:
        """What the network as it is makes of rows, before any training.

        frame: rows (N, columns). data: says the columns of the rows and what they stand for. Returns what the
        head reads, the mean over members, float32 (N, width), and the head's raw output, float64 (N,) or
        (N, C).
        """
        renamed = columns_read(self.card, data)
        numbers, codes = map(torch.from_numpy, self.encoder.transform(frame, renamed))
        output = data.output if knows(self.card, data) else BINARY_OUTPUT
        network, parts = self.network.eval(), [np.zeros((0, int(self.card.config["width"])), np.float32)]
        for start in range(0, len(numbers), SCORED_ROWS):
            rows = slice(start, start + SCORED_ROWS)
            found = network.read(numbers[rows], codes[rows])
            parts.append((found.mean(dim=1) if found.ndim == 3 else found).numpy())
        return np.concatenate(parts), member_raw(network, numbers, codes, output)

    def save(self, folder: Path) -> tuple[str, int]:
        """Writes weights and encoder; returns the weights' (SHA-256, bytes)."""
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / ENCODER_FILE, self.encoder.to_json())
        return save_weights(self.network.state_dict(), folder / WEIGHTS_FILE)


class TabularLearner:
    """Mini-batches of encoded rows; every member of an ensemble learns from the same batch.

    masked_share: share of cells hidden at random in each batch, so that "missing" gets a meaning
    even for columns that are never empty at the source. seed: of the made-up rows that `settings` ask for.
    """

    new: tuple[str, ...] = ()

    def __init__(
        self,
        backbone: TabularBackbone,
        renamed: dict[str, str],
        data: TrainingData,
        settings: TrainingSettings,
        device: str,
        seed: int = 0,
        masked_share: float = 0.0,
    ) -> None:
        self.backbone, self.renamed, self.device = backbone, renamed, device
        self.network, self.stages, self.head = backbone.network, backbone.stages, backbone.head
        self.default_learning_rate = backbone.learning_rates[0 if backbone.fresh else 1]
        self.masked_share, self.corruption, self.mixup = masked_share, settings.corruption, settings.mixup
        self.output, y_validation = data.output, np.asarray(data.y_validation)
        size = min(CHECKED_ROWS, len(y_validation))
        (checked,) = stratified_parts(strata_of(y_validation), [size], seed)
        self.validation_targets = y_validation[checked]
        self.validation = self._encode(data.frame_validation.iloc[checked])
        self.notes: tuple[str, ...] = ()
        own = y = data.output.learned(data.y_train)
        if settings.smote and data.task == BINARY:
            numbers, codes = backbone.encoder.transform(data.frame_train, renamed)
            rows, said = add_smote(EncodedRows(numbers, codes, y), settings.smote, seed)
            self.train, y = self._on_device(rows.numbers, rows.codes), rows.y
            self.notes = (said,)
        else:
            self.train = self._encode(data.frame_train)
        self.targets = torch.from_numpy(y if y.dtype == np.int64 else y.astype(np.float32)).to(device)
        self.codes = data.output.codes(y)
        self.treatment = treatment_of(data.output, self.codes, settings, data.output.codes(own))
        self.weights = torch.from_numpy(self.treatment.row_weights(self.codes)).to(device)
        seen = int(self.treatment.drawn.sum()) if self.treatment.samples else len(own)
        self.batch_size = settings.batch_size or max(32, min(256, seen // 8))
        self.order = torch.arange(len(y), device=device)
        self.generator: torch.Generator | None = None

    def _encode(self, frame: pd.DataFrame) -> tuple[Tensor, Tensor]:
        return self._on_device(*self.backbone.encoder.transform(frame, self.renamed))

    def _on_device(self, numbers: np.ndarray, codes: np.ndarray) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(numbers).to(self.device), torch.from_numpy(codes).to(self.device)

    def start_epoch(self, generator: torch.Generator) -> int:
        self.generator = generator
        self.order = self._drawn(generator).to(self.device)
        rows = min(len(self.order), EPOCH_ROWS["cuda" if self.device.startswith("cuda") else "cpu"])
        return max(1, rows // self.batch_size)

    def _drawn(self, generator: torch.Generator) -> Tensor:
        """The rows of an epoch, shuffled. Rows are left out or repeated anew each time, so that in the end
        all of them were seen."""
        if not self.treatment.samples:
            return torch.randperm(len(self.targets), generator=generator)
        seed = int(torch.randint(2**31, (1,), generator=generator))
        rows = torch.from_numpy(self.treatment.rows(self.codes, np.random.default_rng(seed)))
        return rows[torch.randperm(len(rows), generator=generator)]

    def loss(self, step: int) -> Tensor:
        rows = self.order[step * self.batch_size : (step + 1) * self.batch_size]
        cells = self.network.embed(*self._cells(rows))
        if not self.mixup:
            return self._loss(self.network.answer(cells), rows)
        # Cells are mixed as vectors, since categories have no values between them (manifold mixup, Verma et
        # al. 2019, arXiv 1806.05236); mixing the losses is what soft targets come to.
        pairs = Pairs.draw(len(rows), self.mixup, self.device)
        logits = self.network.answer(pairs.mix(cells))
        other = self._loss(logits, rows[pairs.partner], 1 - pairs.share)
        return self._loss(logits, rows, pairs.share) + other

    def _loss(self, logits: Tensor, rows: Tensor, shares: Tensor | float = 1.0) -> Tensor:
        """Mean loss of the members (B, k) or (B, k, C) on the labels of `rows`; shares: how much each row
        counts."""
        weights = self.weights[rows] * shares
        return task_loss(self.output.task, logits, self.targets[rows], weights, self.treatment.gamma)

    def _cells(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Numbers and codes of a batch, some cells swapped or hidden."""
        numbers, codes = self.train[0][rows], self.train[1][rows]
        if self.corruption:
            numbers = swap_cells(numbers, self.train[0], self.corruption, self.generator)
            codes = swap_cells(codes, self.train[1], self.corruption, self.generator)
        if self.masked_share:
            hidden = torch.rand(numbers.shape, generator=self.generator).to(self.device) < self.masked_share
            numbers = numbers.masked_fill(hidden, float("nan"))
            hidden = torch.rand(codes.shape, generator=self.generator).to(self.device) < self.masked_share
            codes = codes.masked_fill(hidden, 0)
        return numbers, codes

    def validation_logits(self) -> np.ndarray:
        return member_raw(self.network, *self.validation, self.output)

    def epoch_limit(self, epochs: int) -> int:
        return epochs

    def model(self, logit_shift: Shift = 0.0) -> FittedModel:
        return TabularModel(self.backbone, self.renamed, logit_shift, self.device, self.output)


class TabularModel:
    """A network that scores raw rows of a table; its kind is the family's name."""

    def __init__(
        self,
        backbone: TabularBackbone,
        renamed: dict[str, str],
        logit_shift: Shift = 0.0,
        device: str = "cpu",
        output: Output = BINARY_OUTPUT,
    ) -> None:
        self.backbone, self.renamed, self.logit_shift, self.device = backbone, renamed, logit_shift, device
        self.kind, self.output = backbone.family, output

    @property
    def features(self) -> list[str]:
        return list(self.renamed.values())

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        require_columns(frame, self.features)
        numbers, codes = self.backbone.encoder.transform(frame, self.renamed)
        tensors = torch.from_numpy(numbers).to(self.device), torch.from_numpy(codes).to(self.device)
        raw = member_raw(self.backbone.network, *tensors, self.output) + self.logit_shift
        return self.output.predict(raw)

    def save(self, folder: Path) -> None:
        self.backbone.save(folder)
        content = {
            "kind": self.kind,
            "features": self.features,
            "renamed": self.renamed,
            "logit_shift": self.logit_shift,
            "backbone": self.backbone.card.to_json(),
            "sha256": checksums(folder, WEIGHTS_FILE, ENCODER_FILE),
            **stored_output(self.output),
        }
        write_json(folder / "model.json", content)


@torch.no_grad()
def member_raw(network: TabularNetwork, numbers: Tensor, codes: Tensor, output: Output) -> np.ndarray:
    """Raw output of the members' mean probability or mean value, float64 (N,) or (N, C)."""
    network.eval()
    parts = []
    for start in range(0, len(numbers), SCORED_ROWS):
        rows = slice(start, start + SCORED_ROWS)
        answers = network(numbers[rows], codes[rows]).double()
        if output.task == BINARY:
            parts.append(torch.sigmoid(answers).mean(dim=1).cpu().numpy())
        elif output.task == REGRESSION:
            parts.append(answers.mean(dim=1).cpu().numpy())
        else:
            parts.append(torch.softmax(answers, dim=-1).mean(dim=1).cpu().numpy())
    if output.task == REGRESSION:
        return np.concatenate(parts) if parts else np.zeros(0)
    if output.task == BINARY:
        probability = np.concatenate(parts) if parts else np.zeros(0)
        return log_odds_of(probability)
    return output.raw_of(np.concatenate(parts) if parts else np.zeros((0, output.size)))
