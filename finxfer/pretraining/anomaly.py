"""How odd a row is, without labels: how badly a denoising autoencoder fills in its hidden cells.

Every column is hidden in turn, a few at a time, and named from the others. Each column's error counts against
the mean error of that column among the training rows, so that a column nobody can guess says little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from finxfer.backbones.card import ENCODER_FILE, WEIGHTS_FILE, Card
from finxfer.backbones.mlp import AutoencoderBackbone
from finxfer.backbones.protocol import Report, ShouldStop
from finxfer.backbones.scoring import require_columns
from finxfer.backbones.tabular import SCORED_ROWS
from finxfer.backbones.weights import check_files, checksums, load_into, load_weights, save_weights
from finxfer.errors import Damaged
from finxfer.pretraining.denoising import Cells, Denoised, autoencode, cell_errors, new_decoder
from finxfer.records.files import read_json, write_json
from finxfer.records.spec import ColumnSpec
from finxfer.records.training_settings import TrainingSettings

PARTS, ROUNDS = 4, 2
"""Every column is hidden once a round, with a quarter of the others."""
DECODER, FILE = "decoder.safetensors", "anomaly.json"
FOLDER = "anomaly"
"""Under a run's ``model/``."""
LEAST_ERROR = 1e-3
"""Below this mean error a column is as good as constant; it must not drown the others."""
MOST_RATIO = 50.0


class AnomalyModel:
    """A denoising autoencoder that scores raw rows of a table.

    Args:
        backbone: the network with its encoder.
        decoder: from the representation to the cells.
        means: float32 (H,), mean error of each column among the training rows.
    """

    def __init__(self, backbone: AutoencoderBackbone, decoder: torch.nn.Module, means: Tensor) -> None:
        self.backbone, self.decoder, self.means = backbone, decoder, means

    @property
    def features(self) -> list[str]:
        """The columns that it reads."""
        return list(self.backbone.encoder.table.features)

    def score(self, frame: pd.DataFrame) -> np.ndarray:
        """How odd each row is, float64 (N,), 0 or more; about 1 is usual. Higher is odder.

        Raises:
            BadInput: a column is lacking, or holds other things than in training.
        """
        errors = self.errors(frame) / self.means.clamp(min=LEAST_ERROR)
        # One impossible cell is odd, but no odder than that.
        ratio = errors.clamp(max=MOST_RATIO)
        return torch.nanmean(ratio, dim=1).nan_to_num(1.0).double().numpy()

    @torch.no_grad()
    def errors(self, frame: pd.DataFrame) -> Tensor:
        """Error of each cell when it is hidden: (N, H), NaN where the cell is not known."""
        require_columns(frame, self.features)
        numbers, codes = map(torch.from_numpy, self.backbone.encoder.transform(frame))
        network, parts = self.backbone.network.eval(), _parts(numbers.shape[1] + codes.shape[1])
        found = []
        for start in range(0, len(frame), SCORED_ROWS):
            true = Cells(numbers[start : start + SCORED_ROWS], codes[start : start + SCORED_ROWS])
            total = torch.zeros(len(true), numbers.shape[1] + codes.shape[1])
            for hidden in parts:
                seen = _hidden(true, hidden)
                decoded = self.decoder(network.read(seen.numbers, seen.codes)).float()
                errors = cell_errors(decoded, true, self.backbone.encoder.cardinalities)
                total[:, hidden] += errors[:, hidden] / ROUNDS
            found.append(total)
        return torch.cat(found) if found else torch.zeros(0, numbers.shape[1] + codes.shape[1])

    def save(self, folder: Path) -> None:
        """Write weights, encoder and the columns' mean errors; no row of the table."""
        sha256, size = self.backbone.save(folder)
        card = replace(self.backbone.card, sha256=sha256, bytes=size)
        save_weights({**self.decoder.state_dict(), "means": self.means}, folder / DECODER)
        content = {"card": card.to_json(), "sha256": checksums(folder, WEIGHTS_FILE, ENCODER_FILE, DECODER)}
        write_json(folder / FILE, content)

    @classmethod
    def load(cls, folder: Path) -> AnomalyModel:
        """Read back what `save` wrote. Raises Damaged where a file is missing or is not what was written."""
        content = read_json(folder / FILE)
        check_files(folder, content["sha256"])
        backbone = AutoencoderBackbone.load(Card.from_json(content["card"], folder))
        tensors = load_weights(folder / DECODER, None)
        if "means" not in tensors:
            raise Damaged(
                "The anomaly model is not whole.", f"{DECODER} has no mean errors.", "Train it again."
            )
        means = tensors.pop("means")
        width, outputs = tensors["0.weight"].shape[0], tensors["2.weight"].shape[0]
        decoder = new_decoder(width, outputs)
        load_into(decoder, tensors, "the anomaly model")
        return cls(backbone, decoder.eval(), means)


