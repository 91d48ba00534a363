"""Protected columns: slices, what is measured in each, and careful verdicts."""

from finxfer.fairness.report import slice_report, task_slice_report
from finxfer.fairness.slices import is_amount, merged_note, slice_labels
from finxfer.fairness.task_rates import Classes, Numbers
from finxfer.fairness.wording import GAP, METRIC_TITLES, NO_GAP, TOO_LITTLE

__all__ = [
    "GAP",
    "METRIC_TITLES",
    "NO_GAP",
    "TOO_LITTLE",
    "Classes",
    "Numbers",
    "is_amount",
    "merged_note",
    "slice_labels",
    "slice_report",
    "task_slice_report",
]
