"""Self-supervised pretraining: a network learns rows without labels by putting corrupted cells right.

A denoising autoencoder (Vincent et al. 2008) with masked features: of every row some cells are hidden and
some are swapped with those of other rows (the corruption of SCARF, arXiv 2106.15147); from the network's
representation of what is left a decoder names the true cells.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from finxfer.backbones.families import LEAST_ROWS
from finxfer.backbones.protocol import Report, ShouldStop, Stage
from finxfer.backbones.tabular import EPOCH_ROWS, SCORED_ROWS, TabularBackbone
from finxfer.backbones.tabular_network import TabularNetwork
from finxfer.errors import BadInput
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.checkpoint import copied
from finxfer.training.loop import TrainingRun, TrainingSteps

BATCH_ROWS = 256
VALIDATION_SHARE = 0.1
HIDDEN_SHARE, SWAPPED_SHARE = 0.25, 0.15
"""Shares of the cells that are read as missing, and that are another row's."""
INTACT_WEIGHT = 0.2
"""What an intact cell counts against a corrupted one."""
NUMBER_WEIGHT = 3.0
"""Squared errors of positions spread evenly over [-1, 1] are then about 1, as losses of categories are."""


@dataclass(frozen=True)
class Denoised:
    """How it went. explained: 1 - loss / loss of the columns' own averages, on rows kept aside, 0..1."""

    rows: int
    explained: float
    epochs: int


def denoise(
    backbone: TabularBackbone,
    frame: pd.DataFrame,
    settings: TrainingSettings,
    seed: int,
    device: str,
    report: Report,
    should_stop: ShouldStop,
) -> Denoised:
    """Trains the backbone's network, all but its head, on rows without labels; the best weights stay.

    The network needs one representation a row (not TabM's members). Raises BadInput where there are fewer
    than 200 rows, Cancelled on request.
    """
    return autoencode(backbone, frame, settings, seed, device, report, should_stop)[0]


def autoencode(
    backbone: TabularBackbone,
    frame: pd.DataFrame,
    settings: TrainingSettings,
    seed: int,
    device: str,
    report: Report,
    should_stop: ShouldStop,
) -> tuple[Denoised, Autoencoder]:
    """As `denoise`, and the network with what decodes it."""
    if len(frame) < LEAST_ROWS:
        raise BadInput(
            "There are too few rows to learn from without labels.",
            f"There are {len(frame):,}; at least {LEAST_ROWS} are needed.",
            "Give larger tables.",
        )
    backbone.network.to(device)
    numbers, codes = map(torch.from_numpy, backbone.encoder.transform(frame))
    order = torch.randperm(len(frame), generator=torch.Generator().manual_seed(seed))
    aside = max(1, int(len(order) * VALIDATION_SHARE))
    held, kept = order[:aside], order[aside:]
    run = TrainingRun(0, settings, seed, device, None, report, should_stop, "self-supervised")
    devices = [torch.cuda.current_device()] if device.startswith("cuda") else []
    with torch.random.fork_rng(devices=devices):
        # Before the learner: what decodes begins with weights drawn from this seed, too.
        torch.manual_seed(seed)
        learner = _Learner(
            backbone,
            Cells(numbers[kept].to(device), codes[kept].to(device)),
            Cells(numbers[held].to(device), codes[held].to(device)),
            settings,
            seed,
            device,
        )
        return _to_the_end(learner, run), learner.network


def _to_the_end(learner: _Learner, run: TrainingRun) -> Denoised:
    steps = TrainingSteps(learner, run)
    start = best = learner.validation_loss()
    weights, best_epoch, epoch = copied(learner.network), 0, 0
    while epoch < run.settings.epochs and epoch - best_epoch < run.settings.patience:
        began = time.monotonic()
        epoch += 1
        mean_loss = steps.epoch()
        now = learner.validation_loss()
        if now < best:
            best, best_epoch, weights = now, epoch, copied(learner.network)
        run.report(
            "epoch",
            model=run.name,
            depth=0,
            epoch=epoch,
            of=run.settings.epochs,
            train_loss=mean_loss,
            validation_loss=now,
            validation_auc=None,
            seconds=round(time.monotonic() - began, 3),
        )
    learner.network.load_state_dict(weights)
    learner.network.eval()
    return Denoised(learner.rows, 1 - best / start if start else 0.0, epoch)


@dataclass(frozen=True)
class Cells:
    """numbers float32 (N, Hn) on [-1, 1], NaN for missing; codes int64 (N, Hc), 0 for missing or rare."""

    numbers: Tensor
    codes: Tensor
    hidden: tuple[Tensor, Tensor] | None = field(default=None)
    """Where cells are corrupted, (N, Hn) and (N, Hc)."""

    def __len__(self) -> int:
        return len(self.numbers)

    def rows(self, rows: Tensor | slice) -> Cells:
        hidden = None if self.hidden is None else (self.hidden[0][rows], self.hidden[1][rows])
        return Cells(self.numbers[rows], self.codes[rows], hidden)

    def corrupted(self, generator: torch.Generator) -> Cells:
        """The same rows with cells hidden or swapped."""
        found, spoilt = [], []
        for cells, missing in ((self.numbers, float("nan")), (self.codes, 0)):
            lot = torch.rand(cells.shape, generator=generator).to(cells.device)
            others = torch.randint(len(cells), cells.shape, generator=generator).to(cells.device)
            swapped = torch.where(lot < HIDDEN_SHARE + SWAPPED_SHARE, cells.gather(0, others), cells)
            found.append(swapped.masked_fill(lot < HIDDEN_SHARE, missing))
            spoilt.append(lot < HIDDEN_SHARE + SWAPPED_SHARE)
        return Cells(found[0], found[1], (spoilt[0], spoilt[1]))


