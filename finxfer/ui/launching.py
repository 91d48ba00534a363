"""From what the Backbone page shows to a launched run."""

from __future__ import annotations

import streamlit as st

from finxfer.backbones.card import Card
from finxfer.records.folder import RunFolder
from finxfer.records.remedy_spec import applicable
from finxfer.records.spec import BINARY, LADDER, Spec
from finxfer.records.tables import Roles, TableMeta
from finxfer.runs import launcher
from finxfer.settings import integer
from finxfer.ui import columns_state, state
from finxfer.ui.settings_form import RunSettings
from finxfer.ui.split_state import split_of
from finxfer.ui.text import backbone as text


def training_rows(table: TableMeta, settings: RunSettings) -> int:
    """Rows that are left for training, about."""
    test = min(table.rows * settings.test_share, integer("test_rows_max"))
    return max(2, round((table.rows - test) * (1 - settings.validation_share)))


def launch_button(
    table: TableMeta, roles: Roles, card: Card | None, depth: int | str, settings: RunSettings
) -> None:
    """Launch, and go on to the Run page."""
    if st.button(
        text.LAUNCH,
        type="primary",
        icon=":material/play_arrow:",
        help=text.LAUNCH_HELP,
        key="launch",
        width="stretch",
    ):
        run = launch_run(table, roles, card, depth, settings)
        state.open_run(run.id)
        state.go("run")


def launch_run(
    table: TableMeta, roles: Roles, card: Card | None, depth: int | str, settings: RunSettings
) -> RunFolder:
    """Start the run.

    Raises:
        BadInput: a value is out of range; Fault: the worker could not be started.
    """
    state.store().save_roles(table.sha256, roles)
    return launcher.launch(run_spec(table, roles, card, depth, settings))


def run_spec(
    table: TableMeta, roles: Roles, card: Card | None, depth: int | str, settings: RunSettings
) -> Spec:
    """The run that the page describes; of a named backbone at an open depth a ladder.

    Raises BadInput where a value is out of range.
    """
    columns, mapping = columns_state.reading(table, roles, card)
    ladder = card is not None and depth == "auto"
    return Spec(
        table=table.sha256,
        table_name=table.name,
        target=roles.target,
        positive=roles.positive,
        task=roles.task,
        classes=roles.classes,
        columns=columns,
        mapping=mapping,
        backbone=card.id if card is not None else "auto",
        freezing_depth=depth,
        seed=settings.seed,
        device=settings.device,
        split=split_of(table, roles),
        test_table=roles.test_table,
        outcome_days=roles.outcome_days,
        extracted=roles.extracted,
        mature_until=roles.mature_until,
        test_share=settings.test_share,
        validation_share=settings.validation_share,
        test_rows_max=integer("test_rows_max"),
        training=settings.training,
        search_minutes=settings.search_minutes if isinstance(depth, int) else 0.0,
        # A ladder compares depths as they are.
        recalibration="none" if ladder or roles.task != BINARY else settings.recalibration,
        use_protected=roles.use_protected,
        remedies=applicable(roles.remedies, {column.name: column.role for column in columns}),
        explained_rows=integer("explained_rows"),
        synthetic=table.synthetic,
        label=settings.label,
        job=LADDER if ladder else "finetune",
    )
