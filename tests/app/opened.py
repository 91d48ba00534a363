"""Opening a page on a stored run, and what stands on it."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

SHELL = Path(__file__).resolve().parents[2] / "finxfer" / "ui" / "shell.py"
RUN_ID = "20261121-120000-aaaa"


def open_page(page: str, run_id: str | None = RUN_ID, **parameters: str) -> AppTest:
    """A page of the app, with a run in its address."""
    at = AppTest.from_file(str(SHELL), default_timeout=30)
    if run_id:
        at.query_params["run"] = run_id
    for name, value in parameters.items():
        at.query_params[name] = value
    at.run()
    return at.switch_page(f"../../pages/{page}.py").run()


def words(at: AppTest) -> str:
    """All sentences of a page."""
    parts = [*at.title, *at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.subheader]
    return "\n".join(str(part.value) for part in parts)
