"""Where the real tables are, and a way to write a file and read it as a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from finxfer.data.reading import ReadResult, read_table


@pytest.fixture(scope="session")
def real_table(real_tables: Path) -> Callable[[str], pd.DataFrame]:
    """Read a real table by its name."""

    def read(name: str) -> pd.DataFrame:
        return read_table(real_tables / f"{name}.parquet").frame

    return read


@pytest.fixture
def read_bytes(tmp_path: Path) -> Callable[..., ReadResult]:
    """Write bytes (or text as UTF-8) to a file and read it."""

    def read(content: bytes | str, name: str = "table.csv") -> ReadResult:
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return read_table(path)

    return read
