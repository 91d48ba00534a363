"""The complete, frozen description of a job: JSON in and out, every field checked."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from finxfer.errors import BadInput
from finxfer.records.files import read_json

ROLES = (
    "target",
    "feature",
    "protected",
    "time",
    "group",
    "id",
    "text",
    "image",
    "weight",
    "excluded",
)
COLUMN_KINDS = ("numeric", "category", "boolean", "date", "text")
OPTIMISERS = ("adamw", "adam", "rmsprop", "sgd")
CLASS_WEIGHTINGS = ("none", "balanced")
DEVICES = ("auto", "cpu", "cuda")
TASKS = ("binary",)
AS_IS = "as-is"
"""The freezing depth that trains nothing."""
LADDER = "ladder"
RUN_JOBS = ("finetune", LADDER)
CONTROLS = ("layer_decay", "unfreeze_every", "l2_sp", "corruption", "mixup", "smote")
"""Fields of TrainingSettings that are off by default and came after the others."""
OTHER_JOBS = ("pretrain-source", "ingest", "score", "fetch-backbone", "preflight")


def _refuse(name: str, value: object, expected: str) -> BadInput:
    return BadInput(
        "The spec of this job cannot be used.",
        f"Its field {name!r} is {str(value)[:80]!r}, but must be {expected}.",
        "Correct the spec, or launch the job again from the app.",
    )


def _choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise _refuse(name, value, f"one of {', '.join(choices)}")


def _number(name: str, value: object, low: float, high: float, whole: bool = False) -> None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if whole:
        good = good and isinstance(value, int)
    if not (good and low <= float(value) <= high):  # type: ignore[arg-type]
        raise _refuse(name, value, f"{'a whole' if whole else 'a'} number from {low:g} to {high:g}")


def _text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise _refuse(name, value, "text")


@dataclass(frozen=True)
class ColumnSpec:
    """One column of the table: its name, its role and the kind of its values."""

    name: str
    role: str
    kind: str

    def __post_init__(self) -> None:
        _text("columns.name", self.name)
        _choice("columns.role", self.role, ROLES)
        _choice("columns.kind", self.kind, COLUMN_KINDS)


@dataclass(frozen=True)
class TrainingSettings:
    """What sits under "More settings".

    Args:
        learning_rate: step size, 1e-6 to 1; None means the family's default.
        batch_size: rows a step, 8 to 8,192; None means the family's default.
        epochs: most passes over the training rows, 1 to 1,000.
        patience: epochs without a better validation loss before training stops, 1 to 1,000.
        optimiser: one of adamw, adam, rmsprop, sgd.
        weight_decay: L2 strength (decoupled for AdamW), 0 to 1.
        class_weighting: ``balanced`` weighs each class by the inverse of its share.
        layer_decay: a stage learns at the learning rate times this to the power of its distance from the
            head, 0.1 to 1; 1 is the same rate everywhere, 0.5 to 0.95 is safe.
        unfreeze_every: epochs after which one more stage joins in, from the head down to the freezing depth,
            0 to 100; 0 trains them all at once, 1 to 5 is safe.
        l2_sp: pull towards the source's weights (L2-SP), 0 to 1,000; 0 is off, 1 to 100 is safe. Each step
            takes learning rate x l2_sp of the way back.
        corruption: share of cells that are swapped with those of other rows in each step, 0 to 0.6; 0 is off,
            0.1 to 0.3 is safe.
        mixup: alpha of the Beta distribution by which pairs of rows are mixed, 0 to 4; 0 is off, 0.1 to 0.5
            is safe.
        smote: share of the rarer class among the training rows after made-up rows have joined it, 0 to 0.5;
            0 is off.
    """

    learning_rate: float | None = None
    batch_size: int | None = None
    epochs: int = 40
    patience: int = 8
    optimiser: str = "adamw"
    weight_decay: float = 0.01
    class_weighting: str = "none"
    layer_decay: float = 1.0
    unfreeze_every: int = 0
    l2_sp: float = 0.0
    corruption: float = 0.0
    mixup: float = 0.0
    smote: float = 0.0

    def __post_init__(self) -> None:
        if self.learning_rate is not None:
            _number("training.learning_rate", self.learning_rate, 1e-6, 1)
        if self.batch_size is not None:
            _number("training.batch_size", self.batch_size, 8, 8192, whole=True)
        _number("training.epochs", self.epochs, 1, 1000, whole=True)
        _number("training.patience", self.patience, 1, 1000, whole=True)
        _choice("training.optimiser", self.optimiser, OPTIMISERS)
        _number("training.weight_decay", self.weight_decay, 0, 1)
        _choice("training.class_weighting", self.class_weighting, CLASS_WEIGHTINGS)
        _number("training.layer_decay", self.layer_decay, 0.1, 1)
        _number("training.unfreeze_every", self.unfreeze_every, 0, 100, whole=True)
        _number("training.l2_sp", self.l2_sp, 0, 1000)
        _number("training.corruption", self.corruption, 0, 0.6)
        _number("training.mixup", self.mixup, 0, 4)
        _number("training.smote", self.smote, 0, 0.5)

    @property
    def shifts_rate(self) -> bool:
        """Whether training sees other class shares than the table has, so that probabilities need a shift."""
        return self.class_weighting == "balanced" or self.smote > 0

    @property
    def controls(self) -> dict[str, float]:
        """The fields of `CONTROLS` that are not at their defaults."""
        return {name: getattr(self, name) for name in CONTROLS if getattr(self, name) != _OFF[name]}

    def from_scratch(self) -> TrainingSettings:
        """The same for a network without a source: what is about a source's weights is off."""
        return replace(self, layer_decay=1.0, unfreeze_every=0, l2_sp=0.0)


