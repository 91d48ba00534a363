"""The in-context network: tabicl's architecture in a size for two cores, and how rows are put before it.

The state dict is that of `tabicl`'s TabICL (BSD-3; Qu et al. 2025, arXiv 2502.05564): columns are embedded by
a set transformer that sees the labels of the context, a row's columns are summed up by class tokens, and a
transformer over rows lets every query row attend to the labelled context rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from tabicl._model.kv_cache import KVCache
from tabicl._model.tabicl import TabICL
from torch import Tensor

from finxfer.backbones.budget import LOOKS, QUERIED_AT_ONCE
from finxfer.backbones.incontext_inputs import CLIP, TINY
from finxfer.backbones.incontext_looks import Look


@dataclass(frozen=True)
class NetworkConfig:
    """The arguments of tabicl's TabICL that we vary; width of the in-context part = embed_dim x row_num_cls.

    Columns are embedded in groups of `col_feature_group_size` ("valid" grouping: each column in one group),
    which makes a table of 20 columns cost as much as seven.
    """

    max_classes: int = 10
    embed_dim: int = 64
    col_num_blocks: int = 2
    col_nhead: int = 4
    col_num_inds: int = 16
    col_feature_group: str = "valid"
    col_feature_group_size: int = 3
    row_num_blocks: int = 2
    row_nhead: int = 4
    row_num_cls: int = 2
    row_rope_interleaved: bool = False
    icl_num_blocks: int = 5
    icl_nhead: int = 4
    ff_factor: int = 2

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def build_network(config: dict[str, Any]) -> TabICL:
    """A TabICL network with fresh weights from the arguments in `config` (as a card stores them)."""
    return TabICL(**config)


def stage_prefixes(network: TabICL) -> list[tuple[str, str, tuple[str, ...]]]:
    """Stages from input to output as (name, title, parameter-name prefixes); the last one is the head."""
    stages: list[tuple[str, str, tuple[str, ...]]] = [
        ("columns", "Column embedder", ("col_embedder",)),
        ("rows", "Row interactor", ("row_interactor",)),
    ]
    blocks = len(network.icl_predictor.tf_icl.blocks)
    for index in range(blocks):
        prefixes = [f"icl_predictor.tf_icl.blocks.{index}"]
        if index == 0:
            prefixes.append("icl_predictor.y_encoder")
        if index == blocks - 1:
            prefixes.append("icl_predictor.ln")
        stages.append((f"context_{index + 1}", f"In-context block {index + 1}", tuple(prefixes)))
    return [*stages, ("head", "Head", ("icl_predictor.decoder",))]


def standardise(x: Tensor, context: int) -> Tensor:
    """Standardise columns by their context rows, draw outliers in, and put 0 where a value is missing.

    x: (..., rows, columns), the first `context` rows are the context; NaN = missing. Returns the same shape,
    without NaN. Mean and spread are those of the context's values within CLIP standard deviations (of all of
    them where those are constant, as in a column of rare ones among zeros); beyond CLIP a value grows only
    with its logarithm. A column that is constant in the context becomes 0.

    incontext_inputs.ContextInputs does the same for one table with numpy; a test holds them together.
    """
    seen = x[..., :context, :]
    known = ~seen.isnan()
    mean, spread = _moments(seen, known)
    inner_mean, inner_spread = _moments(seen, known & ((seen - mean).abs() <= CLIP * spread))
    varied = inner_spread > TINY * (1 + inner_mean.abs())
    mean, spread = torch.where(varied, inner_mean, mean), torch.where(varied, inner_spread, spread)
    z = torch.where(spread > TINY * (1 + mean.abs()), (x - mean) / spread.clamp_min(1e-30), 0)
    z = torch.nan_to_num(z, nan=0.0, posinf=1e30, neginf=-1e30)
    beyond = (z.abs() - CLIP).clamp_min(0)
    return z.clamp(-CLIP, CLIP) + z.sign() * beyond.log1p()


def _moments(values: Tensor, counted: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation over the rows of the values that count."""
    count = counted.sum(dim=-2, keepdim=True).clamp_min(1)
    mean = torch.where(counted, values, 0).sum(dim=-2, keepdim=True) / count
    squared = torch.where(counted, values - mean, 0).square().sum(dim=-2, keepdim=True) / count
    return mean, squared.sqrt()


