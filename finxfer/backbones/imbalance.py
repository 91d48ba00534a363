"""What is done about a rare class in training, and how probabilities come back from it. numpy only.

Weights and other class shares move the log-odds that are learned by a known number; the focal loss bends them
in a known way. Both can be taken back exactly where a learner finds the minimum of its loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finxfer.backbones.outputs import Output
from finxfer.records.spec import BINARY, REGRESSION
from finxfer.records.training_settings import TrainingSettings

WIDEST = 50.0
"""Log-odds beyond this are as good as certain; they are cut there before they are bent."""
CONTEXTS = 3
"""Contexts in place of one, where rows are left out of it."""


def class_counts(y: np.ndarray, classes: int = 2) -> np.ndarray:
    """Rows of each class, int64 (classes,). y: codes 0..classes-1 (N,), of any number type."""
    return np.bincount(np.asarray(y).astype(np.int64), minlength=classes)


def drawn_counts(counts: np.ndarray, undersample: float, oversample: float) -> np.ndarray:
    """Rows of each class that a sample holds, int64 (C,).

    undersample, oversample: share of the rarest class beside the commonest one, 0 (off) to 0.5. Classes that
    are too large for it are cut down; those that are too small are repeated. A class without rows has none.
    """
    drawn, present = counts.copy(), counts > 0
    if not present.any():
        return drawn
    rarest, commonest = int(counts[present].min()), int(counts.max())
    if undersample:
        most = max(int(np.floor(rarest * (1 - undersample) / undersample)), rarest)
        drawn = np.minimum(drawn, most)
    if oversample:
        least = min(int(np.ceil(commonest * oversample / (1 - oversample))), commonest)
        drawn = np.where(present, np.maximum(drawn, least), 0)
    return np.asarray(drawn)


def draw_rows(y: np.ndarray, drawn: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Positions of a sample with `drawn` rows of each class (C,), sorted, int64.

    A class that gets fewer rows than it has is drawn without replacement; one that gets more has all of its
    rows as often as they go in, and a draw of them for the rest.
    """
    codes, parts = np.asarray(y).astype(np.int64), []
    for value, wanted in enumerate(drawn):
        members = np.flatnonzero(codes == value)
        if not len(members):
            continue
        again, rest = divmod(int(wanted), len(members))
        parts.append(np.tile(members, again))
        parts.append(generator.choice(members, rest, replace=False))
    return np.sort(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)


def sampled_contexts(y: np.ndarray, drawn: np.ndarray, sizes: Sequence[int], seed: int) -> list[np.ndarray]:
    """Sorted row positions of contexts, about `sizes[i]` of them, with the class shares of `drawn` (C,).

    One context of fewer rows than there are becomes several, each with other rows of the large classes.
    """
    contexts = list(sizes)
    if len(contexts) == 1 and drawn.sum() < len(y):
        contexts *= CONTEXTS
    found = []
    for number, size in enumerate(contexts):
        counts = np.where(drawn > 0, np.maximum(np.round(drawn * (size / drawn.sum())), 1), 0)
        found.append(draw_rows(y, counts.astype(np.int64), np.random.default_rng([seed, number, 0xC0])))
    return found


