"""Explanations of a run and of a table: values, importance and reasons, and the files that hold them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from finxfer.data.tasks import strata_of
from finxfer.errors import BadInput
from finxfer.evaluation.amounts import amount
from finxfer.explanations.as_given import given_values, keep_as_given
from finxfer.explanations.classes import CLASSES, by_strata, class_importance, class_table, likeliest
from finxfer.explanations.fitting import Material, fitted_explainer, wants_explainer
from finxfer.explanations.importance import importance
from finxfer.explanations.masking import Model, Pool, check_frames, checked
from finxfer.explanations.reason_files import ReasonPlan, reasons_of_new, write_reasons
from finxfer.explanations.reasons import WORDS, points_text, reason_columns, typical_values, value_text
from finxfer.explanations.sampling import steps_needed
from finxfer.explanations.sentences import sentence
from finxfer.explanations.trees import tree_values
from finxfer.explanations.values import (
    Attribution,
    Report,
    evaluations_of,
    is_trees,
    kinds_of,
    paths_of,
    paths_within,
    shap_values,
    stop_when,
)
from finxfer.records.files import write_atomically, write_json
from finxfer.records.spec import BINARY, REGRESSION
from finxfer.settings import integer

if TYPE_CHECKING:
    from finxfer.explanations.explainer import Explainer

FEWEST_ROWS = 10
EXPLAINERS = "explainer"
"""Folder of the fitted explainers inside ``explanations/``, one folder a model."""
# A feature of this name would clash with the row number in values.parquet.
_SCALES = {REGRESSION: "amount"}
RESERVED = {"row": "row (feature)"}


def explain_models(
    models: Mapping[str, Model],
    reference_frame: pd.DataFrame,
    rows_frame: pd.DataFrame,
    row_ids: Any,
    features: list[str],
    folder: Path,
    report: Report,
    should_stop: Callable[[], bool],
    seed: int = 0,
    given: Material | None = None,
    plan: ReasonPlan | None = None,
    as_given: pd.DataFrame | None = None,
    task: str = BINARY,
    classes: Sequence[str] = (),
) -> dict[str, Any]:
    """Explain the same rows for every model and write the files of ``explanations/``, ``meta.json`` last.

    Args:
        models: by name; reasons are of the one called "model", or of the first.
        reference_frame: raw rows of the reference group, at least two.
        rows_frame: N raw rows to explain; fewer, evenly spaced ones where they would take too long.
        row_ids: N integers that name the rows elsewhere in the run. report: told of the progress.
        given, plan: what explainers are fitted on (else paths or TreeSHAP); what principal reasons need.
        as_given: columns of ``rows_frame`` as before remedies. task, classes: as in the spec.

    Returns the content of ``meta.json``. Raises BadInput (nothing to explain, a lacking column) or Cancelled.
    """
    check_frames(rows_frame, reference_frame, features := list(features))
    told, scale = "model" if "model" in models else next(iter(models)), _SCALES.get(task, "probability")
    steps = steps_needed(Pool(models[told], rows_frame, reference_frame, features))
    wanted = [name for name in models if given and wants_explainer(models[name], steps, name == told, given)]
    progress = _Progress(models, wanted, report, should_stop)
    explainers, judged = _fit(models, reference_frame, given, wanted, folder, seed, progress, scale)
    slow = [model for name, model in models.items() if name not in explainers and not is_trees(model)]
    kept = _affordable(slow, steps, len(rows_frame))
    frame, row = rows_frame.iloc[kept][features].reset_index(drop=True), np.asarray(row_ids)[kept]
    keep_as_given(folder, as_given, kept, row)
    steps = round(steps * len(frame) / len(rows_frame))
    typical = typical_values(reference_frame, features)
    meta: dict[str, Any] = {"scale": scale, "reasons_of": told, "models": {}, "classes": list(classes)}
    ranking = {}
    for name, model in models.items():
        began = time.perf_counter()
        explainer, tick = explainers.get(name), progress.begin(name)
        paths = None if is_trees(model) else paths_within(steps, evaluations_of(model), paths_of(model))
        made = shap_values(model, reference_frame, frame, features, seed, paths, tick, explainer)
        made, ranking[name] = _kept(made, row, classes, seed, folder, name)
        meta["models"][name] = _facts(made, time.perf_counter() - began, explainer, judged.get(name))
        if name == told:
            _write_reason_table(made, given_values(folder, frame, row), typical, row, folder, WORDS[task])
    _write_table(_raw_table(frame, row), folder / "values.parquet")
    write_json(folder / "importance.json", ranking)
    meta["reference_group"] = _reference_facts(reference_frame, typical, models[told], scale)
    meta |= {"features": features, "rows": len(frame), "rows_asked": len(rows_frame)}
    if plan is not None and told == "model":
        usual, tick = meta["reference_group"]["typical"], progress.begin(told)
        write_reasons(folder, models[told], plan, features, usual, seed, explainers.get(told), tick)
    write_json(folder / "meta.json", meta)
    return meta


def _kept(
    made: Attribution, row: np.ndarray, classes: Sequence[str], seed: int, folder: Path, name: str
) -> tuple[Attribution, list[dict[str, Any]]]:
    """Write one model's values; what is told of each row, and the features by importance.

    Of several classes ``<model>.parquet`` tells the likeliest one, and ``<model>_classes.parquet`` every one.
    """
    drawn = integer("bootstrap_draws"), seed
    if classes:
        _write_table(class_table(made, row, classes), folder / f"{name}{CLASSES}.parquet")
        ranking = class_importance(made.features, made.values, classes, *drawn)
        made = likeliest(made, classes)
    else:
        ranking = importance(made.features, made.values, *drawn)
    _write_table(attribution_table(made, row), folder / f"{name}.parquet")
    return made, ranking


def _fit(
    models: Mapping[str, Model],
    reference: pd.DataFrame,
    given: Material | None,
    wanted: list[str],
    folder: Path,
    seed: int,
    progress: _Progress,
    scale: str,
) -> tuple[dict[str, Explainer], dict[str, dict[str, Any]]]:
    """Fit and judge the explainers of the models that want one, and keep the faithful ones."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / EXPLAINERS, ignore_errors=True)
    explainers: dict[str, Explainer] = {}
    judged = {}
    for name in wanted:
        assert given is not None
        tick = progress.begin(f"fit {name}")
        fitted, judged[name] = fitted_explainer(models[name], reference, given, seed, tick, scale == "amount")
        if fitted:
            fitted.save(folder / EXPLAINERS / name)
            explainers[name] = fitted
    return explainers, judged


