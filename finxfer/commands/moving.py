"""``python -m finxfer export`` and ``import``: whole runs from one machine to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from finxfer.commands.output import say
from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.runs.moving import read_runs, write_runs

WARNING = (
    "Warning: this file holds customer rows: predictions, reference customers and, of an in-context model, "
    "its labelled context. Keep it where customer data may be kept."
)


def export_runs(
    run_dirs: Annotated[list[Path], typer.Argument(metavar="RUN_DIR...", help="Finished runs.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="A new .zip file.")],
) -> None:
    """Write whole finished runs, models and predictions included, to one file."""
    if out.exists() or out.suffix.lower() != ".zip" or not out.absolute().parent.is_dir():
        raise BadInput(
            f"The runs cannot be written to {out}.",
            "It is there already." if out.exists() else "It must be a .zip file in a folder that exists.",
            "Give --out a new file, for instance --out runs.zip.",
        )
    say(WARNING)
    facts = write_runs([RunFolder(path.resolve()) for path in run_dirs], out)
    number = len(facts["runs"])
    print(f"{number} run{'' if number == 1 else 's'} written: {out} ({out.stat().st_size:,} bytes)")


def import_runs(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `export` wrote.")],
) -> None:
    """Bring exported runs into this machine's list of runs."""
    for found in read_runs(file):
        print(f"{found.state}: {found.name} ({found.run.path})")
