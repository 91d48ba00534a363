"""The Data page with files that hold several tables, and with a folder of the server."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from finxfer.records.spec import JobSpec
from finxfer.records.tables import TableStore
from finxfer.runs import launcher
from finxfer.ui.text import data
from finxfer.ui.text import files as text
from tests.app.test_walk import capture_launch, home, open_page, small_table, words

__all__ = ["home"]


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("retail.csv", small_table().to_csv(index=False))
        archive.writestr("<b>business</b>.csv", small_table(rows=120).to_csv(index=False))
    return buffer.getvalue()


def test_a_zip_of_two_tables_offers_the_other_one() -> None:
    at = open_page("data")
    at.file_uploader[0].upload("book.zip", zipped()).run()
    assert not at.exception and not at.error
    first = at.query_params["table"]
    assert "240 rows" in words(at) and text.IN_ZIP in words(at)
    choice = next(box for box in at.selectbox if box.label == text.PART)
    assert choice.value == 0
    assert not [box for box in at.selectbox if box.label == text.ENCODING]
    choice.set_value(1).run()
    assert not at.exception and not at.error
    assert at.query_params["table"] != first and "120 rows" in words(at)
    assert "<b>" not in words(at)


def test_a_plain_table_offers_no_choice() -> None:
    at = open_page("data")
    at.file_uploader[0].upload("book.csv", small_table().to_csv(index=False).encode()).run()
    assert not at.exception
    assert not [box for box in at.selectbox if box.label in (text.PART, text.ENCODING)]


def test_a_guessed_encoding_can_be_corrected_and_a_wrong_choice_is_said() -> None:
    at = open_page("data")
    content = small_table().replace({"female": "weiblich", "male": "männlich"}).to_csv(index=False)
    at.file_uploader[0].upload("book.csv", content.encode("cp1252")).run()
    assert not at.exception
    choice = next(box for box in at.selectbox if box.label == text.ENCODING)
    choice.set_value(1).run()
    assert not at.exception and "not utf" in words(at).replace("\\", "")
    assert len(TableStore().list()) == 1


@pytest.mark.parametrize("allowed", [False, True])
def test_the_folder_of_the_server_shows_only_when_it_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    folder = tmp_path / "bank"
    folder.mkdir()
    small_table().to_csv(folder / "<i>loans.csv", index=False)
    launched = capture_launch(monkeypatch)
    if allowed:
        monkeypatch.setenv("FINXFER_DATA_FOLDERS", str(folder))
    at = open_page("data")
    assert [box.label for box in at.expander if box.label == text.FOLDER_TITLE] == [
        text.FOLDER_TITLE
    ] * allowed
    assert not launched


@pytest.mark.parametrize(
    ("arguments", "label"), [({"file": "x"}, "INGEST_BACK"), ({"upload": "x"}, "INGEST_FORGET")]
)
def test_a_failed_reading_promises_to_remove_nothing_but_an_upload(
    monkeypatch: pytest.MonkeyPatch, arguments: dict[str, str], label: str
) -> None:
    capture_launch(monkeypatch)
    job = launcher.launch(JobSpec("ingest", {**arguments, "name": "loans.csv"}))
    at = open_page("data")
    job.write_status(state="failed", error={"what": "No good.", "why": "Not a table.", "next": "Export it."})
    at.session_state["ingest_job"] = job.id
    at.run()
    assert not at.exception and "No good" in words(at)
    assert next(button for button in at.button if button.key == "ingest_forget").label == getattr(data, label)
