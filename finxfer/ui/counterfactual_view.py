"""Explain, what if: the fewest, smallest changes after which the model would have approved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from finxfer.errors import FinxferError
from finxfer.explanations.reasons import value_text
from finxfer.explanations.seen import SeenColumn
from finxfer.records.assessment import FILE, assessment_of
from finxfer.records.change_settings import ChangeSettings
from finxfer.records.folder import RunFolder
from finxfer.runs import asking
from finxfer.ui.changes_state import Changes
from finxfer.ui.guard import show_error
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, duration, share
from finxfer.ui.text import what_if as text


def search_part(
    run: RunFolder,
    job: RunFolder,
    row: int,
    desk: dict[str, Any],
    columns: dict[str, SeenColumn],
    changes: Changes,
) -> None:
    """Limits, the search, and its answers."""
    _limits(run, desk, columns)
    left, right = st.columns([1, 3], gap="medium", vertical_alignment="bottom")
    with left:
        wanted = st.number_input(
            text.WANTED,
            0.1,
            100.0,
            round(100 * desk["threshold"], 2),
            0.5,
            key=f"wanted-{job.id}",
            help=text.WANTED_HELP,
        )
    key = f"search-{job.id}-{row}"
    with right:
        if st.button(text.SEARCH, type="primary", key=f"start-{key}", icon=":material/search:"):
            # The threshold itself where it is not changed: the field shows two decimals of it.
            same = wanted == round(100 * desk["threshold"], 2)
            question = asking.post(job, "counterfactual", row=row, wanted=None if same else wanted / 100)
            st.session_state[key] = {"question": question}
    kept = st.session_state.get(key, {})
    if "question" in kept:
        st.fragment(_wait, run_every=0.3)(job, key)
    elif "found" in kept:
        _answers(kept["found"], columns, changes)
    st.caption(text.NO_ADVICE)


def _wait(job: RunFolder, key: str) -> None:
    kept = st.session_state.get(key, {})
    if "question" not in kept:
        return
    try:
        found = asking.answer_of(job, kept["question"])
    except FinxferError as error:
        st.session_state[key] = {}
        show_error(error)
        return
    if found is None:
        st.caption(f":material/hourglass: {text.SEARCHING}")
        return
    st.session_state[key] = {"found": found}
    st.rerun(scope="app")


def _answers(found: dict[str, Any], columns: dict[str, SeenColumn], changes: Changes) -> None:
    before, wanted = share(found["before"]), share(found["wanted"])
    if found["already"]:
        st.markdown(text.ALREADY.format(before=before, wanted=wanted))
        return
    if found["answers"]:
        st.markdown(text.FOUND.format(before=before, wanted=wanted))
    else:
        lowest = share(found["lowest"])
        st.markdown(text.NONE.format(most=found["most_changes"], wanted=wanted, lowest=lowest))
    for number, answer in enumerate(found["answers"]):
        words, button = st.columns([6, 1], vertical_alignment="center")
        said = text.AND.join(_worded(one, columns[one["column"]]) for one in answer["changes"])
        words.markdown(
            "- " + text.IF.format(changes=said, probability=_below(answer["probability"], found["wanted"]))
        )
        values = {one["column"]: one["after"] for one in answer["changes"]}
        button.button(text.TRY, key=f"try-{changes.key}-{number}", on_click=_try, args=(changes, values))
    fixed = ", ".join(md(name, 40) for name in found["fixed"]) or text.NO_FIXED
    cost = text.COST.format(
        evaluations=count(found["evaluations"]), seconds=duration(found["seconds"]), fixed=fixed
    )
    st.caption(f"{text.EXHAUSTED} {cost}" if found["exhausted"] else cost)


def _below(probability: float, wanted: float) -> str:
    """With so many decimals that it does not read as the probability it lies below."""
    return share(probability) if share(probability) != share(wanted) else f"{100 * probability:.3f}%"


def _try(changes: Changes, values: dict[str, Any]) -> None:
    changes.use(values)
    st.session_state["what-if-parts"] = text.PART_VALUES


def _worded(change: dict[str, Any], column: SeenColumn) -> str:
    if change["before"] is None:
        size = text.NOW_KNOWN
    elif column.kind == "choice":
        size = text.OTHER_VALUE
    else:
        rises = column.number(change["after"]) > column.number(change["before"])
        size = (text.HIGHER if rises else text.LOWER).format(share=share(change["size"]))
    return text.WERE.format(
        column=md(change["column"], 40),
        after=md(value_text(change["after"]), 40),
        before=md(value_text(change["before"]), 40),
        size=size,
    )


def _limits(run: RunFolder, desk: dict[str, Any], columns: dict[str, SeenColumn]) -> None:
    """What cannot change, kept with the run."""
    assessment = assessment_of(run)
    kept, free = assessment.changes, [name for name in columns if name not in desk["always"]]
    ordered = [name for name in free if columns[name].kind != "choice"]
    fixed = desk["proposed"] if kept.immutable is None else kept.immutable
    with st.expander(text.LIMITS, icon=":material/lock:", key="limits-fold"):
        st.caption(text.LIMITS_INTRO)
        chosen = [
            st.multiselect(
                title,
                options,
                default=[n for n in start if n in options],
                format_func=plain,
                help=hint,
                key=key,
            )
            for title, options, start, hint, key in (
                (text.IMMUTABLE, free, fixed, None, f"immutable-{run.id}"),
                (text.ONLY_UP, ordered, kept.only_up, text.ONLY_HELP, f"only-up-{run.id}"),
                (text.ONLY_DOWN, ordered, kept.only_down, text.ONLY_HELP, f"only-down-{run.id}"),
            )
        ]
        both = sorted(set(chosen[1]) & set(chosen[2]))
        if both:
            st.error(text.BOTH.format(columns=", ".join(md(name) for name in both)))
        if st.button(text.SAVE, key="limits-save", disabled=bool(both)):
            run.write_json(FILE, replace(assessment, changes=ChangeSettings(*chosen)).to_json())
            st.rerun(scope="app")