def rank_normal(x: Tensor, seen: Tensor) -> Tensor:
    """Replace standardised values by normal scores of their (mid) ranks among the context rows.

    x: (..., rows, columns) and seen: (..., context rows, columns), without NaN. Monotone in each column; a
    second look at skewed amounts and heavy tails.
    """
    ordered = seen.transpose(-1, -2).contiguous().sort(dim=-1).values
    values = x.transpose(-1, -2).contiguous()
    below = torch.searchsorted(ordered, values, right=False)
    upto = torch.searchsorted(ordered, values, right=True)
    share = ((below + upto).to(x.dtype) / 2 + 0.5) / (seen.shape[-2] + 1)
    return torch.special.ndtri(share).transpose(-1, -2)


def forward_episode(network: TabICL, x: Tensor, y_context: Tensor, d: Tensor | None = None) -> Tensor:
    """Logits of the query rows, with a graph; the same numbers whatever parts are in train or eval mode.

    Parameters
    ----------
    x: (B, T, H) float32 without NaN, the context rows first.
    y_context: (B, C) class indices 0 .. max_classes - 1 of the first C rows, any number dtype.
    d: only None, as columns are grouped: all tables of a batch have H columns.

    Returns
    -------
    (B, T - C, max_classes). For a binary target only the first two count.
    """
    return network.icl_predictor.decoder(episode_rows(network, x, y_context, d))


def episode_rows(network: TabICL, x: Tensor, y_context: Tensor, d: Tensor | None = None) -> Tensor:
    """What the head reads of each query row, (B, T - C, width); arguments as for `forward_episode`."""
    if d is not None:
        raise ValueError(f"tables of a batch must have the same columns, got d={d.tolist()}")
    embedder, interactor, predictor = network.col_embedder, network.row_interactor, network.icl_predictor
    context = y_context.shape[1]
    y = y_context.to(x.dtype)
    # Joined instead of written in place, as tabicl does it: that saves autograd a tenth of the time.
    features = torch.nn.functional.linear(
        embedder.feature_grouping(x).transpose(1, 2), embedder.in_linear.weight, embedder.in_linear.bias
    )
    labelled = features[:, :, :context] + embedder.y_encoder(y).unsqueeze(1)
    columns = embedder.tf_col(torch.cat((labelled, features[:, :, context:]), dim=2), train_size=context)
    tokens = interactor.cls_tokens.to(columns.dtype).expand(*x.shape[:2], -1, -1)
    rows = interactor._aggregate_embeddings(torch.cat((tokens, columns.transpose(1, 2)), dim=2))
    labelled = rows[:, :context] + predictor.y_encoder(y)
    rows = predictor.tf_icl(torch.cat((labelled, rows[:, context:]), dim=1), train_size=context)
    return predictor.ln(rows[:, context:])


class CodeShuffle:
    """Another order for the codes of category columns, the same for all rows.

    seen: (C, H), the context; columns: positions of the category columns. Values that the context does not
    show, missing ones (0) among them, stay as they are.
    """

    def __init__(self, seen: Tensor, columns: Sequence[int], generator: torch.Generator) -> None:
        self.columns: list[tuple[int, Tensor, Tensor]] = []
        for column in columns:
            levels = seen[:, column].unique()
            levels = levels[levels != 0]
            if len(levels) > 1:
                order = torch.randperm(len(levels), generator=generator).to(levels.device)
                self.columns.append((column, levels, levels[order]))

    def __call__(self, x: Tensor) -> Tensor:
        """Rows (rows, H) with shuffled codes, a copy."""
        x = x.clone()
        for column, levels, shuffled in self.columns:
            values = x[:, column].contiguous()
            place = torch.searchsorted(levels, values).clamp_max(len(levels) - 1)
            x[:, column] = torch.where(levels[place] == values, shuffled[place], values)
        return x


class FittedLook:
    """A look put on a context: the order of its columns and of the category codes is settled.

    seen: (C, H), the context. order: of the look's columns, else as they stand.
    """

    def __init__(
        self, look: Look, seen: Tensor, generator: torch.Generator, order: Tensor | None = None
    ) -> None:
        columns = torch.tensor(look.columns, dtype=torch.long)
        raw = torch.isin(columns, torch.tensor(look.raw, dtype=torch.long))
        if order is not None:
            columns, raw = columns[order], raw[order]
        self.columns, self.raw = columns.to(seen.device), raw.to(seen.device)
        self.shuffle = CodeShuffle(seen, look.codes, generator) if look.ranked else None
        self.seen = self._select(seen)

    def _select(self, x: Tensor) -> Tensor:
        return (self.shuffle(x) if self.shuffle else x)[:, self.columns]

    def __call__(self, x: Tensor) -> Tensor:
        """The look's input (rows, columns of the look) for rows (rows, H)."""
        values = self._select(x)
        if self.shuffle is None:
            return values
        return torch.where(self.raw, values, rank_normal(values, self.seen))


