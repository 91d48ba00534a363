"""The README says what is true: its blocks run, its settings are all there, its links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest

from finxfer.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    return [text for name, text in fenced if name == language]


@pytest.mark.slow
def test_the_blocks_of_the_readme_run_in_their_order(tmp_path: Path) -> None:
    quick = {"FINXFER_EXPLAINED_ROWS": "10", "FINXFER_BOOTSTRAP_DRAWS": "50"}
    environment = {**os.environ, **quick, "PYTHONPATH": str(ROOT)}
    for program in blocks("python"):
        subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True, timeout=60)
    for line in "".join(blocks("sh")).splitlines():
        words = shlex.split(line)
        assert words[:3] == ["python", "-m", "finxfer"]
        done = subprocess.run(
            [sys.executable, *words[1:]],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    scored = pd.read_csv(tmp_path / "scored.csv")
    assert len(scored) == 400
    assert scored["probability"].between(0, 1).all()


def test_the_set_up_commands_are_the_agreed_ones() -> None:
    commands = "".join(blocks("")).splitlines()
    linux = "python3 -m venv .venv && .venv/bin/pip install -r {} && .venv/bin/{}"
    assert linux.format("requirements.txt", "streamlit run app.py") in commands
    assert linux.format("requirements-dev.txt", "python -m pytest") in commands
    assert sum(command.startswith("py -m venv .venv;") for command in commands) == 2


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_in_the_readme_as_it_is(setting: object) -> None:
    line = f"| `{setting.variable}` | `{setting.default}` | {setting.unit} | {setting.help} |"  # type: ignore[attr-defined]
    assert line in README.splitlines()


def test_every_link_and_picture_of_the_docs_is_there() -> None:
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = document.read_text(encoding="utf-8")
        targets = re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
        for target in targets:
            if not target.startswith("http"):
                assert (document.parent / target).exists(), f"{document.name} points to {target}"


def test_every_pin_is_exact() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith(("#", "-r ")):
                assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9A-Za-z.]*", line), line


def table_rows(document: str) -> dict[str, list[str]]:
    """Cells after the first of every table row whose first cell is code, by that code."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", text, flags=re.MULTILINE)
    assert len(rows) == len(dict(rows)), "a name stands twice"
    return {name: cells.split(" | ") for name, cells in rows}


def in_words(value: object) -> str:
    """A range as "low to high", anything else as it is."""
    return " to ".join(f"{end:g}" for end in value) if isinstance(value, tuple) else str(value)


def test_the_page_about_the_prior_has_every_trait_with_its_range() -> None:
    from finxfer.pretraining.prior import Traits
    from finxfer.pretraining.prior_columns import KINDS, ColumnTraits
    from finxfer.pretraining.prior_signals import PART_SHARES, PARTS

    expected = {name: in_words(share) for name, share in zip(PARTS, PART_SHARES, strict=True)}
    expected |= {name: in_words(share) for name, share in zip(KINDS, ColumnTraits().shares, strict=True)}
    for traits in (Traits(), ColumnTraits()):
        names = [item.name for item in fields(traits) if item.name not in ("columns", "shares")]
        expected |= {name: in_words(getattr(traits, name)) for name in names}
    assert {name: cells[0] for name, cells in table_rows("prior.md").items()} == expected


def test_the_page_about_pretraining_has_the_recipes_as_they_are() -> None:
    from finxfer.pretraining.recipes import RECIPES

    rows = table_rows("pretraining.md")
    assert "| | " + " | ".join(f"`{name}`" for name in RECIPES) + " |" in (
        ROOT / "docs" / "pretraining.md"
    ).read_text(encoding="utf-8")
    for name in ("steps", "batches", "context", "columns", "spelled", "classes", "precision", "rungs"):
        assert name in rows
    for name, cells in rows.items():
        assert cells == [in_words(getattr(recipe, name)) for recipe in RECIPES.values()], name


def test_the_pictures_of_the_prior_are_small_and_say_what_they_show() -> None:
    pictures = sorted((ROOT / "docs" / "images").glob("prior-*.svg"))
    page = (ROOT / "docs" / "prior.md").read_text(encoding="utf-8")
    assert len(pictures) == 12 and sum(path.stat().st_size for path in pictures) < 300_000
    for path in pictures:
        assert f"images/{path.name}" in page
        assert re.search("<title>.+</title><desc>.+</desc>", path.read_text(encoding="utf-8"))
