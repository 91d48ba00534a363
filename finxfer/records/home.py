"""The one home folder: tables, runs, backbones, other jobs. Readable by its owner alone."""

from __future__ import annotations

import re
from pathlib import Path

from finxfer.errors import BadInput
from finxfer.settings import text

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def home() -> Path:
    """The home folder, made on first use with mode 0700.

    Raises:
        BadInput: the folder cannot be made or is a file.
    """
    path = Path(text("home")).expanduser()
    try:
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o700)
    except OSError as error:
        raise BadInput(
            "finxfer's home folder cannot be used.",
            f"{path}: {error.strerror or error}.",
            "Set FINXFER_HOME to a folder that you can write to.",
        ) from None
    return path


def _inside(name: str) -> Path:
    path = home() / name
    path.mkdir(exist_ok=True)
    return path


def runs_dir() -> Path:
    """Folder of the fine-tuning runs."""
    return _inside("runs")


def jobs_dir() -> Path:
    """Folder of the other jobs: ingesting, scoring, pretraining."""
    return _inside("jobs")


def tables_dir() -> Path:
    """Folder of the table store."""
    return _inside("tables")


def backbones_dir() -> Path:
    """Folder of the analyst's own backbones."""
    return _inside("backbones")


def uploads_dir() -> Path:
    """Folder where an upload waits until the ingest job has read it."""
    return _inside("uploads")


def locks_dir() -> Path:
    """Folder of the device locks by which queued runs wait for each other."""
    return _inside("locks")


def checked_id(identifier: str) -> str:
    """The identifier, if it is safe as the name of a folder.

    Raises:
        BadInput: it holds a separator, starts with a dot, or is too long.
    """
    if not _IDENTIFIER.fullmatch(identifier):
        raise BadInput(
            "That address names nothing here.",
            f"{identifier[:40]!r} is not an id: letters, digits, dots, dashes and underscores only.",
            "Choose an entry from the list on the Home page.",
        )
    return identifier
