"""The command line: ``python -m finxfer COMMAND``. The same jobs as the app's, headless."""

from __future__ import annotations

import enum
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from finxfer.commands import backbones, pretrain
from finxfer.commands.anomaly import anomaly
from finxfer.commands.arguments import (
    Backbone,
    Device,
    Drop,
    Encoding,
    Extracted,
    FreezeDepth,
    Group,
    Imbalance,
    Immature,
    Maps,
    NewRunDir,
    OutcomeDays,
    OutFile,
    Positive,
    Protected,
    Recalibrate,
    Remedies,
    RunDir,
    SearchMinutes,
    Seed,
    Sheet,
    SpecFile,
    Split,
    TableFile,
    Target,
    Task,
    TestFile,
    TestSheet,
    Time,
)
from finxfer.commands.assess import assess
from finxfer.commands.compare import compare
from finxfer.commands.cross_validate import cross_validate
from finxfer.commands.device import chosen_device
from finxfer.commands.jobs import check_new_folder, follow_job, nothing_left_behind
from finxfer.commands.ladder import ladder, print_ladder
from finxfer.commands.learning_curve import learning_curve
from finxfer.commands.mitigate import mitigate
from finxfer.commands.moving import export_runs, import_runs
from finxfer.commands.output import progress_bar, say
from finxfer.commands.pack import pack, replay
from finxfer.commands.preflight import preflight
from finxfer.commands.query import query
from finxfer.commands.validate import say_differences, validate
from finxfer.commands.what_if import counterfactual, what_if
from finxfer.commands.windows import windows
from finxfer.commands.worst_slices import worst_slices
from finxfer.data.choices import ReadingChoice
from finxfer.data.writing import check_writable, write_table
from finxfer.errors import BadInput, Cancelled, FinxferError
from finxfer.records.folder import RunFolder
from finxfer.records.spec import LADDER
from finxfer.runs import launcher
from finxfer.runs.intake import read_file
from finxfer.runs.preparing import Options, Prepared, prepare
from finxfer.runs.worker import explain_error

CANCELLED_EXIT = 130
APP = Path(__file__).resolve().parents[1] / "app.py"


class Scale(enum.StrEnum):
    """What explanations add up to."""

    PROBABILITY = "probability"
    LOG_ODDS = "log-odds"


app = typer.Typer(
    help="Adapt a pretrained backbone to the few labelled customers at hand.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Without rich's boxes an error is a line that can be read, piped and searched for.
    rich_markup_mode=None,
)
app.add_typer(pretrain.app, name="pretrain")
app.add_typer(backbones.app, name="backbones")
app.command()(preflight)
app.command()(ladder)
app.command()(assess)
app.command()(mitigate)
app.command()(worst_slices)
app.command()(pack)
app.command()(replay)
app.command()(compare)
app.command("export")(export_runs)
app.command("import")(import_runs)
app.command()(learning_curve)
app.command()(cross_validate)
app.command()(what_if)
app.command()(counterfactual)
app.command()(windows)
app.command()(anomaly)
app.command()(query)
app.command()(validate)


