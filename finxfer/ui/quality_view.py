"""Quality on the Data page: problems first, each with what it rests on and a remedy."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finxfer.data.quality import Finding, assess, compared_columns
from finxfer.data.quality_remedies import target_findings
from finxfer.data.quality_tasks import assess_task
from finxfer.data.quality_whole import Whole, count_copies
from finxfer.data.splits import binary_target
from finxfer.data.tasks import target_values
from finxfer.errors import BadInput
from finxfer.records.spec import BINARY, ColumnSpec
from finxfer.records.tables import Roles, TableMeta
from finxfer.ui import charts, charts_data, remedies_state, remedies_view, roles_state, roles_view
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, share
from finxfer.ui.text import data as text

SHOWN = 4
_BADGES = {
    "problem": ("red", ":material/error:"),
    "warning": ("orange", ":material/warning:"),
    "note": ("gray", ""),
}
_COLOURS = {"problem": "worse", "warning": "worse", "note": "baseline"}


@st.cache_data(max_entries=24, show_spinner=False)
def _assess(
    sha256: str,
    columns: tuple[tuple[str, str, str], ...],
    target: str,
    positive: str,
    how: str,
    remedies: str,
    _frame: pd.DataFrame,
) -> list[Finding]:
    """`how` and `remedies` are keys: of how the target and the rows in `_frame` were read."""
    specs = [ColumnSpec(*column) for column in columns]
    table = roles_state.whole_of(sha256)
    if roles_state.frame_of(sha256) is table:
        return assess(_frame, specs, target, positive)
    compared = tuple(compared_columns([str(name) for name in table.columns], specs))
    y = binary_target(roles_state.read_column(sha256, target, how), positive)
    return assess(_frame, specs, target, positive, Whole(y, _copies(sha256, compared)))


@st.cache_data(max_entries=8, show_spinner=False)
def _copies(sha256: str, names: tuple[str, ...]) -> int:
    return count_copies(roles_state.whole_of(sha256), names)


def findings_of(table: TableMeta, roles: Roles) -> list[Finding]:
    """The findings, problems first; while the target is not settled, what stands in its way."""
    if roles.target and roles.task != BINARY:
        return _of_task(table, roles)
    if not (roles.target and roles.positive):
        if not roles.target:
            return []
        return target_findings(roles_state.frame_of(table.sha256), roles.target)
    done = {(one.kind, name) for one in roles.remedies for name in one.columns or ("",)}
    frame, key = remedies_state.looked_at(table, roles), remedies_state.key_of(roles)
    columns = tuple((column.name, column.role, column.kind) for column in roles.columns)
    try:
        how = roles_state.how_target(roles)
        found = _assess(table.sha256, columns, roles.target, roles.positive, how, key, frame)
        # Rows that repeat another stay in the table: what was done about them is listed as applied.
        return [one for one in found if not _settled(one, done)]
    except BadInput as error:
        return [
            Finding("target", roles.target, "problem", None, f"{error.what} {error.why}", error.next, None)
        ]


def _of_task(table: TableMeta, roles: Roles) -> list[Finding]:
    """The findings of a target that is a number or one of several classes."""
    done = {(one.kind, name) for one in roles.remedies for name in one.columns or ("",)}
    frame, key = remedies_state.looked_at(table, roles), remedies_state.key_of(roles)
    columns = tuple((column.name, column.role, column.kind) for column in roles.columns)
    try:
        found = _assess_task(table.sha256, columns, roles.target, roles.task, roles.classes, key, frame)
    except BadInput as error:
        return [
            Finding("target", roles.target, "problem", None, f"{error.what} {error.why}", error.next, None)
        ]
    return [one for one in found if not _settled(one, done)]


@st.cache_data(max_entries=24, show_spinner=False)
def _assess_task(
    sha256: str,
    columns: tuple[tuple[str, str, str], ...],
    target: str,
    task: str,
    classes: tuple[str, ...],
    remedies: str,
    _frame: pd.DataFrame,
) -> list[Finding]:
    y = target_values(_frame[target], task, "", classes)
    return assess_task(_frame, [ColumnSpec(*column) for column in columns], target, y, classes)


def _settled(finding: Finding, done: set[tuple[str, str]]) -> bool:
    names = [(one.kind, name) for one in finding.remedies for name in one.columns or ("",)]
    return bool(names) and all(name in done for name in names)


def show_outcome(roles: Roles, counts: tuple[int, int]) -> None:
    """How the outcome is spread over the rows with a known target."""
    positives, negatives = counts
    name = text.OUTCOME_PARTS.format(target=plain(roles.target, 20), positive=plain(roles.positive, 16))
    figure = charts_data.parts_bar(
        [(name, positives, "positive", ""), (text.OTHER_ROWS, negatives, "negative", "/")]
    )
    words = text.BALANCE_ALT.format(
        positives=positives, negatives=negatives, target=plain(roles.target), positive=plain(roles.positive)
    )
    charts.show(figure, "outcome", words)


def show_findings(table: TableMeta, roles: Roles, findings: list[Finding]) -> None:
    """The most serious findings in full, the others folded."""
    remedies_view.show_applied(table, roles)
    if not findings:
        st.caption(text.QUALITY_NONE if roles.target else text.QUALITY_WAIT)
        return
    looked_at = len(roles_state.frame_of(table.sha256))
    if looked_at < table.rows:
        st.caption(text.QUALITY_SAMPLE.format(rows=count(looked_at), whole=count(table.rows)))
    for number, finding in enumerate(findings[:SHOWN]):
        _finding(table, finding, number)
    rest = findings[SHOWN:]
    if rest:
        with st.expander(text.MORE_FINDINGS.format(count=len(rest))):
            for number, finding in enumerate(rest, start=SHOWN):
                _finding(table, finding, number, chart=False)


def _finding(table: TableMeta, finding: Finding, number: int, chart: bool = True) -> None:
    colour, icon = _BADGES.get(finding.severity, _BADGES["note"])
    title = text.SEVERITIES.get(finding.severity, finding.severity)
    with st.container(gap="xxsmall", key=f"finding_{number}"):
        st.markdown(f":{colour}-badge[{icon} {title}] {finding_words(finding)}")
        figure = (
            charts_data.finding_chart(finding.chart, _COLOURS.get(finding.severity, "baseline"))
            if chart and finding.chart
            else None
        )
        if figure is not None:
            words = text.FINDING_ALT.format(sentence=plain(finding.sentence, 300))
            charts.show(figure, f"finding_chart_{number}", words)
        _remedy(table, finding, number)


def finding_words(finding: Finding) -> str:
    """The finding as markdown, with its column's name in front unless the sentence has it."""
    words = md(finding.sentence, 400)
    if finding.column is None or finding.column in finding.sentence:
        return words
    return f"**{md(finding.column, 40)}**: {words}"


