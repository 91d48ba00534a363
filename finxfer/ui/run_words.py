"""The one line of truth about a run, and what its events add up to."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from finxfer.records.folder import RunFolder, Status
from finxfer.ui.safe import md
from finxfer.ui.selection_words import title_of_name
from finxfer.ui.tables import duration
from finxfer.ui.text import run as text


class Trial(NamedTuple):
    """One training: which model, its freezing depth and on which fold; "" where there is none."""

    model: str
    depth: str
    fold: str = ""


@dataclass
class Story:
    """What the events of a run tell, in order.

    trials: epochs of each training; one that was resumed repeats none. baselines, candidates: the events
    of those that are done, by name. trying: the progress event of the candidate and fold at work, or empty.
    device: the last device event. messages: sentences, oldest first.
    """

    trials: dict[Trial, list[dict[str, Any]]] = field(default_factory=dict)
    baselines: dict[str, dict[str, Any]] = field(default_factory=dict)
    candidates: dict[str, dict[str, Any]] = field(default_factory=dict)
    trying: dict[str, Any] = field(default_factory=dict)
    device: dict[str, Any] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    @property
    def chooses(self) -> bool:
        """Whether the run tries candidates instead of training one backbone that was named."""
        return bool(self.candidates or self.trying)


def story(events: list[dict[str, Any]]) -> Story:
    """Add the events up."""
    told = Story()
    epochs: dict[Trial, dict[int, dict[str, Any]]] = {}
    for event in events:
        kind = event.get("kind")
        if kind == "epoch" and isinstance(event.get("epoch"), int):
            epochs.setdefault(_trial(event, told.trying), {})[event["epoch"]] = event
        elif kind == "baseline":
            told.baselines[str(event.get("name"))] = event
        elif kind == "candidate":
            told.candidates[str(event.get("name"))] = event
        elif kind == "stage":
            told.trying = {}
        elif kind == "progress" and event.get("candidate"):
            told.trying = event
        elif kind == "device":
            told.device = event
        elif kind == "message" and event.get("text") and str(event["text"]) not in told.messages[-3:]:
            told.messages.append(str(event["text"]))
    told.trials = {trial: [one[number] for number in sorted(one)] for trial, one in epochs.items()}
    return told


def _trial(epoch: dict[str, Any], trying: dict[str, Any]) -> Trial:
    depth, fold = epoch.get("depth"), trying.get("fold")
    return Trial(
        str(epoch.get("model", "model")),
        "" if depth is None else str(depth),
        "" if fold is None else text.FOLD.format(fold=fold, folds=trying.get("folds")),
    )


def trial_name(trial: Trial) -> str:
    """A training in words, as plain text: what was trained, from which depth on, on which fold."""
    parts = [text.MODELS.get(trial.model) or title_of_name(trial.model)]
    if trial.depth and trial.model != "from_scratch":
        parts.append(text.TRIAL_DEPTH.format(depth=trial.depth))
    if trial.fold:
        parts.append(trial.fold)
    return ", ".join(parts)


def trying_words(told: Story) -> str | None:
    """Which candidate is tried on which fold, as markdown; None while none is."""
    if not told.trying:
        return None
    name, fold = md(title_of_name(str(told.trying["candidate"]))), told.trying.get("fold")
    if fold is None:
        return text.TRYING.format(name=name)
    return text.TRYING_FOLD.format(name=name, fold=fold, folds=told.trying.get("folds"))


def device_words(status: Status, told: Story) -> str:
    """The device with precision or threads, as far as known."""
    name = text.DEVICE_NAMES.get(status.device, md(status.device) or text.THE_DEVICE)
    if status.device == "cuda" and told.device.get("precision"):
        return text.PRECISION.format(device=name, precision=md(told.device["precision"]))
    if told.device.get("threads"):
        count = told.device["threads"]
        return (text.ONE_THREAD if count == 1 else text.THREADS).format(device=name, count=count)
    return name


def truth(run: RunFolder, status: Status, told: Story) -> str:
    """State, stage, time left and device in one line."""
    device = device_words(status, told)
    if status.active and run.cancel_requested():
        return text.CANCELLING
    if status.state == "queued":
        return (
            f"**{md(status.message, 200)}**"
            if status.message
            else text.QUEUED.format(device=text.SOME_DEVICE)
        )
    if status.state == "running":
        if not status.stage:
            return text.STARTING
        eta = text.ETA.format(time=duration(status.eta_seconds)) if status.eta_seconds else ""
        return text.RUNNING.format(
            stage=_stage_words(status, told),
            index=status.stage_index,
            of=status.stage_count,
            eta=eta,
            device=device,
        )
    took = duration(elapsed(status))
    return {
        "finished": text.FINISHED.format(time=took, device=device),
        "failed": text.FAILED.format(time=took),
        "cancelled": text.CANCELLED.format(time=took),
    }.get(status.state, text.INTERRUPTED)


def _stage_words(status: Status, told: Story) -> str:
    if status.stage == "train" and told.chooses:
        return text.CHOOSING
    return text.STAGES.get(status.stage, md(status.stage))


def elapsed(status: Status, now: float | None = None) -> float | None:
    """Seconds from the start to the end, or to now while it runs; None before the start."""
    if status.started is None:
        return None
    end = status.ended if status.ended is not None and not status.active else None
    if end is None:
        end = (time.time() if now is None else now) if status.active else (status.heartbeat or status.started)
    return max(0.0, end - status.started)


def overall(status: Status) -> float:
    """How far the whole run is, 0 to 1, from the time it took and the time it still needs."""
    if status.state == "finished":
        return 1.0
    done = elapsed(status)
    if done and status.eta_seconds is not None:
        return min(0.99, done / max(done + status.eta_seconds, 1e-9))
    if status.stage_count:
        return min(0.99, max(0, status.stage_index - 1) / status.stage_count)
    return 0.0
