from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finxfer.data.reading import hash_file, read_table
from finxfer.errors import BadInput

PLAIN = "id;amount;city;day\n1;1.234,50;Zürich;03.04.2020\n2;7,25;Genève;28.12.2021\n"


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"]
)
def test_one_table_in_every_encoding(read_bytes, encoding):
    result = read_bytes(PLAIN.encode(encoding))
    frame = result.frame
    assert list(frame.columns) == ["id", "amount", "city", "day"]
    assert frame["amount"].tolist() == [1234.5, 7.25]
    assert frame["city"].tolist() == ["Zürich", "Genève"]
    assert frame["day"].tolist() == [pd.Timestamp("2020-04-03"), pd.Timestamp("2021-12-28")]
    assert result.report.decimal == ","
    assert result.report.delimiter == "semicolon"
    assert result.report.date_columns == ("day",)
    assert encoding.replace("-sig", "").startswith(result.report.encoding)


def test_chinese_names_in_gb18030(read_bytes):
    text = "性别,年龄,违约\n男,31,0\n女,45,1\n男,52,0\n"
    for encoding in ("gb18030", "utf-8", "utf-16"):
        frame = read_bytes(text.encode(encoding)).frame
        assert list(frame.columns) == ["性别", "年龄", "违约"]
        assert frame["性别"].tolist() == ["男", "女", "男"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(read_bytes, delimiter, ending):
    lines = ["a,b,c", "1,x,2.5", '2,"y ,;|",3.5']
    text = (
        ending.join(lines).replace('"y ,;|"', "QUOTED").replace(",", delimiter).replace("QUOTED", '"y ,;|"')
    )
    frame = read_bytes(text).frame
    assert frame["a"].tolist() == [1, 2]
    assert frame["b"].tolist() == ["x", "y ,;|"]
    assert frame["c"].tolist() == [2.5, 3.5]


def test_sep_line_of_excel_is_obeyed(read_bytes):
    assert read_bytes("sep=|\na|b\n1|2\n3|4\n").frame["b"].tolist() == [2, 4]


def test_cells_may_hold_line_ends(read_bytes):
    frame = read_bytes('a,b\n1,"two\nlines"\n3,four\n').frame
    assert frame["b"].tolist() == ["two\nlines", "four"]


def test_blanks_in_numbers_are_missing_and_said(read_bytes):
    result = read_bytes("customerID,TotalCharges\nA,29.85\nB, \nC,108.15\n")
    assert result.frame["TotalCharges"].dtype == np.float64
    assert result.frame["TotalCharges"].isna().tolist() == [False, True, False]
    assert any("TotalCharges" in line and "1 cell" in line for line in result.report.repairs)


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1,5", "2,25", "3"], [1.5, 2.25, 3]),
        (["1.234,5", "12,0", "7,1"], [1234.5, 12, 7.1]),
        (["1,234.5", "12.0", "7.1"], [1234.5, 12, 7.1]),
        (["1'234.50", "12.00", "7.10"], [1234.5, 12, 7.1]),
        (["1 234,50", "12,00", "7,10"], [1234.5, 12, 7.1]),
        (["€ 12,50", "€ 1.200,00", "€ 3,10"], [12.5, 1200, 3.1]),
        (["12.50 EUR", "3 EUR", "0.5 EUR"], [12.5, 3, 0.5]),
        (["12%", "3.5%", "0%"], [12, 3.5, 0]),
        (["(12.5)", "3.0", "4.0"], [-12.5, 3, 4]),
        (["12-", "3", "4"], [-12, 3, 4]),
        (["−5", "+3", "4"], [-5, 3, 4]),
        (["1e3", "2.5E-1", "4"], [1000, 0.25, 4]),
    ],
)
def test_numbers_as_people_write_them(read_bytes, cells, numbers):
    lines = "\n".join(f'"{cell}",x' for cell in cells)
    assert read_bytes(f"n,other\n{lines}\n").frame["n"].tolist() == pytest.approx(numbers)


def test_a_dotted_thousand_follows_the_files_decimal_comma(read_bytes):
    result = read_bytes("a;b\n1.234;0,5\n2.500;1,5\n")
    assert result.frame["a"].tolist() == [1234, 2500]
    assert read_bytes("a;b\n1.234;0.5\n2.500;1.5\n").frame["a"].tolist() == [1.234, 2.5]


