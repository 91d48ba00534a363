"""Sentences about finxfer's own choice: what was tried, what won, and what it owes to pretraining."""

from __future__ import annotations

TITLE = "How finxfer chose"

# Candidates: in a table or chart, and inside a sentence.
NAMED = {
    "as-is": "{backbone}, as it is",
    "depth": "{backbone}, depth {depth}",
    "fine-tuned": "{backbone}, fine-tuned",
    "corrected": "{backbone}, corrected by your rows",
}
SPOKEN = {
    "as-is": "{backbone} as it is",
    "depth": "{backbone} fine-tuned at depth {depth}",
    "fine-tuned": "{backbone} fine-tuned",
    "corrected": "{backbone} corrected by a small logistic regression of your rows",
}
MEAN = "The mean chosen"
MEMBER = "{name} ({share})"
MORE = "{count} more ({share})"
MEAN_OF = "a mean of {members}"
AND = " and "

WON = "**{winner}** was chosen: {how} its {what} is {loss}"
HOW_FOLDS = "cross-validated over {folds} parts of {rows} training rows,"
HOW_HELD_OUT = "on {rows} rows kept out of training,"
AHEAD = "{won}, against {other} for {over}, {rank}: {margin} ± {error} lower."
CLOSE = "{won}, against {other} for {over}, {rank}. The difference, {margin} ± {error}, could be chance."
SIMPLER = (
    "{won}. {over} had {other}, lower by {margin} ± {error}: too little to prefer it to what is simpler or "
    "steadier."
)
ALONE = "{won}."
BEST_OTHER, BEST_SINGLE = "the best other", "the best on its own"
PLUS_MINUS = "± is one standard error over the rows. Test rows chose nothing."

LOSSES = {"log_loss": "Log loss", "squared_error": "Squared error"}
CHART_TITLE = "{loss} of everything tried; left is better"
CHART_ALT = "Cross-validated loss of every candidate with one standard error, best first: {values}."
CHOSEN_WORDS = "{loss} · chosen"
MEMBER_WORDS = "{loss} · {share} of the model"
COLUMNS = {
    "name": "Candidate",
    "kind": "Kind",
    "loss": "Log loss",
    "auc": "AUC",
    "share": "Share",
    "seconds": "Time",
}
KINDS = {
    "as-is": "pretrained",
    "fine-tuned": "fine-tuned",
    "corrected": "pretrained, corrected",
    "baseline": "not pretrained",
}
KIND_FELL_BACK = "{kind}, no better"
KIND_MEAN = "mean"
TABLE_ALT = "Everything that was tried: kind, log loss with its standard error, AUC, share in the model, time"
FOLD = "Everything that was tried ({count})"

# Without any pretrained backbone
WITHOUT_TITLE = "Without any pretrained backbone"
WITHOUT = "finxfer would have chosen {without}. {verdict}"
VERDICTS = {
    "better": "On the same {rows} test customers the model's {metric} is **{size} {better}**: that is the "
    "gain from pretraining.",
    "worse": "On the same {rows} test customers the model's {metric} is **{size} {worse}**: here pretraining "
    "**did harm**.",
    "no gain found": "**No gain from pretraining found**: on the same {rows} test customers the "
    "{metric} differs by {size}.",
    "not measured": "What pretraining brings is not measured: too few test customers of both outcomes.",
}
HIGHER, LOWER = "higher", "lower"
NOT_IN_THE_MODEL = (
    "That is what was chosen: no pretrained backbone is in the model, so pretraining brings nothing here."
)
WITHOUT_COLUMNS = {
    "metric": "Metric",
    "model": "This model",
    "without": "Without pretraining",
    "difference": "Difference",
}
WITHOUT_ALT = "Gini, AUC and log loss on test customers of the model and of the choice without pretraining"
