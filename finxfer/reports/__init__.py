"""The validation report: one self-contained HTML page per run."""

from finxfer.reports.card import render_card, write_card

__all__ = ["render_card", "write_card"]