@pytest.mark.parametrize(
    "cells",
    [
        ["00123", "00456", "01000"],
        ["A34", "A32", "A30"],
        ["12%", "3", "4"],
        ["5 EUR", "5 USD", "3 EUR"],
        ["1-2", "3-4", "5"],
    ],
)
def test_codes_and_mixed_units_stay_text(read_bytes, cells):
    frame = read_bytes("n,x\n" + "\n".join(f"{cell},1" for cell in cells) + "\n").frame
    assert frame["n"].tolist() == cells


def test_a_few_stray_texts_among_many_numbers_are_missing_and_said(read_bytes):
    cells = [str(number) for number in range(200)]
    cells[7] = "see note"
    result = read_bytes("n,x\n" + "\n".join(f"{cell},1" for cell in cells) + "\n")
    assert result.frame["n"].isna().sum() == 1
    assert any("see note" in line for line in result.report.repairs)


def test_infinities_are_missing_and_counted(read_bytes):
    result = read_bytes("a,b\ninf,1\n-Infinity,2\n3.5,3\n")
    assert result.frame["a"].isna().tolist() == [True, True, False]
    assert any("2 infinite values" in line for line in result.report.repairs)
    frame = pd.DataFrame({"a": [np.inf, 1.0, -np.inf], "b": [1, 2, 3]})
    result = read_bytes(parquet_bytes(frame), "t.parquet")
    assert result.frame["a"].isna().sum() == 2
    assert any("2 infinite values" in line for line in result.report.repairs)


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["2020-03-18", "2019-12-01"], "2020-03-18"),
        (["2020/3/8", "2019/12/1"], "2020-03-08"),
        (["18/03/2020", "01/12/2019"], "2020-03-18"),
        (["03/18/2020", "12/01/2019"], "2020-03-18"),
        (["18.03.2020 14:05", "01.12.2019 00:00"], "2020-03-18 14:05"),
        (["18-Mar-2020", "01-Dec-2019"], "2020-03-18"),
        (["18MAR2020", "01DEC2019"], "2020-03-18"),
        (["Mar 18, 2020", "Dec 1, 2019"], "2020-03-18"),
        (["2020年3月18日", "2019年12月1日"], "2020-03-18"),
        (["2020-03-18T14:05:30Z", "2019-12-01T00:00:00Z"], "2020-03-18 14:05:30"),
        (["2020-03-18T14:05:30+02:00", "2019-12-01T00:00:00+01:00"], "2020-03-18 12:05:30"),
    ],
)
def test_dates_as_people_write_them(read_bytes, cells, first):
    result = read_bytes("when;x\n" + "\n".join(f"{cell};1" for cell in cells) + "\n")
    assert result.frame["when"].dtype == "datetime64[us]"
    assert result.frame["when"].iloc[0] == pd.Timestamp(first)


def test_an_order_of_day_and_month_that_was_guessed_is_said(read_bytes):
    result = read_bytes("when;x\n03/04/2020;1\n05/06/2021;2\n")
    assert result.frame["when"].iloc[0] == pd.Timestamp("2020-04-03")
    assert any("day first" in line for line in result.report.repairs)


def test_compact_dates_need_a_name_that_says_so(read_bytes):
    frame = read_bytes("open_date,amount\n20200318,20200318\n20191201,20191201\n").frame
    assert frame["open_date"].iloc[0] == pd.Timestamp("2020-03-18")
    assert frame["amount"].iloc[0] == 20200318


def test_true_and_false(read_bytes):
    frame = read_bytes("a,b\ntrue,TRUE\nfalse,\ntrue,False\n").frame
    assert frame["a"].dtype == bool
    assert frame["b"].isna().tolist() == [False, True, False]
    assert frame["b"].dropna().tolist() == ["True", "False"]


def test_long_whole_numbers_keep_every_digit(read_bytes):
    frame = read_bytes("a,b\n9007199254740993,99999999999999999999\n,1\n1,2\n").frame
    assert frame["a"].iloc[0] == "9007199254740993"
    assert frame["b"].iloc[0] == "99999999999999999999"


