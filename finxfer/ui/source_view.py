"""Training a backbone on stored tables of one's own: the form on the Data page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from finxfer.backbones.card import BOOSTED
from finxfer.backbones.catalogue import COMMON_CATEGORY_ROWS
from finxfer.backbones.families import KEPT_CATEGORY_ROWS, SELF_SUPERVISED, SOURCE_FAMILIES
from finxfer.records.tables import Roles, TableMeta
from finxfer.runs import launcher
from finxfer.ui import backbone_jobs, source_plan, state
from finxfer.ui.forms import NumberField
from finxfer.ui.roles_view import POSITIVE_CHOICES, names_hash
from finxfer.ui.safe import md, plain
from finxfer.ui.source_plan import BOTH, LABELS, ROWS, Choice, Plan
from finxfer.ui.tables import count
from finxfer.ui.text import backbone as backbone_text
from finxfer.ui.text import source as text

SEED = NumberField("seed", text.SEED, text.SEED_HELP, 0, 2**31 - 1, 0, 1, "%d")
_STARTED, _UNFOLDED = "source_started", "source_unfolded"


def unfold() -> None:
    """Show the form open from now on."""
    st.session_state[_UNFOLDED] = True


def show_source(table: TableMeta, roles: Roles) -> None:
    """What became of earlier trainings, and the form."""
    backbone_jobs.show_jobs("pretrain-source")
    box = st.expander(
        text.TITLE,
        expanded=bool(st.session_state.get(_UNFOLDED)),
        icon=":material/school:",
        on_change="rerun",
        key="source_fold",
    )
    if box.open:
        with box:
            st.markdown(text.NOTE)
            _form(table, roles)


def _form(table: TableMeta, roles: Roles) -> None:
    stored = {one.sha256: one for one in state.store().list()}
    left, right = st.columns(2, gap="large")
    with left:
        name = st.text_input(
            text.NAME, max_chars=40, help=text.NAME_HELP, key="source_name", persist_state="session"
        )
        name_place = st.empty()
        tables = _tables(stored, table)
        tables_place = st.empty()
        family, learn = _family()
    with right:
        target, positive, places = _outcome(tables, roles, table, learn)
        unlabelled = _unlabelled(stored, tables, family)
        licence, keep_rare, seed = _more()
    choice = Choice(
        name.strip(), family, learn, tables, target, positive, unlabelled, licence.strip(), keep_rare, seed
    )
    planned = source_plan.plan(choice)
    _say(choice, planned)
    started = st.button(
        text.START, key="source_start", type="primary", icon=":material/school:", help=text.START_HELP
    )
    if started and not planned.errors:
        st.session_state.pop(_STARTED, None)
        launcher.launch(source_plan.source_job(choice, planned))
        st.rerun()
    if started:
        st.session_state[_STARTED] = True
    _beside(planned.errors, {"name": name_place, "tables": tables_place, **places})


def _beside(errors: Mapping[str, str], places: Mapping[str, DeltaGenerator]) -> None:
    """Each error under its field; an empty name is only said after a first try to start."""
    for field, sentence in errors.items():
        if field != "name" or st.session_state.get(_STARTED):
            places[field].error(sentence)


def _tables(stored: Mapping[str, TableMeta], table: TableMeta) -> tuple[TableMeta, ...]:
    chosen = st.multiselect(
        text.TABLES,
        list(stored),
        default=[table.sha256],
        format_func=lambda sha256: _option(stored[sha256]),
        help=text.TABLES_HELP,
        key=f"source_tables_{table.sha256[:12]}",
        persist_state="session",
    )
    return tuple(stored[sha256] for sha256 in chosen if sha256 in stored)


def _option(table: TableMeta) -> str:
    return text.OPTION.format(name=plain(table.name), rows=count(table.rows), columns=count(table.columns))


def _family() -> tuple[str, str]:
    """Family, and what it learns from."""
    first, second = st.columns(2)
    family = first.selectbox(
        text.FAMILY,
        SOURCE_FAMILIES,
        format_func=lambda name: backbone_text.FAMILIES.get(name, name),
        help=text.FAMILY_HELP,
        key="source_family",
        persist_state="session",
    )
    offered = (BOTH, ROWS) if family == SELF_SUPERVISED else (LABELS,)
    learn = second.selectbox(
        text.LEARN,
        offered,
        format_func=text.LEARN_NAMES.__getitem__,
        help=text.LEARN_HELP,
        key=f"source_learn_{family == SELF_SUPERVISED}",
        disabled=len(offered) == 1,
    )
    if family in text.FAMILY_NOTES:
        st.caption(text.FAMILY_NOTES[family])
    return family, learn


def _outcome(
    tables: Sequence[TableMeta], roles: Roles, table: TableMeta, learn: str
) -> tuple[str, str, dict[str, DeltaGenerator]]:
    """Outcome, positive value, and the places of their errors."""
    if learn == ROWS:
        place = st.empty()
        return "", "", {"target": place, "positive": place}
    first, second = st.columns([3, 2])
    names = source_plan.targets_of(tables)
    usual = roles.target if table in tables and roles.target in names else next(iter(names), "")
    key = "_".join(sorted(one.sha256[:8] for one in tables))
    target = first.selectbox(
        text.TARGET,
        names,
        index=names.index(usual) if usual in names else None,
        format_func=plain,
        placeholder=text.TARGET_PLACEHOLDER,
        help=text.TARGET_HELP,
        key=f"source_target_{key}",
    )
    values = source_plan.values_of(tables, target) if target else {}
    offered = list(values)[:POSITIVE_CHOICES]
    known = next((source_plan.roles_in(one, target or "").positive for one in tables), "")
    positive = second.selectbox(
        text.POSITIVE,
        offered,
        index=offered.index(known) if known in offered else None,
        format_func=lambda value: text.POSITIVE_OPTION.format(
            value=plain(value, 40), rows=count(values.get(value, 0))
        ),
        help=text.POSITIVE_HELP,
        key=f"source_positive_{key}_{names_hash(target or '')}",
    )
    return target or "", positive or "", {"target": st.empty(), "positive": st.empty()}


def _unlabelled(
    stored: Mapping[str, TableMeta], tables: Sequence[TableMeta], family: str
) -> tuple[TableMeta, ...]:
    open_to = [sha256 for sha256, one in stored.items() if one not in tables]
    if family != SELF_SUPERVISED or not open_to:
        return ()
    chosen = st.multiselect(
        text.UNLABELLED,
        open_to,
        format_func=lambda sha256: _option(stored[sha256]),
        placeholder=text.UNLABELLED_NONE,
        help=text.UNLABELLED_HELP,
        key="source_unlabelled",
        persist_state="session",
    )
    return tuple(stored[sha256] for sha256 in chosen if sha256 in open_to)


def _more() -> tuple[str, bool, int]:
    first, second = st.columns([3, 2])
    licence = first.text_input(
        text.LICENCE, max_chars=200, help=text.LICENCE_HELP, key="source_licence", persist_state="session"
    )
    with second:
        seed = SEED.draw("source")
    keep_rare = st.toggle(
        text.KEEP_RARE, help=text.KEEP_RARE_HELP, key="source_keep_rare", persist_state="session"
    )
    return licence, keep_rare, int(seed or 0)


def _say(choice: Choice, planned: Plan) -> None:
    """What will be learned, what not, and what the entry will and will not hold."""
    features = planned.with_role("feature")
    if choice.tables and features:
        rows = rows_words(choice, planned)
        if rows:
            columns = source_plan.listed(features)
            st.markdown(text.LEARNS.format(rows=rows, columns=len(features), names=columns))
        left = left_out(planned)
        if left:
            st.markdown(f":small[{left}]")
    for note in planned.notes:
        st.markdown(f":small[{note}]")
    words = text.HOLDS_RARE if choice.keep_rare else text.HOLDS
    least = KEPT_CATEGORY_ROWS if choice.keep_rare else COMMON_CATEGORY_ROWS
    what = text.TREES if choice.family == BOOSTED else text.WEIGHTS
    st.info(words.format(what=what, least=least), icon=":material/lock:")


def rows_words(choice: Choice, planned: Plan) -> str:
    """Which rows are learned from; markdown."""
    positives, others, alone = planned.rows
    parts = [text.ROWS_ALONE.format(rows=count(alone))] if alone else []
    if choice.labelled and positives + others:
        parts.append(
            text.LABELLED_ROWS.format(
                positives=count(positives),
                target=md(choice.target),
                positive=md(choice.positive),
                others=count(others),
            )
        )
    return text.AND_THEN.format(first=parts[0], then=parts[1]) if len(parts) == 2 else "".join(parts)


def left_out(planned: Plan) -> str:
    """Which columns are not learned, protected ones first; markdown."""
    protected = planned.with_role("protected")
    others = [
        column.name for column in planned.columns if column.role not in ("feature", "target", "protected")
    ]
    parts = [
        words.format(names=source_plan.listed(names))
        for words, names in ((text.PROTECTED, protected), (text.OTHER, others))
        if names
    ]
    return text.LEFT_OUT.format(parts="; ".join(parts)) if parts else ""
