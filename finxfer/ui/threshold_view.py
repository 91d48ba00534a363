"""The score distribution, the threshold, and what it means in customers and money."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from finxfer.evaluation.decisions_wording import money_words
from finxfer.records.folder import RunFolder
from finxfer.ui import charts
from finxfer.ui.run_files import run_json, run_table, stamp
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, share
from finxfer.ui.text import decisions as decisions_text
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
    """Left the picture and what it is worth, right the slider and its consequences."""
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
        _worth(run, found, threshold, key)


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


def _worth(run: RunFolder, found: dict[str, int], threshold: float, key: str) -> None:
    """What the preview is worth by the stored amounts, and the way to the threshold that they chose."""
    decisions = run_json(run, "decisions.json")
    if not decisions or not decisions["measured"]:
        return
    if decisions["example_amounts"]:
        # Nobody's money: it has its place under Decisions, not beside the answer.
        st.caption(decisions_text.AT_EXAMPLE)
        return
    worth = {name: preview(found, decisions, *part) for name, part in _POLICIES.items()}
    currency = plain(decisions["currency"], 8)
    line = decisions_text.AT_MOVED.format(
        threshold=share(threshold),
        rows=count(sum(found.values())),
        **{name: md(money_words(value, currency)) for name, value in worth.items()},
    )
    st.markdown(line)
    st.caption(decisions_text.AT_SOURCE)
    chosen = decisions["thresholds"]["cost"]["threshold"]
    if abs(chosen - threshold) > 0.0005:
        st.button(
            decisions_text.USE_COST.format(threshold=share(chosen)),
            on_click=_put,
            args=(key, round(100 * chosen, 1)),
            key=f"use-{key}",
            type="secondary",
        )


_POLICIES = {"money": ("tn", "fn"), "everybody": ("tn", "fp", "fn", "tp"), "nobody": ()}
"""Outcomes of customers that each policy approves: those below the threshold, everybody, nobody."""


def preview(found: dict[str, int], decisions: dict[str, Any], *approved: str) -> float:
    """Money of test rows by outcome, those in `approved` approved, the others declined.

    With a base rate each class is weighed as in decisions.json.
    """
    amounts, base = decisions["amounts"], decisions["base_rate"]
    rows = {"bad": found["tp"] + found["fn"], "good": found["fp"] + found["tn"]}
    total = rows["bad"] + rows["good"]
    weigh = {"bad": 1.0, "good": 1.0}
    if base is not None and rows["bad"] and rows["good"]:
        weigh = {"bad": base * total / rows["bad"], "good": (1 - base) * total / rows["good"]}
    return sum(
        weigh[kind] * found[outcome] * amounts[f"{'approved' if outcome in approved else 'declined'}_{kind}"]
        for kind, outcomes_of in (("bad", ("tp", "fn")), ("good", ("fp", "tn")))
        for outcome in outcomes_of
    )


def predictions_csv(run: RunFolder) -> bytes:
    """The run's predictions for the download button."""
    frame = run_table(run, "predictions.parquet")
    return charts.csv_bytes(frame if frame is not None else pd.DataFrame())