def test_an_all_missing_column_is_kept_as_missing_numbers(read_bytes):
    frame = read_bytes("a,b,c\n1,,x\n2,NA,y\n").frame
    assert frame["b"].dtype == np.float64
    assert frame["b"].isna().all()


def test_empty_names_are_given_and_said(read_bytes):
    result = read_bytes("a,,c\n1,2,3\n4,5,6\n")
    assert list(result.frame.columns) == ["a", "column_2", "c"]
    assert any("Column 2" in line for line in result.report.repairs)


def test_a_given_name_never_meets_one_that_is_there(read_bytes):
    assert list(read_bytes("column_2,,c\n1,2,3\n").frame.columns) == ["column_2", "column_2_", "c"]


def test_row_names_as_r_writes_them(read_bytes):
    frame = read_bytes("a,b\nr1,1,2\nr2,3,4\n").frame
    assert list(frame.columns) == ["column_1", "a", "b"]


def test_a_delimiter_at_every_line_end_makes_no_column(read_bytes):
    result = read_bytes("a,b,\n1,2,\n3,4,\n")
    assert list(result.frame.columns) == ["a", "b"]
    assert any("left out" in line for line in result.report.repairs)


@pytest.mark.parametrize("header", ["a,b,a", "a, a ,b", "x,y,x,y"])
def test_names_twice_the_same_are_refused(read_bytes, header):
    row = ",".join("1" for _ in header.split(","))
    with pytest.raises(BadInput, match="both called"):
        read_bytes(f"{header}\n{row}\n")


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "../../etc/passwd", "a\u202eb", "C:\\x"]
)
def test_odd_column_names_are_only_names(read_bytes, name):
    buffer = io.StringIO()
    pd.DataFrame({name: [1, 2], "y": [0, 1]}).to_csv(buffer, index=False)
    frame = read_bytes(buffer.getvalue()).frame
    assert frame.shape == (2, 2)
    assert frame.columns[0] == name.replace("\u202e", " ")


def test_header_only_is_refused(read_bytes):
    for content in ("a,b,c\n", "a,b,c"):
        with pytest.raises(BadInput, match="no rows"):
            read_bytes(content)
    with pytest.raises(BadInput, match="no rows"):
        read_bytes(parquet_bytes(pd.DataFrame({"a": pd.Series([], dtype=float)})), "t.parquet")


def test_one_row_can_be_read_for_scoring(read_bytes):
    assert read_bytes("a,b\n1,x\n").frame.shape == (1, 2)


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_empty_files_are_refused(read_bytes, content):
    with pytest.raises(BadInput, match="empty"):
        read_bytes(content)


