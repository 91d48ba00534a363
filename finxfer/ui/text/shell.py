"""Sentences of the frame around the pages: navigation, sidebar, guard, errors."""

from __future__ import annotations

APP = "finxfer"

TITLES = {
    "home": "Home",
    "data": "Data",
    "backbone": "Backbone",
    "run": "Run",
    "results": "Results",
    "fairness": "Fairness",
    "explain": "Explain",
    "score": "Score",
    "report": "Report",
    "runs": "Runs",
    "compare": "Compare",
}

HELP = {
    "home": "Start with a table or a sample, and find earlier runs.",
    "data": "Upload a table, check what each column is for, and look at its quality.",
    "backbone": "Choose a pretrained model and how much of it to train.",
    "run": "Watch a run, cancel it, or carry on with one that was stopped.",
    "results": "How good the model is, against what you would have used instead.",
    "fairness": "Whether groups of customers are treated differently.",
    "explain": "What drives the model, and why one customer got this score.",
    "score": "Score new customers with a finished run.",
    "report": "The validation report, ready to print.",
    "runs": "All runs: search, name, compare, move and delete them.",
    "compare": "Two to ten runs on the same test rows.",
}

DONE = "done"
TABLE_LINE = "Table: **{name}**"
RUN_LINE = "Run: **{name}**"
NO_TABLE = "No table yet"
NO_RUN = "No run yet"
SYNTHETIC = "synthetic"

STATES = {
    "queued": "queued",
    "running": "running",
    "finished": "finished",
    "failed": "failed",
    "cancelled": "cancelled",
    "interrupted": "interrupted",
}

NEEDS_SHELL = "This page opens only from within the app. Open the app's start page instead."
NEEDS_RUN = "No run is open. Open one from the list on Home, or launch one on the Backbone page."
NEEDS_TABLE = "No table is open. Upload one, or try a sample."
GO_HOME = "Go to Home"
GO_DATA = "Go to Data"
UNKNOWN_RUN = "There is no run “{name}” on this machine. It may have been deleted."
UNKNOWN_TABLE = "There is no table “{name}” on this machine. It may have been deleted."

ERROR = "**{what}** {why}\n\n{next}"
