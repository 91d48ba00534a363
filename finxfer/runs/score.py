"""Scoring and explaining new customers with a finished run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finxfer.data.encoding import TableEncoder
from finxfer.data.remedies import FittedRemedies
from finxfer.errors import BadInput, Damaged
from finxfer.evaluation.conformal import conformal_interval
from finxfer.explanations.explain import EXPLAINERS, explain_frame, explain_log_odds
from finxfer.explanations.explainer import Explainer, explainer_in
from finxfer.explanations.reason_files import ReasonPlan, proposal_in
from finxfer.pretraining.anomaly import AnomalyModel, stored_anomaly
from finxfer.records.files import write_atomically
from finxfer.records.folder import RunFolder
from finxfer.records.home import uploads_dir
from finxfer.records.reason_library import read_library
from finxfer.records.spec import BINARY, MULTICLASS, REGRESSION, ColumnSpec, JobSpec, Spec
from finxfer.records.tables import TableStore
from finxfer.runs.arguments import text_argument
from finxfer.runs.drift import PROFILE, drift
from finxfer.runs.explaining import reference_groups
from finxfer.runs.intake import read_file
from finxfer.runs.predictions import own_column
from finxfer.runs.remedying import stored_remedies
from finxfer.runs.reporter import Reporter
from finxfer.runs.schema import band_names
from finxfer.runs.validating import hold_scored
from finxfer.settings import integer
from finxfer.training.fitted import FittedModel, load_fitted

REASONS = ("reason_1", "reason_2", "reason_3", "reason_4")


@dataclass(frozen=True)
class Scorer:
    """A finished run, ready to score.

    Args:
        schema: ``model/schema.json``.
        model: the fine-tuned model.
        reference: raw rows of the reference group of explanations.
        profile: ``model/profile.json``, the shares of the training rows per feature.
        explainer: what the run fitted to explain any row quickly; None where it has none.
        plan: what reasons of declined customers need.
        remedies: what the run did to columns before its models read them.
        anomaly: what was trained without labels beside the model; None where nothing was.
    """

    schema: dict[str, Any]
    model: FittedModel
    reference: pd.DataFrame
    profile: dict[str, Any]
    explainer: Explainer | None = None
    plan: ReasonPlan | None = None
    remedies: FittedRemedies = field(default_factory=FittedRemedies)
    anomaly: AnomalyModel | None = None

    @property
    def columns(self) -> list[ColumnSpec]:
        """The features with their kinds."""
        return [ColumnSpec(**entry) for entry in self.schema["columns"]]

    @property
    def features(self) -> list[str]:
        """The columns that a table to score must have."""
        return [column.name for column in self.columns]

    def check(self, frame: pd.DataFrame) -> None:
        """Refuse a table that lacks a feature or has no row.

        Raises:
            BadInput: naming every lacking column.
        """
        lacking = [name for name in self.features if name not in frame.columns]
        if lacking:
            raise BadInput(
                "This table cannot be scored.",
                f"It lacks {len(lacking)} of the {len(self.features)} columns that the model needs: "
                f"{', '.join(repr(name) for name in lacking)}.",
                "Add these columns under exactly these names; cells may stay empty where unknown.",
            )
        if frame.empty:
            raise BadInput("This table cannot be scored.", "It has no rows.", "Give a table with customers.")

    def read(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The features of a table as the model reads them: after the run's remedies; every row stays.

        Raises:
            BadInput: a column is lacking, or holds other things than in training.
        """
        self.check(frame)
        return self.remedies.apply(frame[self.features])

    def probability(self, frame: pd.DataFrame) -> np.ndarray:
        """Probability of the positive class or value, float64 (N,), or probabilities of the classes (N, C).

        Raises:
            BadInput: a column is lacking, or holds other things than in training.
        """
        return np.asarray(self.model.predict(self.read(frame)), dtype=np.float64)

    @property
    def task(self) -> str:
        """What is predicted; runs of earlier versions are binary."""
        return str(self.schema.get("task", BINARY))

    @property
    def classes(self) -> list[str]:
        """Texts of the classes of a multiclass task, in order."""
        return list(self.schema.get("classes") or ()) if self.task == MULTICLASS else []

    def answers(self, prediction: np.ndarray) -> dict[str, np.ndarray]:
        """The columns that a table gets, of what :meth:`probability` gave.

        ``probability``; of several classes ``prediction`` and ``probability_<class>``; of a number
        ``prediction`` and, where there were rows enough to know, ``low`` and ``high``.
        """
        if self.task == MULTICLASS:
            names = np.asarray(self.classes, dtype=object)
            each = {f"probability_{name}": prediction[:, code] for code, name in enumerate(names)}
            return {"prediction": names[prediction.argmax(axis=1)], **each}
        if self.task == REGRESSION:
            fitted = self.schema.get("conformal")
            ends = conformal_interval(fitted, prediction) if fitted else ()
            return {"prediction": prediction, **dict(zip(("low", "high"), ends, strict=False))}
        return {"probability": prediction}

    def beside(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """The column `anomaly`, float64 (N,), where the run has an anomaly score; higher is odder."""
        return {} if self.anomaly is None else {"anomaly": self.anomaly.score(self.read(frame))}

    def explain(self, frame: pd.DataFrame, **options: Any) -> pd.DataFrame:
        """shap_<feature>…, base_value, probability, reason_1..reason_4 per row, in the table's order."""
        seed = self.schema.get("seed", 0)
        options = {"explainer": self.explainer, "plan": self.plan, **options}
        options |= {"task": self.task, "classes": self.classes}
        if self.remedies.steps:
            options = {"as_given": frame, **options}
        return explain_frame(
            self.model, self.reference, self.read(frame), self.features, seed=seed, **options
        )

    def explain_log_odds(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Exact TreeSHAP on the log-odds; BadInput where the model is no boosted trees."""
        if self.task != BINARY:
            raise BadInput(
                "This model cannot be explained on the log-odds.",
                f"Its task is {self.task}; log-odds are of an event.",
                "Leave --scale out.",
            )
        return explain_log_odds(self.model, self.reference, self.read(frame), self.features)

    def band(self, probability: np.ndarray) -> np.ndarray:
        """The risk band of each probability."""
        return band_names(probability, [band["to"] for band in self.schema["bands"][:-1]])


def load_scorer(folder: RunFolder, device: str = "cpu") -> Scorer:
    """Open the model of a finished run.

    Raises:
        BadInput: the folder holds no run, or one that is not finished.
        Damaged: a stored file is missing, unreadable or fails its checksum.
    """
    if not folder.exists():
        raise BadInput(
            "There is no run to score with.",
            f"{folder.path} holds no spec.json.",
            "Give the folder of a finished run.",
        )
    state = folder.status().state
    if state != "finished":
        raise BadInput(
            "This run cannot score yet.",
            f"It is {state}.",
            "Resume it, or give the folder of a finished run.",
        )
    schema = folder.read_json("model/schema.json")
    try:
        reference = pd.read_parquet(folder.model / "reference.parquet")
        explainer = explainer_in(folder.explanations / EXPLAINERS / "model")
        model, seen = load_fitted(folder.model, device), folder.read_json(PROFILE)
        plan, remedies = _reason_plan(folder, schema), stored_remedies(folder)
        scorer = Scorer(
            schema, model, reference, seen, explainer, plan, remedies, stored_anomaly(folder.model)
        )
        scorer.columns, schema["bands"], schema["threshold"]
    except (OSError, KeyError, TypeError) as error:
        raise Damaged(
            "The model of this run cannot be read.",
            f"{type(error).__name__}: {str(error)[:200]}",
            "Run the fine-tuning again.",
        ) from error
    return scorer


def _reason_plan(folder: RunFolder, schema: dict[str, Any]) -> ReasonPlan | None:
    if schema["threshold"] is None:
        return None  # nobody is declined
    features = [column["name"] for column in schema["columns"]]
    proposed = proposal_in(folder.explanations, features)
    return ReasonPlan(float(schema["threshold"]), reference_groups(folder), proposed, read_library())


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """The score job: ``scored.parquet`` and ``result.json``.

    Arguments of the spec: ``run`` (folder), ``table`` (hash in the store, or a file), ``name``, and
    ``explained_rows``: so many rows of highest probability get their reasons.
    """
    assert isinstance(spec, JobSpec)
    report.stage("score", "Scoring the customers")
    scored_run = RunFolder(Path(text_argument(spec, "run")))
    scorer = load_scorer(scored_run)
    frame = _open(spec)
    hold_scored(folder, scored_run, frame)
    prediction = scorer.probability(frame)
    scored = frame.assign(**scorer.answers(prediction))
    if scorer.schema["bands"]:
        scored = scored.assign(band=scorer.band(prediction))
    scored = scored.assign(**scorer.beside(frame))
    explained = _add_reasons(scorer, scored, frame, int(spec.arguments.get("explained_rows", 50)), report)
    write_atomically(folder.path / "scored.parquet", lambda path: scored.to_parquet(path, index=False))
    folder.write_json("result.json", _result(scorer, frame, scored, explained))


def _open(spec: JobSpec) -> pd.DataFrame:
    table = text_argument(spec, "table")
    if len(table) == 64 and TableStore().has(table):
        return TableStore().open(table)
    path = Path(table)
    frame = read_file(path, str(spec.arguments.get("name") or path.name)).frame
    if path.resolve().is_relative_to(uploads_dir().resolve()):
        path.unlink(missing_ok=True)
    return frame


def _add_reasons(
    scorer: Scorer, scored: pd.DataFrame, frame: pd.DataFrame, wanted: int, report: Reporter
) -> int:
    """Fill the reasons of the rows at highest risk, or with the highest values; returns how many rows that
    were. Of several classes each reason is of the class that is likeliest, the surest rows first."""
    cells = np.full((len(scored), len(REASONS)), None, dtype=object)
    wanted = max(0, min(wanted, len(frame), integer("explained_rows")))
    if wanted > 0:
        names = [f"probability_{name}" for name in scorer.classes] or [own_column(scorer.task)]
        positions = np.argsort(-scored[names].max(axis=1).to_numpy(), kind="stable")[:wanted]
        made = scorer.explain(frame.iloc[positions], report=report, should_stop=report.should_stop)
        cells[positions] = made[list(REASONS)].to_numpy(dtype=object)
    for index, name in enumerate(REASONS):
        scored[name] = pd.Series(cells[:, index], index=scored.index, dtype="str")
    return wanted


def _result(scorer: Scorer, frame: pd.DataFrame, scored: pd.DataFrame, explained: int) -> dict[str, Any]:
    bands = [
        {"name": band["name"], "from": band["from"], "to": band["to"],
         "rows": int((scored["band"] == band["name"]).sum()), "positive_rate": band["positive_rate"],
         "mean": band.get("mean")}
        for band in scorer.schema["bands"]
    ]  # fmt: skip
    features = set(scorer.features)
    classes = [
        {"name": name, "rows": int((scored["prediction"] == name).sum()),
         "mean_probability": float(scored[f"probability_{name}"].mean())}
        for name in scorer.classes
    ]  # fmt: skip
    return {
        "task": scorer.task,
        "classes": classes,
        "coverage": scorer.schema.get("coverage"),
        "rows": len(frame),
        "explained_rows": explained,
        "bands": bands,
        "threshold": scorer.schema["threshold"],
        "ignored": [str(name) for name in frame.columns if name not in features],
        "drift": _drift(scorer, frame),
    }


def _drift(scorer: Scorer, frame: pd.DataFrame) -> dict[str, Any]:
    encoder = TableEncoder.from_json(scorer.profile["encoder"])
    return drift(scorer.profile["shares"], encoder, encoder.transform(scorer.read(frame)))
