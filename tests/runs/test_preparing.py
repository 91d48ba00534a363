"""From a table and options to a spec: what is left out, what is only named, what a spec file adds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.backbones.catalogue import find_card
from finxfer.errors import BadInput
from finxfer.records.tables import TableStore
from finxfer.runs.preparing import Options, parse_depth, prepare


@pytest.fixture
def table(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    bad = draw.integers(0, 2, 300)
    frame = pd.DataFrame(
        {
            "customer_id": np.arange(300) + 5000,
            "income": draw.normal(size=300),
            "age": draw.integers(18, 80, 300),
            "branch": "main",
            "recovered": bad * 3.0 + draw.normal(size=300) * 0.1,
            "bad": np.where(bad == 1, "yes", "no"),
        }
    )
    path = tmp_path / "book.csv"
    frame.to_csv(path, index=False)
    return path


def roles(prepared) -> dict[str, str]:
    return {column.name: column.role for column in prepared.spec.columns}


def test_identifiers_and_constants_are_left_out_suspects_are_only_named(table: Path) -> None:
    prepared = prepare(Options(table, target="bad"))
    assert roles(prepared) == {
        "customer_id": "id",
        "income": "feature",
        "age": "feature",
        "branch": "excluded",
        "recovered": "feature",
        "bad": "target",
    }
    said = "\n".join(prepared.notices)
    assert "Left out: 'customer_id'" in said and "Left out: 'branch'" in said
    assert "protected column, kept as a feature: 'age'" in said
    assert "leak, kept as a feature: 'recovered'" in said
    assert prepared.spec.positive == "yes"


def test_only_drop_and_protected_take_features_away(table: Path) -> None:
    prepared = prepare(Options(table, target="bad", drop=("recovered",), protected=("age",)))
    assert prepared.spec.features == ("income",)
    assert prepared.spec.protected == ("age",)
    assert not any("age" in line or "recovered" in line for line in prepared.notices)


def test_nothing_is_stored_before_it_is_asked_for(table: Path) -> None:
    prepared = prepare(Options(table, target="bad"))
    assert TableStore().list() == []
    prepared.keep_tables()
    assert [meta.sha256 for meta in TableStore().list()] == [prepared.spec.table]


def test_a_spec_file_gives_settings_and_options_win(table: Path, tmp_path: Path) -> None:
    first = prepare(Options(table, target="bad", drop=("recovered",)))
    content = first.spec.to_json() | {"seed": 9, "test_share": 0.4, "training": {"epochs": 7}}
    file = tmp_path / "spec.json"
    file.write_text(json.dumps(content))
    again = prepare(Options(table, spec_file=file)).spec
    assert (again.seed, again.test_share, again.training.epochs) == (9, 0.4, 7)
    assert roles(prepare(Options(table, spec_file=file))) == roles(first)
    won = prepare(Options(table, spec_file=file, seed=1, freeze_depth="as-is", protected=("age",))).spec
    assert (won.seed, won.freezing_depth, won.protected) == (1, "as-is", ("age",))


def test_a_spec_file_for_other_columns_is_refused(table: Path, tmp_path: Path) -> None:
    content = prepare(Options(table, target="bad")).spec.to_json()
    content["columns"].append({"name": "wealth", "role": "feature", "kind": "numeric"})
    file = tmp_path / "spec.json"
    file.write_text(json.dumps(content))
    with pytest.raises(BadInput, match="'wealth'"):
        prepare(Options(table, spec_file=file))


@pytest.mark.parametrize(("text", "depth"), [("auto", "auto"), ("as-is", "as-is"), ("0", 0), ("12", 12)])
def test_depths_are_read(text: str, depth: int | str) -> None:
    assert parse_depth(text) == depth


@pytest.mark.parametrize("text", ["", "-1", "1.5", "asis", "²"])
def test_other_depths_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="freezing depth"):
        parse_depth(text)


def test_a_depth_of_thousands_of_digits_is_refused_in_a_short_message() -> None:
    with pytest.raises(BadInput) as caught:
        parse_depth("9" * 5000)
    assert len(str(caught.value)) < 250


def test_a_depth_that_no_backbone_has_is_refused_when_finxfer_chooses_too(table: Path) -> None:
    with pytest.raises(BadInput, match="99 is too large"):
        prepare(Options(table, target="bad", freeze_depth="99"))
    assert prepare(Options(table, target="bad", freeze_depth="1")).spec.freezing_depth == 1


def test_the_folder_of_a_backbone_is_written_in_full(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker starts in another folder, and a resume may come from a third."""
    shutil.copytree(find_card("incontext-small").folder, tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    assert prepare(Options(table, target="bad", backbone="mine")).spec.backbone == str(tmp_path / "mine")
    kept = prepare(Options(table, target="bad", backbone="incontext-small")).spec.backbone
    assert kept == "incontext-small"


@pytest.mark.parametrize(("positive", "found"), [(0, "0"), (0.0, "0"), ("1", "1"), (None, "1")])
def test_a_spec_file_may_write_the_positive_class_as_a_number(
    table: Path, tmp_path: Path, positive: object, found: str
) -> None:
    frame = pd.read_csv(table)
    frame.assign(bad=(frame["bad"] == "yes").astype(int)).to_csv(table, index=False)
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps({"target": "bad", "positive": positive}))
    assert prepare(Options(table, spec_file=spec)).spec.positive == found


