"""Sentences of the Backbone page."""

from __future__ import annotations

LEAD = (
    "Choose what to start from and how much of it to train on **{name}**: {rows} rows, {features} features."
)
ROLES_OPEN = (
    "The table **{name}** is not ready: it needs a target, a positive value and at least one feature."
)
GO_DATA = "Settle them on the Data page"

# Cards
CARDS_TITLE = "Start from"
OTHERS = "Not installed, or without a column of this table ({count})"
AUTO_NAME = "Let finxfer choose"
AUTO_STORY = (
    "Tries every installed backbone that fits this table, as it is and fine-tuned, beside LightGBM, logistic "
    "regression and a network from scratch. It keeps the best, or a mean of them, by cross-validation on "
    "your training rows. The test rows choose nothing."
)
AUTO_COST = "Takes longest."
CHOOSE = "Choose"
CHOSEN = "Chosen"
CHOOSE_HELP = "Start from {name}"
FAMILIES = {
    "tabm": "TabM",
    "incontext": "In-context transformer",
    "ft-transformer": "FT-Transformer",
    "mlp": "MLP",
    "autoencoder": "Denoising autoencoder",
    "boosted": "Boosted trees",
}
SYNTHETIC = "synthetic"
CUSTOMER_ROWS = "holds customer rows"
SEEN = "knows this table"
SEEN_NOTE = (
    "It has learned from rows of this table, perhaps from those kept for the test, so a run here would look "
    "better than it is. Use it on another table."
)
SEEN_ROWS_NOTE = (
    "It has seen the rows of this table without their outcome, those kept for the test among them. A run "
    "here tells what it does for these customers; for later ones it may do a little less."
)
LEARNED = "**Learned from** {trained_on}"
FIT_COLUMNS = "{matched} of its {known} columns are here ({share})"
FIT_MASKED = "; {count} protected, so masked"
FIT_NEW = "; {count} of yours new to it"
FIT = "**Fit** {sentence}"
FACTS = "{family} · {stages} stages · {parameters} parameters · {size} · {licence}"
NO_LICENCE = "licence not stated"
EXPECTED = "**Measured** {facts}"
MEASURED = {
    "source_validation_auc": "AUC {value} at its source",
    "target_auc_as_is": "{value} as it is on the sample",
    "test_auc": "AUC {value} on the test customers of the run it came from",
}
NOT_AVAILABLE = "Its weights are not on this machine."
NOT_SHIPPED = "**Not installed** Its weights do not ship with finxfer; one file brings them."
GET = "Get the weights"
GET_HELP = "How to get the weights of {name}"
EMPTY = (
    "No backbone is installed yet. finxfer can still compare the baselines, or train a backbone on a "
    "table of yours."
)

# Depth
DEPTH_TITLE = "How much to train"
PRESET = "Presets"
PRESETS = {
    "head": "Head only",
    "half": "Top half",
    "all": "Everything",
    "as-is": "As it is",
    "auto": "Find out for me",
}
PRESET_HELP = (
    "Fewer trained stages are quicker and hold on to what the backbone knows; more can adapt better "
    "when you have "
    "many rows. As it is: nothing is trained."
)
DEPTH = "Freezing depth"
DEPTH_HELP = (
    "The number of stages, from the input on, that keep their weights. 0 trains everything; {stages} "
    "trains only the head."
)
SENTENCE_AS_IS = "Nothing is trained: the backbone is used as it is."
SENTENCE_DEPTH = (
    "The first {frozen} of {stages} stages keep their weights; {trained} and the head are trained."
)
SENTENCE_HEAD = "All {stages} stages keep their weights; only the head is trained."
SENTENCE_ALL = "All {stages} stages and the head are trained."
STAGES_ALT = "Stages from input to output. {parts}."
FROZEN = "frozen"
TRAINED = "trained"
OPEN = "decided by finxfer"
USED = "used as it is"
INPUT = "input"
OUTPUT = "output"

# Estimate
TRAINABLE = "Trained parameters"
TRAINABLE_VALUE = "{count} of {total}"
TIME = "Training time, roughly"
TIME_NOTE = "on {device}, without baselines and explanations"
MEMORY = "Memory, roughly"
MEMORY_FREE = "{free} free"
TOO_LARGE = (
    "**Too large for this machine.** The training needs about {need}, and {free} is free. Freeze "
    "more stages, choose "
    "a smaller batch or backbone, or close other programs."
)
DEVICES = {"cpu": "the CPU", "cuda": "the GPU"}

