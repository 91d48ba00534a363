"""The focal loss of networks (Lin et al. 2017): easy rows count less, the more so the larger gamma."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, softplus

from finxfer.records.spec import BINARY, REGRESSION


def binary_loss(
    log_odds: Tensor, targets: Tensor, weights: Tensor | None = None, gamma: float = 0.0
) -> Tensor:
    """Mean over all entries of weight x (1 - q)^gamma x -log q, q the probability of the row's own class.

    log_odds, targets (0 or 1), weights: of one shape, or such that they broadcast. gamma 0 is the log loss.
    """
    if not gamma:
        return binary_cross_entropy_with_logits(log_odds, targets, weight=weights)
    own = torch.where(targets > 0, log_odds, -log_odds)
    losses = torch.exp(-gamma * softplus(own)) * softplus(-own)
    return (losses if weights is None else losses * weights).mean()


def class_loss(logits: Tensor, targets: Tensor, gamma: float = 0.0) -> Tensor:
    """The same for each row (B,) of several classes. logits: (B, C). targets: codes, int64 (B,)."""
    losses = cross_entropy(logits, targets, reduction="none")
    return losses * (1 - torch.exp(-losses)) ** gamma if gamma else losses


def task_loss(task: str, answers: Tensor, targets: Tensor, weights: Tensor, gamma: float = 0.0) -> Tensor:
    """Mean loss over the members of an ensemble and the rows of a batch.

    answers: (B, k), of several classes (B, k, C). targets: (B,), of a regression standardised. weights: (B,).
    """
    members = answers.shape[1]
    if task == BINARY:
        return binary_loss(answers, targets.unsqueeze(1).expand_as(answers), weights.unsqueeze(1), gamma)
    if task == REGRESSION:
        return (weights.unsqueeze(1) * (answers - targets.unsqueeze(1)).square()).mean()
    every = targets.unsqueeze(1).expand(-1, members).flatten()
    losses = class_loss(answers.flatten(0, 1).float(), every, gamma)
    return (losses.view(-1, members) * weights.unsqueeze(1)).mean()
