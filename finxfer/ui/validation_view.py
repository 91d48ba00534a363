"""What rules found: one line, and the failure table folded below it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from finxfer.data.validation import failure_table
from finxfer.records.folder import RunFolder
from finxfer.runs.validating import SCORED_TABLE, TEST_TABLE
from finxfer.ui import charts
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, show_table
from finxfer.ui.text import validation as text

_NAMED = 3


def outcome_line(found: dict[str, Any], held: str) -> str:
    """The outcome in one line of markdown; ``held`` is the sentence where every rule holds."""
    problems, warnings = found["problems"], len(found["failures"]) - found["problems"]
    if not found["failures"]:
        line = held.format(rules=count(found["rules"]), rows=count(found["rows"]))
        return f"{text.ICONS['held']} {line}"
    columns = list(dict.fromkeys(one["column"] for one in found["failures"]))
    names = ", ".join(md(name, 40) for name in columns[:_NAMED]) + (", …" if len(columns) > _NAMED else "")
    both = text.FAILED_AND_WARNED if warnings else text.FAILED
    line = (both if problems else text.WARNED).format(
        problems=count(problems), warnings=count(warnings), rules=count(found["rules"]), names=names
    )
    return f"{text.ICONS['failed' if problems else 'warned']} {line}"


def show_failures(found: dict[str, Any], key: str, learned: bool = True) -> None:
    """The failure table with its download; nothing where there is no failure.

    learned: whether a run learned the rules, so that the caption says where ranges come from.
    """
    if not found["failures"]:
        return
    table = failure_table(found["failures"])
    shown = table[list(text.COLUMNS)].assign(
        share=100 * table["share"],
        column=table["column"].map(plain),
        severity=table["severity"].map(text.SEVERITIES),
    )
    titles: dict[str, Any] = dict(text.COLUMNS)
    titles["share"] = st.column_config.NumberColumn(text.COLUMNS["share"], format="%.2g%%")
    titles["rows"] = st.column_config.NumberColumn(text.COLUMNS["rows"], format="localized")
    show_table(
        shown, key=f"{key}-failures", alt=text.TABLE_ALT.format(sentence=found["sentence"]), columns=titles
    )
    st.caption(text.CAPTION + (text.CAPTION_LEARNED if learned else ""))
    st.download_button(
        text.DOWNLOAD,
        lambda: charts.csv_bytes(_for_file(table)),
        "failures.csv",
        "text/csv",
        key=f"{key}-csv",
        on_click="ignore",
        icon=":material/download:",
    )


def _for_file(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype({"rows": "float64"})


def of_scoring(job: RunFolder, goes_on: bool = True) -> None:
    """Whether the scored table looks like what the model learned; nothing of a run without rules."""
    _folded(run_json(job, SCORED_TABLE), "scored-rules", text.GOES_ON if goes_on else "")


def of_test_table(run: RunFolder) -> None:
    """The same of a run's separate test table, where a rule is broken."""
    found = run_json(run, TEST_TABLE)
    if found and found["failures"]:
        _folded(found, "test-rules", "")


def _folded(found: dict[str, Any] | None, key: str, more: str) -> None:
    if found is None:
        return
    st.caption(outcome_line(found, text.HELD) + (more if found["problems"] else ""))
    if found["failures"]:
        with st.expander(text.TABLE, key=key, on_change="rerun") as box:
            if box.open:
                show_failures(found, key)
