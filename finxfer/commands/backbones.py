"""``python -m finxfer backbones``: what the catalogue has, and fetching weights that do not ship."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from finxfer.backbones.catalogue import FETCH_NOTE, fetch_command, find_card, list_backbones
from finxfer.commands.output import progress_bar, say

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def backbones(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """List the backbones of the catalogue, or fetch one whose weights do not ship."""
    if context.invoked_subcommand is not None:
        return
    cards = list_backbones()
    found = [
        {
            "id": card.id,
            "family": card.family,
            "modality": card.modality,
            "stages": card.depth_count,
            "parameters": card.parameters,
            "sha256": card.sha256,
            "available": card.available,
        }
        for card in cards
    ]
    if as_json:
        print(json.dumps(found, indent=1))
        return
    names = ("id", "family", "modality", "stages", "parameters", "sha256", "available")
    table = Table(*(Column(name, no_wrap=name not in ("family", "modality")) for name in names), box=None)
    for entry in found:
        cells = {**entry, "parameters": f"{entry['parameters']:,}", "sha256": str(entry["sha256"])[:12]}
        cells["available"] = "yes" if entry["available"] else "no"
        table.add_row(*map(str, cells.values()))
    Console().print(table)
    for card in cards:
        if not card.available and card.source is not None:
            facts = f"{card.licence}, {card.bytes / 1e6:.0f} MB"
            say(f"{card.id}: its weights ({facts}) do not ship with finxfer. Get them:")
            say(f"  {fetch_command(card)}")
            say(f"  {FETCH_NOTE}")


@app.command()
def fetch(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Catalogue id, such as tabicl-v2.")],
    file: Annotated[
        Path | None, typer.Option(metavar="PATH", help="The original file; left out, it is downloaded.")
    ] = None,
) -> None:
    """Put the weights of a backbone that do not ship on this machine.

    The download is made only where FINXFER_ALLOW_DOWNLOADS is yes, and sends requests for that file, no data.
    The file is checked against the pinned SHA-256 before it is opened.
    """
    card = find_card(identifier)
    from finxfer.backbones.official import install

    with progress_bar() as bar:
        made = install(card, bar.event, lambda: False, file)
    print(f"Available: {made.id} ({made.weights_path})")
