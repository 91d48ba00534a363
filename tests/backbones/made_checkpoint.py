"""A small checkpoint in the layout of the official ones, and a catalogue whose card pins it."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tabicl._model.tabicl import TabICL

from finxfer.backbones import catalogue
from finxfer.backbones.card import Card, write_card
from finxfer.backbones.catalogue import SHIPPED, find_card

OFFICIAL_OPTIONS = {
    "embed_dim": 16,
    "col_num_blocks": 2,
    "col_nhead": 2,
    "col_num_inds": 4,
    "row_num_blocks": 2,
    "row_nhead": 2,
    "row_num_cls": 2,
    "row_rope_interleaved": False,
    "icl_num_blocks": 3,
    "icl_nhead": 2,
    "zero_init": False,
}
"""Parts of the kinds that are tabicl's defaults (groups, scaled softmax, labels seen by columns), in small"""

FILE = "tabicl-classifier-v2-20260212.ckpt"


def official_network(**changes: Any) -> TabICL:
    """A network with the official options, in which every weight matters."""
    torch.manual_seed(0)
    network = TabICL(**{**OFFICIAL_OPTIONS, **changes})
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.requires_grad and parameter.ndim > 1:
                parameter.normal_(std=0.3)
    return network


def checkpoint_bytes(**content: Any) -> bytes:
    """A .ckpt as its authors' code writes it; `content` replaces or adds to its parts."""
    network = official_network()
    buffer = io.BytesIO()
    torch.save({"config": OFFICIAL_OPTIONS, "state_dict": network.state_dict(), **content}, buffer)
    return buffer.getvalue()


def pin(data: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    """A catalogue in `folder` with the official card alone, which pins `data`; returns the card."""
    official = find_card("tabicl-v2")
    source = {**(official.source or {}), "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    monkeypatch.setattr(catalogue, "SHIPPED", folder)
    assert folder != SHIPPED
    card = replace(official, source=source, sha256=source["sha256"], bytes=len(data))
    return write_card(card, folder / card.id)
