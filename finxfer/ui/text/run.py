"""Sentences of the Run page."""

from __future__ import annotations

EMPTY = "No run is open. Launch one on the Backbone page, take the tour on Home, or open one of these."
EMPTY_NONE = "There is no run yet. Take the tour on Home, or launch one on the Backbone page."
GO_BACKBONE = "Go to Backbone"

WHAT = "**{name}**{synthetic} · {what}"
SYNTHETIC = " :gray-badge[synthetic]"

QUEUED = "**Waiting** for {device}."
STARTING = "**Starting.** The worker loads its libraries."
RUNNING = "**{stage}**, step {index} of {of}{eta}, on {device}."
ETA = ", about {time} left"
FINISHED = "**Finished** in {time}, on {device}."
FAILED = "**Failed** after {time}."
CANCELLED = "**Cancelled** after {time}. What was trained so far is kept; you can carry on."
CANCELLING = "**Cancelling.** The run stops at the next safe point."
INTERRUPTED = (
    "**Interrupted.** The worker is gone: the machine was restarted, or the process was ended. The "
    "run can carry on from "
    "its last checkpoint with the same result."
)
SOME_DEVICE = "a device"
THE_DEVICE = "the device"
DEVICE_NAMES = {"cpu": "the CPU", "cuda": "the GPU"}
PRECISION = "{device} ({precision})"
THREADS = "{device}, {count} threads"
ONE_THREAD = "{device}, 1 thread"

STAGES = {
    "read": "Read the table",
    "split": "Split the rows",
    "encode": "Encode the columns",
    "baselines": "Train the baselines",
    "train": "Fine-tune the backbone",
    "evaluate": "Evaluate on test rows",
    "fairness": "Compare groups",
    "explain": "Explain",
    "report": "Write the report",
    "ladder": "Fine-tune at every depth",
}
CHOOSING, CHOOSING_SHORT = "Try the candidates and choose", "Choose"
STAGES_SHORT = {
    "read": "Read",
    "split": "Split",
    "encode": "Encode",
    "baselines": "Baselines",
    "train": "Fine-tune",
    "evaluate": "Evaluate",
    "fairness": "Fairness",
    "explain": "Explain",
    "report": "Report",
    "ladder": "Every depth",
}

CURVES_TITLE = "Learning"
CURVES_ALT = (
    "Training and validation loss over {count} epochs; the best validation loss is {best} at epoch {epoch}"
)
CURVES_WAIT = "Curves appear when a network is fine-tuned; boosted trees and models as they are have none."
CURVES_NONE = "Nothing was trained by gradient in this run."
TRIAL = "Training shown"
TRIAL_LATEST = "The latest: {name}"
TRIAL_DEPTH = "depth {depth}"
FOLD = "part {fold} of {folds}"
TRYING = "Trying {name}"
TRYING_FOLD = "Trying {name}, part {fold} of {folds}"
CANDIDATES_TITLE = "Tried so far"
CANDIDATE_COLUMNS = {"name": "Candidate", "time": "Time"}
LOSSES = {"log_loss": "Log loss", "squared_error": "Squared error"}
CANDIDATES_ALT = "Table of the candidates tried so far with cross-validated loss and time, best first"
CANDIDATES_NOTE = "On training rows, each on parts that it was not fitted on. The lowest loss leads."
SQUARED_NOTE = " 1 is the error of always predicting the mean."
BASELINES_TITLE = "Baselines so far"
BASELINES_WAIT = "None has been trained yet."
BASELINE_COLUMNS = {"name": "Model", "auc": "Validation AUC", "time": "Time"}
BASELINES_ALT = "Table of the baselines trained so far with time and, where it is defined, validation AUC"
MODELS = {
    "model": "Fine-tuned backbone",
    "logistic_regression": "Logistic regression",
    "lightgbm": "LightGBM",
    "from_scratch": "Network from scratch",
}
FACTS_MEMORY = "Memory"
FACTS_DEVICE = "Device"
FACTS_TIME = "Time"
FACTS_BEST, FACTS_BEST_R2 = "Best validation AUC", "Best validation R²"
DEVICE_SHORT = {"cpu": "CPU", "cuda": "GPU"}

LOG = "Log"
LOG_EMPTY = "Nothing has been written to the log."
MESSAGES = "What the run said"

CANCEL = "Cancel"
CANCEL_TITLE = "Cancel this run?"
CANCEL_QUESTION = "It stops at the next safe point and keeps its checkpoint, so you can carry on later."
CANCEL_YES = "Cancel the run"
CANCEL_NO = "Let it run"
RESUME = "Carry on"
RESUME_HELP = "Goes on from the last checkpoint; on the CPU the result is the same as without the stop."
RESULTS = "See results"
AGAIN = "Change and run again"
AGAIN_HELP = "Opens the Backbone page with the same table"
SHARE = "This page's address can be shared: {url}"
NO_SPEC = "The description of this run cannot be read, so it can only be deleted. Delete it on Home."
