"""Which training controls mean something for a backbone, so that none is passed over in silence. Light."""

from __future__ import annotations

from finxfer.backbones.card import Card
from finxfer.records.spec import AS_IS
from finxfer.records.training_settings import CONTROLS, TrainingSettings

IMBALANCE = ("focal_gamma", "oversample", "undersample", "weight_power")
"""What every family takes: see `finxfer.backbones.imbalance`."""
IDLE = {
    "boosted": tuple(name for name in CONTROLS if name not in IMBALANCE),
    "incontext": ("mixup", "smote"),
}
"""By family: trees have no layers and no steps; what stands in a context has one class and was a customer."""
IN_CONTEXT = ("oversample", "undersample")
"""What has an effect on an in-context backbone as it is: the rows that it answers from are drawn so."""
TITLES = {
    "layer_decay": "layer-wise learning rates",
    "unfreeze_every": "gradual unfreezing",
    "l2_sp": "the pull towards the source (L2-SP)",
    "corruption": "swapped cells",
    "mixup": "mixup",
    "smote": "SMOTE",
    "class_weighting": "class weights",
    "focal_gamma": "the focal loss",
    "oversample": "oversampling",
    "undersample": "undersampling",
    "weight_power": "the strength of class weights",
}
OF_STAGES = ("layer_decay", "unfreeze_every")
"""What needs at least one trained stage beside the head."""


def idle_controls(card: Card, depth: int | str, settings: TrainingSettings) -> tuple[str, ...]:
    """The fields of `CONTROLS` that are on and change nothing for this backbone at this depth."""
    asked = tuple(settings.controls)
    if depth == AS_IS:
        weighs = ("class_weighting",) if settings.class_weighting != "none" else ()
        asked = (*asked, *weighs)
        return tuple(name for name in asked if not (card.in_context and name in IN_CONTEXT))
    idle = IDLE.get(card.family, ())
    head_only = depth == card.depth_count
    return tuple(name for name in asked if name in idle or (head_only and name in OF_STAGES))


def idle_sentence(card: Card, depth: int | str, settings: TrainingSettings) -> str:
    """What is on and changes nothing, as a sentence; "" where all that is on counts."""
    idle = idle_controls(card, depth, settings)
    if not idle:
        return ""
    titles = ", ".join(TITLES[name] for name in idle)
    where, why = "", "they have no meaning for this kind of backbone"
    if depth == AS_IS:
        where, why = " as it is", "nothing is trained"
    elif not set(idle) <= set(IDLE.get(card.family, ())):
        where, why = (
            f" at depth {depth}",
            "there is no trained stage but the head, or no meaning for this kind",
        )
    return f"Set, but without effect on {card.name}{where}: {titles} ({why})."
