"""The backbones that ship with the samples: each has learned from the large portfolio of a business."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from finxfer.backbones.card import Card
from finxfer.backbones.protocol import Report
from finxfer.data.roles import command_line_columns, propose_roles
from finxfer.data.samples import BUSINESSES, Business, find_sample
from finxfer.data.transaction_log import propose_windows
from finxfer.data.windows import with_windows
from finxfer.pretraining.source import Making, Source, pretrain_source

_ABOUT = {
    "card-default": ("Card default (sample book)", "card defaults from the sample's established book"),
    "churn": ("Churn (sample accounts)", "who closes an account from the sample's established accounts"),
    "card-fraud": ("Card fraud (sample log)", "frauds from the sample's log of an established card"),
    "loan-applications": ("Loan applications (sample loans)", "loan defaults from the sample's branch loans"),
}


_NAMES = ("customer_id", "terminal_id")
"""Who and where: in a log they come many times, and so do not look like identifiers."""


def _with_windows(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    proposals = [proposal.spec for proposal in propose_roles(frame, target)]
    found = propose_windows(proposals, len(frame), lambda name: int(frame[name].nunique()))
    assert found is not None, "the sample of a log is one"
    return with_windows(frame, found)


def _quietly(*_: object, **__: object) -> None:
    """A report callback for nobody."""


def pretrain_sample(
    business: str, out: Path, report: Report = _quietly, rows: int | None = None, seed: int = 0
) -> Card:
    """A TabM of a business's large portfolio (synthetic), without its protected columns and its dates.

    Args:
        business: its id. A log is read with its windows over time.
        out: folder of the new backbone.
        rows: rows drawn; the sample's usual number where None.

    Raises:
        KeyError: there is no such business.
    """
    known: dict[str, Business] = {one.id: one for one in BUSINESSES}
    sample = find_sample(known[business].source)
    asked, rows = ("", sample.rows) if rows is None else (f", rows={rows}", rows)
    frame = sample.draw(rows, seed)
    if known[business].log:
        frame = _with_windows(frame, sample.target)
    dates = tuple(name for name in frame.columns if frame[name].dtype.kind == "M")
    drop = (*dates, *(name for name in _NAMES if name in frame.columns))
    columns, _ = command_line_columns(frame, sample.target, drop=drop, protected=sample.protected)
    features = [column for column in columns if column.role == "feature"]
    name, learned = _ABOUT[business]
    about = {
        "name": name,
        "description": f"A TabM that learned {learned} (synthetic).",
        "trained_on": f"{rows:,} rows of the sample source portfolio that finxfer generates, seed {seed}.",
        "licence": "MIT",
        "made_by": 'python -c "from pathlib import Path; from finxfer.pretraining.sample_backbones import '
        f"pretrain_sample as make; make({business!r}, Path('assets/backbones/tabm-{business}'){asked})\"",
        "synthetic": True,
    }
    making = Making("tabm", seed, "cpu", report, lambda: False)
    return pretrain_source(Source(frame, features, sample.target, sample.positive), making, out, about)
