"""The analyst's rules of a table: stored beside its roles, edited as lines of text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.data.learned_rules import learn_rules
from finxfer.data.validation import validate
from finxfer.errors import BadInput
from finxfer.records.rules import (
    BETWEEN,
    KIND,
    MISSING_AT_MOST,
    ONE_OF,
    PROBLEM,
    Rule,
    RuleSet,
    Value,
    read_rules,
    write_rules,
)
from finxfer.records.tables import Roles, TableMeta
from finxfer.ui import roles_state, state
from finxfer.ui.text import validation as text

_NUMBER = r"[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"(?P<low>{_NUMBER})\s*(?:to|–|\.\.)\s*(?P<high>{_NUMBER})")
_FROM, _UP_TO = re.compile(rf"from\s+(?P<low>{_NUMBER})"), re.compile(rf"up to\s+(?P<high>{_NUMBER})")


def _path(sha256: str) -> Path:
    return state.store().file(sha256).with_name("rules.json")


def rules_of(table: TableMeta) -> RuleSet:
    """The rules kept for the table.

    Raises:
        Damaged, BadInput: the file is unreadable.
    """
    path = _path(table.sha256)
    return read_rules(path) if path.is_file() else RuleSet()


def keep_rules(table: TableMeta, rules: RuleSet) -> None:
    """Keep the rules beside the table's roles."""
    write_rules(_path(table.sha256), rules)


def proposed_rules(table: TableMeta, roles: Roles) -> RuleSet:
    """What the table's own rows teach, as rules to edit."""
    used = ("feature", "protected")
    features = [column.name for column in roles.columns if column.role in used]
    columns = [column for column in roles.columns if column.role != "target"]
    return learn_rules(roles_state.whole_of(table.sha256), columns, features, (), table.name)


def held_to(table: TableMeta, rules: RuleSet) -> dict[str, Any]:
    """What holding the table to the rules finds; read again only when table or rules change."""
    return _held(table.sha256, json.dumps(rules.to_json()))


@st.cache_data(max_entries=8, show_spinner=False)
def _held(sha256: str, rules: str) -> dict[str, Any]:
    whole = roles_state.whole_of(sha256)
    outcome = validate(
        lambda names: pd.DataFrame({name: whole[name] for name in names}),
        [str(name) for name in whole.columns],
        len(whole),
        RuleSet.from_json(json.loads(rules)),
    )
    return outcome.to_json()


def as_lines(rules: RuleSet) -> pd.DataFrame:
    """The rules as the editor shows them."""
    lines = [
        (
            rule.column,
            text.CHECKS[rule.check],
            value_of(rule),
            text.SEVERITIES[rule.severity],
            100 * rule.tolerance,
        )
        for rule in rules.rules
    ]
    frame = pd.DataFrame(lines, columns=list(text.EDITOR))
    return frame.astype(
        {"column": "str", "check": "str", "value": "str", "severity": "str", "tolerance": "float64"}
    )


def from_lines(lines: pd.DataFrame) -> RuleSet:
    """The rules of the editor's lines; unfinished lines are passed over.

    Raises:
        BadInput: a value does not fit its rule.
    """
    checks = {words: check for check, words in text.CHECKS.items()}
    severities = {words: severity for severity, words in text.SEVERITIES.items()}
    rules = []
    for line in lines.to_dict("records"):
        column, check = line["column"], checks.get(str(line["check"]))
        if pd.isna(column) or not column or check is None:
            continue
        written = "" if pd.isna(line["value"]) else str(line["value"]).strip()
        tolerance = 0.0 if pd.isna(line["tolerance"]) else float(line["tolerance"]) / 100
        severity = severities.get(str(line["severity"]), PROBLEM)
        rules.append(Rule(str(column), check, values_of(str(column), check, written), severity, tolerance))
    return RuleSet(tuple(rules))


def value_of(rule: Rule) -> str:
    """A rule's values as the editor writes them."""
    values = rule.values
    if rule.check == BETWEEN:
        low, high = (None if value is None else f"{value:.12g}" for value in values)
        words = text.UP_TO if low is None else text.FROM if high is None else text.BETWEEN
        return words.format(low=low, high=high)
    if rule.check == ONE_OF:
        texts = [str(value) for value in values]
        plain = all(";" not in one and one == one.strip() and one for one in texts) and not texts[
            0
        ].startswith("[")
        return "; ".join(texts) if plain else json.dumps(texts, ensure_ascii=False)
    if rule.check == MISSING_AT_MOST:
        return f"{100 * float(values[0] or 0):.12g}%"
    if rule.check == KIND:
        return text.KINDS[str(values[0])]
    return str(values[0]) if values else ""


def values_of(column: str, check: str, written: str) -> tuple[Value, ...]:
    """The values that a line's text means.

    Raises:
        BadInput: it does not fit the rule.
    """
    try:
        if check == BETWEEN:
            return _limits(written)
        if check == ONE_OF:
            return tuple(json.loads(written)) if written.startswith("[") else _parts(written)
        if check == MISSING_AT_MOST:
            return (float(written.rstrip("% ")) / 100,)
        if check == KIND:
            return ({words: kind for kind, words in text.KINDS.items()}[written.lower()],)
    except (ValueError, KeyError, TypeError):
        raise BadInput(
            text.WRONG_VALUE.format(column=column),
            text.WRONG_VALUE_WHY.format(value=written[:80]),
            text.WRONG_VALUE_NEXT.get(check, ""),
        ) from None
    return (written,) if written else ()


def _parts(written: str) -> tuple[Value, ...]:
    return tuple(part.strip() for part in written.split(";") if part.strip())


def _limits(written: str) -> tuple[Value, ...]:
    for pattern in (_RANGE, _FROM, _UP_TO):
        if match := pattern.fullmatch(written):
            ends = match.groupdict()
            return tuple(_number(ends.get(end)) for end in ("low", "high"))
    raise ValueError(written)


def _number(written: str | None) -> float | None:
    return None if written is None else float(written.replace(",", ""))
