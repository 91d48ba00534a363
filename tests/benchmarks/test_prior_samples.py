"""The pictures of the prior: all of them are made, as SVG that a browser can read, in both themes."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import prior_drawings, prior_samples

SVG = "{http://www.w3.org/2000/svg}"
IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"


@pytest.mark.slow
def test_the_command_makes_the_pictures_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["prior_samples", "--out", str(tmp_path)])
    prior_samples.main()
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {path.name for path in IMAGES.glob("prior-*.svg")}
    for path in tmp_path.iterdir():
        root = ElementTree.parse(path).getroot()
        said = (root.find(f"{SVG}title"), root.find(f"{SVG}desc"))
        assert all(part is not None and part.text for part in said)
        words = [part.text for part in root.iter(f"{SVG}text")]
        shapes = [*root.iter(f"{SVG}path"), *root.iter(f"{SVG}polyline"), *root.iter(f"{SVG}rect")]
        assert len(words) >= 3 and len(shapes) >= 4
        assert "nan" not in path.read_text(encoding="utf-8")


def test_frames_put_values_where_they_belong() -> None:
    frame = prior_drawings.Frame(10, 20, 100, 50, x_range=(0, 4), y_range=(-1, 1))
    assert (frame.x(0), frame.x(4), frame.y(1), frame.y(-1), frame.y(0)) == (10, 110, 20, 70, 45)
    assert 'd="M10.0 45.0V20.0H34V45.0z"' in prior_drawings.bars(frame, [0, 1], [1])


def test_colours_blend_from_the_background_and_words_are_escaped() -> None:
    assert prior_drawings.blend(0, "dark") == prior_drawings.THEMES["dark"][0]
    assert prior_drawings.blend(1, "light") == prior_drawings.BLUE
    drawn = prior_drawings.sheet("a < b", "c & d", [prior_drawings.text(1, 2, "<x>")], 10, "light")
    assert "a &lt; b" in drawn and "c &amp; d" in drawn and "&lt;x&gt;" in drawn