# Settings
MORE = "More settings"
FAMILY_DEFAULT = "the family's own"
LABEL = "Name of the run"
LABEL_HELP = "Shown in the list of runs. Left empty, the table's name is used."
LEARNING_RATE = "Learning rate (step size)"
LEARNING_RATE_HELP = (
    "Safe range 0.00001 to 0.01. Larger learns faster but can spoil what the backbone knows. Empty: "
    "the family's own."
)
BATCH_SIZE = "Batch size (rows per step)"
BATCH_SIZE_HELP = "Safe range 32 to 1,024. Larger is steadier and needs more memory. Empty: the family's own."
EPOCHS = "Epochs (passes over the rows)"
EPOCHS_HELP = "Safe range 5 to 200. The most that may happen; patience usually ends the training sooner."
PATIENCE = "Patience (epochs)"
PATIENCE_HELP = "Safe range 3 to 30. Training stops after so many epochs without a better validation loss."
WEIGHT_DECAY = "Weight decay (strength)"
WEIGHT_DECAY_HELP = "Safe range 0 to 0.1. Larger keeps the weights small and resists overfitting on few rows."
OPTIMISER = "Optimiser"
OPTIMISER_HELP = (
    "How steps are made from gradients. AdamW is the safe choice; SGD needs a larger learning rate."
)
OPTIMISERS = {"adamw": "AdamW", "adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}
RECALIBRATION = "Recalibration"
RECALIBRATION_HELP = (
    "A monotone correction of the probabilities, fitted on rows kept out of training and kept with the "
    "model. Results show for every run whether it would have helped; isotonic is for thousands of rows."
)
RECALIBRATIONS = {"none": "none", "platt": "Platt's line", "isotonic": "isotonic"}
SEED = "Seed (whole number)"
SEED_HELP = "0 to 2,147,483,647. The same seed on the same table gives the same split and the same run."
TEST_SHARE = "Test share (% of the rows)"
TEST_SHARE_HELP = (
    "Safe range 15 to 40. Rows kept for the test: more give narrower intervals, fewer rows to learn from."
)
VALIDATION_SHARE = "Validation share (% of the rest)"
VALIDATION_SHARE_HELP = "Safe range 10 to 30. Rows that decide when to stop and where to cut."
DEVICE = "Device"
DEVICE_HELP = "Automatic takes the GPU where there is one that torch can use, else the CPU."
DEVICE_NAMES = {"auto": "automatic", "cpu": "CPU", "cuda": "GPU"}

# Launch
LAUNCH = "Launch"
LAUNCH_HELP = "Starts the run in the background; you can close the browser."

# Jobs that bring a backbone
JOB_RUNNING = {
    "pretrain-source": "Training the backbone **{name}**: {message}",
    "fetch-backbone": "Getting **{name}**: {message}",
}
JOB_DONE = {
    "pretrain-source": "The backbone **{name}** is in the catalogue.",
    "fetch-backbone": "**{name}** is installed.",
}
JOB_FAILED = {
    "pretrain-source": "The training of the backbone **{name}** failed.",
    "fetch-backbone": "Getting **{name}** failed.",
}
JOB_STOPPED = {
    "pretrain-source": "The training of **{name}** was stopped.",
    "fetch-backbone": "Getting **{name}** was stopped; nothing was kept.",
}
JOB_CANCEL = "Stop"
JOB_FORGET = "Dismiss"

# Weights that do not ship
FETCH_TITLE = "Get the weights"
FETCH_ABOUT = (
    "**{name}** needs one file of its publisher ({licence}): {file}, {size}. Its size and SHA-256 are "
    "checked before it is opened; any other file is refused."
)
FETCH_DOWNLOAD = (
    "**Download.** This machine asks {host} for that file. The request names the file and this program, "
    "nothing else: no table, no column name and no setting leaves the machine."
)
FETCH_DOWNLOAD_YES = "Download {size}"
FETCH_DOWNLOAD_OFF = (
    "**Download.** Switched off here, as finxfer asks nobody for anything on its own. It is offered after "
    "finxfer was started with FINXFER\\_ALLOW\\_DOWNLOADS set to yes."
)
FETCH_FILE = "Or choose the file where you have it: {file}"
FETCH_FILE_YES = "Check and install"
FETCH_OTHER_FILE = "This is another file: it has {found} bytes, the official one {wanted}."
FETCH_COMMAND = "The same on the command line:"

# Deleting a backbone
DELETE = "Delete"
DELETE_HELP = "Delete the backbone {name}"
DELETE_TITLE = "Delete this backbone?"
DELETE_QUESTION = (
    "**{name}** is removed from this machine. Runs that started from it stay. This cannot be undone."
)
DELETE_YES = "Delete the backbone"
DELETE_NO = "Keep it"
