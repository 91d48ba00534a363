"""The catalogue on the Backbone page: cards side by side, one of them chosen."""

from __future__ import annotations

import streamlit as st

from finxfer.backbones import catalogue
from finxfer.backbones.card import Card
from finxfer.records.tables import Roles, TableMeta
from finxfer.ui import backbone_jobs, columns_state, depth_view, fetch_view
from finxfer.ui.backbone_jobs import CHOICE
from finxfer.ui.forms import confirmed, section
from finxfer.ui.safe import md
from finxfer.ui.tables import count, metric3, size
from finxfer.ui.text import backbone as text

AUTO = "auto"
A_ROW = 4
"""Cards side by side."""


def choose_card(table: TableMeta, roles: Roles) -> Card | None:
    """Draw the cards; the answer is the chosen one, or None for "let finxfer choose".

    A backbone that has learned from the open table says so, and one that has learned from a column which is
    protected here says that it reads it as missing.
    """
    section(text.CARDS_TITLE)
    found = catalogue.list_backbones()
    fits = {card.id: _fit(table, roles, card) for card in found}
    # What can be used comes first, then what could be fetched; the order of each part stays.
    order = {True: 0, False: 2}
    found.sort(key=lambda card: order[fits[card.id].fits] if card.available else 1)
    cards = {card.id: card for card in found}
    usable = [name for name, card in cards.items() if card.available and fits[name].fits]
    if st.session_state.get(CHOICE, AUTO) not in usable:
        st.session_state[CHOICE] = AUTO
    chosen = st.session_state[CHOICE]
    if not cards:
        st.caption(text.EMPTY)
    # What cannot be used steps back where it would push the picture of the stages off the window.
    shown = list(cards) if len(cards) < A_ROW else usable
    with st.grid(min(len(shown) + 1, A_ROW), min_column_width=230, gap="small"):
        _auto_card(chosen == AUTO)
        for name in shown:
            _card(
                cards[name], _fit_words(cards[name], fits[name]), chosen == name, name in usable, table.sha256
            )
    others = [name for name in cards if name not in shown]
    if others:
        with (
            st.expander(text.OTHERS.format(count=len(others))),
            st.grid(A_ROW, min_column_width=230, gap="small"),
        ):
            for name in others:
                _card(cards[name], _fit_words(cards[name], fits[name]), False, False, table.sha256)
    backbone_jobs.show_jobs("fetch-backbone")
    backbone_jobs.show_jobs("pretrain-source", ended=False)
    return cards.get(chosen)


def _fit(table: TableMeta, roles: Roles, card: Card) -> catalogue.TableFit:
    obstacle = card.obstacle(roles.task, roles.classes)
    if obstacle:
        return catalogue.TableFit(0.0, (), (), (), obstacle)
    meeting = columns_state.meeting_of(table, roles, card)
    features, hidden = columns_state.features_of(roles), columns_state.hidden_of(roles)
    if meeting is None:
        return catalogue.fit_to_table(card, features, hidden)
    return catalogue.fit_to_table(card, meeting.columns, hidden, meeting.mapping)


def _fit_words(card: Card, fit: catalogue.TableFit) -> str:
    """The fit in a few words; the panel of the chosen backbone says which columns they are."""
    if card.columns is None or not fit.fits:
        return fit.sentence
    words = text.FIT_COLUMNS.format(
        matched=len(fit.matched), known=len(card.columns), share=f"{fit.share:.0%}"
    )
    if fit.masked:
        words += text.FIT_MASKED.format(count=len(fit.masked))
    if fit.unused:
        words += text.FIT_NEW.format(count=len(fit.unused))
    return words + "."


def _auto_card(chosen: bool) -> None:
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.markdown(f"**{text.AUTO_NAME}**")
        st.markdown(f":small[{text.AUTO_STORY} {text.AUTO_COST}]")
        st.space("stretch")
        _choose_button(AUTO, text.AUTO_NAME, chosen, usable=True)


def _card(card: Card, fit: str, chosen: bool, usable: bool, table: str) -> None:
    seen = table in card.tables
    with st.container(border=True, height="stretch", gap="xsmall"):
        badges = ""
        if card.synthetic and text.SYNTHETIC not in card.trained_on:
            badges += f" :gray-badge[{text.SYNTHETIC}]"
        if card.contains_customer_rows:
            badges += f" :red-badge[{text.CUSTOMER_ROWS}]"
        if seen:
            badges += f" :orange-badge[:material/warning: {text.SEEN}]"
        st.markdown(f"**{md(card.name)}**")
        # Behind the first sentence a badge seldom needs a line of its own, as it would behind the name.
        lines = [text.LEARNED.format(trained_on=md(card.trained_on or card.description, 300)) + badges]
        if card.available:
            lines.append(text.FIT.format(sentence=md(fit, 300)))
        else:
            lines.append(text.NOT_SHIPPED if card.source else text.NOT_AVAILABLE)
        if seen:
            lines.append(text.SEEN_NOTE)
        elif table in card.unlabelled:
            lines.append(text.SEEN_ROWS_NOTE)
        measured = _measured(card)
        if measured:
            lines.append(text.EXPECTED.format(facts=measured))
        lines.append(
            text.FACTS.format(
                family=text.FAMILIES.get(card.family, md(card.family)),
                stages=card.depth_count,
                parameters=count(card.parameters),
                size=size(card.bytes),
                licence=md(card.licence) if card.licence else text.NO_LICENCE,
            )
        )
        st.markdown("  \n".join(f":small[{line}]" for line in lines))
        st.space("stretch")
        with st.container(horizontal=True):
            if card.available or card.source is None:
                _choose_button(card.id, card.name, chosen, usable)
            elif st.button(
                text.GET,
                key=f"get_{card.id}",
                icon=":material/download:",
                help=text.GET_HELP.format(name=md(card.name)),
            ):
                fetch_view.offer(card)
            own = card.folder is not None and not card.folder.is_relative_to(catalogue.SHIPPED)
            if own and st.button(
                text.DELETE,
                key=f"forget_{card.id}",
                type="tertiary",
                icon=":material/delete:",
                help=text.DELETE_HELP.format(name=md(card.name)),
            ):
                _confirm_delete(card)


def _choose_button(identifier: str, name: str, chosen: bool, usable: bool) -> None:
    st.button(
        text.CHOSEN if chosen else text.CHOOSE,
        key=f"choose_{identifier}",
        type="primary" if chosen else "secondary",
        icon=":material/check:" if chosen else None,
        help=text.CHOOSE_HELP.format(name=md(name)),
        disabled=not usable,
        on_click=_choose,
        args=(identifier,),
    )


def _choose(identifier: str) -> None:
    if identifier != AUTO and st.session_state.get(CHOICE, AUTO) == AUTO:
        depth_view.restart()
    st.session_state[CHOICE] = identifier


def _measured(card: Card) -> str:
    """What the card's `measured` says, such as {"test_auc": 0.79}, for the keys that have words."""
    shown = [
        words.format(value=metric3(card.measured[name]))
        for name, words in text.MEASURED.items()
        if isinstance(card.measured.get(name), int | float)
    ]
    return "; ".join(shown)


@st.dialog(text.DELETE_TITLE)
def _confirm_delete(card: Card) -> None:
    st.markdown(text.DELETE_QUESTION.format(name=md(card.name)))
    if confirmed(text.DELETE_NO, text.DELETE_YES, "backbone_keep", "backbone_delete"):
        catalogue.delete_backbone(card.id)
        st.rerun()
