"""The README says what is true: its blocks run, its settings are all there, its links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
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
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
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
