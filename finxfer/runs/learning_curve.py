"""The learning-curve job: how good the run's model class and its rivals are with fewer labels."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from finxfer.errors import BadInput
from finxfer.evaluation.learning_curve import Cells, differences, last_step, points, savings
from finxfer.evaluation.learning_curve_wording import curve_sentence, curve_sentences
from finxfer.evaluation.wording import MODEL_TITLES
from finxfer.records.files import write_atomically
from finxfer.records.folder import SEARCH_FILE, RunFolder
from finxfer.records.home import home
from finxfer.records.spec import AS_IS, JobSpec, Spec
from finxfer.records.training_settings import TrainingSettings
from finxfer.reports import write_card
from finxfer.runs.job import Job
from finxfer.runs.reopening import reopen, run_of
from finxfer.runs.reporter import Reporter
from finxfer.training.candidates import Work
from finxfer.training.choosing import AUTO
from finxfer.training.learning_curve import (
    Nested,
    Recipe,
    check_sizes,
    default_sizes,
    fit_cell,
)

FILE = "learning_curve.json"
KEPT = "checkpoints/learning_curve"
SEEDS = ((1_000, 5), (3_000, 3))
"""Draws of the training rows up to so many labels; one beyond, unless asked otherwise."""
MOST_SEEDS = 20
RIVALS = ("lightgbm", "logistic_regression")
# What a training takes beside another on the same rows, roughly; the rows themselves set the rest.
_COSTS = {"model": 6.0, "from_scratch": 6.0, "lightgbm": 1.0, "logistic_regression": 0.3}
_FIXED_ROWS = 300
_CONTEXT = {"stage": "learning-curve"}


@dataclass
class _Curve:
    """The work of one job: which cells, and where they are kept."""

    job: Job
    recipe: Recipe
    models: tuple[str, ...]
    nested: Nested
    sizes: tuple[int, ...]
    seeds: dict[int, int]
    settings: TrainingSettings
    device: str
    seconds: dict[tuple[str, int], list[float]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Of the finished cells, by what they depend on."""
        spec = self.job.spec.digest()
        content = [spec, asdict(self.settings), asdict(self.recipe), self.device]
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
        return self.job.folder.path / KEPT / digest

    def cells(self) -> Iterator[tuple[str, int, int]]:
        """(model, labels, seed), small sizes first."""
        for size in self.sizes:
            for seed in range(self.seeds[size]):
                for model in self.models:
                    yield model, size, seed

    def cost(self, model: str, size: int) -> float:
        return _COSTS[model] * (size + _FIXED_ROWS)


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """The job "learning-curve": ``learning_curve.json`` of a finished run. Cells that are done stay done.

    Arguments of the spec: ``run`` (folder), ``sizes`` (numbers of labels; None for the usual ones), ``seeds``
    (draws of the training rows, 1 to 20; None for 5, 3 above 1,000 labels and 1 above 3,000).

    Raises:
        BadInput: the run, its table or its backbone is not there, a size or number of seeds is nonsense, or
            the test rows hold one class only.
        Cancelled: the analyst asked for it.
    """
    assert isinstance(spec, JobSpec)
    report.stage("learning-curve", "Opening the run")
    job = reopen(run_of(spec), report)
    curve = _curve(job, spec.arguments.get("sizes"), spec.arguments.get("seeds"), device)
    known = job.rows.y_test >= 0
    y = job.rows.y_test[known].astype(np.int64)
    _check_test(y)
    test = job.rows.test[known]
    whole = sum(curve.cost(model, size) for model, size, _ in curve.cells())
    done = 0.0
    scores: dict[tuple[str, int], list[np.ndarray]] = {}
    for model, size, seed in curve.cells():
        report.check()
        words = f"{curve_title(curve.recipe, model)} with {size:,} labels, draw {seed + 1}"
        report("progress", done=done, of=whole, candidate=model, title=words, **_CONTEXT)
        scores.setdefault((model, size), []).append(_cell(curve, model, size, seed, test, report))
        done += curve.cost(model, size)
    job.folder.write_json(FILE, _content(curve, y, {key: np.stack(parts) for key, parts in scores.items()}))
    write_card(job.folder)


def curve_title(recipe: Recipe, model: str) -> str:
    """How a model is called: the run's own by its backbone and depth."""
    if model != "model":
        return MODEL_TITLES[model]
    if not recipe.pretrained:
        return MODEL_TITLES[recipe.backbone]
    name = Path(recipe.backbone).name
    return f"{name}, as-is" if recipe.depth == AS_IS else f"{name}, depth {recipe.depth}"


def _curve(job: Job, sizes: Any, seeds: Any, device: str) -> _Curve:
    recipe = _recipe(job)
    best = job.folder.read_json("comparison.json").get("best_baseline")
    rivals = dict.fromkeys([*([best] if best else []), *RIVALS])
    models = ("model", *(name for name in rivals if recipe.pretrained or name != recipe.backbone))
    nested = Nested(job.data, job.spec.validation_share, job.spec.seed)
    chosen = check_sizes(_numbers(sizes) if sizes else default_sizes(nested.y), nested.y)
    return _Curve(job, recipe, models, nested, chosen, _seeds(chosen, seeds), trained_settings(job), device)


