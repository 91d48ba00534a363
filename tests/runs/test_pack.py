"""A pack holds what an examiner needs and no customer row; a replay of it gives the same figures."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.records.report_words import ReportWords
from finxfer.runs.pack_file import MANIFEST, SEAL_BYTES, PackFile, write_pack_file
from finxfer.runs.packing import pack_bytes, write_pack
from tests.customers import exported

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunFolder, Path]]:
    """A real run of a table whose customers all can be told apart, and that table's file."""
    from finxfer.records.spec import Spec
    from finxfer.runs import launcher, worker
    from finxfer.runs.preparing import Options, prepare

    folder = tmp_path_factory.mktemp("pack")
    frame = exported()
    # Values that occur once and nowhere else, so that a single leaked cell is found.
    frame["income"] = frame["income"] + [0.001 * number + 0.0007 for number in range(len(frame))]
    frame["debt"] = frame["debt"] + [1e-6 * number + 0.00000013 for number in range(len(frame))]
    frame["customer_id"] = [f"KUNDE-{number}-XQ" for number in range(len(frame))]
    table = folder / "customers.csv"
    frame.to_csv(table, index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINXFER_HOME", str(folder / "home"))
        patch.setenv("FINXFER_BOOTSTRAP_DRAWS", "60")
        patch.setenv("FINXFER_EXPLAINED_ROWS", "10")
        patch.setattr(launcher, "_start", lambda run, *_: worker.main([str(run.path)]))
        options = Options(
            table, "bad", protected=("sex",), backbone="incontext-small", freeze_depth="as-is", device="cpu"
        )
        prepared = prepare(options)
        prepared.keep_tables()
        assert isinstance(prepared.spec, Spec)
        run = launcher.launch(prepared.spec, folder / "run")
        assert run.status().state == "finished", run.status()
        run.write_json("report.json", ReportWords(purpose="Cards").to_json())
        yield run, table


@pytest.fixture
def pack(made: tuple[RunFolder, Path], tmp_path: Path) -> Path:
    write_pack(made[0], tmp_path / "pack.zip")
    return tmp_path / "pack.zip"


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_holds_the_evidence_and_the_checksum_of_every_file(
    made: tuple[RunFolder, Path], pack: Path
) -> None:
    files = contents(pack)
    for name in (
        "spec.json",
        "resolved.json",
        "metrics.json",
        "comparison.json",
        "fairness.json",
        "card.html",
    ):
        assert files[name] == (made[0].path / name).read_bytes()
    assert (
        f"finxfer {json.loads(files['resolved.json'])['versions']['finxfer']}"
        in files["requirements.txt"].decode()
    )
    assert re.search(r"^torch==\d", files["requirements.txt"].decode(), re.MULTILINE)
    manifest = json.loads(files[MANIFEST])
    assert set(manifest["files"]) == set(files) - {MANIFEST}
    assert manifest["backbones"] == [
        {
            "id": "incontext-small",
            "sha256": json.loads(files["resolved.json"])["backbone"]["sha256"],
            "origin": "catalogue",
            "in_pack": False,
        }
    ]
    assert PackFile(pack).names == sorted(manifest["files"])


def test_no_cell_of_a_customer_is_in_it(made: tuple[RunFolder, Path], pack: Path) -> None:
    frame = pd.read_csv(made[1])
    everything = b"\n".join(contents(pack).values())
    for name in ("customer_id", "income", "debt"):
        values = frame[name].astype(str)
        assert values.is_unique
        found = [value for value in values if value.encode() in everything]
        assert found == [], f"cells of {name} are in the pack"
    probability = pd.read_parquet(made[0].predictions)["probability"]
    shown = [value for value in probability if repr(value).encode() in everything]
    assert len(shown) < len(probability) / 20, "predictions of customers, one after the other"
    forbidden = ("parquet", "model/", "checkpoints", "events", "log.txt")
    assert not [name for name in contents(pack) if any(part in name for part in forbidden)]


def test_equal_runs_give_equal_bytes(made: tuple[RunFolder, Path], pack: Path) -> None:
    assert pack_bytes(made[0]) == pack.read_bytes()


def test_any_changed_byte_is_found(pack: Path, tmp_path: Path) -> None:
    content = pack.read_bytes()
    broken = tmp_path / "broken.zip"
    step = len(content) // 150
    for place in [*range(0, len(content), step), *range(len(content) - SEAL_BYTES - 30, len(content), 3)]:
        broken.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(BadInput):
            PackFile(broken)


def test_the_changed_file_is_named(pack: Path, tmp_path: Path, call: Call) -> None:
    with zipfile.ZipFile(pack) as archive:
        entry = archive.getinfo("metrics.json")
        start = entry.header_offset + 30 + len("metrics.json") + 60
    content = bytearray(pack.read_bytes())
    content[start] ^= 4
    broken = tmp_path / "broken.zip"
    broken.write_bytes(content)
    status, _, err = call("replay", broken, "--table", "t.csv")
    assert status == 2
    assert "The pack was changed since it was made. metrics.json does not match its checksum." in err


def test_a_file_that_does_not_belong_there_is_refused(tmp_path: Path) -> None:
    for name in (
        "../evil.json",
        "/etc/passwd",
        "model/context.safetensors",
        "backbones/../card.json",
        "a.json",
    ):
        with pytest.raises(ValueError, match="no file of a pack"):
            write_pack_file(tmp_path / "p.zip", {name: b"{}"}, {})
        odd = tmp_path / "odd.zip"
        with zipfile.ZipFile(odd, "w") as archive:
            archive.writestr(MANIFEST, json.dumps({"format": 1, "files": {}}))
            archive.writestr(name, "{}")
        with pytest.raises(BadInput, match="does not belong"):
            PackFile(odd)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({}, "no manifest"),
        ({MANIFEST: "[]"}, "format"),
        ({MANIFEST: json.dumps({"format": 2, "files": {}})}, "format"),
        ({MANIFEST: json.dumps({"format": 1, "files": {"spec.json": {"sha256": "0"}}})}, "lacks 'spec.json'"),
        ({MANIFEST: json.dumps({"format": 1, "files": {}}), "spec.json": "{}"}, "beside its manifest"),
        ({MANIFEST: json.dumps({"format": 1, "files": {}})}, "frame"),
    ],
)
def test_what_is_no_pack_is_refused(tmp_path: Path, members: dict[str, str], said: str) -> None:
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    with pytest.raises(BadInput) as caught:
        PackFile(path)
    assert said in str(caught.value).replace("no manifest.json", "no manifest")


