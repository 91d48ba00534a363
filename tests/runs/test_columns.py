"""--map, and what the command line takes unasked and says of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from finxfer.errors import BadInput
from finxfer.records.home import backbones_dir
from finxfer.records.spec import ColumnSpec
from finxfer.runs.preparing import Options, Prepared, prepare
from tests.known_columns import known_card
from tests.training.made import COLUMNS, customers

KNOWN = [*COLUMNS, ColumnSpec("product", "feature", "category"), ColumnSpec("a=b", "feature", "numeric")]


@pytest.fixture
def prepared(tmp_path: Path) -> Callable[..., Prepared]:
    """A table whose columns are called otherwise than those of the one backbone that knows its columns."""
    frame = customers(800, 3)[0].assign(**{"product": "card", "a=b": range(800)})
    frame.loc[::3, "product"] = "loan"
    known_card(backbones_dir() / "book", frame, KNOWN)
    rows, y = customers(240, 4)
    rows = rows.rename(columns={"age": "age_years"}).assign(product="loan", visits=[1, 2, 3, 4] * 60, bad=y)
    rows.to_csv(tmp_path / "rows.csv", index=False)

    def make(*maps: str, backbone: str | None = "book", **more: tuple[str, ...]) -> Prepared:
        return prepare(Options(tmp_path / "rows.csv", "bad", backbone=backbone, maps=maps, **more))

    return make


def test_likeness_is_taken_and_said_and_a_constant_that_the_backbone_knows_is_kept(
    prepared: Callable,
) -> None:
    for backbone in ("book", None):
        found = prepared(backbone=backbone)
        assert found.spec.mapping == {"age": "age_years"} and "product" in found.spec.features
        said = "\n".join(found.notices)
        assert "'age_years' is read as the backbone's 'age'" in said and "--map age= if it is" in said
        assert "Left out: 'product'" not in said and "same value: 'product'" in said
    assert "product" not in prepared(drop=("product",)).spec.features


def test_map_gives_and_refuses_pairs(prepared: Callable) -> None:
    found = prepared("age=", "a=b=visits")
    assert found.spec.mapping == {"age": "", "a=b": "visits"}
    assert not any("'age'" in notice for notice in found.notices)
    assert prepared("income=visits", backbone=None).spec.mapping["income"] == "visits"


def test_a_protected_column_stays_paired_and_is_masked(prepared: Callable) -> None:
    spec = prepared(protected=("age_years",)).spec
    assert spec.mapping == {"age": "age_years"} and "age_years" not in spec.features


@pytest.mark.parametrize(
    ("maps", "words"),
    [
        (("age",), "has no '='"),
        (("aeg=visits",), "Did you mean 'age'"),
        (("age=visit",), "Did you mean 'visits'"),
        (("nothing at all=visits",), "Its columns are 'income'"),
        (("age=visits", "age=debt"), "mapped twice"),
        (("age=visits", "debt=visits"), "stands for two"),
        (("age=housing",), "another kind"),
        (("age=bad",), "not among the features"),
    ],
)
def test_nonsense_is_refused_in_words(maps: tuple[str, ...], words: str, prepared: Callable) -> None:
    with pytest.raises(BadInput, match=words):
        prepared(*maps)


def test_a_backbone_of_any_table_has_no_columns_to_map(prepared: Callable) -> None:
    with pytest.raises(BadInput, match="reads any table"):
        prepared("age=visits", backbone="incontext-small")
    with pytest.raises(BadInput, match="cannot be used"):
        prepared("age=housing", backbone=None)
