"""Weights of others that do not ship with finxfer: from the original file into the home's catalogue.

The file is checked against the size and SHA-256 that the card pins before it is opened, its tensors are read
once with `weights_only=True`, and what stays is safetensors. There is no way around the checksum: a file
that nobody has vouched for is not opened at all.

The network then runs through the very path of our own in-context backbone. What differs from tabicl's
estimator is what it is shown. Both standardise by the context and draw values beyond four standard
deviations in by a logarithm. `ContextInputs` tells missing values by indicator columns, where theirs puts
in means; the averaged looks here are values and normal scores of ranks with columns in several orders, there
values and a power transform with columns and classes shifted. Ratings are near to the estimator's, not equal.
"""

from __future__ import annotations

import hashlib
import inspect
import io
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from tabicl._model.tabicl import TabICL

from finxfer.backbones.card import CARD_FILE, WEIGHTS_FILE, Card, read_card, write_card
from finxfer.backbones.download import Source, download
from finxfer.backbones.incontext_network import build_network, forward_episode, stage_prefixes
from finxfer.backbones.protocol import Stage, stage_records
from finxfer.backbones.weights import load_into, save_weights
from finxfer.errors import BadInput, Damaged
from finxfer.records.home import backbones_dir, checked_id, locks_dir

AGREEMENT = 1e-3
"""Most that our forward pass may differ from the file's own network, in logits."""

_ANOTHER = "Get the file named above from its publisher again; it was not opened and nothing was kept."