_OFF = {entry.name: entry.default for entry in fields(TrainingSettings) if entry.name in CONTROLS}


@dataclass(frozen=True)
class Spec:
    """A fine-tuning, or with the job "ladder" one of a backbone at every depth.

    Args:
        table: SHA-256 of the uploaded table, 64 hex digits.
        table_name: the table's name as people know it.
        target: name of the target column.
        positive: text of the positive class.
        columns: every column of the table with role and kind.
        test_table: SHA-256 of a separate test table; None holds out a part of the table.
        task: the task; binary today.
        backbone: a catalogue id, a backbone folder, or ``auto``.
        freezing_depth: 0 to the number of stages, ``as-is`` or ``auto``.
        seed: seed of every random choice, 0 to 2**31 - 1.
        device: auto, cpu or cuda.
        test_share: share of rows held out for the test, 0.05 to 0.6.
        validation_share: share of the remaining rows used for validation, 0.05 to 0.5.
        test_rows_max: most test rows; the rest goes to training.
        training: settings of the fine-tuning loop.
        search_minutes: time for a search over them, 0 to 1,440; 0 is none. It needs a named backbone and a
            freezing depth that is a number.
        use_protected: whether protected columns may be features.
        mapping: the backbone's column -> the feature that stands for it, "" for none, where the names
            alone do not tell.
        explained_rows: test rows explained by SHAP.
        synthetic: whether the table is one of finxfer's own samples.
        label: a name for the run, chosen by the analyst.
        job: finetune, or ladder, which needs a named backbone and an open depth.

    Raises:
        BadInput: a field is missing, of the wrong type or out of range.
    """

    table: str
    table_name: str
    target: str
    positive: str
    columns: tuple[ColumnSpec, ...]
    test_table: str | None = None
    task: str = "binary"
    backbone: str = "auto"
    freezing_depth: int | str = "auto"
    seed: int = 0
    device: str = "auto"
    test_share: float = 0.3
    validation_share: float = 0.2
    test_rows_max: int = 10000
    training: TrainingSettings = field(default_factory=TrainingSettings)
    use_protected: bool = False
    mapping: dict[str, str] = field(default_factory=dict)
    search_minutes: float = 0.0
    explained_rows: int = 200
    synthetic: bool = False
    label: str = ""
    job: str = "finetune"

    def __post_init__(self) -> None:
        for name in ("table_name", "target", "positive", "backbone", "label"):
            _text(name, getattr(self, name))
        _hash("table", self.table)
        if self.test_table is not None:
            _hash("test_table", self.test_table)
        _choice("job", self.job, RUN_JOBS)
        _choice("task", self.task, TASKS)
        _choice("device", self.device, DEVICES)
        if isinstance(self.freezing_depth, str):
            _choice("freezing_depth", self.freezing_depth, (AS_IS, "auto"))
        else:
            _number("freezing_depth", self.freezing_depth, 0, 1000, whole=True)
        _number("seed", self.seed, 0, 2**31 - 1, whole=True)
        _number("test_share", self.test_share, 0.05, 0.6)
        _number("validation_share", self.validation_share, 0.05, 0.5)
        _number("test_rows_max", self.test_rows_max, 50, 10**7, whole=True)
        _number("search_minutes", self.search_minutes, 0, 1440)
        _number("explained_rows", self.explained_rows, 1, 10**6, whole=True)
        for name in ("use_protected", "synthetic"):
            if not isinstance(getattr(self, name), bool):
                raise _refuse(name, getattr(self, name), "true or false")
        if self.job == LADDER and self.backbone == "auto":
            raise _refuse("backbone", self.backbone, "a named backbone: a ladder is of one")
        if self.job == LADDER and self.freezing_depth != "auto":
            raise _refuse("freezing_depth", self.freezing_depth, "auto: a ladder tries every depth")
        fixed = self.backbone != "auto" and isinstance(self.freezing_depth, int)
        if self.search_minutes and not fixed:
            raise _refuse(
                "search_minutes", self.search_minutes, "0 unless backbone and freezing depth are named"
            )
        self._check_columns()
        self._check_mapping()

    def _check_columns(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise _refuse("columns", names, "columns of different names")
        targets = [column.name for column in self.columns if column.role == "target"]
        if targets != [self.target]:
            raise _refuse("target", self.target, f"the one column whose role is target (found: {targets})")

    def _check_mapping(self) -> None:
        if not isinstance(self.mapping, dict):
            raise _refuse("mapping", self.mapping, "an object")
        for known, name in self.mapping.items():
            _text("mapping", known)
            _choice("mapping", name, ("", *self.features, *self.protected))

    @property
    def protected(self) -> tuple[str, ...]:
        """Names of the protected columns."""
        return tuple(column.name for column in self.columns if column.role == "protected")

    @property
    def feature_columns(self) -> tuple[ColumnSpec, ...]:
        """The columns that the model may see."""
        allowed = ("feature", "protected") if self.use_protected else ("feature",)
        return tuple(column for column in self.columns if column.role in allowed)

    @property
    def hidden_columns(self) -> tuple[ColumnSpec, ...]:
        """The protected columns that the model must not see."""
        return () if self.use_protected else tuple(c for c in self.columns if c.role == "protected")

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the columns that the model may see."""
        return tuple(column.name for column in self.feature_columns)

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``; :meth:`from_json` gives an equal spec back."""
        content = asdict(self)
        content["columns"] = [asdict(column) for column in self.columns]
        return content

    @classmethod
    def from_json(cls, content: Any) -> Spec:
        """Read a spec, checking every field.

        Raises:
            BadInput: not an object, an unknown or missing field, or a value out of range.
        """
        content = _known_fields(cls, content, "spec")
        columns = content.get("columns")
        if not isinstance(columns, (list, tuple)):
            raise _refuse("columns", columns, "a list of columns")
        content["columns"] = tuple(
            ColumnSpec(**_known_fields(ColumnSpec, entry, "columns")) for entry in columns
        )
        if "training" in content:
            settings = _known_fields(TrainingSettings, content["training"], "training")
            content["training"] = TrainingSettings(**settings)
        return cls(**content)

    def digest(self) -> str:
        """SHA-256 of the canonical JSON: equal specs have equal digests."""
        canonical = json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class JobSpec:
    """Any other job, such as ingesting an upload, scoring a table or comparing backbones.

    Args:
        job: pretrain-source, ingest, score, fetch-backbone or preflight.
        arguments: what that job needs, plain JSON; the job checks it.
    """

    job: str
    arguments: dict[str, Any]

    def __post_init__(self) -> None:
        _choice("job", self.job, OTHER_JOBS)
        if not isinstance(self.arguments, dict):
            raise _refuse("arguments", self.arguments, "an object")

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``."""
        return {"job": self.job, "arguments": self.arguments}


def load_spec(path: Path) -> Spec | JobSpec:
    """Read a ``spec.json``.

    Raises:
        Damaged: the file is missing or is not JSON.
        BadInput: a field is nonsense.
    """
    content = read_json(path)
    if isinstance(content, dict) and content.get("job") in OTHER_JOBS:
        return JobSpec(**_known_fields(JobSpec, content, "spec"))
    return Spec.from_json(content)


def _hash(name: str, value: object) -> None:
    if not (isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")):
        raise _refuse(name, value, "a SHA-256 in 64 hex digits")


def _known_fields(cls: type, content: Any, where: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise _refuse(where, content, "an object")
    known = {entry.name: entry for entry in fields(cls)}
    unknown = sorted(set(content) - set(known))
    if unknown:
        raise _refuse(str(unknown[0]), content[unknown[0]], "left out: no such field exists")
    for name, entry in known.items():
        if name not in content and entry.default is MISSING and entry.default_factory is MISSING:
            raise _refuse(name, None, "given")
    return dict(content)
