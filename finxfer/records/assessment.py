"""How a trained model is assessed: what can be changed and measured again without training."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from finxfer.records.change_settings import ChangeSettings
from finxfer.records.checking import check_text, known_fields, refuse
from finxfer.records.decision_settings import CalibrationSettings, DecisionSettings
from finxfer.records.folder import RunFolder

FILE = "assessment.json"


@dataclass(frozen=True)
class FairnessSettings:
    """How protected columns are cut and compared.

    Args:
        references: column -> the slice that its other slices are compared with; the largest one where a
            column is not named.
    """

    references: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.references, dict):
            raise refuse("fairness.references", self.references, "an object")
        for column, value in self.references.items():
            check_text("fairness.references", column)
            check_text("fairness.references", value)


@dataclass(frozen=True)
class Assessment:
    """The settings of ``assessment.json``; a run without that file has the defaults.

    Args:
        fairness: how protected columns are cut and compared.
        calibration: how rating grades are built, and the portfolio's default rate.
        decisions: what decisions are worth, and what is used today.
        changes: what of a customer can change.

    Raises:
        BadInput: a field is of the wrong type or out of range.
    """

    fairness: FairnessSettings = field(default_factory=FairnessSettings)
    calibration: CalibrationSettings = field(default_factory=CalibrationSettings)
    decisions: DecisionSettings = field(default_factory=DecisionSettings)
    changes: ChangeSettings = field(default_factory=ChangeSettings)

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
