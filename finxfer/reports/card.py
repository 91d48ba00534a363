"""card.html: the validation report of a run, one file that opens and prints anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from finxfer.records.files import write_text
from finxfer.records.folder import RunFolder
from finxfer.reports.content import report_values
from finxfer.reports.formats import FILTERS
from finxfer.reports.material import Material, gather

TEMPLATES = Path(__file__).parent / "templates"


def render_card(material: Material) -> str:
    """The report as HTML. Every value is escaped: column names and labels come from the analyst's table,
    other words from whoever filled in the form."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = FILTERS
    environment.filters.update(filters)
    return environment.get_template("card.html").render(report_values(material))


def write_card(folder: RunFolder) -> Path:
    """Write the run's card.html and return its path; parts whose files are absent say so.

    Raises:
        Damaged: spec.json or metrics.json is missing, or a file of the run is not JSON.
        BadInput: spec.json or report.json holds nonsense.
        OSError: the disk is full or the folder is gone.
    """
    write_text(folder.card, render_card(gather(folder)))
    return folder.card
