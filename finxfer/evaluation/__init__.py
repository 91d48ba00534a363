"""Metrics, intervals, thresholds, calibration, curves and the comparison with baselines; numpy only."""

from finxfer.evaluation.comparison import Evaluation, best_baseline, evaluate
from finxfer.evaluation.metrics import METRICS, as_labels, binary_metrics
from finxfer.evaluation.tasks import TASKS, evaluate_task
from finxfer.evaluation.thresholds import choose_threshold
from finxfer.evaluation.wording import (
    METRIC_TITLES,
    MODEL_TITLES,
    GainVerdict,
    as_gini,
    gain_sentence,
    gain_verdict,
    headline_sentence,
)

__all__ = [
    "METRICS",
    "METRIC_TITLES",
    "MODEL_TITLES",
    "TASKS",
    "Evaluation",
    "GainVerdict",
    "as_gini",
    "as_labels",
    "best_baseline",
    "binary_metrics",
    "choose_threshold",
    "evaluate",
    "evaluate_task",
    "gain_sentence",
    "gain_verdict",
    "headline_sentence",
]
