"""Where a command computes."""

from __future__ import annotations

from finxfer.errors import BadInput
from finxfer.runs.machine import resolve_device
from finxfer.settings import text


def chosen_device(wanted: str | None) -> str:
    """The device that an option names, else the setting: cpu or cuda.

    Raises:
        BadInput: it is none of auto, cpu and cuda, or there is no such device here.
    """
    chosen = wanted or text("device")
    if chosen not in ("auto", "cpu", "cuda"):
        raise BadInput("The device cannot be used.", f"It is {chosen!r}.", "Give auto, cpu or cuda.")
    if chosen == "cuda" and resolve_device("auto") != "cuda":
        raise BadInput("There is no CUDA device here.", "No NVIDIA GPU answers.", "Give --device cpu.")
    return resolve_device(chosen)
