"""Remedies in a run: learned from training rows alone, no test row lost, the same at scoring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.errors import BadInput, Damaged
from finxfer.records.folder import RunFolder
from finxfer.records.remedy_spec import RemedySpec as R
from finxfer.records.spec import ColumnSpec, Spec
from finxfer.records.tables import Roles, TableMeta, TableStore
from finxfer.runs import worker
from finxfer.runs.preparing import Options, prepare
from finxfer.runs.remedying import FILE, stored_remedies
from finxfer.runs.rows import split_rows
from finxfer.runs.score import load_scorer

COLUMNS = (
    ColumnSpec("income", "feature", "numeric"),
    ColumnSpec("debt", "feature", "numeric"),
    ColumnSpec("job", "feature", "category"),
    ColumnSpec("city", "feature", "category"),
    ColumnSpec("id", "id", "category"),
    ColumnSpec("bad", "target", "category"),
)
EVERY = (
    R("parse", ("income",)),
    R("fill", ("income", "debt")),
    R("cap", ("debt",), {"lower": None, "upper": 0.9}),
    R("blank", ("debt",), {"values": ["-999"]}),
    R("standardise", ("job", "bad")),
    R("fill", ("job",), {"method": "level"}),
    R("merge", ("city",), {"min_rows": 10}),
    R("drop_rows", ("city",)),
    R("deduplicate"),
    R("deduplicate", ("id",)),
)


def dirty(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    income, debt = draw.lognormal(8, 0.5, rows), draw.gamma(2.0, 500.0, rows)
    bad = draw.random(rows) < 1 / (1 + np.exp(2 * (np.log(income) - 8) - 0.001 * (debt - 900)))
    frame = pd.DataFrame(
        {
            "income": [f"€ {v:,.0f}" if n % 3 else f"{v / 1000:.2f}k" for n, v in enumerate(income)],
            "debt": np.where(np.arange(rows) % 11 == 0, -999.0, debt),
            "job": draw.choice(["clerk", "Clerk ", "WORKER", "worker"], rows),
            "city": np.where(np.arange(rows) % 50 == 3, None, draw.choice([*"aaabbbcc", "d"], rows)),
            "id": [f"c{n}" for n in range(rows)],
            "bad": np.where(bad, draw.choice(["yes", "Yes"], rows), draw.choice(["no", "No "], rows)),
        }
    )
    frame.loc[::13, "income"] = None
    frame.loc[::17, "job"] = None
    return pd.concat([frame, frame.head(30)], ignore_index=True)


def spec_of(**changes: object) -> Spec:
    content = {
        "table": "d" * 64, "table_name": "dirty.csv", "target": "bad", "positive": "yes", "columns": COLUMNS,
        "remedies": EVERY, "device": "cpu",
    }  # fmt: skip
    return Spec(**(content | changes))  # type: ignore[arg-type]


def test_other_test_rows_change_nothing_that_is_learned() -> None:
    frame = dirty()
    spec = spec_of(remedies=tuple(one for one in EVERY if one.kind not in ("deduplicate", "drop_rows")))
    rows = split_rows(spec, frame, None)
    other = frame.copy()
    places = rows.test_ids
    other.loc[places, "debt"] = 1e9
    other.loc[places, "income"] = "€ 9,000,000"
    other.loc[places, ["job", "city"]] = "elsewhere"
    again = split_rows(spec, other, None)
    assert rows.remedied is not None and again.remedied is not None
    assert np.array_equal(rows.test_ids, again.test_ids)
    assert again.remedied.fitted == rows.remedied.fitted
    assert set(again.test["city"]) == {"other"} and again.test["debt"].max() < 1e5
    # What is learned is the training rows' own.
    debt = frame["debt"].where(frame["debt"] != -999)
    plain = split_rows(replace(spec, remedies=(R("standardise", ("bad",)),)), frame, None)
    train = plain.train["debt"].where(plain.train["debt"] != -999)
    learned = {(one.kind, one.column): one.learned for one in rows.remedied.fitted.steps}
    assert learned["fill", "debt"]["value"] == train.median() != debt.median()


def test_every_remedy_leaves_every_test_row_and_says_what_it_did() -> None:
    frame = dirty()
    plain = split_rows(spec_of(remedies=(R("standardise", ("bad",)),)), frame, None)
    rows = split_rows(spec_of(), frame, None)
    assert np.array_equal(rows.test_ids, plain.test_ids) and rows.given_test is not None
    pd.testing.assert_frame_equal(rows.given_test, plain.test)
    assert np.array_equal(rows.y_test, plain.y_test)
    learned = pd.concat([rows.train, rows.validation])
    assert len(learned) < len(plain.train) + len(plain.validation)
    assert not set(learned["id"]) & set(rows.test["id"]) and learned["id"].is_unique
    assert learned["income"].dtype.kind == "f" and not learned["income"].isna().any()
    assert {word.lower() for word in learned["job"]} == {"clerk", "worker", "missing"}
    assert learned["job"].nunique() == 3
    said = "\n".join(rows.warnings())
    for words in ("4 spellings become 2 levels", "read as numbers", "left out of training", "become 'other'"):
        assert words in said
    # A separate test table keeps its rows and is read the same way.
    apart = split_rows(spec_of(), frame, frame.head(40))
    assert len(apart.test) == 40 and apart.test["income"].dtype.kind == "f" and (apart.y_test >= 0).all()


@pytest.mark.parametrize(
    ("remedies", "why"),
    [
        ((R("fill", ("wage",)),), "no column 'wage'"),
        ((R("fill", ("bad",)),), "never filled in"),
        ((R("fill", ("id",)),), "no model reads it"),
        ((R("fill", ("debt",)), R("fill", ("debt",), {"method": "mean"})), "twice"),
    ],
)
def test_misplaced_remedies_are_refused(remedies: tuple[R, ...], why: str) -> None:
    with pytest.raises(BadInput) as caught:
        spec_of(remedies=remedies)
    assert why in str(caught.value)


def test_a_remedy_that_leaves_no_rows_is_refused() -> None:
    frame = dirty().assign(city=None)
    spec = spec_of(remedies=(R("standardise", ("bad",)), R("drop_rows", ("city",))))
    with pytest.raises(BadInput, match="leave no rows"):
        split_rows(spec, frame, None)


def test_a_target_of_amounts_as_text_is_read_or_its_rows_are_left_out() -> None:
    frame = dirty().assign(loss=lambda f: np.where(f.index % 40 == 1, "see file", f["income"]))
    columns = (*COLUMNS[1:4], ColumnSpec("loss", "target", "numeric"))
    for remedy in (R("parse", ("loss",)), R("drop_rows", ("loss",))):
        spec = spec_of(target="loss", positive="", task="regression", columns=columns, remedies=(remedy,))
        rows = split_rows(spec, frame, None)
        assert rows.y_train.dtype == np.float64 and rows.y_train.min() > 100
        unknown = pd.isna(frame["loss"]) | (frame["loss"] == "see file")
        assert rows.dropped == unknown.sum()
    with pytest.raises(BadInput):
        split_rows(replace(spec, remedies=()), frame, None)


def test_spec_and_roles_keep_remedies_and_older_ones_have_none() -> None:
    spec = spec_of()
    assert Spec.from_json(spec.to_json()) == spec
    old = spec.to_json()
    del old["remedies"]
    assert Spec.from_json(old).remedies == ()
    meta = TableStore().add(dirty(), TableMeta("d" * 64, "dirty.csv", 430, 6))
    TableStore().save_roles(meta.sha256, Roles(COLUMNS, "bad", "yes", remedies=EVERY))
    kept = TableStore().roles(meta.sha256)
    assert kept is not None and kept.remedies == EVERY


def test_the_command_line_reads_what_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "dirty.csv"
    dirty().to_csv(path, index=False)
    asked = ("parse:income", "fill:income", "standardise:bad", "deduplicate")
    prepared = prepare(Options(table=path, target="bad", remedies=asked))
    spec = prepared.spec
    assert spec.positive in ("yes", "Yes") and len(spec.remedies) == 4
    assert {one.name: one.kind for one in spec.columns}["income"] == "numeric"
    assert any("read as numbers" in notice for notice in prepared.notices)
    with pytest.raises(BadInput, match="no column 'wage'"):
        prepare(Options(table=path, target="bad", remedies=("fill:wage",)))


@pytest.mark.slow
def test_a_run_with_every_remedy_scores_new_dirt_as_it_scored_its_test_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"OMP_NUM_THREADS": "1", "FINXFER_BOOTSTRAP_DRAWS": "50"}.items():
        monkeypatch.setenv(name, value)
    frame = dirty()
    TableStore().add(frame, TableMeta("d" * 64, "dirty.csv", len(frame), frame.shape[1]))
    spec = spec_of(backbone="incontext-small", freezing_depth="as-is", explained_rows=5)
    run = RunFolder(tmp_path / "run").create(spec)
    assert worker.main([str(run.path)]) == 0, run.stored_status()
    scorer = load_scorer(run)
    told = pd.read_parquet(run.predictions)
    given = frame.iloc[told["row"]].drop(columns="bad")
    assert scorer.probability(given) == pytest.approx(told["probability"].to_numpy(), abs=1e-6)
    explained = scorer.explain(given.head(3), plan=None)
    assert len(explained) == 3
    kept = pd.read_parquet(run.explanations / "as_given.parquet").set_index("row")
    pd.testing.assert_series_equal(
        kept["income"], frame.loc[kept.index, "income"], check_names=False, check_index=False
    )
    (run.path / FILE).unlink()
    with pytest.raises(Damaged):
        stored_remedies(run)
