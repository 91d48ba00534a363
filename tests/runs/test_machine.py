"""What the machine offers, without torch."""

from __future__ import annotations

import pytest

from finxfer.runs import machine as machine_room


def test_the_machine_has_cores_and_memory() -> None:
    found = machine_room.machine()
    assert found.cores >= 1
    assert 0 < found.memory_free_bytes <= found.memory_bytes
    assert found.device == ("cuda" if found.gpus else "cpu")


def test_the_answer_of_nvidia_smi_is_read_even_with_a_comma_in_the_name() -> None:
    answer = "NVIDIA H100 80GB HBM3, 81559\nOdd, GPU, 1024\n[N/A]\n"
    assert machine_room._parse_gpus(answer) == [
        machine_room.Gpu("NVIDIA H100 80GB HBM3", 81559 * 2**20),
        machine_room.Gpu("Odd, GPU", 1024 * 2**20),
    ]


def test_threads_come_from_the_setting_then_the_environment_then_the_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("FINXFER_THREADS", "5")
    assert machine_room.thread_count() == 5
    monkeypatch.delenv("FINXFER_THREADS")
    assert machine_room.thread_count() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert machine_room.thread_count() == machine_room.usable_cores()


def test_auto_is_what_the_machine_has_and_a_wish_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_room, "gpus", lambda: ())
    assert machine_room.resolve_device("auto") == "cpu"
    monkeypatch.setattr(machine_room, "gpus", lambda: (machine_room.Gpu("x", 1),))
    assert machine_room.resolve_device("auto") == "cuda"
    assert machine_room.resolve_device("cpu") == "cpu"