def explain_frame(
    model: Model,
    reference_frame: pd.DataFrame,
    frame: pd.DataFrame,
    features: list[str],
    seed: int = 0,
    report: Report | None = None,
    should_stop: Callable[[], bool] | None = None,
    explainer: Explainer | None = None,
    plan: ReasonPlan | None = None,
    as_given: pd.DataFrame | None = None,
    task: str = BINARY,
    classes: Sequence[str] = (),
) -> pd.DataFrame:
    """Every row of a table explained.

    A row's values depend on the row, the reference group and the seed, not on the other rows.

    With a plan the reasons are principal ones: of declined customers only, by theme, unstable ones held back;
    how many is said by a message. Without one they are each row's features that raise the probability. They
    tell of ``as_given``, the rows as the table has them, where remedies changed what the model reads.

    Returns:
        One row a row of ``frame``, with its index: shap_<feature>…, base_value, probability,
        reason_1…reason_4 (empty where there is no further reason). Of a regression ``prediction`` in the
        place of the probability, of several classes ``class`` before it: the likeliest, which is explained.

    Raises:
        BadInput: no row, or a column that the model needs is lacking.
        Cancelled: ``should_stop()`` was true.
    """
    features = list(features)
    check_frames(frame, reference_frame, features)
    progress = _Progress(
        {"model": model}, [], report or (lambda kind, **fields: None), should_stop or (lambda: False)
    )
    made = shap_values(
        model, reference_frame, frame[features], features, seed, None, progress.begin("model"), explainer
    )
    if classes:
        made = likeliest(made, classes)
    table = attribution_table(made, None)
    table.index = frame.index
    said = ["class", "probability"] if classes else ["probability"]
    table = table[[*(shap_name(name) for name in features), "base_value", *said]]
    if task == REGRESSION:
        table = table.rename(columns={"probability": "prediction"})
    told_of = frame if as_given is None else as_given
    if plan is None:
        usual = typical_values(reference_frame, features)
        reasons = reason_columns(features, made.values, told_of, usual, words=WORDS[task])
    else:
        reasons, stable = reasons_of_new(
            model, plan, frame, features, made.values, made.probability, seed, explainer, told_of
        )
        if report is not None:
            report("message", text=stable["sentence"])
    return pd.concat([table, reasons], axis=1)