class ContextReading:
    """A labelled context that has been read once, so that rows can be rated against it again and again.

    Several *members* look at the same rows, the first one with its columns as they stand, the others with
    columns in random orders (which also changes the groups they are embedded in). Keys and values of the
    context are cached for all of them; up to LOOKS members of the same width are computed together.

    Parameters
    ----------
    x_context: (C, H) float32 without NaN, as ContextInputs makes it. y_context: (C,) class indices, or
    (members at least, C) where each member has its own.
    looks: one a member, at least one; time and memory grow with them. seed: of all orders.
    """

    def __init__(
        self, network: TabICL, x_context: Tensor, y_context: Tensor, looks: Sequence[Look], seed: int = 0
    ) -> None:
        self.network = network
        seen = x_context.float()
        generator = torch.Generator().manual_seed(seed)
        groups: dict[int, list[tuple[int, FittedLook]]] = {}
        for index, look in enumerate(looks):
            order = torch.randperm(len(look.columns), generator=generator) if index else None
            fitted = FittedLook(look, seen, generator, order)
            groups.setdefault(len(look.columns), []).append((index, fitted))
        with torch.no_grad():
            self.groups = [
                _Group(network, group[first : first + LOOKS], seen, y_context)
                for group in groups.values()
                for first in range(0, len(group), LOOKS)
            ]
        self.members = len(looks)

    @torch.no_grad()
    def logits(self, x_query: Tensor, batch_rows: int = QUERIED_AT_ONCE) -> Tensor:
        """Mean logits of the members (Q, max_classes) for rows (Q, H); `batch_rows` rows at a time."""
        if not len(x_query):
            return x_query.new_zeros((0, self.network.max_classes))
        parts = x_query.float().split(max(1, batch_rows))
        return torch.cat([self._summed(part) / self.members for part in parts])

    @torch.no_grad()
    def answers(self, x_query: Tensor, batch_rows: int = QUERIED_AT_ONCE) -> Tensor:
        """Each member's logits (members, Q, max_classes)."""
        found = x_query.new_zeros((self.members, len(x_query), self.network.max_classes))
        for start in range(0, len(x_query), max(1, batch_rows)):
            rows = slice(start, start + max(1, batch_rows))
            for group in self.groups:
                found[group.members, rows] = group.each(x_query[rows].float())
        return found

    def _summed(self, x: Tensor) -> Tensor:
        first, *others = (group.rate(x) for group in self.groups)
        for other in others:
            first = first + other
        return first


class _Group:
    """Members of the same width and their caches."""

    def __init__(
        self, network: TabICL, looks: list[tuple[int, FittedLook]], seen: Tensor, labels: Tensor
    ) -> None:
        self.network = network
        self.members, self.looks = [index for index, _ in looks], [look for _, look in looks]
        self.column_cache, self.row_cache = KVCache(), KVCache()
        own = labels if labels.ndim == 1 else labels[self.members]
        self._pass(seen, own.float().expand(len(looks), -1))

    def rate(self, x: Tensor) -> Tensor:
        """The members' logits, added up: (Q, max_classes)."""
        return self.each(x).sum(dim=0)

    def each(self, x: Tensor) -> Tensor:
        """The members' logits (members, Q, max_classes)."""
        return self._pass(x, None)

    def _pass(self, x: Tensor, y: Tensor | None) -> Tensor:
        """Fill the caches from the context (y given), or rate rows with them (y None)."""
        embedder, store = self.network.col_embedder, y is not None
        features = embedder.feature_grouping(torch.stack([look(x) for look in self.looks])).transpose(1, 2)
        embedded = embedder._compute_embeddings_with_cache(
            features,
            self.column_cache,
            train_size=features.shape[2] if store else None,
            y_train=y.unsqueeze(1).expand(-1, features.shape[1], -1) if y is not None else None,
            use_cache=not store,
            store_cache=store,
        ).transpose(1, 2)
        embedded = torch.nn.functional.pad(embedded, (0, 0, embedder.reserve_cls_tokens, 0))
        rows = self.network.row_interactor._train_forward(embedded)
        return self.network.icl_predictor._icl_predictions_with_cache(
            rows, self.row_cache, y_train=y, use_cache=not store, store_cache=store
        )
