"""Checked access to the plain JSON arguments of a job."""

from __future__ import annotations

from finxfer.errors import BadInput
from finxfer.records.spec import JobSpec


def text_argument(spec: JobSpec, name: str, default: str | None = None) -> str:
    """The argument as non-empty text.

    Raises:
        BadInput: it is missing and there is no default, or it is no text.
    """
    value = spec.arguments.get(name, default)
    if not isinstance(value, str) or not value:
        raise BadInput(
            f"The {spec.job} job cannot start.",
            f"Its argument {name!r} is {str(value)[:80]!r}, but must be text.",
            "Launch the job again from the app.",
        )
    return value