def test_no_zip_at_all(tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(b"PK\x03\x04 and nothing else")
    for path in (tmp_path / "p.zip", tmp_path, tmp_path / "none.zip"):
        with pytest.raises(BadInput):
            PackFile(path)


def test_a_replay_gives_exactly_the_same_figures(
    made: tuple[RunFolder, Path], pack: Path, tmp_path: Path, call: Call, worker_here: None
) -> None:
    run, table = made
    out = tmp_path / "again"
    status, said, err = call("replay", pack, "--table", table, "--out", out, "--json", "--strict")
    assert status == 0, err
    found = json.loads(said)
    assert found["equal"] and found["largest_difference"] == 0 and found["versions"] == []
    assert len(found["metrics"]) == 4 * 12 + 1
    assert {one["different"] for one in found["files"]} == {0}
    pd.testing.assert_frame_equal(
        pd.read_parquet(out / "predictions.parquet"), pd.read_parquet(run.predictions), check_exact=True
    )
    assert RunFolder(out).read_json("metrics.json")["intervals"] == run.read_json("metrics.json")["intervals"]


def test_another_table_is_refused_with_both_hashes(
    made: tuple[RunFolder, Path], pack: Path, tmp_path: Path, call: Call
) -> None:
    other = tmp_path / "other.csv"
    other.write_bytes(made[1].read_bytes() + b"\n")
    status, _, err = call("replay", pack, "--table", other, "--out", tmp_path / "again")
    spec = made[0].read_json("spec.json")
    assert status == 2 and spec["table"] in err
    assert len(re.findall(r"[0-9a-f]{64}", err)) == 2
    assert not (tmp_path / "again").exists()
    status, _, err = call("replay", pack)
    assert status == 2 and "Add --table" in err
    status, _, err = call("replay", pack, "--table", made[1], "--test", made[1])
    assert status == 2 and "no separate test table" in err


def test_with_data_it_warns_and_needs_no_table(
    made: tuple[RunFolder, Path], tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = made
    monkeypatch.setenv("FINXFER_HOME", str(run.path.parent / "home"))
    status, _, err = call("pack", run.path, "--out", tmp_path / "p.zip", "--with-data")
    assert status == 0 and "holds customer rows" in err
    opened = PackFile(tmp_path / "p.zip")
    assert opened.manifest["with_data"] is True
    stored = pd.read_parquet(io.BytesIO(opened.read("data/table.parquet")))
    assert stored["customer_id"].iloc[3] == "KUNDE-3-XQ"
    assert "data/predictions.parquet" in opened.names
    from finxfer.records.spec import Spec
    from finxfer.runs.replaying import Sources, check_tables

    spec = run.spec()
    assert isinstance(spec, Spec)
    check_tables(opened, spec, Sources(None, None))


def test_a_pack_is_written_over_nothing_and_of_finished_runs_only(
    made: tuple[RunFolder, Path], pack: Path, tmp_path: Path, call: Call
) -> None:
    status, _, err = call("pack", made[0].path, "--out", pack)
    assert status == 2 and "there already" in err
    status, _, err = call("pack", made[0].path, "--out", tmp_path / "pack.tar")
    assert status == 2 and ".zip" in err
    status, _, err = call("pack", tmp_path, "--out", tmp_path / "p.zip")
    assert status == 2 and "no run" in err and not (tmp_path / "p.zip").exists()


@pytest.mark.slow
def test_an_own_backbone_goes_with_the_pack_unless_it_holds_customer_rows(
    table: Path, tmp_path: Path, backbones: dict[str, Any], call: Call, worker_here: None
) -> None:
    """Another machine has neither the backbone nor the folder that it was in."""
    from finxfer.backbones.card import write_card

    own = tmp_path / "own" / backbones["mlp"].id
    shutil.copytree(backbones["mlp"].folder, own)
    fixed = ("--backbone", own, "--freeze-depth", "as-is", "--target", "bad")
    status, _, err = call("finetune", table, *fixed, "--out", tmp_path / "run")
    assert status == 0, err
    write_pack(RunFolder(tmp_path / "run"), tmp_path / "p.zip")
    assert f"backbones/{own.name}/weights.safetensors" in PackFile(tmp_path / "p.zip").names

    card = backbones["mlp"].at(own)
    write_card(dataclasses.replace(card, contains_customer_rows=True), own)
    write_pack(RunFolder(tmp_path / "run"), tmp_path / "without.zip")
    assert not [name for name in PackFile(tmp_path / "without.zip").names if name.startswith("backbones/")]

    shutil.rmtree(own)
    status, said, err = call("replay", tmp_path / "p.zip", "--table", table, "--json")
    assert status == 0, err
    found = json.loads(said)
    assert found["equal"] and "takes its place" in found["notes"][0]
    status, _, err = call("replay", tmp_path / "without.zip", "--table", table)
    assert status == 2 and f"The backbone {own.name} is not here." in err
