"""A backbone that knows its columns, as far as screens and specs look at it: a card and an encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from finxfer.backbones.card import ENCODER_FILE, WEIGHTS_FILE, Card, write_card
from finxfer.backbones.tabular_encoder import TabularEncoder
from finxfer.records.files import write_json
from finxfer.records.spec import ColumnSpec


def known_card(folder: Path, frame: pd.DataFrame, columns: Sequence[ColumnSpec], **changes: Any) -> Card:
    """The card of a backbone that has learned from these rows; its weights are an empty file."""
    folder.mkdir(parents=True)
    encoder = TabularEncoder.fit(frame, columns, 8, 5, keep_counts=False)
    write_json(folder / ENCODER_FILE, encoder.to_json())
    (folder / WEIGHTS_FILE).write_bytes(b"")
    content: dict[str, Any] = {
        "id": folder.name,
        "name": folder.name,
        "family": "mlp",
        "stages": [{"name": "stem", "title": "Stem", "parameters": 10}],
        "head": {"name": "head", "title": "Head", "parameters": 2},
        "parameters": 12,
        "columns": [{"name": column.name, "kind": column.kind} for column in columns],
        "sha256": folder.name.encode().hex().ljust(64, "0")[:64],
    }
    return write_card(Card(**{**content, **changes}), folder)