@pytest.mark.parametrize("positive", [["1"], {"is": 1}, 7])
def test_a_positive_class_of_nonsense_in_a_spec_file_is_refused(
    table: Path, tmp_path: Path, positive: object
) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps({"target": "bad", "positive": positive}))
    with pytest.raises(BadInput, match="positive"):
        prepare(Options(table, spec_file=spec))


def test_in_bank_marketing_the_duration_is_the_first_suspect(real_tables: Path) -> None:
    prepared = prepare(Options(real_tables / "bank_marketing_full.parquet", target="y"))
    leaks = [line for line in prepared.notices if "leak" in line]
    assert leaks and "'duration'" in leaks[0]
    assert "duration" in prepared.spec.features


@pytest.mark.parametrize(
    ("name", "target", "left_out"),
    [("german_credit", "bad", set()), ("taiwan_credit_default", "default_next_month", {"ID"})],
)
def test_in_credit_tables_nothing_but_the_identifier_is_left_out(
    real_tables: Path, name: str, target: str, left_out: set[str]
) -> None:
    prepared = prepare(Options(real_tables / f"{name}.parquet", target=target))
    assert not any("leak" in line for line in prepared.notices)
    gone = {column for column, role in roles(prepared).items() if role not in ("feature", "target")}
    assert gone - {"row_id"} == left_out


def test_a_wrong_setting_is_told_before_the_work_that_needs_it(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINXFER_BOOTSTRAP_DRAWS", "20")
    with pytest.raises(BadInput, match="FINXFER_BOOTSTRAP_DRAWS"):
        prepare(Options(table, target="bad"))


@pytest.fixture
def dated(table: Path) -> Path:
    frame = pd.read_csv(table).assign(opened=pd.date_range("2022-01-01", periods=300).astype(str))
    frame.to_csv(table, index=False)
    return table


def test_the_only_column_of_dates_orders_the_rows_and_is_no_feature(dated: Path) -> None:
    prepared = prepare(Options(dated, target="bad", split="out-of-time"))
    assert prepared.spec.split == "out-of-time" and roles(prepared)["opened"] == "time"
    assert any("only column of dates" in notice for notice in prepared.notices)
    assert any("from 2022-" in notice for notice in prepared.notices)
    assert roles(prepare(Options(dated, target="bad")))["opened"] == "feature"


def test_time_and_group_are_given_on_the_command_line(dated: Path) -> None:
    prepared = prepare(Options(dated, target="bad", time="opened", group=("customer_id",)))
    assert roles(prepared)["opened"] == "time" and roles(prepared)["customer_id"] == "group"
    assert prepared.spec.split == "random"
    assert not any("customer_id" in notice for notice in prepared.notices)
    for options, words in (
        (Options(dated, target="bad", time="opnd"), "no column 'opnd'"),
        (Options(dated, target="bad", group=("bad",)), "it is the target|the target"),
        (Options(dated, target="bad", protected=("age",), time="age"), "protected"),
        (Options(dated, target="bad", split="latest"), "split"),
        (Options(dated, target="bad", split="out-of-time", time="branch"), "'main'"),
        (Options(dated, target="bad", split="out-of-time", drop=("opened",)), "--time"),
    ):
        with pytest.raises(BadInput, match=words):
            prepare(options)
