"""How far along the walk the open table and run are, read from the run folder's files."""

from __future__ import annotations

from finxfer.errors import FinxferError
from finxfer.records.folder import RunFolder, Status
from finxfer.records.labels import labels_of
from finxfer.records.spec import Spec
from finxfer.records.tables import TableMeta
from finxfer.ui import state

# A page counts as done when what it shows has been computed and is on disk.
_EVIDENCE = {
    "results": "metrics.json",
    "fairness": "fairness.json",
    "explain": "explanations/meta.json",
    "report": "card.html",
}


def status_of(run: RunFolder) -> Status:
    """The run's status; a status file that cannot be read counts as a failed run that says so."""
    try:
        return run.status()
    except FinxferError as error:
        return Status(state="failed", error=error.to_json())


def steps_done(table: TableMeta | None, run: RunFolder | None) -> set[str]:
    """Names of the steps of the walk that are behind the user."""
    done = set()
    if table is not None and _has_roles(table):
        done.add("data")
    if run is not None:
        done |= {"data", "backbone"}
        if status_of(run).state == "finished":
            done.add("run")
            done |= {step for step, file in _EVIDENCE.items() if (run.path / file).exists()}
    return done


def _has_roles(table: TableMeta) -> bool:
    try:
        return state.store().roles(table.sha256) is not None
    except FinxferError:
        return False


def spec_of(run: RunFolder) -> Spec | None:
    """The run's spec, or None where it is damaged or edited to nonsense."""
    try:
        spec = run.spec()
    except FinxferError:
        return None
    return spec if isinstance(spec, Spec) else None


def run_name(run: RunFolder) -> str:
    """The name the user gave, else the spec's label, else the table's name, else the id."""
    spec = spec_of(run)
    return labels_of(run).name or ((spec.label or spec.table_name) if spec else run.id)
