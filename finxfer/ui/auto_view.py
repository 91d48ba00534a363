"""The Backbone page when finxfer is to choose: what will be tried, how it is judged, about how long."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import list_backbones
from finxfer.backbones.considered import affordable, considered, estimate_choice, folds_of
from finxfer.records.spec import AS_IS, REGRESSION
from finxfer.records.tables import Roles, TableMeta
from finxfer.runs.machine import machine
from finxfer.ui import columns_state, columns_view
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, rough_duration, show_table
from finxfer.ui.text import auto as text
from finxfer.ui.text.backbone import DEVICES
from finxfer.ui.text.charts import of_amounts


def show_auto(
    table: TableMeta,
    roles: Roles,
    rows: int,
    device: str,
    places: tuple[DeltaGenerator, DeltaGenerator],
) -> None:
    """What will be tried, in the first place; how it is judged and the time, in the second.

    rows: training and validation rows together. device: as the form has it.
    """
    here = machine()
    used = here.device if device == "auto" else device
    columns, mapping = columns_state.reading(table, roles, None)
    features = columns_state.features_of(replace(roles, columns=columns))
    hidden = columns_state.hidden_of(roles)
    cards = considered(list_backbones(), features, table.sha256, hidden, mapping)
    cards = affordable(cards, AS_IS, rows, len(features), used)
    amounts = roles.task == REGRESSION
    with places[0]:
        frame = tried_table(
            cards,
            {
                card.id
                for card in cards
                if card.knows_task(roles.target, roles.positive, roles.task, roles.classes)
            },
            amounts,
        )
        show_table(frame, key="auto-tried", alt=text.TABLE_ALT)
        pairs = columns_view.pairs_sentence(mapping)
        if pairs:
            st.markdown(f":small[{pairs}]")
    with places[1]:
        folds = folds_of(rows)
        seconds = estimate_choice(cards, rows, len(features), used, here.cores)
        note = text.TIME_NOTE.format(device=DEVICES.get(used, md(used)))
        st.markdown(f":small[{text.TIME}]  \n**{md(rough_duration(seconds))}** :small[· {note}]")
        how = text.FOLDS if folds > 1 else text.HELD_OUT
        loss = text.SQUARED_ERROR if amounts else text.LOG_LOSS
        for line in (how.format(rows=count(rows), folds=folds, loss=loss), text.TEST):
            st.markdown(f":small[{line}]")


def tried_table(cards: Sequence[Card], knowing: Collection[str], amounts: bool = False) -> pd.DataFrame:
    """One row per candidate, their mean last. knowing: ids of the cards whose head answers the task."""
    as_is = text.AS_IS_AND_TUNED if len(knowing) == 1 else text.AS_IS_OR_TUNED
    rows = [(plain(card.name), as_is if card.id in knowing else text.NEW_HEAD) for card in cards]
    rows += [(of_amounts(name, amounts), text.BASELINE) for name in text.BASELINES]
    return pd.DataFrame([*rows, (text.MEAN, text.MEAN_WHAT)], columns=list(text.COLUMNS))
