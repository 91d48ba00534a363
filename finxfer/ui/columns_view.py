"""What a backbone reads of the open table: the share of it that is used, and the pairs, to be corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from finxfer.backbones.card import BOOSTED, Card
from finxfer.backbones.mapping import Meeting
from finxfer.backbones.matching import Pair
from finxfer.errors import BadInput
from finxfer.records.tables import Roles, TableMeta
from finxfer.ui import columns_state
from finxfer.ui.forms import section
from finxfer.ui.guard import show_error
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import share
from finxfer.ui.text import columns as text
from finxfer.ui.text.data import KIND_NAMES

NAMED = 6
"""Columns that a sentence names."""
HEIGHT, ROWS = 430, 12  # pixels, and the rows that fit into them


def show_columns(table: TableMeta, roles: Roles, card: Card) -> None:
    """Sentence, bar and, folded, the editable pairs; nothing where the backbone reads any table."""
    meeting = columns_state.meeting_of(table, roles, card)
    if meeting is None:
        return
    section(text.TITLE)
    words, bar = st.columns([9, 4], gap="large", vertical_alignment="center")
    words.markdown(share_sentence(meeting), help=text.SHARE_HELP if meeting.weighted else None)
    bar.progress(meeting.share, text=text.BAR.format(share=share(meeting.share)))
    if meeting.masked:
        st.info(masked_sentence(meeting), icon=":material/visibility_off:")
    lines = [f":small[{line}]" for line in other_lines(meeting)]
    if lines:
        st.markdown("  \n".join(lines))
    with st.expander(text.FOLD, icon=":material/sync_alt:", key=_name(table, card, "fold")):
        _editor(table, roles, card, meeting)


def share_sentence(meeting: Meeting) -> str:
    """How much of the backbone is used; markdown."""
    used, known = len(meeting.used), len(meeting.known)
    if not used:
        return text.SHARE_NONE.format(known=known)
    words = text.SHARE if meeting.weighted else text.SHARE_PLAIN
    return words.format(used=used, known=known, share=share(meeting.share))


def masked_sentence(meeting: Meeting) -> str:
    """Which inputs of the source the backbone must not see here; markdown."""
    words = text.MASKED_ONE if len(meeting.masked) == 1 else text.MASKED_MANY
    return words.format(names=_listed(meeting.masked))


def other_lines(meeting: Meeting) -> list[str]:
    """What is missing, new, kept, corrected and suggested; markdown."""
    fresh = text.NEW_BOOSTED if meeting.card.family == BOOSTED else text.NEW
    if meeting.card.config.get("new_columns"):
        fresh = text.NEW_UNUSED
    found = [
        words.format(names=_listed(names))
        for words, names in (
            (text.MISSING, meeting.missing),
            (fresh, meeting.new),
            (text.UNREAD, meeting.unread),
            (text.KEPT, meeting.kept),
        )
        if names
    ]
    if len(meeting.suggested) == 1:
        found.append(text.SUGGESTED_ONE)
    elif meeting.suggested:
        found.append(text.SUGGESTED_MANY.format(count=len(meeting.suggested)))
    if meeting.given:
        found.append(text.CORRECTED.format(count=len(meeting.given)))
    return found


def pairs_sentence(mapping: Mapping[str, str]) -> str:
    """Which columns are read under another name where finxfer chooses the backbone; markdown, "" for none."""
    pairs = [text.PAIR.format(column=column, known=known) for known, column in mapping.items() if column]
    return text.PAIRS.format(pairs=_listed(pairs)) if pairs else ""


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(md(name, 80) for name in names[:NAMED])
    return text.AND_MORE.format(names=shown, count=len(names) - NAMED) if len(names) > NAMED else shown


def pairs_table(meeting: Meeting) -> pd.DataFrame:
    """A row for each of the backbone's columns; `column` is "" where none stands for it."""
    pairs = {pair.known: pair for pair in meeting.pairs}
    weights, rows = meeting.weights, []
    for entry in meeting.card.columns or []:
        name = entry["name"]
        pair = pairs.get(name)
        rows.append(
            {
                "known": plain(name),
                "kind": KIND_NAMES.get(entry["kind"], entry["kind"]),
                "column": pair.column if pair is not None and pair.taken else "",
                "how": _how(name, pair, meeting),
                "weight": 100 * weights[name],
            }
        )
    return pd.DataFrame(rows)


