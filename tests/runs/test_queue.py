"""The device queue: first come first served, no ticket of a dead process in the way."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from finxfer.errors import Cancelled
from finxfer.runs.queue import DeviceQueue


def hold(locks: Path, name: str, order: list[str], release: threading.Event) -> threading.Thread:
    def work() -> None:
        with DeviceQueue(locks, "cpu"):
            order.append(name)
            release.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def wait_until(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 s"
        time.sleep(0.02)


def test_whoever_waited_longest_comes_next(tmp_path: Path) -> None:
    order: list[str] = []
    release = threading.Event()
    first = hold(tmp_path, "first", order, release)
    wait_until(lambda: order == ["first"])
    second = hold(tmp_path, "second", order, release)
    wait_until(lambda: len(list((tmp_path / "cpu-queue").glob("*.ticket"))) == 1)
    third = hold(tmp_path, "third", order, release)
    wait_until(lambda: len(list((tmp_path / "cpu-queue").glob("*.ticket"))) == 2)
    assert order == ["first"]
    release.set()
    for thread in (first, second, third):
        thread.join(10)
    assert order == ["first", "second", "third"]
    assert not list((tmp_path / "cpu-queue").glob("*.ticket"))


def test_another_device_does_not_wait(tmp_path: Path) -> None:
    waited: list[int] = []
    with DeviceQueue(tmp_path, "cpu"), DeviceQueue(tmp_path, "cuda", on_wait=waited.append):
        assert waited == []


def test_the_ticket_of_a_dead_process_is_swept_away(tmp_path: Path) -> None:
    queue = tmp_path / "cpu-queue"
    queue.mkdir()
    dead = queue / "00000000000000000001-999999999-1.00.ticket"
    dead.touch()
    with DeviceQueue(tmp_path, "cpu"):
        assert not dead.exists()


def test_waiting_can_be_cancelled_and_says_how_many_are_ahead(tmp_path: Path) -> None:
    ahead: list[int] = []
    with (
        DeviceQueue(tmp_path, "cpu"),
        pytest.raises(Cancelled),
        DeviceQueue(tmp_path, "cpu", on_wait=ahead.append, should_stop=lambda: True),
    ):
        pass
    assert ahead == [1]
    assert not list((tmp_path / "cpu-queue").glob("*.ticket"))
