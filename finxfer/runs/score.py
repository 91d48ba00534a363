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
from finxfer.explanations.explain import EXPLAINERS, explain_frame, explain_log_odds
from finxfer.explanations.explainer import Explainer, explainer_in
from finxfer.explanations.reason_files import ReasonPlan, proposal_in
from finxfer.records.files import write_atomically
from finxfer.records.folder import RunFolder
from finxfer.records.home import uploads_dir
from finxfer.records.reason_library import read_library
from finxfer.records.spec import ColumnSpec, JobSpec, Spec
from finxfer.records.tables import TableStore
from finxfer.runs.arguments import text_argument
from finxfer.runs.drift import PROFILE, drift
from finxfer.runs.explaining import reference_groups
from finxfer.runs.intake import read_file
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
    """

    schema: dict[str, Any]
    model: FittedModel
    reference: pd.DataFrame
    profile: dict[str, Any]
    explainer: Explainer | None = None
    plan: ReasonPlan | None = None
    remedies: FittedRemedies = field(default_factory=FittedRemedies)

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
        """Probability of the positive class, float64 (N,).

        Raises:
            BadInput: a column is lacking, or holds other things than in training.
        """
        return np.asarray(self.model.predict(self.read(frame)), dtype=np.float64)

    def explain(self, frame: pd.DataFrame, **options: Any) -> pd.DataFrame:
        """shap_<feature>…, base_value, probability, reason_1..reason_4 per row, in the table's order."""
        seed = self.schema.get("seed", 0)
        options = {"explainer": self.explainer, "plan": self.plan, **options}
        if self.remedies.steps:
            options = {"as_given": frame, **options}
        return explain_frame(
            self.model, self.reference, self.read(frame), self.features, seed=seed, **options
        )

    def explain_log_odds(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Exact TreeSHAP on the log-odds; BadInput where the model is no boosted trees."""
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
        scorer = Scorer(schema, model, reference, seen, explainer, plan, remedies)
        scorer.columns, schema["bands"], schema["threshold"]
    except (OSError, KeyError, TypeError) as error:
        raise Damaged(
            "The model of this run cannot be read.",
            f"{type(error).__name__}: {str(error)[:200]}",
            "Run the fine-tuning again.",
        ) from error
    return scorer


def _reason_plan(folder: RunFolder, schema: dict[str, Any]) -> ReasonPlan:
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
    probability = scorer.probability(frame)
    scored = frame.assign(probability=probability, band=scorer.band(probability))
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
    """Fill the reasons of the rows at highest risk; returns how many rows that were."""
    cells = np.full((len(scored), len(REASONS)), None, dtype=object)
    wanted = max(0, min(wanted, len(frame), integer("explained_rows")))
    if wanted > 0:
        positions = np.argsort(-scored["probability"].to_numpy(), kind="stable")[:wanted]
        made = scorer.explain(frame.iloc[positions], report=report, should_stop=report.should_stop)
        cells[positions] = made[list(REASONS)].to_numpy(dtype=object)
    for index, name in enumerate(REASONS):
        scored[name] = pd.Series(cells[:, index], index=scored.index, dtype="str")
    return wanted


def _result(scorer: Scorer, frame: pd.DataFrame, scored: pd.DataFrame, explained: int) -> dict[str, Any]:
    bands = [
        {"name": band["name"], "from": band["from"], "to": band["to"],
         "rows": int((scored["band"] == band["name"]).sum()), "positive_rate": band["positive_rate"]}
        for band in scorer.schema["bands"]
    ]  # fmt: skip
    features = set(scorer.features)
    return {
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
