"""``resolved.json``: what the machine decided for a run."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import time
from pathlib import Path
from typing import Any

import finxfer
from finxfer import __version__
from finxfer.backbones.catalogue import find_card
from finxfer.records.folder import RunFolder
from finxfer.records.home import home
from finxfer.records.spec import Spec
from finxfer.records.tables import TableStore
from finxfer.runs.machine import thread_count
from finxfer.settings import SETTINGS, number

FILE = "resolved.json"
_PACKAGES = (
    "torch",
    "numpy",
    "pandas",
    "scikit-learn",
    "scipy",
    "fairlearn",
    "lightgbm",
    "shap",
    "tabicl",
    "tabm",
    "rtdl_revisiting_models",
    "optuna",
    "imbalanced-learn",
    "safetensors",
    "pyarrow",
)


def versions() -> dict[str, str]:
    """Versions of finxfer, Python and the libraries that shape the numbers."""
    found = {"finxfer": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def code_digest() -> str:
    """SHA-256 of finxfer's own Python files, in the order of their paths; a version may have many."""
    package = Path(finxfer.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def numbers_in_force() -> dict[str, float]:
    """Every setting that is a number, as it is now: draws of a bootstrap or rows of a group shape figures."""
    return {entry.name: number(entry.name) for entry in SETTINGS if not isinstance(entry.default, str)}


def resolve(folder: RunFolder, spec: Spec, device: str) -> dict[str, Any]:
    """Fix threads and device for this process and write them down; a resumed run keeps its threads.

    torch is imported here: the device's lock is held by now.
    """
    import torch

    store = TableStore()
    earlier = folder.read_json(FILE) if (folder.path / FILE).is_file() else {}
    threads = int(earlier.get("threads") or thread_count())
    torch.set_num_threads(threads)
    if device == "cuda" and not torch.cuda.is_available():
        device = "cpu"
    precision = "bfloat16" if device == "cuda" and torch.cuda.is_bf16_supported() else "float32"
    content = {
        "spec": spec.digest(),
        "table": spec.table,
        "test_table": spec.test_table,
        "lineage": [lineage(one) for one in (spec.table, spec.test_table) if one and store.has(one)],
        "device": device,
        "device_name": torch.cuda.get_device_name()
        if device == "cuda"
        else platform.processor() or platform.machine(),
        "precision": precision,
        "threads": threads,
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "versions": versions(),
        "code": code_digest(),
        "seeds": {"run": spec.seed},
        "settings": numbers_in_force(),
        "budgets": earlier.get("budgets", {}),
    }
    if "backbone" in earlier:
        content["backbone"] = earlier["backbone"]
    folder.write_json(FILE, content)
    return content


def lineage(sha256: str) -> dict[str, Any]:
    """How a table was read; repairs by their number, since their words quote cells."""
    meta = TableStore().meta(sha256)
    read = {name: meta.report.get(name) or "" for name in ("format", "encoding", "delimiter", "decimal")}
    facts = {"sha256": sha256, "name": meta.name, "bytes": meta.bytes, "rows": meta.rows}
    stored = time.strftime("%Y-%m-%d", time.localtime(meta.uploaded))
    repairs = len(meta.report.get("repairs") or [])
    return {**facts, "columns": meta.columns, "stored": stored, "repairs": repairs, **read}


def spec_has_changed(folder: RunFolder, spec: Spec) -> bool:
    """Whether an earlier attempt in this folder had another spec."""
    return (folder.path / FILE).is_file() and folder.read_json(FILE).get("spec") != spec.digest()


def note_backbone(folder: RunFolder, spec: Spec, identifier: str) -> None:
    """Keep the card of the backbone that was used: the catalogue may change later."""
    content = folder.read_json(FILE)
    name = identifier if spec.backbone == "auto" else spec.backbone
    content["backbone"] = find_card(name, home()).to_json()
    folder.write_json(FILE, content)


def note_budgets(folder: RunFolder, **steps: Any) -> None:
    """Add budgets as steps done (epochs, draws, rows), never as seconds."""
    content = folder.read_json(FILE)
    content["budgets"] |= steps
    folder.write_json(FILE, content)
