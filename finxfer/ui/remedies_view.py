"""Remedies on the Data page: a button at a finding, what it would do, what is applied, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from finxfer.data.remedy_wording import remedy_title
from finxfer.errors import BadInput
from finxfer.records.remedy_spec import ROW_KINDS, RemedySpec
from finxfer.records.tables import Roles, TableMeta
from finxfer.ui import charts, charts_remedies, remedies_form, remedies_state, roles_state, roles_view
from finxfer.ui.guard import show_error
from finxfer.ui.remedies_state import Effect
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count
from finxfer.ui.text import remedies as text

LONGEST = 300


def button_words(remedies: Sequence[RemedySpec]) -> str:
    """What the button of a finding says."""
    first = remedies[0]
    if first.kind == "fill" and len(remedies) == 1 and first.arguments["method"] in ("median", "mean"):
        return text.FILL_ONE.format(method=first.arguments["method"])
    return text.BUTTONS[first.kind].format(what=text.READ_AS.get(str(first.arguments.get("as")), ""))


def show_button(table: TableMeta, remedies: tuple[RemedySpec, ...], key: str) -> None:
    """The button; it opens what the remedies would do."""
    if st.button(button_words(remedies), key=key, icon=":material/healing:", type="tertiary"):
        preview(table, remedies)


@st.dialog(text.DIALOG, width="medium")
def preview(table: TableMeta, remedies: tuple[RemedySpec, ...]) -> None:
    """What they would do, and whether to do it."""
    _offer(table, roles_state.settled(table), remedies)


@st.dialog(text.BY_HAND, width="medium")
def add(table: TableMeta) -> None:
    """A remedy chosen by hand, with what it would do."""
    roles = roles_state.settled(table)
    chosen = remedies_form.choose(table, roles)
    if chosen is not None:
        _offer(table, roles, (chosen,))


def _offer(table: TableMeta, roles: Roles, remedies: tuple[RemedySpec, ...]) -> None:
    try:
        effect = remedies_state.effect_of(table, roles, remedies)
    except BadInput as error:
        show_error(error)
        return
    show_effect(table, roles, effect, remedies)
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(text.CANCEL, key="remedy_cancel"):
            st.rerun()
        if st.button(text.APPLY, key="remedy_apply", type="primary", on_click=_apply, args=(table, remedies)):
            st.rerun()


def _apply(table: TableMeta, remedies: tuple[RemedySpec, ...]) -> None:
    change(table, remedies_state.with_remedies(table, roles_state.settled(table), remedies))


def change(table: TableMeta, roles: Roles) -> None:
    """Keep the roles with other remedies; the list of columns shows their kinds again."""
    roles_state.change(table, roles)
    roles_view.remount(table)


def show_effect(table: TableMeta, roles: Roles, effect: Effect, remedies: Sequence[RemedySpec]) -> None:
    """The sentences with counts, the column before and after, and its strength."""
    st.markdown("\n".join(f"- {md(sentence, LONGEST)}" for sentence in effect.sentences))
    if effect.column:
        if effect.examples:
            pairs = ", ".join(
                text.EXAMPLE.format(before=_code(old), after=_code(new)) for old, new in effect.examples
            )
            st.caption(text.EXAMPLES.format(pairs=pairs))
        figure, before, after = charts_remedies.before_after(effect.before, effect.after)
        alt = text.CHART_ALT.format(column=effect.column, before=before, after=after)
        charts.show(figure, "remedy_effect", plain(alt, 500))
    else:
        before, after = (count(int(one.iloc[0])) for one in (effect.before, effect.after))
        st.markdown(text.ROWS.format(before=before, after=after))
    if effect.strength is not None and effect.strength[2] is not None:
        st.caption(_strength(*effect.strength[:2], effect.strength[2]))
    said = text.LEARNED
    if all(one.kind in ROW_KINDS for one in remedies):
        said = text.LEARNED_ROWS
    elif effect.column == roles.target:
        said = text.LEARNED_TARGET
    rows = len(roles_state.frame_of(table.sha256))
    sample = " " + text.SAMPLE.format(rows=count(rows)) if rows < table.rows else ""
    st.caption(said + sample)


def _code(cell: str) -> str:
    return plain(cell).replace("`", "'") or text.NOTHING


def _strength(before: float, after: float, ends: tuple[float, float]) -> str:
    low, high = ends
    verdict = text.STRENGTH_NO
    if low > 0 or high < 0:
        verdict = text.STRENGTH_BETTER if low > 0 else text.STRENGTH_WORSE
    shown = [f"{value:+.3f}".replace("-", "−") for value in (after - before, low, high)]
    return text.STRENGTH.format(
        before=f"{before:.3f}", after=f"{after:.3f}", difference=shown[0], low=shown[1], high=shown[2],
        verdict=verdict,
    )  # fmt: skip


def show_applied(table: TableMeta, roles: Roles) -> None:
    """What is applied, each with a way back; nothing where nothing is."""
    if not roles.remedies:
        return
    working = remedies_state.remedies_of(roles)
    with st.container(gap="xxsmall", key="remedies_applied"):
        st.markdown(f"**{text.APPLIED_TITLE}**")
        for number, remedy in enumerate(roles.remedies):
            _applied(table, remedy, any(set(one.columns) & set(remedy.columns) for one in working), number)
        try:
            remedies_state.rows_of(table, roles)
        except BadInput as error:
            st.warning(text.PROBLEM.format(problem=md(f"{error.what} {error.why}", LONGEST)))
        if len(roles.remedies) > 1:
            st.button(
                text.UNDO_ALL,
                key="remedies_undo_all",
                icon=":material/undo:",
                type="tertiary",
                on_click=_take_back,
                args=(table, roles.remedies),
            )


def _applied(table: TableMeta, remedy: RemedySpec, works: bool, number: int) -> None:
    title = md(remedy_title(remedy), LONGEST)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            title if works or not remedy.columns else text.APPLIED_RESTS.format(title=title), width="stretch"
        )
        st.button(
            text.UNDO,
            key=f"remedy_undo_{number}",
            type="tertiary",
            help=text.UNDO_HELP.format(title=title),
            on_click=_take_back,
            args=(table, (remedy,)),
        )


def _take_back(table: TableMeta, remedies: Sequence[RemedySpec]) -> None:
    change(table, remedies_state.without(table, roles_state.settled(table), remedies))


def show_by_hand(table: TableMeta) -> None:
    """The way to a remedy that no finding proposes."""
    if st.button(
        text.BY_HAND, key="remedy_by_hand", icon=":material/add:", type="tertiary", help=text.BY_HAND_HELP
    ):
        add(table)