def _remedy(table: TableMeta, finding: Finding, number: int) -> None:
    if finding.column is not None and finding.remedy == "exclude":
        st.button(
            text.EXCLUDE.format(column=md(finding.column, 30)),
            key=f"remedy_{number}",
            icon=":material/block:",
            type="tertiary",
            on_click=roles_view.leave_out,
            args=(table, finding.column),
        )
        return
    if finding.remedy:
        st.caption(md(finding.remedy, 300))
    if finding.remedies:
        remedies_view.show_button(table, finding.remedies, f"remedy_{number}")


def verdict(roles: Roles, findings: list[Finding], counts: tuple[int, int, int]) -> str:
    """The second half of the page's sentence; `counts` are the rows positive, negative and without target."""
    positives, negatives, unknown = counts
    if not roles.target or not roles.positive or not positives + negatives:
        return text.VERDICT_TARGET_MISSING
    problems = sum(finding.severity == "problem" for finding in findings)
    words = text.VERDICT_PROBLEMS if problems else text.VERDICT_CLEAN
    return words.format(
        share=share(positives / (positives + negatives)),
        whole=text.KNOWN_ROWS if unknown else text.ALL_ROWS,
        target=md(roles.target, 40),
        positive=md(roles.positive, 30),
        count=text.ONE_PROBLEM if problems == 1 else text.PROBLEMS.format(count=problems),
    )
