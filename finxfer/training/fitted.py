"""Models that score customers: one protocol, one way to read them back."""

from __future__ import annotations

from pathlib import Path

from finxfer.backbones.card import BOOSTED
from finxfer.backbones.families import TABULAR, tabular_family
from finxfer.backbones.protocol import FittedModel
from finxfer.backbones.weights import check_files
from finxfer.errors import Damaged
from finxfer.records.files import read_json

__all__ = ["FittedModel", "load_fitted"]


def load_fitted(folder: Path, device: str = "cpu") -> FittedModel:
    """The model that `FittedModel.save` wrote into `folder`.

    Raises Damaged where it is not whole, or a file of it is not what was written (by checksum).
    """
    content = read_json(folder / "model.json")
    if not isinstance(content, dict) or not isinstance(content.get("sha256", {}), dict):
        raise Damaged("The model of this run cannot be read.", "model.json is malformed.", "Start it again.")
    check_files(folder, content.get("sha256", {}))
    kind = content.get("kind")
    if kind in TABULAR:
        return tabular_family(kind).load_model(folder, device)
    if kind == BOOSTED:
        from finxfer.backbones.boosted import BoostedBackbone

        return BoostedBackbone.load_model(folder)
    if kind == "incontext":
        from finxfer.backbones.incontext import InContextModel

        return InContextModel.load(folder, device)
    if kind == "lightgbm":
        from finxfer.training.boosting import LightGBMModel

        return LightGBMModel.load(folder)
    if kind == "ensemble":
        from finxfer.training.ensemble import read_members, stored_ensemble

        places = [folder / "members" / str(number) for number in range(len(read_members(folder)))]
        return stored_ensemble(folder, [load_fitted(place, device) for place in places])
    if kind == "corrected":
        from finxfer.training.corrected import BASE, CORRECTION, CorrectedModel, read_slope
        from finxfer.training.logistic import LogisticModel

        base = load_fitted(folder / BASE, device)
        return CorrectedModel(base, read_slope(folder), LogisticModel.load(folder / CORRECTION))
    if kind == "recalibrated":
        from finxfer.training.recalibrated import BASE as UNDERNEATH
        from finxfer.training.recalibrated import RecalibratedModel, read_function

        return RecalibratedModel(load_fitted(folder / UNDERNEATH, device), read_function(folder))
    if kind == "focal":
        from finxfer.training.focal import BASE as INNER
        from finxfer.training.focal import stored_focal

        return stored_focal(folder, load_fitted(folder / INNER, device))
    if kind == "logistic_regression":
        from finxfer.training.logistic import LogisticModel

        return LogisticModel.load(folder)
    raise Damaged("The model of this run cannot be read.", f"Its kind is {kind!r}.", "Start the run again.")
