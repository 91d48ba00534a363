"""A pack of a run: what an examiner needs to read it and to run it again, without a customer row.

Only files on a list of aggregates go in: no table, prediction, slice, reference row, explanation of a
customer, fitted model (an in-context model is its context), checkpoint or log. Light: no torch.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from finxfer.backbones.card import CARD_FILE, ENCODER_FILE, Card
from finxfer.backbones.catalogue import SHIPPED, find_card
from finxfer.errors import BadInput, FinxferError
from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.records.tables import TableStore
from finxfer.reports.crosswalk import SHIPPED as SHIPPED_CROSSWALK
from finxfer.reports.crosswalk import crosswalk_in_use, own_path
from finxfer.runs.finished import finished_run
from finxfer.runs.pack_file import RUN_FILES, TABLE_FILE, TEST_TABLE_FILE, write_pack_file

README = """A pack of one finxfer run.

card.html is the validation report: open it in a browser. The JSON files hold the figures behind it,
spec.json what was asked for, resolved.json what the machine decided (versions, seeds, threads, settings),
and manifest.json the SHA-256 of every file here.

{data}

To run it again and see the difference of every metric:

    python -m finxfer replay THIS_FILE --table TABLE{test}

TABLE is the file {name!r}, whose SHA-256 is
{sha256}
"""
WITHOUT_DATA = """It holds no customer row: no table, no prediction, no fitted model. It does hold names of
columns, categories and groups, counts and rates of groups, and what was written for the report, names of
people included."""
WITH_DATA = """IT HOLDS CUSTOMER ROWS: the table and the prediction of every test row. Keep it where customer
data may be kept."""


def write_pack(run: RunFolder, out: Path, with_data: bool = False) -> dict[str, Any]:
    """Write the pack of a finished run to ``out`` and return what its manifest says of it.

    Args:
        with_data: add the table and the predictions, so that it can be replayed without the table.

    Raises:
        BadInput: the run is not finished, or its table is not stored here any more (with_data).
        Damaged: a file of the run cannot be read.
        OSError: the disk is full.
    """
    spec = finished_run(run).spec()
    assert isinstance(spec, Spec)
    members: dict[str, bytes | Path] = {
        name: run.path / name for name in RUN_FILES if (run.path / name).is_file()
    }
    members |= {name: clean(run) for name, clean in _CLEANED.items() if name in members}
    resolved = run.read_json("resolved.json")
    backbones, files = _backbones(run, spec, resolved)
    members |= files
    members["crosswalk.csv"] = own_path() if crosswalk_in_use()[0].own else SHIPPED_CROSSWALK
    members["requirements.txt"] = _requirements(resolved).encode()
    members["README.txt"] = _readme(spec, with_data).encode()
    if with_data:
        members |= _data(run, spec)
    facts = {
        "run": run.id,
        "with_data": with_data,
        "table": {"name": spec.table_name, "sha256": spec.table, "test_sha256": spec.test_table},
        "backbones": backbones,
    }
    write_pack_file(out, members, facts)
    return facts


def pack_bytes(run: RunFolder, with_data: bool = False) -> bytes:
    """The pack as bytes, for a download; see :func:`write_pack`."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "pack.zip"
        write_pack(run, out, with_data)
        return out.read_bytes()


def _without_typical(run: RunFolder) -> bytes:
    """meta.json without the middle values of the reference rows, which may be cells of the table."""
    content = run.read_json("explanations/meta.json")
    content.get("reference_group", {}).pop("typical", None)
    return _json(content)


def _without_medians(run: RunFolder) -> bytes:
    """decisions.json with shares of who moves, but no middle values: of few customers they are cells."""
    content = run.read_json("decisions.json")
    swap = content.get("swap") or {}
    if swap.get("profile"):
        swap["profile"] = [one for one in swap["profile"] if one.get("kind") == "category"]
    return _json(content)


_CLEANED = {"explanations/meta.json": _without_typical, "decisions.json": _without_medians}


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _backbones(
    run: RunFolder, spec: Spec, resolved: dict[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, bytes | Path]]:
    """Every backbone that was tried, and the files of those that may go into a pack."""
    selection = (run.metrics() or {}).get("selection") or {}
    tried = [one["backbone"] for one in selection.get("tried") or [] if one.get("backbone")]
    names = dict.fromkeys([*tried, *([spec.backbone] if spec.backbone != "auto" else [])])
    kept = resolved.get("backbone") or {}
    listed: list[dict[str, Any]] = []
    files: dict[str, bytes | Path] = {}
    for name in names:
        card = _card(name, kept)
        if card is None:
            listed.append({"id": str(name), "sha256": "", "origin": "unknown", "in_pack": False})
            continue
        entry = {"id": card.id, "sha256": card.sha256, "origin": _origin(card), "in_pack": False}
        if kept.get("id") == card.id and kept.get("sha256") not in ("", None, card.sha256):
            # The catalogue has other weights of that name by now; those of the run are known by checksum.
            listed.append(entry | {"sha256": kept["sha256"]})
            continue
        if entry["origin"] == "own" and not card.contains_customer_rows and card.available:
            assert card.folder is not None
            entry["in_pack"] = True
            for file in (CARD_FILE, ENCODER_FILE, card.weights_file):
                if (card.folder / file).is_file():
                    files[f"backbones/{card.id}/{file}"] = card.folder / file
        listed.append(entry)
    return listed, files


def _card(name: str, kept: dict[str, Any]) -> Card | None:
    """The backbone's card, from where it lies; the run's own copy where it is gone."""
    try:
        return find_card(name)
    except FinxferError:
        return Card.from_json(kept) if kept and kept.get("id") == name else None


def _origin(card: Card) -> str:
    """``catalogue`` where anybody with finxfer can have it, else ``own``."""
    shipped = card.folder is not None and card.folder.parent == SHIPPED
    return "catalogue" if shipped or card.source is not None else "own"


def _requirements(resolved: dict[str, Any]) -> str:
    versions = resolved.get("versions") or {}
    lines = [f"# finxfer {versions.get('finxfer', '?')}, Python {versions.get('python', '?')}"]
    lines += [f"{name}=={text}" for name, text in versions.items() if name not in ("finxfer", "python")]
    return "\n".join(lines) + "\n"


def _readme(spec: Spec, with_data: bool) -> str:
    return README.format(
        data=WITH_DATA if with_data else WITHOUT_DATA,
        test=" --test TEST_TABLE" if spec.test_table else "",
        name=spec.table_name,
        sha256=spec.table,
    )


def _data(run: RunFolder, spec: Spec) -> dict[str, bytes | Path]:
    store = TableStore()
    files: dict[str, bytes | Path] = {TABLE_FILE: store.file(spec.table)}
    if spec.test_table:
        files[TEST_TABLE_FILE] = store.file(spec.test_table)
    if not run.predictions.is_file():
        raise BadInput(
            "The pack cannot be made with data.",
            f"{run.id} holds no predictions.",
            "Make it without --with-data, or run it again.",
        )
    return files | {"data/predictions.parquet": run.predictions}
