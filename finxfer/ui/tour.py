"""The sample tours: a live run on a synthetic portfolio of one of four businesses, in one click."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace

import streamlit as st

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import fit_to_table, list_backbones
from finxfer.data.samples import BUSINESSES, Business, find_sample
from finxfer.data.transaction_log import propose_windows
from finxfer.records.folder import RunFolder
from finxfer.records.spec import RANDOM, Spec
from finxfer.records.tables import Roles, TableMeta
from finxfer.records.training_settings import TrainingSettings
from finxfer.runs import launcher
from finxfer.runs.windows import add_windows
from finxfer.ui import roles_state, state
from finxfer.ui.launching import run_spec
from finxfer.ui.settings_form import RunSettings
from finxfer.ui.tables import count
from finxfer.ui.text import home as text

BUSINESS = "sample_business"
LOG_EPOCHS = 12
"""Most passes over the rows of a log: there are many, and the tour is to take about a minute."""


def sample_table(identifier: str) -> TableMeta:
    """A sample made by its generator and stored like an upload."""
    known = next((meta for meta in state.store().list() if meta.sample == identifier), None)
    if known is not None:
        return known
    sample = find_sample(identifier)
    frame = sample.draw(sample.rows, 0)
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    content = buffer.getvalue()
    meta = TableMeta(
        sha256=hashlib.sha256(content).hexdigest(),
        name=text.SAMPLE_NAMES.get(identifier, sample.title),
        rows=len(frame),
        columns=frame.shape[1],
        bytes=len(content),
        report={"format": "sample", "repairs": []},
        synthetic=True,
        sample=identifier,
    )
    return state.store().add(frame, meta)


def tour_table(business: Business) -> TableMeta:
    """The small portfolio as its tour reads it: a log comes with windows over time."""
    table = sample_table(business.id)
    if not business.log:
        return table
    roles = roles_state.settled(table)
    frame = roles_state.frame_of(table.sha256)
    found = propose_windows(roles.columns, table.rows, lambda name: int(frame[name].nunique()))
    if found is None:
        return table
    return add_windows(table.sha256, found, text.WITH_WINDOWS.format(name=table.name), roles)


def start_tour(business: Business) -> tuple[RunFolder, TableMeta]:
    """Launch a tour's run; the run and its table.

    Raises:
        BadInput: the sample cannot be used; Fault: the worker could not be started.
    """
    table = tour_table(business)
    roles = roles_state.settled(table)
    card = tour_backbone(roles)
    depth: int | str = -(-card.depth_count // 2) if card else "auto"
    settings = RunSettings(
        training=TrainingSettings(epochs=LOG_EPOCHS) if business.log else TrainingSettings(),
        seed=0,
        test_share=find_sample(business.id).test_share,
        validation_share=Spec.validation_share,
        device="auto",
        label=text.SAMPLE_LABELS[business.id],
    )
    state.store().save_roles(table.sha256, roles)
    spec = run_spec(table, roles, card, depth, settings)
    # Of customers the story is told of rows at random; Stability shows its test rows by month all the same.
    return launcher.launch(spec if business.log else replace(spec, split=RANDOM)), table


def tour_backbone(roles: Roles) -> Card | None:
    """The installed backbone that learned from the sample's source portfolio, or None."""
    features = [column for column in roles.columns if column.role == "feature"]
    fits = [
        (fit_to_table(card, features).share, card)
        for card in list_backbones()
        if card.columns is not None and card.synthetic and card.available
    ]
    best = max(fits, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] >= 0.8 else None


def show_sample() -> None:
    """The businesses, the story of the chosen one, its tour's button, and ways to the tables alone."""
    known = {business.id: business for business in BUSINESSES}
    chosen = st.selectbox(
        text.SAMPLE_BUSINESS,
        list(known),
        format_func=lambda one: text.SAMPLE_BUSINESSES[one],
        key=BUSINESS,
        label_visibility="collapsed",
    )
    business = known[chosen]
    target, source = find_sample(business.id), find_sample(business.source)
    story = text.SAMPLE_STORIES[business.id]
    st.markdown(story.format(source_rows=count(source.rows), target_rows=count(target.rows)))
    if st.button(
        text.SAMPLE_RUN, type="primary", icon=":material/play_arrow:", help=text.SAMPLE_RUN_HELP, key="tour"
    ):
        with st.spinner(text.SAMPLE_PREPARING):
            run, table = start_tour(business)
            state.open_table(table.sha256)
        state.open_run(run.id)
        state.go("run")
    with st.container(horizontal=True, gap="small"):
        for identifier, label in ((business.id, text.SAMPLE_SMALL), (business.source, text.SAMPLE_LARGE)):
            if st.button(label, key=f"sample_{identifier}", type="tertiary", icon=":material/table_view:"):
                with st.spinner(text.SAMPLE_PREPARING):
                    table = sample_table(identifier)
                state.open_table(table.sha256)
                state.go("data")
