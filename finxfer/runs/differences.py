"""What a replay came to beside what the pack says: metric by metric, then file by file. Light."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, TypeGuard

from finxfer.records.folder import RunFolder
from finxfer.runs.pack_file import RUN_FILES, PackFile

TOLERANCE = 1e-6
"""A difference up to this is said to be within rounding."""
MOST_PLACES = 5
_NOT_COMPARED = {"spec.json", "resolved.json", "assessment.json", "report.json", "card.html"}
# What a clock or this machine says, and what a pack leaves out.
_PASSED_OVER = {"seconds", "versions", "memory_bytes", "device", "device_name", "typical", "profile"}


@dataclass(frozen=True)
class Metric:
    """One metric of one model; ``difference`` is now minus then, None where either is unknown."""

    model: str
    metric: str
    then: float | None
    now: float | None
    difference: float | None


@dataclass(frozen=True)
class File:
    """One file of evidence: figures compared, how many differ, by how much at most, and where first."""

    name: str
    figures: int
    different: int
    largest: float
    places: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Replayed:
    """The outcome of a replay.

    Args:
        run: folder of the new run.
        metrics: every metric of the model and the baselines, and the gain.
        verdicts: {"what", "then", "now"} of what was decided: the choice, the fairness of each column.
        files: the other files of evidence.
        not_replayed: files of the pack that jobs after the run had made.
        versions: {"name", "then", "now"} of libraries that differ.
        notes: what else was not the same, one sentence each.
    """

    run: str
    metrics: list[Metric]
    verdicts: list[dict[str, Any]]
    files: list[File]
    not_replayed: list[str]
    versions: list[dict[str, Any]]
    notes: list[str]

    @property
    def largest(self) -> float:
        """Largest absolute difference of a metric; infinite where one is known in one run only."""
        return max((_size(one) for one in self.metrics), default=0.0)

    @property
    def equal(self) -> bool:
        """Whether every metric and verdict is the same to the last digit."""
        return self.largest == 0 and all(one["then"] == one["now"] for one in self.verdicts)

    @property
    def close(self) -> bool:
        """Whether every metric is within :data:`TOLERANCE` and every verdict the same."""
        return self.largest <= TOLERANCE and all(one["then"] == one["now"] for one in self.verdicts)

    @property
    def sentence(self) -> str:
        """The answer."""
        count = len(self.metrics)
        moved = [one for one in self.verdicts if one["then"] != one["now"]]
        many = "One verdict differs" if len(moved) == 1 else f"{len(moved)} verdicts differ"
        changed = f" {many}." if moved else ""
        if self.equal:
            return f"All {count} metrics are equal to the last digit, and so is every verdict."
        if self.largest == 0:
            return f"All {count} metrics are equal to the last digit.{changed}"
        if self.largest <= TOLERANCE:
            return f"All {count} metrics are within {TOLERANCE:g} of the pack's.{changed}"
        beyond = sum(_size(one) > TOLERANCE for one in self.metrics)
        return f"{beyond} of {count} metrics differ by more than {TOLERANCE:g}.{changed}"

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``."""
        largest = None if self.largest == float("inf") else self.largest
        said = {"equal": self.equal, "close": self.close, "largest_difference": largest}
        return {**said, "tolerance": TOLERANCE, "sentence": self.sentence, **asdict(self)}


def compare_runs(
    pack: PackFile, run: RunFolder, versions: list[dict[str, Any]], notes: list[str]
) -> Replayed:
    """The replayed run beside its pack."""
    then, now = pack.json("metrics.json"), run.metrics() or {}
    files, left = [], []
    for name in RUN_FILES:
        if name not in pack.names or name in _NOT_COMPARED:
            continue
        if (run.path / name).is_file():
            files.append(_file(name, pack.json(name), run.read_json(name)))
        else:
            left.append(name)
    return Replayed(
        run=str(run.path),
        metrics=_metrics(then, now),
        verdicts=_verdicts(then, now, pack.json("fairness.json"), run),
        files=files,
        not_replayed=left,
        versions=versions,
        notes=notes,
    )


def _metrics(then: dict[str, Any], now: dict[str, Any]) -> list[Metric]:
    found = []
    for model in ("model", *(then.get("baselines") or {})):
        old, new = _values(then, model), _values(now, model)
        found += [_metric(model, name, old.get(name), new.get(name)) for name in old]
    old, new = then.get("gain") or {}, now.get("gain") or {}
    if old:
        found.append(
            _metric(
                f"gain over {old.get('over')}", str(old.get("metric")), old.get("value"), new.get("value")
            )
        )
    return found


def _values(metrics: dict[str, Any], model: str) -> dict[str, Any]:
    return (metrics.get("model") if model == "model" else (metrics.get("baselines") or {}).get(model)) or {}


def _metric(model: str, name: str, then: Any, now: Any) -> Metric:
    difference = now - then if _number(then) and _number(now) else None
    return Metric(model, name, then, now, difference)


def _size(one: Metric) -> float:
    if one.difference is not None:
        return abs(one.difference)
    return 0.0 if one.then == one.now else float("inf")


def _verdicts(
    then: dict[str, Any], now: dict[str, Any], fairness: dict[str, Any], run: RunFolder
) -> list[dict[str, Any]]:
    found = [
        {"what": name.replace("_", " "), "then": then.get(name), "now": now.get(name)}
        for name in ("choice", "backbone", "freezing_depth", "fell_back")
    ]
    fresh = run.read_json("fairness.json") if (run.path / "fairness.json").is_file() else {}
    new = {one["column"]: one["verdict"] for one in fresh.get("columns") or []}
    return found + [
        {"what": f"fairness of {one['column']}", "then": one["verdict"], "now": new.get(one["column"])}
        for one in fairness.get("columns") or []
    ]


def _file(name: str, then: Any, now: Any) -> File:
    old, new = dict(_leaves(then, "")), dict(_leaves(now, ""))
    figures, different, largest = 0, 0, 0.0
    places: list[str] = []
    for place in dict.fromkeys([*old, *new]):
        a, b = old.get(place), new.get(place)
        figures += 1
        if a == b and (place in old) == (place in new):
            continue
        different += 1
        if _number(a) and _number(b):
            largest = max(largest, abs(b - a))
        if len(places) < MOST_PLACES:
            places.append(place)
    return File(name, figures, different, largest, places)


def _leaves(content: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Every value that is neither list nor object, with its path."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key not in _PASSED_OVER:
                yield from _leaves(value, f"{place}.{key}" if place else str(key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from _leaves(value, f"{place}[{number}]")
    else:
        yield place, content


def _number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
