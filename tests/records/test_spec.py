from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finxfer.errors import BadInput, Damaged
from finxfer.records.spec import ColumnSpec, JobSpec, Spec, load_spec
from finxfer.records.training_settings import CONTROLS, TrainingSettings


def make_spec(**changes: Any) -> Spec:
    columns = (
        ColumnSpec("bad", "target", "numeric"),
        ColumnSpec("age", "protected", "numeric"),
        ColumnSpec("amount", "feature", "numeric"),
        ColumnSpec("<b>=1+1</b>", "feature", "category"),
    )
    spec = Spec(table="a" * 64, table_name="german.csv", target="bad", positive="1", columns=columns)
    return replace(spec, **changes)


def test_json_round_trip_gives_an_equal_spec_and_digest() -> None:
    spec = make_spec(seed=7, freezing_depth=3, training=TrainingSettings(learning_rate=1e-3, batch_size=64))
    again = Spec.from_json(json.loads(json.dumps(spec.to_json())))
    assert again == spec
    assert again.digest() == spec.digest()
    assert replace(spec, seed=8).digest() != spec.digest()


def test_a_spec_of_before_the_controls_is_one_without_them() -> None:
    content = make_spec().to_json()
    del content["search_minutes"]
    content["training"] = {name: value for name, value in content["training"].items() if name not in CONTROLS}
    assert Spec.from_json(content) == make_spec()
    assert make_spec().training.controls == {}
    assert TrainingSettings(l2_sp=3.0, mixup=0.1).controls == {"l2_sp": 3.0, "mixup": 0.1}


def test_protected_columns_are_features_only_when_asked_for() -> None:
    assert make_spec().features == ("amount", "<b>=1+1</b>")
    assert make_spec(use_protected=True).features == ("age", "amount", "<b>=1+1</b>")
    assert make_spec().protected == ("age",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", -1),
        ("seed", 1.5),
        ("seed", True),
        ("test_share", 0.99),
        ("test_share", float("nan")),
        ("device", "tpu"),
        ("task", "poetry"),
        ("table", "../../etc/passwd"),
        ("freezing_depth", "deep"),
        ("freezing_depth", -2),
        ("target", "no such column"),
        ("use_protected", "yes"),
        ("training", {"epochs": 0}),
        ("training", {"optimiser": "magic"}),
        ("training", {"layer_decay": 0}),
        ("training", {"unfreeze_every": 1.5}),
        ("training", {"l2_sp": -1}),
        ("training", {"corruption": 0.7}),
        ("training", {"mixup": float("inf")}),
        ("training", {"smote": 0.6}),
        ("search_minutes", -1),
        ("search_minutes", 5),
        ("training", "fast"),
        ("columns", "all"),
        ("columns", [{"name": "bad", "role": "king", "kind": "numeric"}]),
        ("colour", "blue"),
    ],
)
def test_a_nonsense_field_is_refused_by_name(name: str, value: object) -> None:
    content = make_spec().to_json()
    content[name] = value
    with pytest.raises(BadInput) as refused:
        Spec.from_json(content)
    assert name in refused.value.why


def test_a_missing_field_is_refused_by_name() -> None:
    content = make_spec().to_json()
    del content["positive"]
    with pytest.raises(BadInput, match="positive"):
        Spec.from_json(content)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_anything_but_a_spec_is_bad_input_never_a_traceback(content: object) -> None:
    with pytest.raises(BadInput):
        Spec.from_json(content)


@given(
    st.sampled_from(sorted(make_spec().to_json())),
    st.none() | st.integers() | st.text() | st.lists(st.integers()) | st.dictionaries(st.text(), st.text()),
)
def test_any_field_replaced_by_anything_is_a_spec_or_bad_input(name: str, value: object) -> None:
    content = make_spec().to_json()
    content[name] = value
    try:
        spec = Spec.from_json(content)
    except BadInput:
        return
    assert Spec.from_json(spec.to_json()) == spec


def test_load_spec_tells_other_jobs_apart_and_names_a_broken_file(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(JobSpec("score", {"run": "x"}).to_json()))
    assert load_spec(path) == JobSpec("score", {"run": "x"})
    path.write_text("{ half")
    with pytest.raises(Damaged, match=r"spec\.json"):
        load_spec(path)
    path.unlink()
    with pytest.raises(Damaged, match="missing"):
        load_spec(path)
