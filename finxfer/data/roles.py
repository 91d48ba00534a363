"""What each column is for: a proposal with its reason, for the analyst to correct."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from finxfer.data import lexicon
from finxfer.data.judging import JudgedColumn, RoleProposal, column_kind, judge_columns
from finxfer.data.targets import (
    TargetProposal,
    choose_positive,
    positive_class,
    propose_target,
    target_candidates,
)
from finxfer.errors import BadInput
from finxfer.records.spec import ColumnSpec
from finxfer.records.stored_columns import Columns

__all__ = [
    "JudgedColumn",
    "RoleProposal",
    "choose_positive",
    "column_kind",
    "command_line_columns",
    "judge_columns",
    "one_value_columns",
    "positive_class",
    "proposals",
    "propose_roles",
    "propose_target",
    "target_candidates",
]


def propose_roles(frame: Columns, target: str | None = None) -> list[RoleProposal]:
    """A role, a kind and a reason for every column, in the table's order.

    Args:
        frame: the table as :func:`finxfer.data.reading.read_table` gives it.
        target: the target column; None proposes one (and none if nothing speaks for any).

    Raises:
        BadInput: ``target`` is not a column.
    """
    if target is not None and target not in frame.columns:
        raise _no_such_column(target, frame)
    return proposals(judge_columns(frame), target_candidates(frame) if target is None else (), target)


def proposals(
    judged: Sequence[JudgedColumn], candidates: Sequence[TargetProposal], target: str | None
) -> list[RoleProposal]:
    """:func:`propose_roles` from columns that were judged before; without a target the first candidate is."""
    reason = "You chose it as the target."
    if target is None and candidates:
        target, reason = candidates[0].column, candidates[0].reason
    return [
        RoleProposal(target, "target", "category" if column.kind == "text" else column.kind, reason)
        if target is not None and column.proposal.column == target
        else column.proposal
        for column in judged
    ]


def command_line_columns(
    frame: pd.DataFrame,
    target: str | None,
    drop: Sequence[str] = (),
    protected: Sequence[str] = (),
) -> tuple[list[ColumnSpec], list[str]]:
    """Roles for a job started on the command line, and what to say about them on stderr.

    Only ``drop`` and ``protected`` take features away; identifiers, constant columns and free text
    are left out and named; suspected protected columns are named and stay features. Without a target a
    column that looks like one is left out and named too.

    Raises:
        BadInput: a named column is not in the table, or the target is also dropped or protected.
    """
    for name in (*(() if target is None else (target,)), *drop, *protected):
        if name not in frame.columns:
            raise _no_such_column(name, frame)
        if name == target and name in (*drop, *protected):
            raise BadInput(
                f"The target {target!r} cannot also be dropped or protected.",
                "A column has one role.",
                "Leave it out of --drop and --protected.",
            )
    columns, notices = [], []
    for proposal in propose_roles(frame, target):
        name, role = proposal.column, proposal.role
        if name in protected:
            # Also where it is dropped as well: both keep it out of the model, and its groups are compared.
            role = "protected"
        elif name in drop:
            role = "excluded"
        elif role == "target" and target is None:
            role = "excluded"
            notices.append(f"Left out: {name!r}. It looks like a target, and no target is given.")
        elif role in ("id", "excluded", "text", "image", "group") and not proposal.suspected:
            notices.append(f"Left out: {name!r}. {proposal.reason}")
        elif role != "target":
            if proposal.suspected:
                notices.append(
                    f"Suspected protected column, kept as a feature: {name!r} ({proposal.suspected}). "
                    f"Use --protected {name!r} to keep it out of the model."
                )
            role = "feature"
        columns.append(ColumnSpec(name, role, proposal.kind))
    return columns, notices


def one_value_columns(frame: Columns, columns: Sequence[ColumnSpec]) -> list[ColumnSpec]:
    """The columns that are left out only because every row of `frame` has the same value.

    They tell customers of this table from none of the others, but a backbone that has met other values (a
    product, a country) may read them. Names that speak of a protected attribute are not among them.
    """
    return [
        column
        for column in columns
        if column.role == "excluded"
        and column.kind in ("numeric", "category", "boolean")
        and lexicon.protected_attribute(column.name) is None
        and not lexicon.POSTCODE.matches(column.name)
        and not lexicon.IDENTIFIER.matches(column.name)
        and len(frame) > 1
        and frame[column.name].nunique(dropna=False) == 1
        and frame[column.name].notna().iloc[0]
    ]


def _no_such_column(name: str, frame: Columns) -> BadInput:
    alike = [str(column) for column in frame.columns if str(column).casefold() == name.strip().casefold()]
    shown = alike or [str(column) for column in frame.columns[:12]]
    more = "" if alike or len(frame.columns) <= 12 else f" and {len(frame.columns) - 12:,} more"
    listed = ", ".join(map(repr, shown))
    return BadInput(
        f"There is no column {name!r} in the table.",
        f"Did you mean {listed}?" if alike else f"Its columns are {listed}{more}.",
        "Name a column exactly as it stands in the table.",
    )
