"""What this machine offers, found out without importing torch."""

from __future__ import annotations

import importlib.metadata
import math
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import psutil

from finxfer.settings import setting


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA GPU; memory in bytes."""

    name: str
    memory_bytes: int


@dataclass(frozen=True)
class Machine:
    """Cores that a job may use, main memory in bytes, and the GPUs that the installed torch can drive."""

    cores: int
    memory_bytes: int
    memory_free_bytes: int
    gpus: tuple[Gpu, ...]

    @property
    def device(self) -> str:
        """The device that "auto" stands for: "cuda" or "cpu"."""
        return "cuda" if self.gpus else "cpu"


def machine() -> Machine:
    """Look at this machine. The GPUs are asked for once in a process, the memory each time."""
    memory = psutil.virtual_memory()
    return Machine(usable_cores(), int(memory.total), int(memory.available), gpus())


def usable_cores() -> int:
    """Cores this process may use: its affinity, cut to the container's quota where there is one."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else (psutil.cpu_count() or 1)
    quota = _container_quota()
    return max(1, min(cores, quota) if quota else cores)


def _container_quota() -> int | None:
    """Cores granted by a Linux control group (version 2), or None where no limit is set."""
    try:
        granted, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return None if granted == "max" else max(1, math.ceil(int(granted) / int(period)))
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=1)
def gpus() -> tuple[Gpu, ...]:
    """The NVIDIA GPUs, or none where torch is not installed for CUDA or the driver does not answer."""
    tool = shutil.which("nvidia-smi")
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "all") in ("", "-1")
    if tool is None or hidden or not _torch_may_use_cuda():
        return ()
    command = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(_parse_gpus(answer))


def _parse_gpus(answer: str) -> list[Gpu]:
    """Read lines such as "NVIDIA L4, 23034" (MiB)."""
    found = []
    for line in answer.splitlines():
        name, _, mebibytes = line.rpartition(",")
        if mebibytes.strip().isdigit():
            found.append(Gpu(name.strip(), int(mebibytes) * 2**20))
    return found


def _torch_may_use_cuda() -> bool:
    """Builds for the processor alone carry "+cpu" in their version."""
    try:
        return "+cpu" not in importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return False


def resolve_device(wanted: str) -> str:
    """Turn "auto" into "cuda" or "cpu"; anything else is kept as the user asked."""
    return machine().device if wanted == "auto" else wanted


def thread_count() -> int:
    """Threads a job computes with: setting `threads`, else OMP_NUM_THREADS, else every usable core."""
    wanted = int(setting("threads"))
    if wanted > 0:
        return wanted
    environment = os.environ.get("OMP_NUM_THREADS", "")
    return int(environment) if environment.isdigit() and int(environment) > 0 else usable_cores()
