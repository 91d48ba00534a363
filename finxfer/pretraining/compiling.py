"""torch.compile for the network's blocks, where the device can and without compiling for every shape."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import torch
from tabicl._model.layers import MultiheadAttentionBlock

MOST_KERNELS = 64
"""Of one kind of block. PyTorch's own limit of 8 would end in the uncompiled block without a word."""


def can_compile(device: torch.device) -> bool:
    """Whether it pays: on a GPU, with the compiler that PyTorch brings along on Linux."""
    return device.type == "cuda" and importlib.util.find_spec("triton") is not None


def allow_kernels() -> None:
    """Raise PyTorch's limit to MOST_KERNELS for this thread: each has its own."""
    torch._dynamo.config.recompile_limit = MOST_KERNELS


def compile_blocks(network: torch.nn.Module, backend: str | Callable[..., Any] = "inductor") -> None:
    """Compile every attention block by itself, in place; the state dict keeps its names.

    Blocks of one kind share their kernels, so that sixteen blocks cost as much as one. Tables, rows and
    columns may change from batch to batch. Only the number of context rows may not where attention is scaled
    by its logarithm: there a kernel is made per length, which is why such a recipe has `rungs`. The thread
    that calls the blocks needs `allow_kernels`.
    """
    for module in network.modules():
        if isinstance(module, MultiheadAttentionBlock):
            module.compile(dynamic=True, backend=backend)
