from __future__ import annotations

from pathlib import Path

import pytest

from finxfer.errors import BadInput, Damaged
from finxfer.records.reason_library import (
    ReasonLibrary,
    Theme,
    can_undo,
    read_library,
    save_library,
    undo_library,
    with_theme,
)

PAY = Theme("Recent repayment", ("PAY_0", "PAY_2"), "{theme}: {detail} ({points})")


def test_every_saving_is_a_version_that_can_be_taken_back(tmp_path: Path) -> None:
    assert read_library(tmp_path) == ReasonLibrary()
    assert not can_undo(tmp_path)
    first = save_library(ReasonLibrary((PAY,)), tmp_path)
    second = save_library(ReasonLibrary((PAY,), 0.9), tmp_path)
    assert (first.version, second.version) == (1, 2)
    assert read_library(tmp_path) == second
    assert undo_library(tmp_path) == first == read_library(tmp_path)
    assert undo_library(tmp_path) == ReasonLibrary()
    assert undo_library(tmp_path) == ReasonLibrary()
    assert not can_undo(tmp_path)


def test_a_column_moves_from_theme_to_theme(tmp_path: Path) -> None:
    library = ReasonLibrary((PAY, Theme("Age", ("age",))))
    moved = with_theme(library, ["Age"], Theme("Customer", ("age", "PAY_2")))
    assert [(one.name, one.features) for one in moved.themes] == [
        ("Recent repayment", ("PAY_0",)),
        ("Customer", ("age", "PAY_2")),
    ]
    emptied = with_theme(library, [], Theme("All", ("PAY_0", "PAY_2")))
    assert [one.name for one in emptied.themes] == ["Age", "All"]


@pytest.mark.parametrize(
    ("themes", "words"),
    [
        ((Theme("", ("a",)),), "called ''"),
        ((Theme("two\nlines", ("a",)),), "one line"),
        ((Theme("x" * 61, ("a",)),), "at most 60"),
        ((Theme("A", ("a",)), Theme("A", ("b",))), "Two themes"),
        ((Theme("A", ("a",)), Theme("B", ("a",))), "is in 'A' and in 'B'"),
        ((Theme("A", ()),), "no column"),
        ((Theme("A", ("a",), "{name}"),), "holds {name}"),
        ((Theme("A", ("a",), "{points.real}"),), "holds {points.real}"),
        ((Theme("A", ("a",), "{points!r}"),), "holds {points}"),
        ((Theme("A", ("a",), "{points"),), "Close every brace"),
        ((Theme("A", ("a",), "x" * 241),), "too long"),
    ],
)
def test_nonsense_is_refused(themes: tuple[Theme, ...], words: str) -> None:
    with pytest.raises(BadInput, match=r"library of reasons") as refused:
        ReasonLibrary(themes)
    assert words in str(refused.value)


@pytest.mark.parametrize("share", [0.4, 1.1, "0.8", True, float("nan")])
def test_share_of_draws_is_checked(share: float) -> None:
    with pytest.raises(BadInput, match="share of draws"):
        ReasonLibrary(least_stable=share)


def test_files_edited_by_hand(tmp_path: Path) -> None:
    (tmp_path / "reasons.json").write_text('{"current": {"themes": [{"name": "A"}]}, "before": []}')
    with pytest.raises(BadInput, match="not a list of themes"):
        read_library(tmp_path)
    (tmp_path / "reasons.json").write_text("[]")
    with pytest.raises(Damaged, match="not what was written"):
        read_library(tmp_path)
