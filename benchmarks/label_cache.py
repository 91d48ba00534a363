"""Figures that were measured before, one JSON object a line, so that a benchmark can stop and go on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Key:
    """What a figure depends on: change one and it is measured anew.

    labels: a number, or "all" where every row that is not tested is for training. version: of the arm's code,
    raised by hand. backbone: SHA-256 of the weights, "" for an arm without any.
    """

    table: str
    labels: str
    seed: int
    arm: str
    version: int
    backbone: str = ""


class Cache:
    """Measured figures by `Key`, read once and appended to. A line cut short by a kill is passed over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[Key, dict[str, float]] = {}
        if path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                entry = _read(line)
                if entry is not None:
                    self.found[Key(**entry["key"])] = entry["figures"]

    def __contains__(self, key: Key) -> bool:
        return key in self.found

    def __getitem__(self, key: Key) -> dict[str, float]:
        return self.found[key]

    def add(self, key: Key, figures: dict[str, float]) -> None:
        """Keep the figures, on disk at once. Raises OSError where the file cannot be written."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"key": asdict(key), "figures": figures})
        # A line break before as well as after: what a kill cut short must not swallow this line.
        with self.path.open("a", encoding="utf-8") as lines:
            lines.write(f"\n{line}\n")
        self.found[key] = figures


def _read(line: str) -> Any:
    """The object of a line; None for an empty line or one that was cut short."""
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return None
