"""The part of a fine-tuning that looks for better training settings, where the analyst gave it time."""

from __future__ import annotations

from typing import Any

from finxfer.backbones.card import BOOSTED
from finxfer.backbones.catalogue import find_card
from finxfer.records.folder import SEARCH_FILE
from finxfer.records.home import home
from finxfer.records.training_settings import TrainingSettings
from finxfer.runs.job import Job
from finxfer.training.candidates import Work


def searched_settings(job: Job) -> TrainingSettings:
    """The settings to train with: the analyst's own, or what the search found clearly better.

    Raises as `search.search_settings` does.
    """
    spec = job.spec
    if not spec.search_minutes or isinstance(spec.freezing_depth, str):
        return spec.training
    card = find_card(spec.backbone, home())
    if card.family == BOOSTED:
        job.report("message", text="No search: boosted trees have none of the settings that it looks for.")
        return spec.training
    # optuna is imported where it is needed alone.
    from finxfer.training.search import search_settings

    job.report.stage("train", "Searching for training settings")
    work = Work(spec.training, spec.seed, job.device, job.report, job.report.should_stop)
    file = job.folder.path / SEARCH_FILE
    found = search_settings(card, spec.freezing_depth, job.data, work, spec.search_minutes, file)
    job.report("message", text=_said(found.content))
    job.report.stage("train", "Fine-tuning the backbone")
    return found.settings


def search_of(job: Job) -> dict[str, Any] | None:
    """What metrics.json says of the search; None where there was none."""
    path = job.folder.path / SEARCH_FILE
    if not job.spec.search_minutes or not path.is_file():
        return None
    from finxfer.training.search import told

    return told(job.folder.read_json(SEARCH_FILE))


def _said(content: dict[str, Any]) -> str:
    trials = f"{content['trials']} settings were tried"
    if content["taken"]:
        return f"{trials}; number {content['best_number'] + 1} was clearly better than yours and is taken."
    return f"{trials}; none was clearly better than yours, which are kept."
