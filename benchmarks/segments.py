"""Segments of real tables: one part of a table is the target, the rest the source of its backbones."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from finxfer.backbones.card import CARD_FILE


@dataclass(frozen=True)
class Segment:
    """A target segment of a table of shared/data.

    drop: columns that are no feature. rows: which rows of the table are the target's. neighbour: another
    segment of the same table; foreign: a segment of another table that shares a column with this one.
    """

    name: str
    table: str
    target: str
    drop: tuple[str, ...]
    rows: Callable[[pd.DataFrame], pd.Series]
    neighbour: str
    foreign: str | None = None


def _rest_of_telco(frame: pd.DataFrame) -> pd.Series:
    return frame["InternetService"] == "No"


_BANK = ("bank_marketing_full", "y", ("duration",))
_TAIWAN = ("taiwan_credit_default", "default_next_month", ("ID",))
SEGMENTS = {
    segment.name: segment
    for segment in (
        Segment("taiwan-edu3", *_TAIWAN, lambda f: f["EDUCATION"] == 3, "taiwan-limit", "bank-contact"),
        Segment("taiwan-limit", *_TAIWAN, lambda f: f["LIMIT_BAL"] >= 300_000, "taiwan-edu3", "bank-months"),
        Segment(
            "telco-dsl", "telco_churn", "Churn", ("customerID",), lambda f: f["InternetService"] == "DSL",
            "telco-none",
        ),
        Segment("bank-contact", *_BANK, lambda f: f["contact"] == "unknown", "bank-months", "taiwan-edu3"),
        Segment(
            "bank-months", *_BANK, lambda f: f["month"].isin(["mar", "sep", "oct", "dec"]),
            "bank-contact", "taiwan-limit",
        ),
        Segment("bank-success", *_BANK, lambda f: f["poutcome"] == "success", "bank-months", "taiwan-edu3"),
    )
}  # fmt: skip
"""The six of the benchmarks, by name."""
_OTHERS = {
    "telco-none": Segment("telco-none", "telco_churn", "Churn", ("customerID",), _rest_of_telco, "telco-dsl")
}
"""A segment that only ever is a neighbour."""


@lru_cache(maxsize=3)
def _table(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path)


def rows_of(segment: Segment, data: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """The whole table without what is dropped, and which of its rows are the target's (N,)."""
    frame = _table(data / f"{segment.table}.parquet")
    return frame.drop(columns=list(segment.drop)), segment.rows(frame).to_numpy()


def target_rows(segment: Segment, data: Path) -> pd.DataFrame:
    """The target segment."""
    frame, inside = rows_of(segment, data)
    return frame[inside].reset_index(drop=True)


def source_rows(segment: Segment, data: Path) -> pd.DataFrame:
    """All other rows of the table."""
    frame, inside = rows_of(segment, data)
    return frame[~inside].reset_index(drop=True)


def neighbour_rows(segment: Segment, data: Path) -> pd.DataFrame:
    """The neighbouring segment of the same table, without the rows that both have."""
    frame, inside = rows_of(segment, data)
    _, beside = rows_of({**SEGMENTS, **_OTHERS}[segment.neighbour], data)
    return frame[beside & ~inside].reset_index(drop=True)


def pretrained(segment: Segment, frame: pd.DataFrame, family: str, out: Path) -> Path:
    """The folder `out` with a backbone of the family that learned from the rows; made where it is lacking.

    Raises subprocess.CalledProcessError where `pretrain source` fails.
    """
    if (out / CARD_FILE).is_file():
        return out
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / f"{segment.name}.parquet"
        frame.to_parquet(table)
        command = [sys.executable, "-m", "finxfer", "pretrain", "source", str(table)]
        options = {"--target": segment.target, "--positive": "1", "--family": family, "--out": str(out)}
        out.parent.mkdir(parents=True, exist_ok=True)
        arguments = [word for pair in options.items() for word in pair]
        subprocess.run([*command, *arguments], check=True, stdout=subprocess.DEVNULL)
    return out