def explain_log_odds(
    model: Model, reference_frame: pd.DataFrame, frame: pd.DataFrame, features: list[str]
) -> pd.DataFrame:
    """Exact interventional TreeSHAP of boosted trees, on the scale that their leaves add up on.

    Returns:
        One row a row of ``frame``, with its index: shap_<feature>…, base_value and log_odds on the log-odds,
        and probability.

    Raises:
        BadInput: the model is no boosted trees, there is no row, or a column is lacking.
    """
    check_frames(frame, reference_frame, features)
    made = tree_values(model, frame, reference_frame, features, lambda done, total: None, log_odds=True)
    if made is None:
        raise BadInput(
            "This model cannot be explained on the log-odds.",
            "Exact values on that scale are there for boosted trees only.",
            "Leave --scale out: on the probability every model is explained.",
        )
    table = pd.DataFrame(made.values, columns=[shap_name(name) for name in features], index=frame.index)
    probability = 1 / (1 + np.exp(-made.probability))
    return table.assign(base_value=made.base_value, log_odds=made.probability, probability=probability)


def attribution_table(made: Attribution, row: np.ndarray | None) -> pd.DataFrame:
    """row (where given), base_value, probability, class (of several), shap_<feature>… as a frame."""
    head: dict[str, Any] = {} if row is None else {"row": row}
    head |= {"base_value": np.full(len(made.values), made.base_value), "probability": made.probability}
    if made.said is not None:
        head["class"] = made.said
    values = pd.DataFrame(made.values, columns=[shap_name(name) for name in made.features])
    return pd.concat([pd.DataFrame(head), values], axis=1)


def shap_name(feature: str) -> str:
    """Name of the column that holds a feature's SHAP value."""
    return f"shap_{feature}"


def reference_group(frame: pd.DataFrame, target: np.ndarray, rows: int, seed: int) -> pd.DataFrame:
    """Draw the reference group from training rows, stratified by the outcome.

    Args:
        frame: training rows.
        target: 0 or 1 for each of them; class codes, or numbers, which are stratified by tenths.
        rows: size of the group (all rows where there are no more).
        seed: of the draw.

    Returns:
        Rows of ``frame`` in their order; each class that occurs has at least one.
    """
    target = np.asarray(target)
    if len(frame) <= rows:
        return frame
    generator = np.random.default_rng(seed)
    if target.dtype.kind == "f" or target.max() > 1:
        return frame.iloc[by_strata(strata_of(target), rows, generator)]
    positives, negatives = np.flatnonzero(target == 1), np.flatnonzero(target != 1)
    share = round(rows * len(positives) / len(target))
    wanted = int(np.clip(share, min(1, len(positives)), rows - min(1, len(negatives))))
    chosen = [
        generator.choice(positives, min(wanted, len(positives)), replace=False),
        generator.choice(negatives, min(rows - wanted, len(negatives)), replace=False),
    ]
    return frame.iloc[np.sort(np.concatenate(chosen))]


