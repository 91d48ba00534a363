"""``python -m finxfer pretrain``: make a backbone from a synthetic prior or from source tables."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from finxfer.backbones.catalogue import find_card
from finxfer.commands.arguments import Device, Drop, Encoding, Positive, Protected, Seed, Sheet, Target
from finxfer.commands.device import chosen_device
from finxfer.commands.jobs import check_new_folder, nothing_left_behind
from finxfer.commands.output import progress_bar, say
from finxfer.data.choices import ReadingChoice
from finxfer.errors import BadInput

RECIPE_NAMES = {"cpu-small": "some hours of two cores", "gpu-30min": "30 minutes of one large GPU"}
"""The recipes of pretraining.recipes, named here because that module brings torch."""

app = typer.Typer(help="Make a backbone.", no_args_is_help=True, rich_markup_mode=None)


def pretrain_recipe(
    context: typer.Context,
    out: Annotated[Path, typer.Option(metavar="BACKBONE_DIR", help="Folder of the new backbone.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what lies in BACKBONE_DIR.")] = False,
    steps: Annotated[int | None, typer.Option(metavar="N", min=1, help="Optimiser steps in all.")] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", help="Begin with the weights of this backbone: a folder or catalogue id."
        ),
    ] = None,
    device: Device = None,
) -> None:
    """Train the in-context network on a synthetic prior."""
    recipe, chosen = str(context.info_name), chosen_device(device)
    if resume and not out.is_dir():
        raise BadInput("There is nothing to resume.", f"{out} is not a folder.", "Leave --resume out.")
    if not resume:
        check_new_folder(out, "Add --resume to go on with a pretraining in it, or give another --out.")
    origin = find_card(start).weights_path.parent if start else None
    if recipe.startswith("gpu") and chosen == "cpu":
        say(f"{recipe} is sized for a GPU: on this CPU it takes days. cpu-small is made for it.")
    from finxfer.pretraining.loop import pretrain as make

    # What a resume finds was there before and stays, whatever happens.
    with nullcontext() if resume else nothing_left_behind(out), progress_bar() as bar:
        make(recipe, out, resume, bar.event, lambda: False, steps=steps, device=chosen, start=origin)
    print(f"Backbone written: {out}")


for _name, _machine in RECIPE_NAMES.items():
    app.command(_name, help=f"Train the in-context network on a synthetic prior: {_machine}.")(
        pretrain_recipe
    )


@app.command("source")
def pretrain_source(
    tables: Annotated[list[Path], typer.Argument(metavar="TABLE...", help="CSV, XLSX or Parquet files.")],
    out: Annotated[Path, typer.Option(metavar="BACKBONE_DIR", help="Folder of the new backbone.")],
    family: Annotated[
        str,
        typer.Option(
            metavar="tabm|ft-transformer|mlp|autoencoder|boosted",
            help="Family of the network. The autoencoder learns without a target, or before it.",
        ),
    ] = "tabm",
    target: Target = None,
    positive: Positive = None,
    drop: Drop = None,
    protected: Protected = None,
    seed: Seed = None,
    device: Device = None,
    unlabelled: Annotated[
        list[Path] | None,
        typer.Option(metavar="TABLE", help="More rows for the autoencoder; their labels are not looked at."),
    ] = None,
    licence: Annotated[str | None, typer.Option(metavar="TEXT", help="Licence note of the card.")] = None,
    keep_rare: Annotated[
        bool, typer.Option("--keep-rare-categories", help="Keep names of categories of 5 to 49 rows.")
    ] = False,
    sheet: Sheet = None,
    encoding: Encoding = None,
) -> None:
    """Train a network on source tables of your own; a column that a table lacks counts as missing."""
    from finxfer.runs.pretrain_source import SourceOptions, pretrain_from_files

    check_new_folder(out)
    options = SourceOptions(
        tables=tuple(tables),
        out=out,
        family=family,
        target=target,
        positive=positive,
        drop=tuple(drop or ()),
        protected=tuple(protected or ()),
        seed=seed or 0,
        device=chosen_device(device),
        unlabelled=tuple(unlabelled or ()),
        licence=licence,
        keep_rare=keep_rare,
        choice=ReadingChoice(sheet, encoding),
    )
    with nothing_left_behind(out), progress_bar() as bar:
        pretrain_from_files(options, bar.event, say)
    print(f"Backbone written: {out}")
