"""The search over training settings of a run: a sentence, the picture, the table."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from finxfer.errors import Damaged
from finxfer.records.folder import SEARCH_FILE, RunFolder
from finxfer.ui import charts
from finxfer.ui.charts import TrialPoint
from finxfer.ui.forms import section
from finxfer.ui.tables import NOTHING, count, duration, show_table
from finxfer.ui.text import controls as text


def show_live_search(run: RunFolder, minutes: float) -> None:
    """What a run at work has tried so far; nothing where no search was asked for or it has not begun."""
    if not minutes or not (run.path / SEARCH_FILE).is_file():
        return
    try:
        content = run.read_json(SEARCH_FILE)
    except Damaged:
        return
    section(text.SECTION)
    if content.get("finished"):
        st.markdown(verdict(content))
    else:
        st.markdown(
            text.RUNNING.format(
                trials=count(content["trials"]),
                time=duration(content["seconds"]),
                minutes=duration(60 * content["minutes"]),
                pruned=count(content["pruned"]),
            )
        )
    _picture(content)


def search_part(metrics: dict[str, Any]) -> None:
    """What the search of a finished run came to. Draws nothing where there was none."""
    content = metrics.get("search")
    if not content:
        return
    section(text.SECTION)
    st.markdown(verdict(content))
    _picture(content)
    folds = text.CROSSED.format(folds=content["folds"]) if content["folds"] > 1 else ""
    st.caption(
        text.BASIS.format(
            trials=count(content["trials"]),
            time=duration(content["seconds"]),
            pruned=count(content["pruned"]),
            rows=count(content["rows"]),
            folds=folds,
        )
    )
    title = text.FOLD.format(trials=count(content["trials"]))
    with st.expander(title, icon=":material/format_list_numbered:"):
        show_table(trial_table(content), key="search-table", alt=text.TABLE_ALT)


def verdict(content: dict[str, Any]) -> str:
    """The sentence with the answer."""
    if content["trials"] == 1:
        return text.ONLY_YOURS
    trials = count(content["trials"])
    if content["margin_error"] is None:
        return text.KEPT_FIRST.format(trials=trials)
    margin = f"{content['margin']:.4f}".replace("-", "−")
    known = {"trials": trials, "margin": margin, "error": f"{content['margin_error']:.4f}"}
    if content["taken"]:
        return text.TAKEN.format(number=count(content["best_number"] + 1), **known)
    return text.KEPT.format(**known)


def trial_points(content: dict[str, Any]) -> list[TrialPoint]:
    """The trials of which a loss is known."""
    base, found = content["default_loss"], []
    for entry in content["history"]:
        ended = entry["loss"] is None
        loss = base + entry["ahead"] if ended and entry["ahead"] is not None else entry["loss"]
        if loss is not None:
            found.append(TrialPoint(entry["number"] + 1, loss, ended))
    return found


def trial_table(content: dict[str, Any]) -> pd.DataFrame:
    """A row for each trial, best first."""
    history = sorted(content["history"], key=lambda entry: (entry["loss"] is None, entry["loss"] or 0.0))
    rows = []
    for entry in history:
        row: dict[str, Any] = {
            "number": entry["number"] + 1,
            "loss": NOTHING if entry["loss"] is None else f"{entry['loss']:.4f}",
            "state": text.STATES[entry["state"]],
            "seconds": duration(entry["seconds"]),
        }
        values = entry["parameters"].items()
        row |= {name: f"{value:.3g}" if isinstance(value, float) else str(value) for name, value in values}
        rows.append({text.COLUMNS[name]: value for name, value in row.items()})
    return pd.DataFrame(rows)


def _picture(content: dict[str, Any]) -> None:
    points = trial_points(content)
    done = [point for point in points if not point.ended]
    if not done:
        st.caption(text.NOT_YET)
        return
    best = min(done, key=lambda point: point.loss)
    alt = text.CHART_ALT.format(
        trials=len(points), default=f"{done[0].loss:.4f}", best=f"{best.loss:.4f}", number=best.number
    )
    data = pd.DataFrame([vars(point) for point in points])
    charts.show(charts.trial_losses(points), "search-trials", alt, data)
