"""Weights on disk: safetensors, read only with the right checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from finxfer.errors import Damaged
from finxfer.records.files import write_atomically

if TYPE_CHECKING:
    import torch

_AGAIN = "Take the folder from a copy that is whole, or run the fine-tuning again; nothing was loaded."
_NEXT = "Make or fetch the weights again; nothing was loaded."


def save_weights(
    tensors: Mapping[str, torch.Tensor], path: Path, metadata: dict[str, str] | None = None
) -> tuple[str, int]:
    """Writes tensors to `path` atomically. Returns (SHA-256 of the file, its bytes)."""
    from safetensors.torch import save

    data = save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, metadata)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda temporary: temporary.write_bytes(data))
    return hashlib.sha256(data).hexdigest(), len(data)


def load_weights(path: Path, sha256: str | None) -> dict[str, torch.Tensor]:
    """Tensors of `path`. The bytes that were checked are the bytes that are loaded.

    sha256: what the card says; None skips the check (a run's own files).
    Raises Damaged where the file is missing, has another checksum or is not safetensors.
    """
    from safetensors.torch import load

    try:
        data = path.read_bytes()
    except OSError as error:
        raise Damaged(f"The weights {path} cannot be read.", f"{error}.", _NEXT) from None
    if sha256 is not None:
        found = hashlib.sha256(data).hexdigest()
        if found != sha256:
            why = f"Their SHA-256 is {found[:12]}…, the card says {sha256[:12] or 'nothing'}…."
            raise Damaged(f"The weights {path} have a wrong checksum.", why, _NEXT)
    try:
        return load(data)
    except Exception as error:  # safetensors raises its own kinds from Rust
        raise Damaged(
            f"The weights {path} cannot be read.", f"They are not a safetensors file ({error}).", _NEXT
        ) from None


def file_sha256(path: Path) -> str:
    """SHA-256 of a file as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def checksums(folder: Path, *names: str) -> dict[str, str]:
    """SHA-256 of files of a stored model, by name; what :func:`check_files` wants to see again."""
    return {name: file_sha256(folder / name) for name in names}


def check_files(folder: Path, expected: Mapping[str, str]) -> None:
    """Raises Damaged where a file of a stored model is missing or is not what was written."""
    for name, sha256 in expected.items():
        if not (folder / name).is_file():
            raise Damaged("The stored model is not whole.", f"{folder / name} is missing.", _AGAIN)
        found = file_sha256(folder / name)
        if found != sha256:
            why = f"The SHA-256 of {folder / name} is {found[:12]}…, but {sha256[:12]}… was written."
            raise Damaged("The stored model has a wrong checksum.", why, _AGAIN)


def load_into(network: torch.nn.Module, tensors: Mapping[str, torch.Tensor], origin: str) -> None:
    """Puts tensors into the network, all of them and nothing else. Raises Damaged where they do not fit."""
    try:
        network.load_state_dict(dict(tensors), strict=True)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise Damaged(f"The weights of {origin} do not fit their network.", reason, _NEXT) from None
