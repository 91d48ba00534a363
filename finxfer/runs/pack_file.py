"""The file of a pack: which files of a run it holds. Light: no torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finxfer.runs.sealed_zip import MANIFEST, SEAL_BYTES, Kind, SealedFile, write_sealed

__all__ = ["MANIFEST", "PACK", "RUN_FILES", "SEAL_BYTES", "PackFile", "known_file", "write_pack_file"]
FORMAT = 1
RUN_FILES = (
    "spec.json",
    "resolved.json",
    "assessment.json",
    "report.json",
    "metrics.json",
    "search.json",
    "comparison.json",
    "calibration.json",
    "decisions.json",
    "stability.json",
    "learning_curve.json",
    "cross_validation.json",
    "fairness.json",
    "proxies.json",
    "mitigation.json",
    "slices_found.json",
    "explanations/meta.json",
    "explanations/importance.json",
    "explanations/surrogates.json",
    "explanations/reasons.json",
    "card.html",
)
"""Of the run's folder: aggregates and settings. None of them holds a row of the table."""
MADE_FILES = ("requirements.txt", "README.txt", "crosswalk.csv")
TABLE_FILE, TEST_TABLE_FILE = "data/table.parquet", "data/test_table.parquet"
DATA_FILES = (TABLE_FILE, TEST_TABLE_FILE, "data/predictions.parquet")
_BACKBONE_FILE = re.compile(
    r"backbones/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}/(card\.json|encoder\.json|weights\.safetensors|booster\.txt)"
)
MOST_FILES = 500


def known_file(name: str) -> bool:
    """Whether a pack may hold a file of that name."""
    return name in (*RUN_FILES, *MADE_FILES, *DATA_FILES) or bool(_BACKBONE_FILE.fullmatch(name))


PACK = Kind("pack", FORMAT, known_file, MOST_FILES, "python -m finxfer pack")


def write_pack_file(path: Path, members: Mapping[str, bytes | Path], facts: Mapping[str, Any]) -> None:
    """Write the pack; see :func:`finxfer.runs.sealed_zip.write_sealed`."""
    write_sealed(path, PACK, members, facts)


class PackFile(SealedFile):
    """A pack that was checked whole; see :class:`finxfer.runs.sealed_zip.SealedFile`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, PACK)
