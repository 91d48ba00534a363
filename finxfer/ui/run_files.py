"""What pages read of a run: its files, cached by run and time of change, and what to say without them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.errors import Damaged
from finxfer.records.files import read_json
from finxfer.records.folder import RunFolder
from finxfer.records.spec import LADDER, Spec
from finxfer.ui import progress, state
from finxfer.ui.guard import need_run, show_error
from finxfer.ui.safe import md
from finxfer.ui.text import ladder as ladder_text
from finxfer.ui.text import run_files as text

_ENTRIES = 48


def stamp(path: Path) -> int:
    """Time of the file's last change in nanoseconds; 0 where there is no such file."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@st.cache_data(max_entries=_ENTRIES, show_spinner=False)
def _json(path: str, changed: int) -> Any:
    return read_json(Path(path))


# Only in memory: customer rows stay out of disk caches.
@st.cache_data(max_entries=_ENTRIES, show_spinner=False)
def _parquet(path: str, changed: int, columns: tuple[str, ...] | None) -> pd.DataFrame:
    try:
        return pd.read_parquet(path, columns=list(columns) if columns else None)
    except Exception as error:
        raise Damaged(
            "A file of this run cannot be read.",
            f"{Path(path).name} is damaged ({type(error).__name__}).",
            "Run it again, or restore the folder from a copy.",
        ) from error


def run_json(run: RunFolder, name: str) -> Any:
    """A JSON file of the run, or None where there is none.

    Raises:
        Damaged: it cannot be read.
    """
    path = run.path / name
    changed = stamp(path)
    return _json(str(path), changed) if changed else None


def run_table(run: RunFolder, name: str, columns: tuple[str, ...] | None = None) -> pd.DataFrame | None:
    """A Parquet file of the run, or None where there is none.

    Raises:
        Damaged: it cannot be read.
    """
    path = run.path / name
    changed = stamp(path)
    return _parquet(str(path), changed, columns) if changed else None


def need_file(name: str, nothing: str, finished: bool = False) -> tuple[RunFolder, Any]:
    """The open run and one of its JSON files; without the file the page says why, and stops.

    ``nothing`` is the sentence for a finished run that does not have the file; with ``finished`` the file
    does not count before the run has ended well.
    """
    run = need_run()
    content = run_json(run, name)
    if content is None or (finished and progress.status_of(run).state != "finished"):
        _say_why(run, nothing)
    return run, content


def need_path(name: str, nothing: str) -> RunFolder:
    """The open run, if it has this file; otherwise the page says why, and stops."""
    run = need_run()
    if not (run.path / name).is_file():
        _say_why(run, nothing)
    return run


def _say_why(run: RunFolder, nothing: str) -> None:
    status = progress.status_of(run)
    name = md(progress.run_name(run))
    spec = progress.spec_of(run)
    if spec is not None and spec.job == LADDER:
        st.info(ladder_text.ON_RUN_PAGE.format(name=name))
    elif status.active:
        st.info(text.ACTIVE.format(name=name, state=text.STATES[status.state]))
    elif status.state == "failed":
        show_error(_failure(status.error))
    elif status.state in text.STOPPED:
        st.info(text.STOPPED[status.state].format(name=name))
    else:
        st.info(nothing)
    if st.button(text.OPEN_RUN, type="primary", key="files_run", icon=":material/timeline:"):
        state.go("run")
    st.stop()


def _failure(error: dict[str, str] | None) -> Damaged:
    error = error or {}
    return Damaged(error.get("what") or text.FAILED, error.get("why", ""), error.get("next", ""))


def spec_or_stop(run: RunFolder) -> Spec:
    """The run's spec; a damaged one is said and ends the page."""
    spec = progress.spec_of(run)
    if spec is None:
        show_error(Damaged(text.NO_SPEC_WHAT, text.NO_SPEC_WHY, text.NO_SPEC_NEXT))
        st.stop()
    return spec


def class_names(spec: Spec) -> tuple[str, str]:
    """Names of the positive class and of the other one (customer text: escape where it is shown)."""
    return f"{spec.target} = {spec.positive}", f"{spec.target} ≠ {spec.positive}"