def _how(name: str, pair: Pair | None, meeting: Meeting) -> str:
    if pair is None:
        return text.HOW_REFUSED if name in meeting.given else text.HOW_NONE
    score = f"{pair.score:.2f}"
    if not pair.taken:
        return text.HOW_SUGGESTED.format(column=plain(pair.column), score=score)
    how = text.HOW[pair.how].format(score=score)
    if pair.masked:
        return text.HOW_MASKED.format(how=how)
    return text.HOW_KEPT.format(how=how) if pair.column in meeting.kept else how


def _editor(table: TableMeta, roles: Roles, card: Card, meeting: Meeting) -> None:
    frame = pairs_table(meeting)
    hidden = {column.name for column in columns_state.hidden_of(roles)}
    names = [column.name for column in columns_state.offered(table, roles)]
    shown = {
        name: text.PROTECTED.format(name=plain(name)) if name in hidden else plain(name) for name in names
    }
    key = _key(table, card)
    config = {
        "known": st.column_config.TextColumn(text.COLUMNS["known"], pinned=True),
        "kind": st.column_config.TextColumn(text.COLUMNS["kind"], width="small"),
        "column": st.column_config.SelectboxColumn(
            text.COLUMNS["column"],
            options=["", *names],
            format_func=lambda name: shown.get(str(name), text.NO_COLUMN),
            help=text.COLUMN_HELP,
        ),
        "how": st.column_config.TextColumn(text.COLUMNS["how"], width="medium"),
        "weight": st.column_config.ProgressColumn(
            text.COLUMNS["weight"], format="%.1f%%", min_value=0.0, max_value=float(frame["weight"].max())
        ),
    }
    if not meeting.weighted:
        frame = frame.drop(columns="weight")
        del config["weight"]
    st.data_editor(
        frame,
        key=key,
        alt=text.TABLE_ALT,
        hide_index=True,
        height=HEIGHT if len(frame) > ROWS else "content",
        disabled=[name for name in frame.columns if name != "column"],
        on_change=_apply,
        args=(table, roles, card, key),
        column_config=config,
    )
    refused = st.session_state.pop(_name(table, card, "refused"), None)
    if refused is not None:
        show_error(refused)
    st.button(
        text.BACK,
        key="columns_back",
        icon=":material/undo:",
        help=text.BACK_HELP,
        disabled=not meeting.given,
        on_click=_back,
        args=(table, card),
    )


def _apply(table: TableMeta, roles: Roles, card: Card, key: str) -> None:
    """Callback of the editor; a refused edit is said below it, and the editor shows the old value again."""
    try:
        columns_state.correct(table, roles, card, st.session_state[key]["edited_rows"])
    except BadInput as error:
        st.session_state[_name(table, card, "refused")] = error
    _remount(table, card)


def _back(table: TableMeta, card: Card) -> None:
    columns_state.forget(table, card)
    _remount(table, card)


def _remount(table: TableMeta, card: Card) -> None:
    """A new key: the editor then shows what is kept, and does not apply its edits again."""
    name = _name(table, card, "version")
    st.session_state[name] = st.session_state.get(name, 0) + 1


def _key(table: TableMeta, card: Card) -> str:
    return _name(table, card, f"editor_{st.session_state.get(_name(table, card, 'version'), 0)}")


def _name(table: TableMeta, card: Card, what: str) -> str:
    return f"columns_{what}_{card.id}_{table.sha256[:12]}"
