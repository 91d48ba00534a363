"""``what-if`` and ``counterfactual``: what the model would have said of a customer who differs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from finxfer.commands.arguments import Encoding, RunDir, Sheet, TableFile
from finxfer.commands.output import progress_bar
from finxfer.data.choices import ReadingChoice
from finxfer.errors import BadInput
from finxfer.evaluation.amounts import amount
from finxfer.explanations.reasons import value_text
from finxfer.records.assessment import assessment_of
from finxfer.records.change_settings import ChangeSettings
from finxfer.records.files import write_json
from finxfer.records.folder import RunFolder
from finxfer.records.spec import REGRESSION
from finxfer.runs.intake import read_file

if TYPE_CHECKING:
    from finxfer.explanations.seen import Customer
    from finxfer.runs.what_if import Desk

Row = Annotated[int, typer.Option("--row", metavar="N", help="Row of TABLE, counted from 0.")]
_UNUSUAL = {
    "below": "below every value seen in training",
    "above": "above every value seen in training",
    "new": "never seen in training; the model takes it as missing",
    "missing": "missing, as it was in no training row",
}


def what_if(
    run_dir: RunDir,
    table: TableFile,
    row: Row,
    set_: Annotated[
        list[str],
        typer.Option("--set", metavar="COL=VALUE", help="Another value; COL= is missing; repeatable."),
    ],
    sheet: Sheet = None,
    encoding: Encoding = None,
) -> None:
    """The probability of a customer of TABLE before and after some values are replaced."""
    values = dict(_pair(one) for one in set_)
    desk, customer = _open(run_dir, table, ReadingChoice(sheet, encoding), row)
    found = desk.what_if(customer, values)
    for name in values:
        changed = desk.seen[name].read(values[name])
        why = f" ({_UNUSUAL[found['unusual'][name]]})" if name in found["unusual"] else ""
        print(f"{name}: {value_text(customer[name])} -> {value_text(changed)}{why}")
    if found["task"] == REGRESSION:
        print(f"prediction: {amount(found['before'])} -> {amount(found['probability'])}")
        return
    followed = f" of {found['class']}" if "class" in found else ""
    print(f"probability{followed}: {found['before']:.4f} -> {found['probability']:.4f}")
    if found["threshold"] is None:
        print(f"predicted: {found['class']} -> {found['class_after']}")
        return
    before, after = (_decision(found, which) for which in ("before", "probability"))
    print(f"decision at {found['threshold']:.4f}: {before} -> {after}")


def counterfactual(
    run_dir: RunDir,
    table: TableFile,
    row: Row,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A new .json file.")],
    immutable: Annotated[
        list[str] | None, typer.Option(metavar="COL", help="Cannot change; repeatable.")
    ] = None,
    only_up: Annotated[
        list[str] | None, typer.Option(metavar="COL", help="Can only rise; repeatable.")
    ] = None,
    only_down: Annotated[
        list[str] | None, typer.Option(metavar="COL", help="Can only fall; repeatable.")
    ] = None,
    below: Annotated[
        float | None,
        typer.Option(metavar="P", help="Prediction to get below; the run's threshold if left out."),
    ] = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
) -> None:
    """The fewest, smallest changes of a customer of TABLE after which the model would have approved.

    Columns given here come on top of those kept with the run. It says what the model would have answered;
    it is no advice to a customer.
    """
    if out.suffix != ".json" or out.is_dir():
        raise BadInput(
            f"The result cannot be written to {out}.", "It is no .json file.", "Give another --out."
        )
    desk, customer = _open(run_dir, table, ReadingChoice(sheet, encoding), row)
    settings = _limits(desk, immutable, only_up, only_down)
    with progress_bar():
        found = desk.counterfactual(customer, settings, below)
    write_json(out, {"row": row, **found})
    print(f"{_word(desk)}: {_figure(desk, found['before'])}; wanted: below {_figure(desk, found['wanted'])}")
    if found["already"]:
        print("It is below already: nothing would have had to be different.")
    elif not found["answers"]:
        print(
            f"No answer found: no change of at most {found['most_changes']} columns within these limits "
            f"brought it below; the lowest was {_figure(desk, found['lowest'])}."
        )
    for answer in found["answers"]:
        print(
            f"{_figure(desk, answer['probability'])} if "
            + " and ".join(_worded(one) for one in answer["changes"])
        )
    print(f"{found['evaluations']:,} predictions, {found['seconds']:.1f} s. Written: {out}")


def _word(desk: Desk) -> str:
    return "prediction" if desk.scorer.task == REGRESSION else "probability"


def _figure(desk: Desk, value: float) -> str:
    return amount(value) if desk.scorer.task == REGRESSION else f"{value:.4f}"


def _worded(change: dict[str, Any]) -> str:
    return f"{change['column']} were {value_text(change['after'])} instead of {value_text(change['before'])}"


def _decision(found: dict[str, Any], which: str) -> str:
    return "flagged" if found[which] >= found["threshold"] else "approved"


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise BadInput("--set cannot be read.", f"It is {text[:60]!r}.", "Write --set COLUMN=VALUE.")
    return name, value


def _open(run_dir: Path, table: Path, choice: ReadingChoice, row: int) -> tuple[Desk, Customer]:
    frame = read_file(table, None, choice).frame
    if not 0 <= row < len(frame):
        raise BadInput(
            f"There is no row {row}.", f"{table.name} has rows 0 to {len(frame) - 1:,}.", "Give one of these."
        )
    from finxfer.runs.reporter import Reporter
    from finxfer.runs.what_if import Desk

    run = RunFolder(run_dir.resolve())
    desk = Desk(run, Reporter(run))
    desk.scorer.check(frame)
    return desk, desk.seen.customers(frame.iloc[[row]])[0]


def _limits(
    desk: Desk, immutable: list[str] | None, only_up: list[str] | None, only_down: list[str] | None
) -> ChangeSettings:
    """The limits kept with the run, and those given here."""
    from finxfer.runs.what_if import fixed_columns

    kept = assessment_of(desk.run).changes
    up, down = set(only_up or ()), set(only_down or ())
    return ChangeSettings(
        [*fixed_columns(desk.columns, kept), *(immutable or ())],
        sorted(up | (set(kept.only_up) - down)),
        sorted(down | (set(kept.only_down) - up)),
    )
