"""The score distribution, the threshold, and what it means in customers and money."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from finxfer.records.folder import RunFolder
from finxfer.ui import charts
from finxfer.ui.run_files import run_table, stamp
from finxfer.ui.safe import md
from finxfer.ui.tables import count, money, share
from finxfer.ui.text import results as text

CHART_HEIGHT = 330


@st.cache_data(max_entries=24, show_spinner=False)
def _sorted_scores(path: str, changed: int) -> tuple[np.ndarray, np.ndarray]:
    """Ascending probabilities of the positive test rows and of the others."""
    frame = pd.read_parquet(path, columns=["target", "probability"]).dropna()
    positive = frame["target"].to_numpy() == 1
    scores = frame["probability"].to_numpy(float)
    return np.sort(scores[positive]), np.sort(scores[~positive])


def outcomes(run: RunFolder, threshold: float) -> dict[str, int]:
    """Test rows by outcome when every row with probability ≥ threshold is flagged: tp, fn, fp, tn."""
    positive, negative = _sorted_scores(str(run.predictions), stamp(run.predictions))
    missed = int(np.searchsorted(positive, threshold, side="left"))
    passed = int(np.searchsorted(negative, threshold, side="left"))
    return {"tp": len(positive) - missed, "fn": missed, "fp": len(negative) - passed, "tn": passed}


def histogram_table(histogram: dict[str, Any]) -> pd.DataFrame:
    """The bars behind the picture."""
    edges = histogram["edges"]
    return pd.DataFrame(
        {
            "from": edges[:-1],
            "to": edges[1:],
            "positive": histogram["positive"],
            "other": histogram["negative"],
        }
    )


@st.fragment
def threshold_part(
    run: RunFolder, chosen: float, histogram: dict[str, Any], classes: tuple[str, str]
) -> None:
    """Left the picture, right the consequences, below them the slider and the costs."""
    key = f"threshold-{run.id}"
    start = round(100 * chosen, 1)
    st.session_state.setdefault(key, start)
    picture, words = st.columns([2.1, 1], gap="medium")
    with words:
        percent = st.slider(
            text.THRESHOLD, 0.0, 100.0, step=0.1, format="%.1f%%", key=key, help=text.THRESHOLD_HELP
        )
        # The stored threshold has more digits than the slider; at its own place it is meant exactly.
        threshold = chosen if percent == start else percent / 100
        found = outcomes(run, threshold)
        _consequences(found, threshold, classes)
        if percent == start:
            st.caption(text.CHOSEN)
        else:
            st.caption(text.MOVED.format(threshold=share(chosen)))
            st.button(
                text.RESET.format(threshold=share(chosen)),
                on_click=_put,
                args=(key, start),
                type="tertiary",
                key=f"reset-{key}",
                icon=":material/undo:",
            )
    with picture:
        rows = sum(found.values())
        alt = text.DISTRIBUTION_ALT.format(
            threshold=share(threshold), flagged=count(found["tp"] + found["fp"]), rows=count(rows)
        )
        figure = charts.score_distribution(histogram, threshold, classes, chosen, height=CHART_HEIGHT)
        charts.show(figure, "score-distribution", alt, lambda: histogram_table(histogram))
    with st.expander(text.COSTS, icon=":material/payments:", key=f"costs-{run.id}"):
        _costs(found, key, run.id)


def _put(key: str, value: float) -> None:
    st.session_state[key] = value


def _consequences(found: dict[str, int], threshold: float, classes: tuple[str, str]) -> None:
    positives, negatives = found["tp"] + found["fn"], found["fp"] + found["tn"]
    flagged, rows = found["tp"] + found["fp"], positives + negatives
    st.markdown(
        text.AT_THRESHOLD.format(
            threshold=share(threshold),
            flagged=count(flagged),
            rows=count(rows),
            share=share(flagged / rows if rows else None),
        )
    )
    cells = (
        (text.CAUGHT, "tp", positives, text.OF_POSITIVES),
        (text.MISSED, "fn", positives, text.OF_POSITIVES),
        (text.REFUSED, "fp", negatives, text.OF_NEGATIVES),
        (text.PASSED, "tn", negatives, text.OF_NEGATIVES),
    )
    with st.grid(2, gap="xsmall", min_column_width=120):
        for title, name, total, sentence in cells:
            part = share(found[name] / total if total else None)
            st.metric(
                title,
                count(found[name]),
                help=sentence.format(share=part, rows=count(total), name=md(classes[0])),
                delta=part,
                delta_color="off",
                delta_arrow="off",
            )


def _costs(found: dict[str, int], key: str, run: str) -> None:
    left, right = st.columns(2)
    missed = left.number_input(
        text.COST_MISSED,
        min_value=0.0,
        value=None,
        step=100.0,
        format="%.0f",
        key=f"cost-missed-{run}",
        help=text.COST_MISSED_HELP,
        placeholder="5,000",
        persist_state="session",
    )
    refused = right.number_input(
        text.COST_REFUSED,
        min_value=0.0,
        value=None,
        step=100.0,
        format="%.0f",
        key=f"cost-refused-{run}",
        help=text.COST_REFUSED_HELP,
        placeholder="400",
        persist_state="session",
    )
    if missed is None or refused is None or missed + refused == 0:
        st.caption(text.COST_HINT)
        return
    positives, negatives = found["tp"] + found["fn"], found["fp"] + found["tn"]
    st.markdown(
        text.COST_LINE.format(
            cost=money(found["fn"] * missed + found["fp"] * refused),
            rows=count(positives + negatives),
            nobody=money(positives * missed),
            everybody=money(negatives * refused),
        )
    )
    # With calibrated probabilities flagging pays from here on; no test row is asked for it.
    implied = refused / (missed + refused)
    st.button(
        text.USE_COSTS.format(threshold=share(implied)),
        on_click=_put,
        args=(key, round(100 * implied, 1)),
        key=f"use-{key}",
        type="secondary",
    )


def predictions_csv(run: RunFolder) -> bytes:
    """The run's predictions for the download button."""
    frame = run_table(run, "predictions.parquet")
    return charts.csv_bytes(frame if frame is not None else pd.DataFrame())
