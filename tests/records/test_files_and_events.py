from __future__ import annotations

import errno
from pathlib import Path

import pytest

from finxfer.errors import Damaged
from finxfer.records.events import append_event, read_events
from finxfer.records.files import read_json, write_atomically, write_json, write_text


def test_a_write_that_fails_keeps_the_old_file_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"kept": True})

    def full_disk(temporary: Path) -> None:
        temporary.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="space"):
        write_atomically(path, full_disk)
    assert read_json(path) == {"kept": True}
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_a_rename_that_another_process_blocks_for_a_moment_is_retried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    real, calls = os.replace, []

    def blocked_twice(source: Path, target: Path) -> None:
        calls.append(source)
        if len(calls) < 3:
            raise PermissionError("in use")
        real(source, target)

    monkeypatch.setattr("finxfer.records.files.os.replace", blocked_twice)
    write_text(tmp_path / "a.txt", "done")
    assert (tmp_path / "a.txt").read_text() == "done"
    assert len(calls) == 3


def test_nan_is_refused_since_json_has_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"auc": float("nan")})
    with pytest.raises(Damaged, match="missing"):
        read_json(tmp_path / "a.json")


def test_events_are_read_from_an_offset_and_a_half_line_waits(tmp_path: Path) -> None:
    append_event(tmp_path, "message", text="Ωμέγα")
    events, offset = read_events(tmp_path)
    assert events[0]["text"] == "Ωμέγα"
    with (tmp_path / "events.jsonl").open("ab") as stream:
        stream.write(b'{"kind": "mess')
    assert read_events(tmp_path, offset) == ([], offset)
    with (tmp_path / "events.jsonl").open("ab") as stream:
        stream.write(b'age", "text": "b"}\nnot json\n')
    append_event(tmp_path, "epoch", epoch=1)
    later, _ = read_events(tmp_path, offset)
    assert [event["kind"] for event in later] == ["message", "epoch"]


def test_an_unknown_kind_is_refused_and_no_file_means_no_events(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="party"):
        append_event(tmp_path, "party")
    assert read_events(tmp_path) == ([], 0)


@pytest.mark.parametrize("content", ["[" * 100_000, '{"seed": ' + "9" * 5000 + "}", "\xff", "", "{"])
def test_json_that_cannot_be_read_is_damaged_never_a_traceback(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(Damaged, match="not valid JSON") as caught:
        read_json(tmp_path / "a.json")
    assert len(str(caught.value)) < 400
