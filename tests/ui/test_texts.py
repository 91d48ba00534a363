"""The files of visible sentences: a name given twice would silently replace a sentence by another."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

TEXTS = sorted((Path(__file__).resolve().parents[2] / "finxfer" / "ui" / "text").glob("*.py"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_no_sentence_is_named_twice(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    names = Counter(
        target.id
        for node in body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    )
    assert [name for name, times in names.items() if times > 1] == []
