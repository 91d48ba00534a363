"""What a run's treatment of class imbalance brought and cost: a part of "Calibration and grades"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.evaluation.imbalance_report import has_effect
from finxfer.ui.forms import section
from finxfer.ui.safe import md
from finxfer.ui.text import charts as names
from finxfer.ui.text import imbalance as text


def show_imbalance(found: dict[str, Any] | None, cell: Callable[[Any, Any], str]) -> None:
    """Sentences and table; nothing where nothing was treated. cell: (value, difference) as text."""
    if not found:
        return
    section(text.SECTION)
    for sentence in found["sentences"]:
        st.markdown(md(sentence, 300))
    if not has_effect(found["figures"]):
        return
    treatment = text.NAMES[found["treatment"]]
    rows = {
        text.ROWS[name].format(treatment=treatment): {
            names.METRIC_NAMES[metric]: cell(value, (entry.get("differences") or {}).get(metric))
            for metric, value in entry["metrics"].items()
        }
        for name, entry in found["figures"].items()
    }
    st.table(pd.DataFrame(rows).T.rename_axis(text.COLUMN), border="horizontal", alt=text.SECTION)
    st.caption(text.CAPTION)
