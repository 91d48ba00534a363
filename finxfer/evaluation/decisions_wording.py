"""What decisions.json says, in sentences. Every number in them is in the file too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finxfer.evaluation.wording import MODEL_TITLES

EXAMPLE = "The amounts are examples, not the bank's: set your own before you quote any money."


def decisions_sentence(found: Mapping[str, Any]) -> str:
    """The answer in money: what the model gains over the champion at the same approval rate."""
    if not found["measured"]:
        return "No test row has a known outcome, so decisions cannot be valued."
    swap, champion = found["swap"], found["champion"]
    if champion is None or swap is None:
        own = found["thresholds"]["cost"]
        made = money_words(own["money"], found["currency"])
        return f"There is no champion. At the threshold that the amounts chose the model makes {made}."
    name, rate = champion_title(champion), share_words(swap["approval_rate"])
    change, interval = swap["money"]["difference"], swap["money"]["interval"]
    amount = money_words(abs(change), found["currency"])
    lead = f"At the same approval rate of {rate} the model"
    if not swap["in"]["rows"] and not swap["out"]["rows"]:
        return f"{lead} approves the very customers that {name} approves: nothing would change."
    lead += (
        f" makes {amount} {'more' if change >= 0 else 'less'} than {name} on {swap['rows']:,} test customers"
    )
    if interval is None:
        return f"{lead}; there are too few of one outcome for an interval."
    point, low, high = (money_words(end, found["currency"]) for end in (change, *interval))
    verdict = "" if interval[0] > 0 or interval[1] < 0 else ": no difference found"
    return f"{lead} (difference {point} [{low}, {high}]){verdict}."


def decisions_notes(found: Mapping[str, Any]) -> list[str]:
    """What must be known beside the answer."""
    said = [EXAMPLE] if found["example_amounts"] else []
    if not found["measured"]:
        return said
    said += _champion_notes(found)
    swap = found["swap"]
    if swap is not None and swap["tied_share"] > 0.01:
        said.append(
            f"{share_words(swap['tied_share'])} of the customers share the last places of the quota with "
            "equal scores; they are approved in parts, so that both approve the same share."
        )
    said.append(
        f"The threshold by amounts was chosen on {found['rows']['choosing']:,} rows kept out of training "
        "and is only reported on test rows. A quota ranks test customers without a look at their outcomes."
    )
    said.append(
        "Customers whom the bank declined in the past have no outcome in a table: whoever moves in here was "
        "approved then too."
    )
    if found["base_rate"] is not None:
        said.append(
            f"Each class is weighed so that {share_words(found['base_rate'])} of the customers default, as "
            "in the portfolio; counts of rows are those of the table."
        )
    return said


def _champion_notes(found: Mapping[str, Any]) -> list[str]:
    champion = found["champion"]
    if champion is None:
        return []
    if champion["kind"] == "baseline":
        chosen = "" if found["settings"]["champion"] else ", the best baseline on rows kept out of training,"
        return [
            f"Today's model is not in this run: {champion_title(champion)}{chosen} stands for it. Name a "
            "column with today's score to compare with that."
        ]
    said = [
        f"The champion is the column {champion['name']!r}; on rows kept out of training "
        f"{'higher' if champion['higher_is_riskier'] else 'lower'} values default more often."
    ]
    if champion["is_feature"]:
        said.append(
            f"{champion['name']!r} is also a feature: the model has learned from its rival. Leave it out of "
            "the features to compare the two fairly."
        )
    if champion["missing_rows"]:
        said.append(
            f"{champion['missing_rows']:,} test customers have no value in {champion['name']!r} and are not "
            "in the comparison."
        )
    return said


def mover_words(entry: Mapping[str, Any]) -> str:
    """One line of a swap set's profile: how those who move in differ from those who move out."""
    name = (
        entry["column"] if entry["kind"] == "number" else f"{entry['column']} = {entry['value'] or 'missing'}"
    )
    write = _number if entry["kind"] == "number" else share_words
    line = f"{name}: {write(entry['in'])} of those who move in, {write(entry['out'])} of those who move out"
    if entry["kind"] == "number":
        line = f"{name}: median {write(entry['in'])} moving in, {write(entry['out'])} moving out"
    return line if entry["clear"] else f"{line}; could be chance"


def champion_title(champion: Mapping[str, Any]) -> str:
    """The champion as a sentence names it; a column's name is customer text."""
    if champion["kind"] == "column":
        return f"the score in {champion['name']!r}"
    return MODEL_TITLES.get(champion["name"], str(champion["name"]))


def money_words(value: float, currency: str) -> str:
    """An amount without decimals, its currency in front; a name stands apart from the number."""
    sign = "−" if round(value) < 0 else ""
    space = " " if currency[-1:].isalnum() else ""
    return f"{sign}{currency}{space}{abs(round(value)):,}"


def share_words(value: float) -> str:
    """A share as a percentage."""
    return f"{100 * value:.1f}%"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
