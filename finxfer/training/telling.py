"""A choice in figures and words: the keys `selection` and `tried` of metrics.json, and the reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from finxfer.training.blend import Blend
from finxfer.training.candidates import BASELINE
from finxfer.training.cross_validation import Scored
from finxfer.training.folds import Folds

DIGITS = 5


def selection(
    own: Blend,
    without: Blend,
    judged: Sequence[Scored],
    rivals: Sequence[Scored],
    in_vain: Collection[str],
    folds: Folds,
) -> dict[str, Any]:
    """The key `selection` of metrics.json, without what is measured on test rows later.

    metric names the loss, and is its key in each entry. The loss of the winner and of each entry is that of
    rows which had no say in it. margin: the loss of the best other single candidate minus the winner's; it
    may be below 0 within its error, since weights stay near the prior while few rows speak. rivals: those of
    the judged that the choice was among.
    """
    name = folds.data.output.loss_name
    ranked = sorted(judged, key=lambda scored: scored.loss)
    among = {scored.name for scored in rivals}
    other = next((scored for scored in ranked if scored.name != own.name and scored.name in among), None)
    gains = None if other is None else other.losses - own.losses
    return {
        "rows": len(folds.targets),
        "folds": folds.pieces,
        "metric": name,
        "tried": [_entry(scored, own, in_vain, name) for scored in ranked],
        "winner": {
            "name": own.name,
            name: _rounded(own.loss),
            "auc": _rounded(own.auc),
            "over": other.name if other else None,
            "margin": None if gains is None else _rounded(gains.mean()),
            "margin_error": None if gains is None else _rounded(_error(gains)),
        },
        "without_pretrained": {
            "name": without.name,
            "weights": {
                member.name: _rounded(weight)
                for member, weight in zip(without.members, without.weights, strict=True)
            },
            name: _rounded(without.loss),
            "auc": _rounded(without.auc),
        },
    }


def _entry(scored: Scored, own: Blend, in_vain: Collection[str], name: str) -> dict[str, Any]:
    candidate = scored.candidate
    return {
        "name": scored.name,
        "kind": candidate.kind,
        "backbone": candidate.card.id if candidate.card else None,
        "depth": candidate.depth(scored.variant),
        "pretrained": candidate.kind != BASELINE,
        name: _rounded(scored.loss),
        f"{name}_error": _rounded(_error(scored.losses)),
        "auc": _rounded(scored.auc),
        "weight": _rounded(own.weight(scored.name)),
        "seconds": round(scored.seconds, 2),
        "fell_back": scored.name in in_vain,
    }


def tried(judged: Sequence[Scored], in_vain: Collection[str], name: str) -> list[dict[str, Any]]:
    """The key `tried` of metrics.json, as a run with a fixed backbone has it. name: of the loss."""
    return [
        {
            "title": scored.name,
            "backbone": scored.candidate.card.id if scored.candidate.card else None,
            "depth": scored.candidate.depth(scored.variant),
            "choice": scored.name if scored.candidate.kind == BASELINE else scored.candidate.kind,
            "fell_back": scored.name in in_vain,
            "validation": {"auc": _rounded(scored.auc), name: _rounded(scored.loss)},
        }
        for scored in judged
    ]


def reason(own: Blend, rivals: Sequence[Scored], rows: int, name: str) -> str:
    """Why it is this model, in one sentence. rivals: what the choice was among. name: of the loss."""
    others = [scored for scored in rivals if scored.name != own.name]
    best = min(others, key=lambda scored: scored.loss, default=None)
    parts = [
        f"{member.name.replace('_', ' ')} ({weight:.0%})"
        for member, weight in zip(own.members, own.weights, strict=True)
    ]
    what = f"An ensemble of {', '.join(parts)}" if len(parts) > 1 else own.name.replace("_", " ")
    against = "" if best is None else f", against {best.loss:.4f} for {best.name.replace('_', ' ')}"
    return (
        f"{what} was chosen by {name.replace('_', ' ')} on {rows:,} rows that had no part in its training:"
        f" {own.loss:.4f}{against}."
    )


def _error(values: np.ndarray) -> float:
    """Standard error of the mean."""
    return float(values.std() / np.sqrt(len(values)))


def _rounded(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), DIGITS)
