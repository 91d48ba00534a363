"""What a backbone reads of the open table: the proposal, the analyst's corrections, and what follows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import list_backbones
from finxfer.backbones.mapping import Meeting, meet, merged, still_possible, with_kept
from finxfer.data.roles import one_value_columns
from finxfer.errors import BadInput
from finxfer.records.spec import ColumnSpec
from finxfer.records.tables import Roles, TableMeta
from finxfer.ui import remedies_state, roles_state, state
from finxfer.ui.text import columns as text
from finxfer.ui.text.data import KIND_NAMES

Columns = tuple[ColumnSpec, ...]


def features_of(roles: Roles) -> list[ColumnSpec]:
    """The columns that the model will see."""
    allowed = ("feature", "protected") if roles.use_protected else ("feature",)
    return [column for column in roles.columns if column.role in allowed]


def hidden_of(roles: Roles) -> list[ColumnSpec]:
    """The protected columns, where the model must not see them."""
    return [] if roles.use_protected else [column for column in roles.columns if column.role == "protected"]


def meeting_of(table: TableMeta, roles: Roles, card: Card) -> Meeting | None:
    """How the backbone meets the table, corrections included; None where it reads any table."""
    if card.columns is None or not card.available:
        return None
    features, hidden = features_of(roles), hidden_of(roles)
    given = still_possible(card, corrections(table, card), offered(table, roles))
    how, frame = remedies_state.key_of(roles), remedies_state.looked_at(table, roles)
    lists = [_plain(part) for part in (features, hidden, constants(table, roles))]
    asked = json.dumps([table.sha256, card.id, card.sha256, *lists, given, how])
    return _meet(asked, card, frame)


def reading(table: TableMeta, roles: Roles, card: Card | None) -> tuple[Columns, dict[str, str]]:
    """Columns and mapping of a run that starts from the backbone, or that may choose any (None)."""
    if card is not None:
        meeting = meeting_of(table, roles, card)
        if meeting is None:
            return roles.columns, {}
        return with_kept(roles.columns, meeting.kept), meeting.mapping
    open_to = [card for card in list_backbones() if table.sha256 not in card.tables]
    found = [meeting_of(table, roles, card) for card in open_to]
    mapping, kept = merged([meeting for meeting in found if meeting is not None])
    return with_kept(roles.columns, kept), mapping


def corrections(table: TableMeta, card: Card) -> dict[str, str]:
    """What the analyst said of this backbone's columns on this table."""
    return state.store().corrections(table.sha256, card.sha256 or card.id)


def correct(table: TableMeta, roles: Roles, card: Card, edits: Mapping[int, Mapping[str, Any]]) -> None:
    """Keep what the editor reports: row, in the order of the card -> {"column": the table's, or nothing}.

    Raises:
        BadInput: the kinds of the two columns do not go together.
    """
    given, known = corrections(table, card), card.columns or []
    choices = offered(table, roles)
    for row, fields in edits.items():
        name, wanted = known[int(row)]["name"], known[int(row)]["kind"]
        column = str(fields.get("column") or "")
        if column and not still_possible(card, {name: column}, choices):
            own = next((one.kind for one in choices if one.name == column), "")
            raise BadInput(
                text.KIND_REFUSED.format(
                    column=column,
                    kind=KIND_NAMES.get(own, own),
                    known=name,
                    wanted=KIND_NAMES.get(wanted, wanted),
                )
            )
        # A column has one meaning: the latest.
        given = {other: taken for other, taken in given.items() if not column or taken != column}
        given[name] = column
    state.store().save_corrections(table.sha256, card.sha256 or card.id, given)


def forget(table: TableMeta, card: Card) -> None:
    """Back to the proposal."""
    state.store().save_corrections(table.sha256, card.sha256 or card.id, {})


def offered(table: TableMeta, roles: Roles) -> list[ColumnSpec]:
    """The table's columns that can stand for a backbone's."""
    return [*features_of(roles), *hidden_of(roles), *constants(table, roles)]


def constants(table: TableMeta, roles: Roles) -> list[ColumnSpec]:
    """The columns that are left out only because every row has the same value."""
    left_out = [column for column in roles.columns if column.role == "excluded"]
    return _constants(table.sha256, json.dumps(_plain(left_out))) if left_out else []


def _plain(columns: Sequence[ColumnSpec]) -> list[list[str]]:
    """As JSON has it: one text is the key that a cache finds again most quickly."""
    return [[column.name, column.role, column.kind] for column in columns]


@st.cache_data(max_entries=8, show_spinner=False)
def _constants(sha256: str, left_out: str) -> list[ColumnSpec]:
    columns = [ColumnSpec(*column) for column in json.loads(left_out)]
    return one_value_columns(roles_state.whole_of(sha256), columns)


@st.cache_data(max_entries=64, show_spinner=False)
def _meet(asked: str, _card: Card, _frame: pd.DataFrame) -> Meeting:
    """asked: table, backbone, columns, corrections and the remedies that `_frame` went through, as JSON."""
    _, _, _, *parts, given, _ = json.loads(asked)
    features, hidden, same = [[ColumnSpec(*column) for column in part] for part in parts]
    return meet(_card, features, _frame, hidden, given, same)
