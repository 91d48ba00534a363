"""Boosted trees as text: taken from LightGBM, cut into parts, added up, and given back to it.

What is kept of a tree is its splits, its leaves and how many rows each had. Splits are on whole numbers, so
every threshold is one too; gains and weights, which nothing needs, stay behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import lightgbm
import numpy as np

from finxfer.errors import Damaged

_STRUCTURE = (
    *("split_feature", "threshold", "decision_type", "left_child", "right_child"),
    *("leaf_count", "internal_count"),
)
_LARGE = 1e6
"""Stands for the infinite threshold of a split that parts missing values from all others."""
_HEADER = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n"
_FOOTER = "end of trees\n\nparameters:\n[objective: binary]\n\nend of parameters\n"
"""The objective is what refit and shap look for."""
_NEXT = "Make the backbone again, or take its folder from a copy that is whole."


@dataclass(frozen=True)
class Tree:
    """One tree.

    lines: its structure, as LightGBM writes it, but of whole numbers "at most 7" asks the same as "at most
    7.5". leaves: log-odds of each leaf (L,). rate: the learning rate that its leaves hold, which a
    re-estimation applies anew.
    """

    lines: tuple[str, ...]
    leaves: tuple[float, ...]
    rate: float

    def text(self, number: int) -> str:
        values = " ".join(map(repr, self.leaves))
        head = f"Tree={number}\nnum_leaves={len(self.leaves)}\nnum_cat=0\n"
        body = "".join(line + "\n" for line in self.lines)
        return f"{head}{body}leaf_value={values}\nis_linear=0\nshrinkage={self.rate!r}\n\n\n"

    @classmethod
    def parse(cls, block: str) -> Tree:
        found = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        leaves = tuple(float(value) for value in found["leaf_value"].split())
        lines = []
        for name in _STRUCTURE if len(leaves) > 1 else ():
            numbers = [str(int(np.floor(min(float(value), _LARGE)))) for value in found[name].split()]
            lines.append(f"{name}={' '.join(numbers)}")
        return cls(tuple(lines), leaves, float(found["shrinkage"]))


@dataclass(frozen=True)
class Forest:
    """Trees whose outputs add up; a tuple in the order in which they were grown."""

    trees: tuple[Tree, ...] = ()

    def __len__(self) -> int:
        return len(self.trees)

    def __add__(self, other: Forest) -> Forest:
        return Forest((*self.trees, *other.trees))

    def part(self, first: int, last: int | None = None) -> Forest:
        return Forest(self.trees[first:last])

    @property
    def leaf_count(self) -> int:
        return sum(len(tree.leaves) for tree in self.trees)

    def scaled(self, factor: float) -> Forest:
        """Every leaf, and the rate that made it, times `factor`."""
        return Forest(
            tuple(
                replace(tree, leaves=tuple(leaf * factor for leaf in tree.leaves), rate=tree.rate * factor)
                for tree in self.trees
            )
        )

    def shifted(self, amount: float) -> Forest:
        """The same with `amount` added to the output: to the leaves of the first tree."""
        first, *others = self.trees or (_stump(),)
        moved = replace(first, leaves=tuple(leaf + amount for leaf in first.leaves))
        return Forest((moved, *others))

    def with_leaves(self, leaves: Sequence[np.ndarray]) -> Forest:
        """The same trees with other leaves."""
        pairs = zip(self.trees, leaves, strict=True)
        return Forest(tuple(replace(tree, leaves=tuple(map(float, new))) for tree, new in pairs))

    def text(self, features: int) -> str:
        """As LightGBM reads it. features: columns of the matrix that the trees are asked with."""
        names = " ".join(f"c{number}" for number in range(features))
        infos = " ".join(["[0:1000]"] * features)
        head = f"{_HEADER}max_feature_idx={features - 1}\nobjective=binary sigmoid:1\n"
        head += f"feature_names={names}\nfeature_infos={infos}\n\n"
        return head + "".join(tree.text(n) for n, tree in enumerate(self.trees)) + _FOOTER

    @classmethod
    def parse(cls, text: str) -> Forest:
        """Raises Damaged where it is not a forest of numerical splits."""
        blocks = re.split(r"^Tree=\d+\n", text.partition("end of trees")[0], flags=re.MULTILINE)[1:]
        try:
            return cls(tuple(Tree.parse(block) for block in blocks))
        except (KeyError, ValueError) as error:
            raise Damaged("The trees of a backbone cannot be read.", f"{error!r}.", _NEXT) from None

    @classmethod
    def of(cls, booster: lightgbm.Booster, trees: int | None = None) -> Forest:
        """The first trees of a booster that was grown on whole numbers."""
        return cls.parse(booster.model_to_string(num_iteration=trees or -1))

    def booster(self, features: int) -> lightgbm.Booster:
        """Raises Damaged where LightGBM cannot read it."""
        trees = self if self.trees else Forest((_stump(),))
        try:
            return lightgbm.Booster(model_str=trees.text(features))
        except lightgbm.basic.LightGBMError as error:
            raise Damaged("The trees of a backbone cannot be read.", f"{error}.", _NEXT) from None

    def log_odds(self, matrix: np.ndarray) -> np.ndarray:
        """What the trees say of each row of the matrix (N, features), float64 (N,)."""
        if not self.trees or not len(matrix):
            return np.zeros(len(matrix))
        raw = self.booster(matrix.shape[1]).predict(matrix, raw_score=True, num_threads=1)
        return np.asarray(raw, dtype=np.float64)


def interleaved(forests: Iterable[Forest], blocks: int) -> list[Forest]:
    """`blocks` parts: each holds the same share of every forest, their trees in turn."""
    members = [forest.trees for forest in forests]
    parts = []
    for number in range(blocks):
        cuts = [
            trees[number * len(trees) // blocks : (number + 1) * len(trees) // blocks] for trees in members
        ]
        longest = max(map(len, cuts))
        parts.append(
            Forest(tuple(cut[place] for place in range(longest) for cut in cuts if place < len(cut)))
        )
    return parts


def leaf_values(booster: lightgbm.Booster) -> list[np.ndarray]:
    """The leaves of every tree of a booster."""
    lines = booster.model_to_string(num_iteration=-1).splitlines()
    return [
        np.array(line[11:].split(" "), dtype=np.float64) for line in lines if line.startswith("leaf_value=")
    ]


def _stump() -> Tree:
    return Tree((), (0.0,), 1.0)
