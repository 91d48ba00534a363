"""Sentences of the Home page."""

from __future__ import annotations

LEAD = (
    "Take a model that has already learned from other data, adapt it to the few labelled customers you have, "
    "and see in one sitting whether it is **better, fair and explainable**."
)

UPLOAD_TITLE = "Start with your table"
UPLOAD_NOTE = (
    "CSV, XLSX, Parquet or zip: one row per customer, one column with the known outcome. The table stays on "
    "this machine."
)

SAMPLE_TITLE = "Try a sample"
SAMPLE_BUSINESS = "Business"
SAMPLE_BUSINESSES = {
    "card-default": "Card default",
    "churn": "Churn",
    "card-fraud": "Card fraud",
    "loan-applications": "Loan applications",
}
SAMPLE_STORIES = {
    "card-default": (
        "**Who will default on the new card?** :gray-badge[synthetic]  \nA backbone that learned from "
        "{source_rows} customers of an established card book meets {target_rows} customers of a new product. "
        "Trained here and now, in about a minute."
    ),
    "churn": (
        "**Who will close the new account?** :gray-badge[synthetic]  \n{source_rows} customers of the old "
        "account taught a backbone the signs: fewer logins, money moved away. It meets {target_rows} "
        "customers of a digital account. Look at Fairness: older customers log in seldom, and stay."
    ),
    "card-fraud": (
        "**Which payment is a fraud?** :gray-badge[synthetic]  \n{target_rows} payments, five in a thousand "
        "of them frauds. What a card and a terminal did before is added without looking ahead; trained on "
        "earlier weeks, tested on later ones. Look at Results, Alerts: what a hundred alerts a day catch."
    ),
    "loan-applications": (
        "**Who will not repay?** :gray-badge[synthetic]  \nA backbone that learned from {source_rows} loans "
        "of the branches meets {target_rows} applications made online and through brokers. Look at Fairness: "
        "short credit files make the youngest look riskiest."
    ),
}
SAMPLE_RUN = "Run the tour"
SAMPLE_RUN_HELP = "Launches a live run on this machine: no stored results."
SAMPLE_NAMES = {
    "card-default": "Card default, new product",
    "card-default-source": "Card default, established book",
    "churn": "Churn, new digital account",
    "churn-source": "Churn, established account",
    "card-fraud": "Card fraud, new card",
    "card-fraud-source": "Card fraud, established card",
    "loan-applications": "Loan applications, online and brokers",
    "loan-applications-source": "Loan applications, branches",
}
WITH_WINDOWS = "{name}, with windows"
SAMPLE_SMALL, SAMPLE_LARGE = "Small table", "Large table"
SAMPLE_LABELS = {
    "card-default": "Sample tour",
    "churn": "Churn tour",
    "card-fraud": "Fraud tour",
    "loan-applications": "Loan tour",
}
SAMPLE_PREPARING = "Making the sample table"

RUNS_TITLE = "Recent runs"
RUNS_EMPTY = "No runs yet. The tour makes your first one in under a minute."
RUN_COLUMNS = ("Run", "State", "Backbone", "Result", "Gain", "")
ALL_RUNS = "All runs"
ALL_HELP = "Search, name, compare, move and delete runs; see the room they take."
OPEN = "Open"
DELETE_ICON = ":material/delete:"
OPEN_HELP = "Open the run {name}"
DELETE_HELP = "Delete the run {name}"
DEPTH = "depth {depth} of {stages}"
DEPTH_UNKNOWN = "depth {depth}"
AS_IS = "as it is"
BASELINE_KEPT = "{baseline} kept instead"
SEVERAL = "{count} backbones"
MEAN = "{share} of a mean of {count} models"
MEAN_KEPT = "a mean of {count} baselines kept instead"
AUTO = "finxfer chooses"
GAIN_OVER = "over {baseline}"
NOT_YET = "–"
SYNTHETIC = "synthetic"

DELETE_TITLE = "Delete this run?"
DELETE_QUESTION = (
    "**{name}** with its model, predictions and explanations is removed from this machine. "
    "This cannot be undone. The table stays."
)
DELETE_ACTIVE = "The run is still at work; it is stopped first."
DELETE_YES = "Delete the run"
DELETE_NO = "Keep it"
DELETED = "The run was deleted."

MACHINE_TITLE = "This machine"
CORES = "{count} CPU cores"
ONE_CORE = "1 CPU core"
MEMORY = "{free} of {total} memory free"
GPU = "{name}, {memory}"
NO_GPU = "No GPU that the installed torch can use: runs train on the CPU"

BACKBONES_TITLE = "Backbones"
BACKBONES_EMPTY = "No backbone is installed. Train one on a table of yours on the Backbone page."
BACKBONE_COLUMNS = {
    "name": "Backbone",
    "available": "On this machine",
    "family": "Family",
    "stages": "Stages",
    "parameters": "Parameters",
    "size": "Size",
    "trained_on": "Learned from",
    "licence": "Licence",
}
INSTALLED, NOT_INSTALLED = "yes", "no, can be fetched"
BACKBONES_ALT = "Table of the backbones with family, stages, parameters, size and licence"
FAMILIES = {
    "tabm": "TabM",
    "incontext": "In-context transformer",
    "ft-transformer": "FT-Transformer",
    "mlp": "MLP",
    "autoencoder": "Denoising autoencoder",
    "boosted": "Boosted trees",
}

BASELINES = {
    "logistic_regression": "logistic regression",
    "lightgbm": "LightGBM",
    "from_scratch": "a network from scratch",
}
HEADLINE_ERROR, HEADLINE_AUC, HEADLINE_GINI = "RMSE {value}", "AUC {value}", "Gini {value}"