class Autoencoder(nn.Module):
    """The network and what decodes its representation; the decoder starts at the columns' averages."""

    def __init__(self, network: TabularNetwork, cells: Cells, cardinalities: tuple[int, ...]) -> None:
        super().__init__()
        width = network.read(cells.numbers[:1], cells.codes[:1]).shape[1]
        averages = [cells.numbers.nanmean(dim=0).nan_to_num()]
        for index, count in enumerate(cardinalities):
            rows = torch.bincount(cells.codes[:, index], minlength=count).float()
            rows[0] = 0.0  # a missing category is never what is asked for
            averages.append(torch.log((rows + 0.5) / (rows + 0.5).sum()))
        self.network, self.cardinalities = network, cardinalities
        self.decoder = new_decoder(width, int(cells.numbers.shape[1]) + sum(cardinalities))
        last = self.decoder[2]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        with torch.no_grad():
            last.bias.copy_(torch.cat(averages))
        self.decoder.to(cells.numbers.device)

    def forward(self, seen: Cells, true: Cells) -> Tensor:
        """Mean loss over the cells that are known, the corrupted ones foremost."""
        assert seen.hidden is not None
        represented = self.network.read(seen.numbers, seen.codes)
        decoded = self.decoder(represented).float()
        count = true.numbers.shape[1]
        known = ~torch.isnan(true.numbers)
        errors = NUMBER_WEIGHT * (decoded[:, :count] - torch.where(known, true.numbers, 0.0)) ** 2
        weights = known * _weight(seen.hidden[0])
        loss, total = (errors * weights).sum(), weights.sum()
        for index, logits in enumerate(decoded[:, count:].split(list(self.cardinalities), dim=1)):
            weight = (true.codes[:, index] > 0) * _weight(seen.hidden[1][:, index])
            loss = loss + (cross_entropy(logits, true.codes[:, index], reduction="none") * weight).sum()
            total = total + weight.sum()
        return loss / total.clamp(min=1.0)


def new_decoder(width: int, outputs: int) -> nn.Sequential:
    """From the representation (N, width) to a position for each number and a logit for each category."""
    return nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, outputs))


def cell_errors(decoded: Tensor, true: Cells, cardinalities: Sequence[int]) -> Tensor:
    """How far each cell (N, Hn + Hc) is from what was decoded for it; NaN where the cell is not known."""
    count = true.numbers.shape[1]
    errors = [NUMBER_WEIGHT * (decoded[:, :count] - true.numbers) ** 2]
    for index, logits in enumerate(decoded[:, count:].split(list(cardinalities), dim=1)):
        codes = true.codes[:, index]
        loss = cross_entropy(logits, codes, reduction="none")
        errors.append(loss.masked_fill(codes == 0, float("nan")).unsqueeze(1))
    return torch.cat(errors, dim=1)


def _weight(hidden: Tensor) -> Tensor:
    return torch.where(hidden, 1.0, INTACT_WEIGHT)


class _Learner:
    """What `TrainingSteps` needs of a learner, without labels."""

    def __init__(
        self,
        backbone: TabularBackbone,
        train: Cells,
        held: Cells,
        settings: TrainingSettings,
        seed: int,
        device: str,
    ) -> None:
        self.network = Autoencoder(backbone.network, train, backbone.encoder.cardinalities)
        self.stages: tuple[Stage, ...] = (Stage("network", "Network", ("network",)),)
        self.head = Stage("decoder", "Decoder", ("decoder",))
        self.new: tuple[str, ...] = ("network", "decoder")
        self.default_learning_rate = backbone.learning_rates[0]
        self.batch_size = settings.batch_size or min(BATCH_ROWS, len(train))
        self.train, self.held, self.device = train, held, device
        self.seen = held.corrupted(torch.Generator().manual_seed(seed))
        self.order = torch.arange(len(train))
        self.generator = torch.Generator()
        self.rows = len(train) + len(held)

    def start_epoch(self, generator: torch.Generator) -> int:
        self.generator = generator
        self.order = torch.randperm(len(self.train), generator=generator).to(self.device)
        rows = min(len(self.order), EPOCH_ROWS["cuda" if self.device.startswith("cuda") else "cpu"])
        return max(1, rows // self.batch_size)

    def loss(self, step: int) -> Tensor:
        true = self.train.rows(self.order[step * self.batch_size : (step + 1) * self.batch_size])
        loss: Tensor = self.network(true.corrupted(self.generator), true)
        return loss

    @torch.no_grad()
    def validation_loss(self) -> float:
        """On rows kept aside, always corrupted in the same way."""
        self.network.eval()
        total = 0.0
        for start in range(0, len(self.held), SCORED_ROWS):
            rows = slice(start, start + SCORED_ROWS)
            true = self.held.rows(rows)
            total += float(self.network(self.seen.rows(rows), true)) * len(true)
        return total / len(self.held)
