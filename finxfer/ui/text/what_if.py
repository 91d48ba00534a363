"""Sentences of the what-if: another value here and there, and what would have had to be different."""

from __future__ import annotations

INTRO = (
    "Change a customer's values and see at once what the model would have said, or let it search for the "
    "smallest changes after which it would have approved. The run's own model answers, loaded by a job "
    "beside this page."
)
START = "Load the model"
LOADING = "Loading the model"
CANCEL = "Cancel"
ENDED = "The what-if has ended: nobody asked for a while. Load the model again to go on."
OTHER_MODEL = "The what-if asks the run's own model. Choose it above."
NO_ANSWER = (
    "The model is busy and has not answered yet. The last figures stay; change something or ask again."
)
ASK_AGAIN = "Ask again"
STOP = "Close the model"

PART_VALUES = "Change values"
PART_SEARCH = "What would have had to be different"

AS_IS, CHANGED = "As they are", "With these changes"
DECISION = "Decision"
DECISION_HELP = "Flagged at a probability of {threshold} or more, the run's threshold."
FLAGGED, APPROVED = "flagged", "approved"
TURNED = "was {before}"
POINTS = "{points} points"
RESET, UNDO = "Reset", "Undo"
NOTHING_CHANGED = "Nothing is changed yet."
CHANGES = "Changed: {changes}."
CHANGE = "**{column}** {before} → {after}"
MISSING = "missing"
LOCKED = "This column cannot change; see the limits of the search."
MORE = "{count} more features"
UNUSUAL = {
    "below": "{column}: {value} is below every value seen in training. The model has never met it.",
    "above": "{column}: {value} is above every value seen in training. The model has never met it.",
    "new": "{column}: {value} was never seen in training; the model takes it as missing.",
    "missing": "{column}: it was missing in no training row.",
}
RARE_LOW = "at or below 1% of the training rows"
RARE_HIGH = "above 99% of the training rows"

LIMITS = "What cannot change"
LIMITS_INTRO = (
    "Said once for this run. Protected columns never change. Others are proposed by their names and kinds: "
    "age, sex, origin, family, dates."
)
IMMUTABLE = "Cannot change"
ONLY_UP, ONLY_DOWN = "Can only rise", "Can only fall"
ONLY_HELP = "Numbers and dates only. For example: years in employment can only rise."
SAVE = "Save"
BOTH = "A column cannot only rise and only fall: {columns}."
WANTED = "Probability to get below, %"
WANTED_HELP = "The run's threshold to begin with: below it the model approves."
SEARCH = "Search"
SEARCHING = "Trying changes"
ALREADY = "The model already predicts {before}, below {wanted}: nothing would have had to be different."
FOUND = (
    "The model would have predicted less than **{wanted}** instead of **{before}** in each of these cases:"
)
NONE = (
    "**No answer within these limits.** No change of at most {most} columns to values seen in training "
    "brings the model below {wanted}; the lowest it came to was {lowest}."
)
EXHAUSTED = "The search ended at its limit of predictions; there may be others."
IF = "If {changes}: **{probability}**"
WERE = "**{column}** were {after} instead of {before} ({size})"
AND = " and "
HIGHER, LOWER = (
    "higher, {share} of the training rows lie between",
    "lower, {share} of the training rows lie between",
)
OTHER_VALUE = "another category"
NOW_KNOWN = "it was missing"
TRY = "Try it"
COST = "{evaluations} predictions of the model in {seconds}; columns that stayed as they are: {fixed}."
NO_FIXED = "none"
NO_ADVICE = (
    "This says what the model would have answered to other values. It does not say that a customer could "
    "change them, that the outcome would change with them, or that another decision would be right: it is "
    "no advice."
)