def _recipe(job: Job) -> Recipe:
    """The run's main backbone at its depth; where no backbone is in the model, its main baseline."""
    outcome = job.book.outcome("train") or {}
    named = None if job.spec.backbone == AUTO else job.spec.backbone
    if outcome.get("depth") is not None and outcome.get("backbone_id"):
        return Recipe(named or str(outcome["backbone_id"]), outcome["depth"], named)
    tried = (outcome.get("selection") or {}).get("tried") or []
    members = [one for one in tried if one.get("kind") == "baseline" and one.get("weight")]
    if not members:
        raise BadInput(
            "There is no learning curve of this run.",
            "It does not say which model it kept.",
            "Start the run again and draw its curve then.",
        )
    return Recipe(str(max(members, key=lambda one: one["weight"])["name"]), None, named)


def trained_settings(job: Job) -> TrainingSettings:
    """The settings that the run trained with: its own, or what its search took."""
    if job.spec.search_minutes and (job.folder.path / SEARCH_FILE).is_file():
        found = job.folder.read_json(SEARCH_FILE)
        if found.get("taken"):
            return replace(job.spec.training, **found["best"])
    return job.spec.training


def _numbers(sizes: Any) -> list[int]:
    if not isinstance(sizes, list) or not all(isinstance(n, int) and not isinstance(n, bool) for n in sizes):
        raise BadInput("The sizes cannot be used.", f"They are {sizes!r}.", "Give whole numbers of labels.")
    return sizes


def _seeds(sizes: Sequence[int], seeds: Any) -> dict[int, int]:
    if seeds is None:
        return {size: next((count for most, count in SEEDS if size <= most), 1) for size in sizes}
    if not isinstance(seeds, int) or isinstance(seeds, bool) or not 1 <= seeds <= MOST_SEEDS:
        raise BadInput(
            "The number of seeds cannot be used.",
            f"It is {seeds!r}.",
            f"Give a number from 1 to {MOST_SEEDS}.",
        )
    return dict.fromkeys(sizes, seeds)


def _check_test(y: np.ndarray) -> None:
    for value, word in ((1, "positive"), (0, "negative")):
        rows = int((y == value).sum())
        if rows < 2:
            raise BadInput(
                "There is no learning curve of this run.",
                f"Its test rows hold {rows} {word} row{'' if rows == 1 else 's'}: no Gini can be measured.",
                "Use a run whose test rows have both outcomes.",
            )


def _cell(curve: _Curve, model: str, size: int, seed: int, test: Any, report: Reporter) -> np.ndarray:
    """Probabilities of the test rows, kept for a resume."""
    path = curve.folder / f"{model}-{size}-{seed}.npz"
    if path.is_file():
        with np.load(path, allow_pickle=False) as content:
            curve.seconds.setdefault((model, size), []).append(float(content["seconds"]))
            return np.asarray(content["probability"])
    began = time.monotonic()
    spec = curve.job.spec
    work = Work(curve.settings, spec.seed + seed, curve.device, _silent, report.should_stop)
    fitted = fit_cell(model, curve.recipe, curve.nested.subset(size, seed), work, home())
    report.check()
    probability = np.asarray(fitted.predict(test), dtype=np.float64)
    seconds = time.monotonic() - began
    path.parent.mkdir(parents=True, exist_ok=True)

    def write(temporary: Path) -> None:
        with temporary.open("wb") as stream:
            np.savez_compressed(stream, probability=probability, seconds=np.float64(seconds))

    write_atomically(path, write)
    curve.seconds.setdefault((model, size), []).append(seconds)
    return probability


def _content(curve: _Curve, y: np.ndarray, scores: dict[tuple[str, int], np.ndarray]) -> dict[str, Any]:
    cells = Cells.of(y, scores)
    best = curve.models[1] if len(curve.models) > 1 else None
    models = [
        {
            "name": name,
            "title": curve_title(curve.recipe, name),
            "points": [
                {**point, "seconds": round(float(np.mean(curve.seconds[name, point["labels"]])), 2)}
                for point in points(cells, name)
            ],
        }
        for name in curve.models
    ]
    content = {
        "complete": True,
        "metric": "gini",
        "pretrained": curve.recipe.pretrained,
        "best_baseline": best,
        "sizes": list(curve.sizes),
        "labelled_rows": len(curve.nested.y),
        "test_rows": len(y),
        "models": models,
        "differences": [one for name in curve.models[1:] for one in differences(cells, name)],
        "savings": savings(cells, best, curve.job.spec.seed) if best and curve.recipe.pretrained else [],
        "last_step": last_step(cells),
    }

    def title(name: str) -> str:
        return MODEL_TITLES[name]

    return content | {
        "sentence": curve_sentence(content, title),
        "sentences": curve_sentences(content, title),
    }


def _silent(kind: str, **fields: object) -> None:
    """Report to nobody: a cell's own progress would lie over that of the whole."""
