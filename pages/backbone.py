"""Backbone: what to start from, how much of it to train, launch."""

from __future__ import annotations

import streamlit as st

from finxfer.records.spec import BINARY
from finxfer.ui import (
    auto_view,
    backbone_cards,
    columns_state,
    columns_view,
    depth_view,
    launching,
    preflight_view,
    roles_state,
    settings_form,
    source_view,
    state,
)
from finxfer.ui.forms import page_head, section
from finxfer.ui.guard import guard, need_table
from finxfer.ui.safe import md
from finxfer.ui.tables import count
from finxfer.ui.text import auto as auto_text
from finxfer.ui.text import backbone as text
from finxfer.ui.text import shell
from finxfer.ui.text import source as source_text

guard()
if state.current_table() is None:
    st.title(shell.TITLES["backbone"], anchor=False)
table = need_table()
roles = roles_state.settled(table)
features = columns_state.features_of(roles)

page_head(
    "backbone",
    text.LEAD.format(name=md(table.name), rows=count(table.rows), features=len(features)),
)
if not roles_state.complete(roles):
    st.warning(text.ROLES_OPEN.format(name=md(table.name)))
    if st.button(text.GO_DATA, type="primary"):
        state.go("data")
    st.stop()

card = backbone_cards.choose_card(table, roles)
comparison = st.container()
depth: int | str = "auto"
if card is None:
    section(auto_text.TITLE)
    lead, launch = st.columns([11, 3], gap="small", vertical_alignment="center")
    lead.markdown(auto_text.LEAD)
else:
    section(text.DEPTH_TITLE)
    presets, slider, launch = st.columns([7, 4, 3], gap="small", vertical_alignment="bottom")
    knows = card.knows_task(roles.target, roles.positive, roles.task, roles.classes)
    depth = depth_view.choose_depth(card, knows, presets, slider)
    st.markdown(depth_view.depth_sentence(card, depth))
picture, cost = st.columns([9, 4], gap="large")
if card is not None:
    columns_view.show_columns(table, roles, card)
settings = settings_form.run_settings(card, depth)
rows = launching.training_rows(table, settings)
if card is None:
    judged = round(rows / (1 - settings.validation_share))
    auto_view.show_auto(table, roles, judged, settings.device, (picture, cost))
else:
    with picture:
        depth_view.show_stages(card, depth)
    with cost:
        depth_view.show_estimate(card, depth, rows, len(features), settings.device, settings.training.epochs)
if roles.task == BINARY:
    # Backbones are ranked by how well they tell a yes from a no.
    with comparison:
        preflight_view.show_preflight(launching.run_spec(table, roles, None, "auto", settings))
with launch:
    launching.launch_button(table, roles, card, depth, settings)

if st.button(
    source_text.BACKBONE_LINK,
    key="to_source",
    type="tertiary",
    icon=":material/school:",
    help=source_text.BACKBONE_LINK_HELP,
):
    source_view.unfold()
    state.go("data")
