"""Atomic file writes that survive a crash, a second reader and a virus scanner."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from finxfer.errors import Damaged

RENAME_ATTEMPTS = 20
RENAME_PAUSE_SECONDS = 0.05


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then rename it into place.

    Readers see the old file or the new one, never half of it. The rename is retried because on
    Windows another process may hold the old file open for a moment.

    Raises:
        OSError: the disk is full, the folder is gone, or the rename kept failing.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        write(temporary)
        for attempt in range(RENAME_ATTEMPTS):
            try:
                os.replace(temporary, path)
                return
            except PermissionError:
                if attempt == RENAME_ATTEMPTS - 1:
                    raise
                time.sleep(RENAME_PAUSE_SECONDS)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Write JSON atomically; NaN and infinities are refused, since JSON has none.

    Raises:
        ValueError: the content holds NaN or an infinity.
    """
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        Damaged: the file is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Damaged(
            f"The file {path.name} is missing.",
            f"It was expected in the folder {path.parent.name}.",
            "The folder may have been deleted or moved; run the job again.",
        ) from None
    except (ValueError, RecursionError) as error:
        # No JSON, no UTF-8, a number of thousands of digits, or brackets nested without end.
        raise Damaged(
            f"The file {path.name} cannot be read.",
            f"It is not valid JSON ({str(error)[:200]}).",
            "Run the job again.",
        ) from None
