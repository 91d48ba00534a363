from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.data.reading import read_table, spreadsheet_safe, write_table
from finxfer.data.sheets_out import write_sheet
from finxfer.errors import BadInput

FORMULAS = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1+1",
    "\u00a0=1",
    "＝1+1",
    '=HYPERLINK("http://x")',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_and_no_name_stays_a_formula(text, tmp_path: Path):
    frame = pd.DataFrame({text: [text, "plain"], "n": [-5.0, 2.0]})
    safe = spreadsheet_safe(frame)
    assert safe.iloc[0, 0] == "'" + text
    assert safe.columns[0] == "'" + text
    assert safe.iloc[1, 0] == "plain"
    assert safe["n"].tolist() == [-5.0, 2.0]
    path = tmp_path / "t.csv"
    write_table(frame, path)
    for row in csv.reader(path.read_text(encoding="utf-8").splitlines()[:1]):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def test_numbers_as_text_and_missing_cells_stay():
    frame = pd.DataFrame(
        {"a": ["-5", "+3.5", None, "-", "1e5"], "b": pd.Categorical(["=x", "y", "y", "y", None])}
    )
    safe = spreadsheet_safe(frame)
    assert safe["a"].tolist()[:2] == ["-5", "+3.5"]
    assert pd.isna(safe["a"].iloc[2])
    assert safe["a"].iloc[3] == "'-"
    assert safe["b"].iloc[0] == "'=x"
    assert frame["b"].iloc[0] == "=x"


def test_a_cell_with_another_delimiter_stays_one_cell(tmp_path: Path):
    path = tmp_path / "t.csv"
    write_table(pd.DataFrame({"a": ["x;=1+1"], "b": [1]}), path)
    assert '"x;=1+1"' in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "T.CSV", "t.xlsx"])
def test_a_written_table_reads_back_the_same(tmp_path: Path, name):
    frame = pd.DataFrame(
        {
            "n": [1.5, np.nan, -3.25],
            "i": [1, 2, 3],
            "s": pd.Series(["a", None, 'Zürich, "west"\nline'], dtype="str"),
            "d": pd.to_datetime(["2020-01-01", None, "2021-05-06"]).astype("datetime64[us]"),
            "b": [True, False, True],
            "性别": pd.Series(["男", "女", "男"], dtype="str"),
        }
    )
    path = tmp_path / name
    write_table(frame, path)
    pd.testing.assert_frame_equal(read_table(path).frame, frame)
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == [name]


def test_other_formats_and_lost_folders_are_refused(tmp_path: Path):
    frame = pd.DataFrame({"a": [1]})
    with pytest.raises(BadInput, match=r"\.csv, \.xlsx or \.parquet"):
        write_table(frame, tmp_path / "t.pdf")
    with pytest.raises(BadInput, match="not there"):
        write_table(frame, tmp_path / "nowhere" / "t.csv")


def test_a_sheet_has_limits_and_holds_what_it_cannot_as_text(tmp_path: Path):
    path = tmp_path / "t.xlsx"
    with pytest.raises(BadInput, match="1,048,575 below its header"):
        write_table(pd.DataFrame({"a": np.zeros(1_048_576)}), path)
    with pytest.raises(BadInput, match="a cell holds 32,767"):
        write_table(pd.DataFrame({"a": ["x" * 32_768]}), path)
    with pytest.raises(BadInput, match="a sheet has 16,384"):
        write_sheet(pd.DataFrame(np.zeros((1, 16_385))), path)
    assert list(tmp_path.iterdir()) == []
    old = pd.to_datetime(["1850-05-06 00:00:00", "2020-01-02 03:04:05"]).astype("datetime64[us]")
    frame = pd.DataFrame(
        {"long": [2**60 + 1, 1], "old": old, "=1+1": ["=1+1", "00123"], "e": [1e300, np.nan]}
    )
    write_table(frame, path)
    back = read_table(path).frame
    assert back["long"].tolist() == [str(2**60 + 1), "1"] or back["long"].tolist() == [2**60 + 1, 1]
    assert back["old"].tolist() == old.tolist()
    assert back["'=1+1"].tolist() == ["'=1+1", "00123"]
    assert back["e"].iloc[0] == 1e300
