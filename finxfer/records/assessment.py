"""How a trained model is assessed: what can be changed and measured again without training."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from finxfer.records.alert_settings import AlertSettings
from finxfer.records.change_settings import ChangeSettings
from finxfer.records.checking import check_number, check_text, known_fields, refuse
from finxfer.records.decision_settings import CalibrationSettings, DecisionSettings
from finxfer.records.folder import RunFolder

FILE = "assessment.json"
MOST_EDGES = 11


@dataclass(frozen=True)
class FairnessSettings:
    """How protected columns are cut and compared.

    Args:
        references: column -> the slice that its other slices are compared with; the largest one where a
            column (or crossing, "SEX × AGE") is not named.
        bins: column -> inner edges at which its numbers are cut, ascending; round edges near the quartiles
            where a column is not named.
        crossings: sets of two or three protected columns that are crossed; every pair with enough rows where
            it is None, none where it is empty.
        outcome: of several classes the one whose rate is compared; each in turn where it is empty.
    """

    references: dict[str, str] = field(default_factory=dict)
    bins: dict[str, tuple[float, ...]] = field(default_factory=dict)
    crossings: tuple[tuple[str, ...], ...] | None = None
    outcome: str = ""

    def __post_init__(self) -> None:
        for name in ("references", "bins"):
            if not isinstance(getattr(self, name), dict):
                raise refuse(f"fairness.{name}", getattr(self, name), "an object")
        for column, value in self.references.items():
            check_text("fairness.references", column)
            check_text("fairness.references", value)
        if not isinstance(self.outcome, str):
            raise refuse("fairness.outcome", self.outcome, "a text")
        object.__setattr__(self, "bins", {name: _edges(edges) for name, edges in self.bins.items()})
        if self.crossings is not None:
            object.__setattr__(self, "crossings", _crossings(self.crossings))


def _edges(edges: Any) -> tuple[float, ...]:
    if not isinstance(edges, (list, tuple)) or not edges:
        raise refuse("fairness.bins", edges, "a list of numbers")
    for edge in edges:
        check_number("fairness.bins", edge, -1e15, 1e15)
    if any(low >= high for low, high in pairwise(edges)) or len(edges) > MOST_EDGES:
        raise refuse("fairness.bins", edges, f"at most {MOST_EDGES} edges in ascending order")
    return tuple(edges)


def _crossings(crossings: Any) -> tuple[tuple[str, ...], ...]:
    expected = "a list of lists of two or three different columns"
    if not isinstance(crossings, (list, tuple)):
        raise refuse("fairness.crossings", crossings, expected)
    for names in crossings:
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
            raise refuse("fairness.crossings", names, expected)
        if len(names) not in (2, 3) or len(set(names)) < len(names):
            raise refuse("fairness.crossings", names, expected)
    return tuple(tuple(names) for names in crossings)


@dataclass(frozen=True)
class Assessment:
    """The settings of ``assessment.json``; a run without that file has the defaults.

    Args:
        fairness: how protected columns are cut and compared.
        calibration: how rating grades are built, and the portfolio's default rate.
        decisions: what decisions are worth, and what is used today.
        changes: what of a customer can change.
        alerts: how many alerts a day can be looked at.

    Raises:
        BadInput: a field is of the wrong type or out of range.
    """

    fairness: FairnessSettings = field(default_factory=FairnessSettings)
    calibration: CalibrationSettings = field(default_factory=CalibrationSettings)
    decisions: DecisionSettings = field(default_factory=DecisionSettings)
    changes: ChangeSettings = field(default_factory=ChangeSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``; :meth:`from_json` gives an equal one back."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Any) -> Assessment:
        """Read the settings, checking every field.

        Raises:
            BadInput: not an object, an unknown field, or a value out of range.
        """
        content = known_fields(cls, content, "assessment")
        kinds = {
            "fairness": FairnessSettings,
            "calibration": CalibrationSettings,
            "decisions": DecisionSettings,
            "changes": ChangeSettings,
            "alerts": AlertSettings,
        }
        given = {name: kind for name, kind in kinds.items() if name in content}
        return cls(**{name: kind(**known_fields(kind, content[name], name)) for name, kind in given.items()})


def assessment_of(run: RunFolder) -> Assessment:
    """The settings that a run was last assessed with.

    Raises:
        Damaged: the file is not JSON. BadInput: it holds nonsense.
    """
    if not (run.path / FILE).is_file():
        return Assessment()
    return Assessment.from_json(run.read_json(FILE))