class _Progress:
    """Turns ticks of one task after the other into progress events of the whole stage."""

    def __init__(
        self, models: Mapping[str, Any], wanted: list[str], report: Report, should_stop: Callable[[], bool]
    ) -> None:
        # An in-context model takes about as long as eight others; with a fitted explainer walking takes
        # little.
        slow = {
            name: sum(8.0 if kind == "incontext" else 1.0 for kind in kinds_of(model))
            for name, model in models.items()
        }
        weights = {f"fit {name}": 4 + slow[name] for name in wanted}
        weights |= {name: 0.5 if name in wanted else slow[name] for name in models}
        shares = np.array(list(weights.values())) / sum(weights.values())
        self._start = dict(zip(weights, np.cumsum(shares) - shares, strict=True))
        self._share = dict(zip(weights, shares, strict=True))
        self._report, self._should_stop = report, should_stop
        self._began = time.monotonic()
        self._told = -1.0

    def begin(self, name: str) -> Callable[[int, int], None]:
        stop_when(self._should_stop)

        def tick(done: int, total: int) -> None:
            stop_when(self._should_stop)
            share = float(self._start[name] + self._share[name] * done / max(total, 1))
            if share - self._told < 0.01 and share < 1:
                return
            self._told = share
            left = (time.monotonic() - self._began) * (1 - share) / share
            self._report(
                "progress", stage="explain", done=round(100 * share), of=100, eta_seconds=round(left, 1)
            )

        return tick


def _affordable(models: list[Model], steps: int, rows: int) -> np.ndarray:
    """Positions of the rows that the slowest model's budget allows, evenly spaced, at least ten."""
    budget = min((evaluations_of(model) for model in models), default=steps)
    most = max(FEWEST_ROWS, int(rows * budget / max(steps, 1)))
    if rows <= most:
        return np.arange(rows)
    return np.unique(np.linspace(0, rows - 1, most).round().astype(int))


def _facts(
    made: Attribution, seconds: float, explainer: Explainer | None, judged: dict[str, Any] | None
) -> dict[str, Any]:
    if judged is not None:
        judged = judged | {"fell_back": explainer is None}
    return {
        "method": made.method,
        "paths": made.paths,
        "evaluations": made.evaluations,
        # Of the likeliest classes each row has its own.
        "base_value": float(np.mean(made.base_value)),
        "additivity_gap": _mean_and_max(made.gaps),
        "closed_gap": None if made.missed is None else _mean_and_max(made.missed),
        "explainer": None if explainer is None else explainer.facts,
        "fidelity": judged,
        "rows": len(made.values),
        "seconds": round(seconds, 3),
    }


def _mean_and_max(sizes: np.ndarray) -> dict[str, float]:
    return {"mean": float(sizes.mean()), "max": float(sizes.max())}


def _write_reason_table(
    made: Attribution,
    frame: pd.DataFrame,
    typical: dict[str, Any],
    row: np.ndarray,
    folder: Path,
    words: str,
) -> None:
    features = list(made.features)
    raising = reason_columns(features, made.values, frame, typical, words=words)
    lowering = reason_columns(features, made.values, frame, typical, False, "lowers", words)
    table = pd.concat([raising, lowering], axis=1)
    table.insert(0, "row", row)
    _write_table(table, folder / "reasons.parquet")


def _raw_table(frame: pd.DataFrame, row: np.ndarray) -> pd.DataFrame:
    raw = frame.rename(columns=RESERVED)
    raw.insert(0, "row", row)
    return raw


def _reference_facts(
    reference: pd.DataFrame, typical: dict[str, Any], model: Model, scale: str
) -> dict[str, Any]:
    """The group in words, and how well its mean prediction is known: one standard error of the mean."""
    told = checked(model.predict(reference), len(reference))
    error = float((told.std(axis=0, ddof=1) / np.sqrt(len(told))).max())
    size = amount(error) if scale == "amount" else points_text(error)
    key = "reference_amount" if scale == "amount" else "reference"
    said = sentence(key, rows=str(len(reference)), points=size)
    return {
        "rows": len(reference),
        "base_value_error": error,
        "sentence": said,
        "typical": {name: value_text(value) for name, value in typical.items()},
    }


def _write_table(table: pd.DataFrame, path: Path) -> None:
    write_atomically(path, lambda temporary: table.to_parquet(temporary, index=False))
