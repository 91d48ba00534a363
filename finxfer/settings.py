"""Every setting in one table: name, default, unit and help.

A setting is read from the environment variable ``FINXFER_`` + its name in capitals; the table
below is also what the README's settings section and its test are made from.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from finxfer.errors import BadInput

Value = str | int | float


@dataclass(frozen=True)
class Setting:
    """One setting.

    Args:
        name: lower-case name; the environment variable is ``FINXFER_`` + upper-case name.
        default: value when the variable is not set; its type is the setting's type.
        unit: unit of the value, or an empty string.
        help: one sentence for people.
        minimum: smallest accepted number (ignored for text).
        choices: the accepted texts; empty means any.
    """

    name: str
    default: Value
    unit: str
    help: str
    minimum: float = 0
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return f"FINXFER_{self.name.upper()}"


SETTINGS: tuple[Setting, ...] = (
    Setting("home", "~/.finxfer", "folder", "Where tables, runs and backbones are kept."),
    Setting("device", "auto", "", "Device used when a run says auto.", choices=("auto", "cpu", "cuda")),
    Setting("threads", 0, "threads", "CPU threads of a run; 0 means every core of this machine."),
    Setting("max_columns", 2000, "columns", "Widest table that is read.", minimum=2),
    Setting("preview_rows", 1000, "rows", "Rows of a table shown on the Data page.", minimum=1),
    Setting("direct_upload_mb", 20, "MB", "Uploads above this size are read by a background job.", minimum=0),
    Setting("bootstrap_draws", 500, "draws", "Bootstrap draws behind each interval.", minimum=50),
    Setting(
        "unpacked_gb",
        4.0,
        "GB",
        "Most that a zip, gzip or XLSX file may unpack to, on disk or in memory.",
        minimum=0.001,
    ),
    Setting(
        "data_folders",
        "",
        "folders",
        "Folders of this machine whose tables may be opened from the Data page; empty offers none.",
    ),
    Setting("test_rows_max", 10000, "rows", "Most rows held out as the test set of a run.", minimum=50),
    Setting("explained_rows", 2000, "rows", "Test rows that are explained by SHAP in a run.", minimum=1),
    Setting("reference_rows", 16, "rows", "Training rows in the reference group of SHAP.", minimum=2),
    Setting(
        "explainer_evaluations",
        12000,
        "predictions",
        "Predictions that fitting a model's explainer may ask of it; 0 fits none and explains fewer rows.",
    ),
    Setting(
        "alerts_a_day",
        100,
        "alerts",
        "Alerts a day that a run of rare events is measured with, unless it says otherwise.",
        minimum=1,
    ),
    Setting("heartbeat_seconds", 2.0, "s", "How often a worker proves that it lives.", minimum=0.1),
    Setting("cancel_grace_seconds", 10.0, "s", "How long a cancelled worker may take to stop by itself."),
    Setting(
        "what_if_minutes",
        10.0,
        "min",
        "How long a what-if stays ready for the next question before it ends.",
        minimum=0.01,
    ),
    Setting(
        "allow_downloads",
        "no",
        "",
        "Whether weights that do not ship may be downloaded, each after a confirmation.",
        choices=("no", "yes"),
    ),
    Setting(
        "download_host",
        "https://huggingface.co",
        "address",
        "Where such weights are downloaded from, or a mirror of it; the checksum decides.",
    ),
    Setting("databases", "", "file", "A TOML file of named databases; see docs/databases.md."),
    Setting(
        "typed_databases",
        "yes",
        "",
        "Whether an address of a database may be typed; no allows the named ones alone.",
        choices=("yes", "no"),
    ),
    Setting("database_rows", 5_000_000, "rows", "Most rows that a query may give.", minimum=1),
    Setting("database_mb", 4000, "MB", "Most data that a query may give.", minimum=1),
    Setting("database_seconds", 900.0, "s", "Longest time that a query may take.", minimum=0.1),
)

_BY_NAME = {entry.name: entry for entry in SETTINGS}


def setting(name: str) -> Value:
    """Value of a setting, from its environment variable or its default.

    Raises:
        KeyError: there is no setting of that name.
        BadInput: the environment variable's value is not of the setting's type or range.
    """
    entry = _BY_NAME[name]
    text = os.environ.get(entry.variable)
    if text is None or text == "":
        return entry.default
    if isinstance(entry.default, str):
        if entry.choices and text not in entry.choices:
            raise _refuse(entry, text, f"one of {', '.join(entry.choices)}")
        return text
    kind = type(entry.default)
    try:
        value = kind(text)
    except ValueError:
        raise _refuse(entry, text, f"a number of type {kind.__name__}") from None
    if not value >= entry.minimum:
        raise _refuse(entry, text, f"at least {entry.minimum:g}")
    return value


def check_settings() -> None:
    """Read every setting once, so that a wrong one is told before long work rather than after it.

    Raises:
        BadInput: an environment variable's value is not of its setting's type or range.
    """
    for entry in SETTINGS:
        setting(entry.name)


def integer(name: str) -> int:
    """A setting as an int."""
    return int(setting(name))


def number(name: str) -> float:
    """A setting as a float."""
    return float(setting(name))


def text(name: str) -> str:
    """A setting as text."""
    return str(setting(name))


def _refuse(entry: Setting, value: str, expected: str) -> BadInput:
    return BadInput(
        f"The setting {entry.variable} cannot be used.",
        f"Its value is {value!r}, but it must be {expected}.",
        f"Correct the environment variable or unset it (default: {entry.default}).",
    )
