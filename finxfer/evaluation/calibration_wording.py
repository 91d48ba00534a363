"""What calibration.json says, in sentences. Every number in them is in the file too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finxfer.evaluation.jeffreys import IN_LINE, TOO_HIGH, TOO_LOW

METHODS = {"platt": "Platt's line", "isotonic": "isotonic regression"}


def calibration_sentence(found: Mapping[str, Any]) -> str:
    """The answer: whether PDs agree with the default rates of the test rows. found: calibration.json."""
    grades = found["grades"]
    if not found["measured"]:
        return f"{_count(grades['found'])}; no test row has a known outcome, so no PD can be checked."
    whole, table = grades["portfolio"], grades["table"]
    low, high = whole["interval"]
    lead = (
        f"PD {_share(whole['pd'])} on average, {_share(whole['observed'])} [{_share(low)}, {_share(high)}] "
        f"defaulted of {whole['rows']:,}: {_verdict(whole['verdict'])}."
    )
    apart = [entry for entry in table if entry["verdict"] in (TOO_LOW, TOO_HIGH)]
    if not apart:
        of_grades = "In none of them" if len(table) > 1 else "In it"
        return f"{lead} {_count(len(table))}. {of_grades} does the observed rate differ from the PD clearly."
    named = ", ".join(f"{entry['grade']} ({entry['verdict']})" for entry in apart)
    return f"{lead} {_count(len(table))}; not in line: {named}."


def calibration_notes(found: Mapping[str, Any]) -> list[str]:
    """What must be known beside the answer."""
    grades, prior = found["grades"], found["prior"]
    kind = "out-of-fold training rows" if found["chosen_on"] == "out_of_fold" else "validation rows"
    said = [
        f"Grades and recalibrations were fitted on {found['rows']['choosing']:,} {kind} and are only "
        f"reported on {found['rows']['test']:,} test rows."
    ]
    if grades["found"] == 1:
        said.append("There is one grade only: probabilities, or default rates along them, do not differ.")
    elif grades["found"] < grades["asked"]:
        said.append(
            f"{grades['found']} of the {grades['asked']} wanted grades: neighbours whose default rates did "
            "not ascend on the rows that built them are one grade, and ties stay together."
        )
    if found["measured"] and grades["found"] > 1:
        said.append(
            f"The words count {2 * grades['found']} tests at once (both sides of every grade, Holm), so that "
            "chance alone names a grade at most once in 20 reports; the p-values are those of single tests."
        )
    said += _recalibration(found) + _prior(prior)
    return said


def _recalibration(found: Mapping[str, Any]) -> list[str]:
    if found["recalibration"] in METHODS:
        name = METHODS[found["recalibration"]]
        return [
            f"This run's probabilities went through {name}. The same rows fitted it that build the grades "
            "and choose the threshold, so for these each row's function was fitted on other rows."
        ]
    return []


def _prior(prior: Mapping[str, Any]) -> list[str]:
    said = []
    if prior["shifts_rate"]:
        ways = [
            words
            for used, words in (
                (prior["class_weighting"] == "balanced", "class weights"),
                (prior["smote"] > 0, "made-up rows of the rarer class"),
                (prior.get("oversample", 0) > 0, "repeated rows of the rarer class"),
                (prior.get("undersample", 0) > 0, "fewer rows of the larger class"),
            )
            if used
        ]
        moved = (
            "The log-odds were moved back"
            if prior["logit_shift"] is None
            else f"Its log-odds were moved by {prior['logit_shift']:+.3f}"
        )
        said.append(
            f"Training saw other class shares than the table has ({' and '.join(ways)}). {moved}: logistic "
            "regression, LightGBM and contexts by the known shares, other models so that the mean "
            "probability is the default rate of rows kept out of training."
        )
    if prior.get("focal_gamma"):
        said.append(
            f"Training used the focal loss (gamma {prior['focal_gamma']:g}), whose minimum is no "
            "probability. The log-odds were bent back by the closed form of Charoenphakdee et al. 2021; a "
            "network that stopped before it got there is bent only where rows kept out of training say so."
        )
    if prior["base_rate"] is not None:
        said.append(
            f"For a portfolio with a default rate of {_share(prior['base_rate'])} in place of "
            f"{_share(prior['sample_rate'])} the log-odds move by {prior['base_rate_shift']:+.3f} "
            "(Elkan 2001; Saerens et al. 2002). That holds where only the shares of the classes differ."
        )
    return said


def recalibration_words(entry: Mapping[str, Any], method: str) -> str:
    """What a recalibration would do to the log loss of the test rows. entry: of "recalibrations"."""
    change = entry["differences"]["log_loss"]
    value, interval = change["value"], change["interval"]
    name = METHODS[method]
    name = name[0].upper() + name[1:]
    if value is None:
        return f"{name}: not measured."
    if interval is None:
        return f"{name} changes the log loss by {_signed(value)}; too few test rows for an interval."
    low, high = interval
    verdict = "better" if high < 0 else "worse" if low > 0 else "no gain found"
    return f"{name} changes the log loss by {_signed(value)} [{_signed(low)}, {_signed(high)}]: {verdict}."


def _verdict(word: str) -> str:
    return "in line" if word == IN_LINE else word


def _count(grades: int) -> str:
    return "One rating grade" if grades == 1 else f"{grades} rating grades"


def _signed(value: float) -> str:
    return f"{value:+.4f}".replace("-", "−")


def _share(value: float) -> str:
    return f"{100 * value:.1f}%"
