"""Every chart of the app: one template, colours that keep their meaning, one way to show a figure.

Chart functions take plain numbers as the run folder stores them and return a Plotly figure of fixed height;
:func:`show` draws it with a text alternative, a PNG in its toolbar and its numbers as CSV.
"""

from __future__ import annotations

from finxfer.ui.charts.alerts import alert_curves
from finxfer.ui.charts.attribution import beeswarm, shap_bar, waterfall
from finxfer.ui.charts.cells import Cell, cell_grid
from finxfer.ui.charts.cohorts import cohort_panels
from finxfer.ui.charts.decisions import approval, grades
from finxfer.ui.charts.dependence import dependence
from finxfer.ui.charts.intervals import Dot, dot_interval, dot_panels
from finxfer.ui.charts.over_time import Series, label_curves, period_dots, psi_bars
from finxfer.ui.charts.performance import calibration, gain, lift, precision_recall, roc, roc_of_runs
from finxfer.ui.charts.ranks import rank_lines
from finxfer.ui.charts.scores import bars, ks, new_scores, score_distribution
from finxfer.ui.charts.show import csv_bytes, show
from finxfer.ui.charts.stages import StageLine, stage_lines
from finxfer.ui.charts.theme import COLOURS, MAX_POINTS, base
from finxfer.ui.charts.trade import Trade, trade_off
from finxfer.ui.charts.training import training_curves
from finxfer.ui.charts.trials import TrialPoint, trial_losses

__all__ = [
    "COLOURS",
    "MAX_POINTS",
    "Cell",
    "Dot",
    "Series",
    "StageLine",
    "Trade",
    "TrialPoint",
    "alert_curves",
    "approval",
    "bars",
    "base",
    "beeswarm",
    "calibration",
    "cell_grid",
    "cohort_panels",
    "csv_bytes",
    "dependence",
    "dot_interval",
    "dot_panels",
    "gain",
    "grades",
    "ks",
    "label_curves",
    "lift",
    "new_scores",
    "period_dots",
    "precision_recall",
    "psi_bars",
    "rank_lines",
    "roc",
    "roc_of_runs",
    "score_distribution",
    "shap_bar",
    "show",
    "stage_lines",
    "trade_off",
    "training_curves",
    "trial_losses",
    "waterfall",
]
