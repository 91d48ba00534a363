"""A finished run's network or trees as a backbone of the analyst's own catalogue. Light: no torch."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from finxfer.backbones.card import ENCODER_FILE, Card, write_card
from finxfer.backbones.catalogue import COMMON_CATEGORY_ROWS, list_backbones, own_folder
from finxfer.errors import BadInput
from finxfer.records.files import read_json, write_json
from finxfer.records.folder import RunFolder


def promote_run(run: RunFolder | Path, home: Path | None, name: str) -> Card:
    """Makes a finished run's network a backbone of the analyst's catalogue, without customer rows.

    The rows in an in-context model's context stay behind; the encoder of the other families keeps rounded
    quantile edges and the names of categories of at least 50 rows; boosted trees split on numbers of bins. Of
    an ensemble it is the one fine-tuned member. Raises BadInput where the run has no backbone to promote.
    """
    folder = run if isinstance(run, RunFolder) else RunFolder(run)
    if not (folder.model / "model.json").is_file():
        raise BadInput(
            "This run cannot be promoted.",
            "It has no finished model.",
            "Wait until it has ended, or resume it.",
        )
    source = _network_folder(folder)
    model = read_json(source / "model.json")
    if "backbone" not in model:
        kind = str(model.get("kind", "model")).replace("_", " ")
        raise BadInput(
            "This run cannot be promoted.",
            f"Its chosen model is a {kind}, which has no stages to freeze.",
            "Run again with a backbone of your choice in place of 'let finxfer choose'.",
        )
    identifier = _new_id(name, home)
    target = own_folder(home) / identifier
    target.mkdir(parents=True)
    try:
        weights = Card.from_json(model["backbone"]).weights_file
        shutil.copyfile(source / weights, target / weights)
        if model["kind"] != "incontext":
            write_json(target / ENCODER_FILE, without_rare_categories(read_json(source / ENCODER_FILE)))
        return write_card(_promoted_card(folder, model, identifier, name, target), target)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _network_folder(folder: RunFolder) -> Path:
    """Where the network lies that a promotion takes: the model's folder, or its one fine-tuned member's."""
    place = folder.model
    model = read_json(place / "model.json")
    while model.get("kind") in ("recalibrated", "corrected", "focal"):
        place = place / "base"
        model = read_json(place / "model.json")
    if model.get("kind") != "ensemble":
        return place
    judged = ((folder.metrics() or {}).get("selection") or {}).get("tried", [])
    tuned = {entry["name"] for entry in judged if entry["kind"] == "fine-tuned"}
    places = [number for number, member in enumerate(model["members"]) if member["name"] in tuned]
    if len(places) != 1:
        raise BadInput(
            "This run cannot be promoted.",
            f"Its model is an ensemble with {len(places) or 'no'} fine-tuned "
            f"{'backbones' if len(places) > 1 else 'backbone'}, and a backbone is one network.",
            "Run again with a backbone of your choice in place of 'let finxfer choose'.",
        )
    return place / "members" / str(places[0])


def _promoted_card(
    folder: RunFolder, model: dict[str, Any], identifier: str, name: str, target: Path
) -> Card:
    from finxfer.backbones.weights import file_sha256

    parent = Card.from_json(model["backbone"])
    spec = folder.spec()
    metrics = folder.metrics() or {}
    rows = (metrics.get("rows") or {}).get("train")
    table = getattr(spec, "table_name", "a table")
    # What an ensemble measures is not what its member alone would.
    auc = None if metrics.get("choice") == "ensemble" else (metrics.get("model") or {}).get("auc")
    return replace(
        parent,
        id=identifier,
        name=name,
        description=f"{parent.name}, fine-tuned in run {folder.id}.",
        trained_on=f"{parent.trained_on.rstrip('. ')}. Then fine-tuned on {table}"
        + (f" ({rows:,} rows)." if rows else "."),
        made_by=f"promoted from run {folder.id}",
        created=datetime.now(UTC).strftime("%Y-%m-%d"),
        sha256=file_sha256(target / parent.weights_file),
        bytes=(target / parent.weights_file).stat().st_size,
        contains_customer_rows=False,
        synthetic=bool(getattr(spec, "synthetic", False)),
        target=getattr(spec, "target", parent.target),
        positive=getattr(spec, "positive", parent.positive),
        tables=sorted({*parent.tables, *filter(None, [getattr(spec, "table", "")])}),
        measured={"test_auc": auc, "run": folder.id} if auc is not None else {},
        source=None,
    )


def without_rare_categories(encoder: dict[str, Any]) -> dict[str, Any]:
    """A TabM encoder's JSON without names of categories of fewer than 50 rows, and without row counts.

    Categories are stored most frequent first, so cutting the end keeps every other code.
    """
    kept = {key: value for key, value in encoder.items() if key != "category_rows"}
    counts = encoder.get("category_rows", {})
    categories = {
        column: [
            name for name, rows in zip(names, counts[column], strict=True) if rows >= COMMON_CATEGORY_ROWS
        ]
        if column in counts
        else names
        for column, names in encoder["table"]["categories"].items()
    }
    kept["table"] = {**encoder["table"], "categories": categories}
    if "new" in encoder:
        kept["new"] = without_rare_categories(encoder["new"])
    return kept


def _new_id(name: str, home: Path | None) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    if not base:
        raise BadInput(
            "The backbone needs a name.",
            f"{name[:40]!r} has no letter or digit in it.",
            "Give it another name.",
        )
    taken = {card.id for card in list_backbones(home)} | {path.name for path in own_folder(home).glob("*")}
    identifier, number = base, 2
    while identifier in taken:
        identifier, number = f"{base}-{number}", number + 1
    return identifier