@dataclass(frozen=True)
class Treatment:
    """What training sees in place of the table's class shares.

    table: rows of each class in the table (C,). counts: of them among what may be drawn, made-up rows
    included. drawn: of them in a sample. weights: how much a drawn row of a class counts (C,), with mean 1
    over the sample. gamma: of the focal loss, 0 is off.
    """

    table: np.ndarray
    counts: np.ndarray
    drawn: np.ndarray
    weights: np.ndarray
    gamma: float = 0.0

    @classmethod
    def of(
        cls,
        y: np.ndarray,
        settings: TrainingSettings,
        classes: int = 2,
        table: np.ndarray | None = None,
    ) -> Treatment:
        """y: codes of the training rows (N,), 0..classes-1; table: those of the table's own rows among them,
        where made-up rows have joined."""
        counts = class_counts(y, classes)
        drawn = drawn_counts(counts, settings.undersample, settings.oversample)
        weights = np.ones(classes)
        if settings.class_weighting == "balanced":
            weights = np.maximum(drawn, 1.0) ** -settings.weight_power
            weights *= drawn.sum() / max(float((weights * drawn).sum()), 1e-300)
        known = counts if table is None else class_counts(table, classes)
        return cls(known, counts, drawn, weights, settings.focal_gamma)

    @classmethod
    def none(cls, rows: int) -> Treatment:
        """Of a target without classes: one class of so many rows, to which nothing is done."""
        count = np.array([rows])
        return cls(count, count, count, np.ones(1))

    @property
    def samples(self) -> bool:
        """Whether rows are left out or repeated."""
        return not np.array_equal(self.counts, self.drawn)

    def rows(self, y: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Positions of the rows to learn from, all of them where nothing is sampled."""
        return draw_rows(y, self.drawn, generator) if self.samples else np.arange(len(y))

    def row_weights(self, y: np.ndarray) -> np.ndarray:
        """float32 (N,): how much each row counts."""
        return self.weights[np.asarray(y).astype(np.int64)].astype(np.float32)

    @property
    def rate(self) -> float:
        """Share of class 1 that a binary training sees, weights counted."""
        seen = self.drawn * self.weights
        return float(seen[1] / seen.sum()) if seen.sum() else 0.0

    def shifts(self) -> np.ndarray:
        """What to add to the logits of each class (C,) so that they are those of the table; mean 0.

        Bayes' rule for known class shares (Saerens, Latinne & Decaestecker 2002; for undersampling Dal
        Pozzolo et al. 2015; for weights Elkan 2001): exact where the training found the minimum of its loss.
        """
        seen = self.drawn * self.weights
        known = (seen > 0) & (self.table > 0)
        found = np.zeros(len(seen))
        found[known] = np.log(self.table[known]) - np.log(seen[known])
        return np.where(known, found - found[known].mean(), 0.0) if known.any() else found

    @property
    def shift(self) -> float:
        """The same for the log-odds of class 1 in a binary task."""
        shifts = self.shifts()
        return float(shifts[1] - shifts[0])


def treatment_of(
    output: Output, codes: np.ndarray, settings: TrainingSettings, table: np.ndarray | None = None
) -> Treatment:
    """Of any task. codes, table: as `Output.codes` gives them; arguments as in `Treatment.of`."""
    if output.task == REGRESSION:
        return Treatment.none(len(codes))
    return Treatment.of(codes, settings, 2 if output.task == BINARY else output.size, table)


def softplus(x: np.ndarray) -> np.ndarray:
    """log(1 + exp(x)), without overflow."""
    return np.asarray(np.logaddexp(0.0, x))


def focal_loss(u: np.ndarray, gamma: float) -> np.ndarray:
    """(1 - q)^gamma (-log q) of q = sigmoid(u), the probability of the class that a row has.

    Lin, Goyal, Girshick, He & Dollár 2017, "Focal loss for dense object detection". u: log-odds of the row's
    own class (N,).
    """
    return np.asarray(np.exp(-gamma * softplus(u)) * softplus(-u))


def focal_slopes(u: np.ndarray, gamma: float) -> tuple[np.ndarray, np.ndarray]:
    """First and second derivative of `focal_loss` by u, (N,) each.

    The second is negative for rows that are far on the wrong side: the loss is not convex.
    """
    q, wrong, lost = 1 / (1 + np.exp(-u)), 1 / (1 + np.exp(u)), softplus(-u)
    scale = np.exp(-gamma * softplus(u))
    first = -scale * (gamma * q * lost + wrong)
    second = scale * q * ((2 * gamma + 1) * wrong + gamma * lost * (gamma * q - wrong))
    return first, second


def focal_bend(log_odds: np.ndarray, gamma: float) -> np.ndarray:
    """Log-odds of the class as it is, of log-odds (N,) that minimise the focal loss.

    The closed form of Charoenphakdee, Vongkulbhisal, Chairatanakul & Sugiyama 2021, "On focal loss for
    class-posterior probability estimation": the probability of a class is proportional to h(q) = q / phi(q),
    phi(q) = (1 - q)^gamma - gamma (1 - q)^(gamma - 1) q log q, q being what the focal loss gave it. It
    ascends, so that no order of customers changes; 0 stays 0, and gamma 0 changes nothing.
    """
    if not gamma:
        return np.asarray(log_odds, dtype=np.float64)
    z = np.clip(np.asarray(log_odds, dtype=np.float64), -WIDEST, WIDEST)
    own = np.log1p(gamma * np.exp(z) * softplus(-z))
    other = np.log1p(gamma * np.exp(-z) * softplus(z))
    return np.asarray((1 + gamma) * z - own + other)


def focal_start(rate: float, gamma: float) -> float:
    """The constant log-odds that minimise the focal loss at a share `rate` of positives (bisection)."""
    if not 0 < rate < 1:
        return 0.0
    wanted = np.log(rate) - np.log1p(-rate)
    low, high = -WIDEST, WIDEST
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if focal_bend(np.array([middle]), gamma)[0] < wanted else (low, middle)
    return (low + high) / 2


def focal_bend_classes(logits: np.ndarray, gamma: float) -> np.ndarray:
    """Log-probabilities (N, C) of the classes as they are, of logits (N, C) that minimise the focal loss."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_q = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    if gamma:
        q = np.clip(np.exp(log_q), 1e-15, 1 - 1e-15)
        log_q = np.log(q)
        left = np.log1p(-q)
        # log h = log q - log phi, phi = (1 - q)^gamma (1 - gamma q log q / (1 - q))
        log_q = log_q - gamma * left - np.log1p(-gamma * q * log_q / (1 - q))
    found = log_q - log_q.max(axis=1, keepdims=True)
    return np.asarray(found - np.log(np.exp(found).sum(axis=1, keepdims=True)))
