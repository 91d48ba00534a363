"""Questions to a live what-if job and its answers, as small files. Light: pages import this, no torch here.

A question is ``questions/<id>.json`` in the job's folder, its answer ``answers/<id>.json``; both appear by an
atomic rename, so that nobody reads half of one.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Any

from finxfer.errors import BadInput, Damaged, FinxferError
from finxfer.records.files import read_json, write_json
from finxfer.records.folder import RunFolder

JOB = "what-if"
READY = "ready.json"
"""Written once the model is loaded: the columns as training saw them, the threshold, what cannot change."""
QUESTIONS, ANSWERS = "questions", "answers"
PATIENCE_SECONDS = 2.0
_LOOK_SECONDS = 0.005
_OLD_SECONDS = 600.0


def is_ready(job: RunFolder) -> bool:
    """Whether the job has loaded its model and answers."""
    return (job.path / READY).is_file()


def post(job: RunFolder, kind: str, **fields: Any) -> str:
    """Put a question; returns its id.

    Raises:
        BadInput: the job is not there any more, or has not begun to answer.
    """
    folder = job.path / QUESTIONS
    if not folder.is_dir():
        raise BadInput(
            "Nobody is there to answer.", "The live answering has ended or not begun.", "Start it again."
        )
    question = f"{time.time_ns():020d}-{secrets.token_hex(3)}"
    write_json(folder / f"{question}.json", {"kind": kind, **fields})
    return question


def answer_of(job: RunFolder, question: str) -> dict[str, Any] | None:
    """The answer, which is taken away by reading it; None while there is none.

    Raises:
        BadInput: the question was refused, with the reason.
        Damaged: the answer is unreadable.
    """
    path = job.path / ANSWERS / f"{question}.json"
    if not path.is_file():
        return None
    content = read_json(path)
    path.unlink(missing_ok=True)
    if not isinstance(content, dict):
        raise Damaged("An answer cannot be read.", f"{path.name} holds no object.", "Ask again.")
    error = content.get("error")
    if isinstance(error, dict):
        raise BadInput(*(str(error.get(part, "")) for part in ("what", "why", "next")))
    return content


def ask(
    job: RunFolder, kind: str, patience: float = PATIENCE_SECONDS, **fields: Any
) -> dict[str, Any] | None:
    """Put a question and wait for its answer; None where there is none after ``patience`` seconds.

    Raises:
        BadInput: the question was refused, or nobody is there to answer.
    """
    question = post(job, kind, **fields)
    until = time.monotonic() + patience
    while (found := answer_of(job, question)) is None and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
    if found is None:
        # Nobody waits for it any more, so it need not be answered.
        (job.path / QUESTIONS / f"{question}.json").unlink(missing_ok=True)
    return found


def open_desk(job: RunFolder) -> None:
    """Make the folders of questions and answers (the job does, before it says that it is ready)."""
    for name in (QUESTIONS, ANSWERS):
        (job.path / name).mkdir(exist_ok=True)


def waiting(job: RunFolder) -> list[Path]:
    """Questions not yet answered, oldest first."""
    return sorted((job.path / QUESTIONS).glob("*.json"))


def read_question(path: Path) -> dict[str, Any]:
    """A question, which is taken away by reading it.

    Raises:
        BadInput: it is no question.
    """
    try:
        content = read_json(path)
    except Damaged as error:
        content = error.why
    path.unlink(missing_ok=True)
    if not isinstance(content, dict) or not isinstance(content.get("kind"), str):
        raise BadInput("That is no question.", f"{path.name}: {str(content)[:100]}", "Ask again.")
    return content


def reply(job: RunFolder, question: str, content: dict[str, Any] | FinxferError) -> None:
    """Answer a question, or say why it is refused; answers that nobody fetched are thrown away."""
    folder = job.path / ANSWERS
    for path in folder.glob("*.json"):
        if time.time() - path.stat().st_mtime > _OLD_SECONDS:
            path.unlink(missing_ok=True)
    told = {"error": content.to_json()} if isinstance(content, FinxferError) else content
    write_json(folder / f"{question}.json", told)
