"""Customer text stays text, whatever it holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finxfer.ui.safe import chart_text, md, plain

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "**bold** _it_ `code`",
    ":material/home: :red[x] :smile:",
    "$\\frac{1}{2}$",
    "https://example.com/?q=1 www.example.com a@b.example",
    "&lt;b&gt; # heading | cell",
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_every_mark_of_markdown_is_escaped(text: str) -> None:
    escaped = md(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[<>\[\]*_`$:&#|@]", escaped)


@given(st.text(max_size=300))
def test_plain_is_one_printable_line_of_bounded_length(text: str) -> None:
    line = plain(text)
    assert len(line) <= 80
    assert line == line.strip()
    assert not re.search(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", line)


@given(st.text(max_size=100))
def test_escaping_loses_no_character(text: str) -> None:
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", md(text)) == plain(text)


def test_chart_text_has_no_tags() -> None:
    assert chart_text("<b>x</b> & y") == "&lt;b&gt;x&lt;/b&gt; &amp; y"
