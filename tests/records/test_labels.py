"""Names and tags of runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.records.labels import FILE, Labels, keep_labels, labels_of, make_labels


def test_what_was_typed_is_tidied():
    found = make_labels("  My   run ", ["Pilot", " ", "pilot", "a  b"])
    assert found == Labels("My run", ("a b", "Pilot"))


@pytest.mark.parametrize(
    ("name", "tags"), [("x" * 81, []), ("", ["y" * 31]), ("", [str(n) for n in range(13)])]
)
def test_too_long_or_too_many_is_refused(name: str, tags: list[str]):
    with pytest.raises(BadInput):
        make_labels(name, tags)


def test_they_are_kept_beside_the_spec(tmp_path: Path):
    run = RunFolder(tmp_path)
    assert labels_of(run) == Labels()
    keep_labels(run, make_labels("a", ["b"]))
    assert labels_of(run) == Labels("a", ("b",))
    for spoilt in ("{", "[]", '{"name": 1, "tags": 3}', '{"name": "x", "tags": ["' + "z" * 40 + '"]}'):
        (tmp_path / FILE).write_text(spoilt, encoding="utf-8")
        assert labels_of(run) == Labels()
