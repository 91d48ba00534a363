"""A backbone from source tables: as the job of the page and as the command."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from finxfer.backbones.catalogue import find_card
from finxfer.data.reading import hash_file
from finxfer.data.sample_card import TARGET, source_portfolio
from finxfer.errors import BadInput, Cancelled
from finxfer.records.folder import RunFolder
from finxfer.records.home import backbones_dir
from finxfer.records.spec import JobSpec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.records.training_settings import TrainingSettings
from finxfer.runs import pretrain_source
from finxfer.runs.pretrain_source import SourceOptions, pretrain_from_files
from finxfer.runs.reporter import Reporter


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = functools.partial(pretrain_source.Making, settings=TrainingSettings(epochs=1, patience=1))
    monkeypatch.setattr(pretrain_source, "Making", quick)


@pytest.fixture(scope="module")
def book():
    return source_portfolio(1500, 0)


def silent(kind: str, **fields: object) -> None:
    """Tells nobody."""


def test_two_files_make_one_backbone(book, tmp_path: Path) -> None:
    book.head(800).to_csv(tmp_path / "a.csv", index=False)
    book.tail(700).to_parquet(tmp_path / "b.parquet")
    said: list[str] = []
    out = tmp_path / "mine"
    options = SourceOptions(
        (tmp_path / "a.csv", tmp_path / "b.parquet"),
        out,
        target=TARGET,
        drop=("channel",),
        protected=("sex",),
    )
    pretrain_from_files(options, silent, said.append)
    card = find_card(out)
    names = {column["name"] for column in card.columns}
    assert card.family == "tabm"
    assert not names & {"sex", "channel", "customer_id", TARGET}
    assert "1,500 labelled rows" in card.trained_on
    assert any("Left out: 'customer_id'" in line for line in said)
    assert any("'age'" in line and "kept as a feature" in line for line in said)


def test_the_card_says_rows_period_tables_and_licence(book, tmp_path: Path) -> None:
    book.to_parquet(tmp_path / "a.parquet")
    options = SourceOptions((tmp_path / "a.parquet",), tmp_path / "mine", target=TARGET, licence="bank only")
    pretrain_from_files(options, silent, lambda line: None)
    card = find_card(tmp_path / "mine")
    first, last = book["observed_on"].min(), book["observed_on"].max()
    assert card.period is not None
    assert str(first)[:7] <= card.period[0] < card.period[1] <= str(last)[:7]
    assert card.rows == 1500 and card.licence == "bank only" and len(card.sha256) == 64
    assert card.tables == [hash_file(tmp_path / "a.parquet")]


def test_a_column_that_one_table_lacks_is_missing_there(book, tmp_path: Path) -> None:
    book.head(800).drop(columns="balance").to_csv(tmp_path / "a.csv", index=False)
    book.tail(700).drop(columns="channel").to_csv(tmp_path / "b.csv", index=False)
    options = SourceOptions((tmp_path / "a.csv", tmp_path / "b.csv"), tmp_path / "mine", target=TARGET)
    pretrain_from_files(options, silent, lambda line: None)
    card = find_card(tmp_path / "mine")
    assert {"balance", "channel"} <= {column["name"] for column in card.columns}
    assert card.rows == 1500


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda frame: frame.assign(balance="much"),
            "'balance' is of the kind numeric in a.csv",
        ),
        (lambda frame: frame.drop(columns=TARGET), "b.csv has no column"),
    ],
)
def test_tables_that_do_not_go_together_are_refused(change, words: str, book, tmp_path: Path) -> None:
    book.head(300).to_csv(tmp_path / "a.csv", index=False)
    change(book.tail(300)).to_csv(tmp_path / "b.csv", index=False)
    options = SourceOptions((tmp_path / "a.csv", tmp_path / "b.csv"), tmp_path / "mine", target=TARGET)
    with pytest.raises(BadInput, match=words):
        pretrain_from_files(options, silent, lambda line: None)
    assert not (tmp_path / "mine").exists()


def test_without_a_target_the_autoencoder_leaves_out_what_looks_like_one(book, tmp_path: Path) -> None:
    book.head(600).to_csv(tmp_path / "a.csv", index=False)
    book.tail(400).to_csv(tmp_path / "more.csv", index=False)
    said: list[str] = []
    options = SourceOptions(
        (tmp_path / "a.csv",), tmp_path / "mine", "autoencoder", unlabelled=(tmp_path / "more.csv",)
    )
    pretrain_from_files(options, silent, said.append)
    card = find_card(tmp_path / "mine")
    assert card.target is None and card.rows == 1000
    files = [hash_file(tmp_path / name) for name in ("a.csv", "more.csv")]
    assert card.tables == [] and card.unlabelled == files, "no label of any table was seen"
    assert TARGET not in {column["name"] for column in card.columns}
    assert any(f"Left out: {TARGET!r}. It looks like a target" in line for line in said)


def test_only_the_autoencoder_takes_rows_without_labels(tmp_path: Path) -> None:
    options = SourceOptions((), tmp_path / "x", "mlp", unlabelled=(tmp_path / "more.csv",))
    with pytest.raises(BadInput, match="cannot learn from rows without labels"):
        pretrain_from_files(options, silent, lambda line: None)


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_a_seed_out_of_range_is_refused_before_any_table_is_read(seed: int, tmp_path: Path) -> None:
    options = SourceOptions((tmp_path / "nowhere.csv",), tmp_path / "out", target=TARGET, seed=seed)
    with pytest.raises(BadInput, match="seed"):
        pretrain_from_files(options, silent, lambda line: None)
    assert not (tmp_path / "out").exists()


def test_an_unknown_family_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="'transformer'"):
        pretrain_from_files(
            SourceOptions((), tmp_path / "x", family="transformer"), silent, lambda line: None
        )


def make_job(book, tmp_path: Path, name: str) -> RunFolder:
    sha = "e" * 64
    TableStore().add(book, TableMeta(sha, "book.csv", *book.shape))
    columns = [{"name": "balance", "role": "feature", "kind": "numeric"}]
    arguments = {
        "table": sha,
        "target": TARGET,
        "positive": "1",
        "columns": columns,
        "family": "tabm",
        "name": name,
        "seed": 0,
    }
    job = RunFolder(tmp_path / name.replace(" ", "-")).create(JobSpec("pretrain-source", arguments))
    job.checkpoints.mkdir()
    return job


def test_the_job_puts_the_backbone_into_the_catalogue(book, tmp_path: Path) -> None:
    job = make_job(book, tmp_path, "Our book 2024")
    pretrain_source.run(job, job.spec(), "cpu", Reporter(job, ("pretrain-source",)))
    identifier = job.read_json("result.json")["backbone"]
    assert identifier == "our-book-2024"
    card = find_card(identifier)
    assert [column["name"] for column in card.columns] == ["balance"]
    assert card.name == "Our book 2024"
    assert card.available and card.tables == [job.spec().arguments["table"]]
    assert [path.name for path in backbones_dir().iterdir()] == [identifier]


def test_the_job_learns_rows_first_then_labels_and_says_how_far_it_is(book, tmp_path: Path) -> None:
    job = make_job(book, tmp_path, "in turn")
    more = TableStore().add(book.drop(columns=TARGET), TableMeta("d" * 64, "more.csv", *book.shape))
    arguments = {**job.spec().arguments, "family": "autoencoder", "unlabelled": [more.sha256]}
    job = RunFolder(tmp_path / "both").create(JobSpec("pretrain-source", arguments))
    shares = []

    class Seen(Reporter):
        def status(self, **changes: object) -> None:
            shares.append((changes.get("progress"), changes.get("message")))
            super().status(**changes)

    pretrain_source.run(job, job.spec(), "cpu", Seen(job, ("pretrain-source",)))
    card = find_card(job.read_json("result.json")["backbone"])
    assert card.trained_on.startswith("3,000 rows without their labels and then 1,500 labelled rows")
    assert card.unlabelled == [more.sha256] and card.tables == [arguments["table"]]
    told = [share for share, message in shares if message and "epoch" in message.lower()]
    assert told == [0.5, 1.0], "each of the two trainings of one epoch is a half of the whole"
    assert any("Labelled rows" in str(message) for _, message in shares)


def test_a_job_whose_tables_all_lack_the_target_is_refused(book, tmp_path: Path) -> None:
    job = make_job(book, tmp_path, "lacking")
    arguments = {**job.spec().arguments, "family": "autoencoder", "target": "gone"}
    job = RunFolder(tmp_path / "gone").create(JobSpec("pretrain-source", arguments))
    with pytest.raises(BadInput, match=r"book\.csv has no column 'gone'"):
        pretrain_source.run(job, job.spec(), "cpu", Reporter(job, ("pretrain-source",)))


def test_a_cancelled_job_leaves_nothing_in_the_catalogue(
    book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finxfer.training.loop.POLL_SECONDS", 0.0)
    job = make_job(book, tmp_path, "given up")
    report = Reporter(job, ("pretrain-source",))
    calls = iter([False])
    report.should_stop = lambda: next(calls, True)  # type: ignore[method-assign]
    with pytest.raises(Cancelled):
        pretrain_source.run(job, job.spec(), "cpu", report)
    assert not list(backbones_dir().iterdir())


def test_a_name_of_the_catalogue_is_not_taken_twice() -> None:
    assert pretrain_source._free_id("My book") == "my-book"
    for taken in ("Incontext small", "TabICL-v2"):
        assert pretrain_source._free_id(taken).startswith(taken.lower().replace(" ", "-") + "-")