def install(
    card: Card,
    report: Callable[..., None],
    should_stop: Callable[[], bool],
    file: Path | None = None,
) -> Card:
    """Put the weights of `card` into the home's catalogue; returns the card as it is there.

    file: the original file; None downloads it, where the setting `allow_downloads` is yes. A backbone that
    is there already stays as it is. Whatever happens, nothing half-written is left.

    Raises BadInput where the card's weights ship with finxfer, the file is not the pinned one or is no
    checkpoint of a classifier, or the download fails; Cancelled when asked to stop.
    """
    if card.source is None:
        raise BadInput(
            f"There is nothing to fetch for {card.id}.",
            "Its weights are part of finxfer or were made on this machine.",
            "Use it as it is.",
        )
    source = Source.from_json(card.source)
    target = backbones_dir() / checked_id(card.id)
    with _alone(card.id):
        if _is_there(target, card):
            report("message", text=f"{card.id} is there already.")
            return read_card(target)
        part = target.with_name(f".{card.id}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        try:
            if file is None:
                file = part / source.file
                download(source, file, report, should_stop)
            report("message", text="Checking and converting the weights")
            convert(card, file, part / card.id)
            shutil.rmtree(target, ignore_errors=True)
            os.replace(part / card.id, target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return read_card(target)


def convert(card: Card, file: Path, folder: Path) -> Card:
    """Make `folder` a backbone from the original file: weights as safetensors, and a card that tells them.

    Raises BadInput where the file is not the pinned one or holds no classifier that this version runs.
    """
    source = Source.from_json(card.source)
    config, tensors = _read_checkpoint(_checked_bytes(file, source), file.name)
    network = _network(config, tensors, file.name)
    _check_numbers(network, file.name)
    sha256, size = save_weights(network.state_dict(), folder / WEIGHTS_FILE)
    records = stage_records(network, tuple(Stage(*part) for part in stage_prefixes(network)))
    made = replace(
        card,
        stages=records[:-1],
        head=records[-1],
        parameters=sum(record["parameters"] for record in records),
        made_by=f"{card.made_by}; converted from {source.file} (SHA-256 {source.sha256})",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        sha256=sha256,
        bytes=size,
        config=config,
    )
    return write_card(made, folder)


@contextmanager
def _alone(identifier: str) -> Iterator[None]:
    """One process at a time fetches a backbone."""
    try:
        with FileLock(locks_dir() / f"fetch-{identifier}.lock", timeout=0, thread_local=False):
            yield
    except Timeout:
        raise BadInput(
            f"{identifier} is being fetched already.",
            "Another process is at work on it.",
            "Wait until it has ended.",
        ) from None


def _is_there(target: Path, card: Card) -> bool:
    """Whether the weights lie there. Raises BadInput where another backbone has that place."""
    if not (target / CARD_FILE).is_file():
        return False
    present = read_card(target)
    if present.source != card.source:
        raise BadInput(
            f"The place of {card.id} is taken.",
            f"{target} holds another backbone, {present.name[:60]!r}.",
            "Delete that one first.",
        )
    return present.available


def _checked_bytes(file: Path, source: Source) -> bytes:
    """The file's bytes, once they are known to be the pinned ones: what was checked is what is opened."""
    try:
        size = file.stat().st_size
        data = file.read_bytes() if size == source.bytes else b""
    except OSError as error:
        why = f"{error.strerror or error}: {file}."
        raise BadInput("The weights cannot be read.", why, "Give the path of the file.") from None
    if len(data) != source.bytes:
        raise BadInput(
            f"{file.name} is not {source.file}.",
            f"It has {size:,} bytes, the official file {source.bytes:,}; it may have been cut short.",
            _ANOTHER,
        )
    found = hashlib.sha256(data).hexdigest()
    if found != source.sha256:
        raise BadInput(
            f"{file.name} is not {source.file}.",
            f"Its SHA-256 is {found[:12]}…, that of the official file {source.sha256[:12]}….",
            _ANOTHER,
        )
    return data


def _read_checkpoint(data: bytes, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Config and tensors. Nothing but tensors and plain values is ever made from the bytes."""
    try:
        content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for bytes that it does not trust or understand
        raise _not_a_classifier(
            name, f"It cannot be read as plain weights ({type(error).__name__})."
        ) from None
    config = content.get("config") if isinstance(content, dict) else None
    tensors = content.get("state_dict") if isinstance(content, dict) else None
    if not isinstance(config, dict) or not isinstance(tensors, Mapping):
        raise _not_a_classifier(name, "It lacks 'config' or 'state_dict'.")
    return _checked_config(config, name), dict(tensors)


def _checked_config(config: dict[Any, Any], name: str) -> dict[str, Any]:
    known = set(inspect.signature(TabICL.__init__).parameters) - {"self"}
    for key, value in config.items():
        if key not in known or not isinstance(value, bool | int | float | str):
            raise _not_a_classifier(name, f"Its config has an unknown entry, {str(key)[:40]!r}.")
    if config.get("max_classes", 10) < 2:
        raise _not_a_classifier(name, "It predicts numbers, not classes.")
    return {str(key): value for key, value in config.items()}


def _network(config: dict[str, Any], tensors: dict[str, Any], name: str) -> TabICL:
    """The network with the file's weights, none missing, none left over, all finite."""
    try:
        network = build_network(config)
        load_into(network, tensors, name)
    except Damaged as error:
        raise _not_a_classifier(name, error.why) from None
    except (AssertionError, RuntimeError, TypeError, ValueError) as error:
        raise _not_a_classifier(name, f"Its config makes no network ({str(error)[:120]}).") from None
    if not all(torch.isfinite(parameter).all() for parameter in network.parameters()):
        raise _not_a_classifier(name, "Some of its weights are not finite numbers.")
    return network


def _check_numbers(network: TabICL, name: str) -> None:
    """Our forward pass must give the network's own numbers; one with parts that it skips is refused."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((2, 24, 5), generator=generator)
    y = torch.arange(16).remainder(2).float().expand(2, -1)
    try:
        with torch.no_grad():
            # Its own pass in train mode: the one in eval mode rounds to half of the digits.
            ours, own = forward_episode(network, x, y), network.train()(x, y)
        same = torch.allclose(ours, own, rtol=AGREEMENT, atol=AGREEMENT)
    except (AttributeError, RuntimeError):
        same = False
    if not same:
        raise _not_a_classifier(name, "Its network has parts that this version does not run.")


def _not_a_classifier(name: str, why: str) -> BadInput:
    return BadInput(
        f"{name} holds no in-context classifier that this version can use.",
        why,
        "Give the file that the backbone's card names; nothing was kept.",
    )