def test_too_many_columns_are_refused(read_bytes, monkeypatch):
    header = ",".join(f"c{i}" for i in range(5000))
    row = ",".join("1" for _ in range(5000))
    with pytest.raises(BadInput, match=r"5,000 columns.*FINXFER_MAX_COLUMNS"):
        read_bytes(f"{header}\n{row}\n")
    with pytest.raises(BadInput, match="5,000 columns"):
        read_bytes(parquet_bytes(pd.DataFrame(np.zeros((1, 5000))).rename(columns=str)), "t.parquet")
    monkeypatch.setenv("FINXFER_MAX_COLUMNS", "3")
    with pytest.raises(BadInput, match="4 columns; at most 3"):
        read_bytes("a,b,c,d\n1,2,3,4\n")
    assert read_bytes("a,b,c\n1,2,3\n").frame.shape == (1, 3)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel"),
        (b"%PDF-1.7\nrest", "PDF"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(60), "7-Zip"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "PNG"),
        (b"<!DOCTYPE html><html><body>Login</body></html>", "web page"),
        (b'{"a": [1, 2]}', "JSON"),
        (bytes(range(256)) * 20, "binary"),
        (b"SQLite format 3\0" + bytes(100), "SQLite"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(read_bytes, content, word):
    for name in ("table.csv", "table.parquet"):
        with pytest.raises(BadInput) as refused:
            read_bytes(content, name)
        assert word in refused.value.why
        assert refused.value.next


def test_csv_named_parquet_and_parquet_named_csv_are_read_and_said(read_bytes):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    for content, name in ((b"a,b\n1,x\n2,y\n", "t.parquet"), (parquet_bytes(frame), "t.csv")):
        result = read_bytes(content, name)
        pd.testing.assert_frame_equal(result.frame, frame.astype({"b": "str"}))
        assert any("content" in line for line in result.report.repairs)


def test_a_parquet_file_cut_short_is_refused(read_bytes):
    content = parquet_bytes(pd.DataFrame({"a": np.arange(1000)}))
    for keep in (5, len(content) // 2, len(content) - 3):
        with pytest.raises(BadInput, match="cannot be read"):
            read_bytes(content[:keep], "t.parquet")


def test_lines_of_another_width_are_refused_with_their_number(read_bytes):
    with pytest.raises(BadInput, match="line 3 has 4 cells"):
        read_bytes("a,b,c\n1,2,3\n1,2,3,4\n5,6,7\n8,9,10\n11,12,13\n14,15,16\n17,18,19\n")
    with pytest.raises(BadInput, match="different numbers of cells"):
        read_bytes("Report of March\na,b,c\n1,2,3\n4,5,6\n")


def test_a_footer_is_left_out_and_said(read_bytes):
    result = read_bytes("a,b,c\n1,2,3\n4,5,6\nTotal rows: 2\n")
    assert len(result.frame) == 2
    assert any("Total rows" in line for line in result.report.repairs)


def test_a_quotation_mark_that_is_never_closed_swallows_nothing(read_bytes):
    result = read_bytes('a,b\n1,5" pipe\n2,x\n3,y\n')
    assert result.frame["b"].tolist() == ['5" pipe', "x", "y"]
    assert any("quotation mark" in line.lower() for line in result.report.repairs)


def test_a_table_without_column_names_is_refused(read_bytes):
    with pytest.raises(BadInput, match="no column names"):
        read_bytes("1.5,2,7\n2.5,3,8\n")
    assert list(read_bytes("0,1,2\n2.5,3,8\n").frame.columns) == ["0", "1", "2"]


def test_parquet_types(tmp_path: Path):
    day = pd.Timestamp("2020-03-18")
    table = pa.table(
        {
            "small": pa.array([1, 2], pa.int8()),
            "gap": pa.array([1, None], pa.int32()),
            "money": pa.array(["1.50", "2.25"]).cast(pa.decimal128(10, 2)),
            "flag": pa.array([True, None]),
            "day": pa.array([day.date(), None], pa.date32()),
            "moment": pa.array([day, None], pa.timestamp("ns", tz="Europe/Zurich")),
            "word": pa.array(["x", "y"]).dictionary_encode(),
            "number_text": pa.array(["1", " "]),
            "nothing": pa.nulls(2),
            "list": pa.array([[1], [2]]),
            "long": pa.array([2**60 + 1, None], pa.int64()),
        }
    )
    path = tmp_path / "t.parquet"
    pq.write_table(table, path)
    result = read_table(path)
    kinds = {name: str(dtype) for name, dtype in result.frame.dtypes.items()}
    assert kinds == {
        "small": "int64",
        "gap": "float64",
        "money": "float64",
        "flag": "str",
        "day": "datetime64[us]",
        "moment": "datetime64[us]",
        "word": "str",
        "number_text": "float64",
        "nothing": "float64",
        "long": "str",
    }
    assert result.frame["long"].iloc[0] == str(2**60 + 1)
    assert result.frame["moment"].iloc[0] == pd.Timestamp("2020-03-18")
    assert any(line.startswith("list") for line in result.report.repairs)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path):
    with pytest.raises(BadInput, match="There is no table"):
        read_table(tmp_path / "nowhere.csv")
    with pytest.raises(BadInput, match="holds no Parquet file"):
        read_table(tmp_path)


def test_report_is_json_and_hash_is_of_the_bytes(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n1,2\n")
    report = read_table(path, "people's name.csv").report.to_json()
    assert json.loads(json.dumps(report)) == report
    assert report["rows"] == 1
    assert hash_file(path) == hashlib.sha256(b"a,b\n1,2\n").hexdigest()


@pytest.mark.parametrize(
    "name", ["german_credit", "telco_churn", "ulb_fraud_casecontrol_1722", "cfpb_complaints"]
)
def test_csv_and_parquet_give_the_same_table(real_table, tmp_path: Path, name):
    frame = real_table(name)
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_table(path).frame, frame)