@app.command("app", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def start_app(context: typer.Context) -> None:
    """Start the app in the browser; further options go to streamlit."""
    command = [sys.executable, "-m", "streamlit", "run", str(APP), *context.args]
    raise typer.Exit(subprocess.call(command, cwd=APP.parent))


@app.command()
def finetune(
    table: TableFile,
    out: NewRunDir,
    target: Target = None,
    positive: Positive = None,
    test: TestFile = None,
    backbone: Backbone = None,
    freeze_depth: FreezeDepth = None,
    drop: Drop = None,
    protected: Protected = None,
    split: Split = None,
    time: Time = None,
    group: Group = None,
    seed: Seed = None,
    device: Device = None,
    spec: SpecFile = None,
    maps: Maps = None,
    search_minutes: SearchMinutes = None,
    recalibrate: Recalibrate = None,
    imbalance: Imbalance = None,
    outcome_days: OutcomeDays = None,
    extracted: Extracted = None,
    immature: Immature = None,
    task: Task = None,
    remedy: Remedies = None,
    sheet: Sheet = None,
    test_sheet: TestSheet = None,
    encoding: Encoding = None,
) -> None:
    """Fine-tune a backbone on TABLE, measure it beside the baselines, explain it."""
    check_new_folder(out)
    options = Options(
        table=table,
        choice=ReadingChoice(sheet, encoding),
        test_sheet=test_sheet,
        target=target,
        positive=positive,
        test=test,
        backbone=backbone,
        freeze_depth=freeze_depth,
        drop=tuple(drop or ()),
        protected=tuple(protected or ()),
        seed=seed,
        device=device,
        spec_file=spec,
        search_minutes=search_minutes,
        maps=tuple(maps or ()),
        split=split,
        time=time,
        group=tuple(group or ()),
        recalibrate=recalibrate,
        imbalance=imbalance,
        outcome_days=outcome_days,
        extracted=extracted,
        immature=immature,
        task=task,
        remedies=tuple(remedy or ()),
    )
    _launch(prepare(options), out)


def _launch(prepared: Prepared, out: Path) -> None:
    """Say what is to be said before the run, run it, and say what it found."""
    for notice in prepared.notices:
        say(notice)
    prepared.keep_tables()
    with nothing_left_behind(out):
        follow_job(launcher.launch(prepared.spec, out), said=prepared.notices)
    _print_summary(RunFolder(out))


@app.command()
def resume(run_dir: RunDir) -> None:
    """Go on with a run that was cancelled, interrupted or failed."""
    run = RunFolder(run_dir.resolve())
    if run.exists() and run.status().state == "finished":
        say("This run is finished already.")
    else:
        follow_job(run if run.exists() and run.status().active else launcher.resume(run))
    if run.spec().job == LADDER:
        print_ladder(run)
    else:
        _print_summary(run)


@app.command()
def score(
    run_dir: RunDir, table: TableFile, out: OutFile, sheet: Sheet = None, encoding: Encoding = None
) -> None:
    """Write TABLE with a column `probability` (and `anomaly` where the run has that score)."""
    choice = ReadingChoice(sheet, encoding)
    scored = _with_run(run_dir, table, choice, out, lambda scorer, frame: _scored(scorer, frame))
    print(f"{len(scored):,} rows scored: {out}")


@app.command()
def explain(
    run_dir: RunDir,
    table: TableFile,
    out: OutFile,
    scale: Annotated[
        Scale, typer.Option(help="log-odds: exact TreeSHAP of boosted trees, without reasons.")
    ] = Scale.PROBABILITY,
    sheet: Sheet = None,
    encoding: Encoding = None,
) -> None:
    """Write SHAP values of every row of TABLE, and reasons of the declined ones."""

    def work(scorer: Any, frame: pd.DataFrame) -> pd.DataFrame:
        if scale is Scale.LOG_ODDS:
            return scorer.explain_log_odds(frame)
        return scorer.explain(frame, report=bar.event)

    with progress_bar() as bar:
        made = _with_run(run_dir, table, ReadingChoice(sheet, encoding), out, work)
    print(f"{len(made):,} rows explained: {out}")


def _with_run(
    run_dir: Path,
    table: Path,
    choice: ReadingChoice,
    out: Path,
    work: Callable[[Any, pd.DataFrame], pd.DataFrame],
) -> pd.DataFrame:
    """Open run and table, do the work, and write its result atomically in the format of ``out``."""
    _check_out_file(out, table)
    source = read_file(table, None, choice)
    check_writable(out, source.table.num_rows)
    from finxfer.runs.score import load_scorer

    run = RunFolder(run_dir.resolve())
    scorer = load_scorer(run, chosen_device(None))
    say_differences(run, source.frame)
    made = work(scorer, source.frame)
    write_table(made, out)
    return made


def _scored(scorer: Any, frame: pd.DataFrame) -> pd.DataFrame:
    made = scorer.answers(scorer.probability(frame))
    for name in made:
        if name in frame.columns:
            say(f"TABLE has a column {name!r} already: the new one takes its place.")
    return frame.assign(**made, **scorer.beside(frame))


def _check_out_file(out: Path, table: Path) -> None:
    check_writable(out)
    if out.is_dir():
        raise BadInput(f"The result cannot be written to {out}.", "It is a folder.", "Give another --out.")
    if out.resolve() == table.resolve():
        raise BadInput("TABLE would be overwritten.", "--out names the same file.", "Give another --out.")


def _print_summary(run: RunFolder) -> None:
    """What the run found, on stdout."""
    from finxfer.evaluation.wording import gain_sentence, headline_sentence

    metrics = run.metrics() or {}
    headline = headline_sentence(metrics)
    print(f"{metrics.get('backbone')}, {metrics.get('choice')}: {metrics.get('choice_reason')}")
    if headline is not None:
        print(headline)
        print(gain_sentence(metrics["gain"], metrics.get("test_rows_with_target", 0)))
    print(f"Written: {run.path}")


def main() -> int:
    """Run the command line; returns the exit status: 0 done, 2 bad input, 1 a fault of ours."""
    # PyTorch reads it once, when it is imported: threads that spin took six times as long on a busy machine.
    os.environ.setdefault(*launcher.WAIT_POLICY)
    try:
        app(standalone_mode=True)
    except Cancelled as error:
        say(str(error))
        return CANCELLED_EXIT
    except FinxferError as error:
        say(f"Error: {error}")
        return error.exit_status
    except KeyboardInterrupt:
        say("Stopped.")
        return CANCELLED_EXIT
    except Exception as error:
        problem = explain_error(error)
        if problem.exit_status == 1 and not isinstance(error, (OSError, MemoryError)):
            traceback.print_exc()
        say(f"Error: {problem}")
        return problem.exit_status
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