def stored_anomaly(model: Path) -> AnomalyModel | None:
    """The anomaly model under a run's ``model/``; None where none was trained.

    Raises:
        Damaged: it is there but a file of it is not what was written.
    """
    folder = model / FOLDER
    return AnomalyModel.load(folder) if (folder / FILE).is_file() else None


def train_anomaly(
    frame: pd.DataFrame,
    columns: Sequence[ColumnSpec],
    settings: TrainingSettings,
    seed: int,
    report: Report,
    should_stop: ShouldStop,
) -> tuple[AnomalyModel, Denoised]:
    """Train an autoencoder on rows without labels; equal arguments give equal models.

    Args:
        frame: the training rows; only `columns` of it are read.
        columns: the features.

    Raises:
        BadInput: fewer than 200 rows, or no feature. Cancelled: on request.
    """
    backbone = AutoencoderBackbone.from_scratch(frame, columns, seed)
    found, network = autoencode(backbone, frame, settings, seed, "cpu", report, should_stop)
    model = AnomalyModel(backbone, network.decoder.eval(), torch.ones(1))
    model.means = torch.nanmean(model.errors(frame), dim=0).nan_to_num(1.0)
    return model, found


def _parts(columns: int) -> list[Tensor]:
    """Which columns are hidden together: each column once a round; the same for all rows and ever."""
    generator, found = torch.Generator().manual_seed(0), []
    for _ in range(ROUNDS):
        order = torch.randperm(columns, generator=generator)
        found += [part for part in order.chunk(min(PARTS, columns)) if len(part)]
    return found


def _hidden(true: Cells, hidden: Tensor) -> Cells:
    count = true.numbers.shape[1]
    numbers, codes = true.numbers.clone(), true.codes.clone()
    numbers[:, hidden[hidden < count]] = float("nan")
    codes[:, hidden[hidden >= count] - count] = 0
    return Cells(numbers, codes)


def isolation_scores(
    train: pd.DataFrame, test: pd.DataFrame, columns: Sequence[ColumnSpec], seed: int
) -> np.ndarray:
    """The usual unsupervised rival, scikit-learn's isolation forest: float64 (N,), higher is odder."""
    from sklearn.ensemble import IsolationForest

    from finxfer.data.encoding import TableEncoder

    encoder = TableEncoder.fit(train, list(columns))
    middle = np.nan_to_num(np.nanmedian(_filled(encoder.transform(train).numeric), axis=0))

    def cells(frame: pd.DataFrame) -> np.ndarray:
        encoded: Any = encoder.transform(frame)
        numbers = np.where(np.isnan(encoded.numeric), middle, encoded.numeric)
        return np.concatenate([numbers, encoded.codes], axis=1)

    forest = IsolationForest(n_estimators=200, random_state=seed).fit(cells(train))
    return np.asarray(-forest.score_samples(cells(test)), dtype=np.float64)


def _filled(numbers: np.ndarray) -> np.ndarray:
    """A column that is missing throughout has the middle 0."""
    return np.where(np.isnan(numbers).all(axis=0), 0.0, numbers)
