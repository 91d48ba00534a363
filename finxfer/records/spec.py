"""The complete, frozen description of a job: JSON in and out, every field checked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from finxfer.records.checking import check_choice, check_number, check_text, known_fields, refuse
from finxfer.records.files import read_json
from finxfer.records.remedy_spec import RemedySpec, check_remedies, read_remedies
from finxfer.records.training_settings import TrainingSettings

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
DEVICES = ("auto", "cpu", "cuda")
RECALIBRATIONS = ("none", "platt", "isotonic")
BINARY, MULTICLASS, REGRESSION = "binary", "multiclass", "regression"
TASKS = (BINARY, MULTICLASS, REGRESSION)
MOST_CLASSES = 50
AS_IS = "as-is"
"""The freezing depth that trains nothing."""
RANDOM, OUT_OF_TIME = "random", "out-of-time"
SPLITS = (RANDOM, OUT_OF_TIME)
LADDER = "ladder"
RUN_JOBS = ("finetune", LADDER)
OTHER_JOBS = (
    "pretrain-source",
    "ingest",
    "score",
    "fetch-backbone",
    "preflight",
    "assess",
    "mitigate",
    "worst-slices",
    "what-if",
    "compare",
    "learning-curve",
    "cross-validate",
    "windows",
    "anomaly",
    "query",
)


@dataclass(frozen=True)
class ColumnSpec:
    """One column of the table: its name, its role and the kind of its values."""

    name: str
    role: str
    kind: str

    def __post_init__(self) -> None:
        check_text("columns.name", self.name)
        check_choice("columns.role", self.role, ROLES)
        check_choice("columns.kind", self.kind, COLUMN_KINDS)


@dataclass(frozen=True)
class Spec:
    """A fine-tuning, or with the job "ladder" one of a backbone at every depth.

    Args:
        table: SHA-256 of the uploaded table, 64 hex digits.
        table_name: the table's name as people know it.
        target: name of the target column.
        positive: text of the positive class; empty unless the task is binary.
        columns: every column of the table with role and kind.
        test_table: SHA-256 of a separate test table; None holds out a part of the table.
        task: binary, multiclass or regression.
        classes: texts of the classes in order, 2 to 50 of them; empty unless the task is multiclass.
        backbone: a catalogue id, a backbone folder, or ``auto``.
        freezing_depth: 0 to the number of stages, ``as-is`` or ``auto``.
        seed: seed of every random choice, 0 to 2**31 - 1.
        device: auto, cpu or cuda.
        split: random (stratified), or out-of-time: the latest rows by the column of role time are the test.
        test_share: share of rows held out for the test, 0.05 to 0.6.
        validation_share: share of the remaining rows used for validation, 0.05 to 0.5.
        test_rows_max: most test rows; the rest goes to training.
        training: settings of the fine-tuning loop.
        search_minutes: time for a search over them, 0 to 1,440; 0 is none. It needs a named backbone and a
            freezing depth that is a number.
        use_protected: whether protected columns may be features.
        mapping: the backbone's column -> the feature that stands for it, "" for none, where the names
            alone do not tell.
        recalibration: none, platt or isotonic: a monotone function of the model's probabilities, fitted on
            rows kept out of training, that becomes part of the stored model.
        remedies: what is done about cells and rows first; `columns` has the kinds of columns after it.
        outcome_days: days that an outcome takes to show, 0 to 36,500; 0 is not declared. Later rows than so
            long before `extracted` are named as immature.
        extracted: the day on which the table was extracted, such as 2021-06-30; "" is its last time.
        mature_until: later rows are left out; "" leaves none out.
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
    task: str = BINARY
    classes: tuple[str, ...] = ()
    backbone: str = "auto"
    freezing_depth: int | str = "auto"
    seed: int = 0
    device: str = "auto"
    split: str = RANDOM
    test_share: float = 0.3
    validation_share: float = 0.2
    test_rows_max: int = 10000
    training: TrainingSettings = field(default_factory=TrainingSettings)
    use_protected: bool = False
    mapping: dict[str, str] = field(default_factory=dict)
    search_minutes: float = 0.0
    recalibration: str = "none"
    remedies: tuple[RemedySpec, ...] = ()
    outcome_days: int = 0
    extracted: str = ""
    mature_until: str = ""
    explained_rows: int = 2000
    synthetic: bool = False
    label: str = ""
    job: str = "finetune"

    def __post_init__(self) -> None:
        for name in ("table_name", "target", "positive", "backbone", "label", "extracted", "mature_until"):
            check_text(name, getattr(self, name))
        _hash("table", self.table)
        if self.test_table is not None:
            _hash("test_table", self.test_table)
        check_choice("job", self.job, RUN_JOBS)
        check_choice("task", self.task, TASKS)
        check_choice("device", self.device, DEVICES)
        check_choice("recalibration", self.recalibration, RECALIBRATIONS)
        check_choice("split", self.split, SPLITS)
        if self.split == OUT_OF_TIME and self.test_table is not None:
            raise refuse("split", self.split, "random: with a test table nothing is held out")
        if isinstance(self.freezing_depth, str):
            check_choice("freezing_depth", self.freezing_depth, (AS_IS, "auto"))
        else:
            check_number("freezing_depth", self.freezing_depth, 0, 1000, whole=True)
        check_number("seed", self.seed, 0, 2**31 - 1, whole=True)
        check_number("test_share", self.test_share, 0.05, 0.6)
        check_number("validation_share", self.validation_share, 0.05, 0.5)
        check_number("test_rows_max", self.test_rows_max, 50, 10**7, whole=True)
        check_number("search_minutes", self.search_minutes, 0, 1440)
        check_number("outcome_days", self.outcome_days, 0, 36500, whole=True)
        check_number("explained_rows", self.explained_rows, 1, 10**6, whole=True)
        for name in ("use_protected", "synthetic"):
            if not isinstance(getattr(self, name), bool):
                raise refuse(name, getattr(self, name), "true or false")
        if self.job == LADDER and self.backbone == "auto":
            raise refuse("backbone", self.backbone, "a named backbone: a ladder is of one")
        if self.job == LADDER and self.freezing_depth != "auto":
            raise refuse("freezing_depth", self.freezing_depth, "auto: a ladder tries every depth")
        if self.job == LADDER and self.recalibration != "none":
            raise refuse("recalibration", self.recalibration, "none: a ladder compares depths as they are")
        fixed = self.backbone != "auto" and isinstance(self.freezing_depth, int)
        if self.search_minutes and not fixed:
            raise refuse(
                "search_minutes", self.search_minutes, "0 unless backbone and freezing depth are named"
            )
        self._check_task()
        self._check_columns()
        self._check_mapping()
        check_remedies(self.remedies, {column.name: column.role for column in self.columns})

    def _check_task(self) -> None:
        if self.task != BINARY and self.positive:
            raise refuse("positive", self.positive, f"empty: the task is {self.task}")
        for text in self.classes:
            check_text("classes", text)
        several = 2 <= len(self.classes) <= MOST_CLASSES and len(set(self.classes)) == len(self.classes)
        if several if self.task != MULTICLASS else not several:
            raise refuse(
                "classes", self.classes, f"2 to {MOST_CLASSES} different texts, of a multiclass task"
            )
        if self.task != BINARY and self.recalibration != "none":
            raise refuse("recalibration", self.recalibration, "none: it is of binary tasks")

    def _check_columns(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise refuse("columns", names, "columns of different names")
        targets = [column.name for column in self.columns if column.role == "target"]
        if targets != [self.target]:
            raise refuse("target", self.target, f"the one column whose role is target (found: {targets})")

    def _check_mapping(self) -> None:
        if not isinstance(self.mapping, dict):
            raise refuse("mapping", self.mapping, "an object")
        for known, name in self.mapping.items():
            check_text("mapping", known)
            check_choice("mapping", name, ("", *self.features, *self.protected))

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
        content["remedies"] = [remedy.to_json() for remedy in self.remedies]
        return content

    @classmethod
    def from_json(cls, content: Any) -> Spec:
        """Read a spec, checking every field.

        Raises:
            BadInput: not an object, an unknown or missing field, or a value out of range.
        """
        content = known_fields(cls, content, "spec")
        columns = content.get("columns")
        if not isinstance(columns, (list, tuple)):
            raise refuse("columns", columns, "a list of columns")
        content["columns"] = tuple(
            ColumnSpec(**known_fields(ColumnSpec, entry, "columns")) for entry in columns
        )
        if "classes" in content:
            if not isinstance(content["classes"], (list, tuple)):
                raise refuse("classes", content["classes"], "a list of texts")
            content["classes"] = tuple(content["classes"])
        content["remedies"] = read_remedies(content.get("remedies", ()))
        if "training" in content:
            settings = known_fields(TrainingSettings, content["training"], "training")
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
        job: one of :data:`OTHER_JOBS`.
        arguments: what that job needs, plain JSON; the job checks it.
    """

    job: str
    arguments: dict[str, Any]

    def __post_init__(self) -> None:
        check_choice("job", self.job, OTHER_JOBS)
        if not isinstance(self.arguments, dict):
            raise refuse("arguments", self.arguments, "an object")

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
        return JobSpec(**known_fields(JobSpec, content, "spec"))
    return Spec.from_json(content)


def _hash(name: str, value: object) -> None:
    if not (isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")):
        raise refuse(name, value, "a SHA-256 in 64 hex digits")
