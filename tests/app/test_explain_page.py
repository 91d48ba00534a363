"""The Explain page: what drives the model, one feature, one customer, what if, two groups."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.records.assessment import assessment_of
from finxfer.records.folder import RunFolder
from finxfer.runs import asking, launcher, worker
from finxfer.ui import after_run, customer_view, explain_view
from finxfer.ui.text import cohorts, explain, what_if
from tests.app.opened import RUN_ID, open_page, words
from tests.what_if_run import write_what_if_run


def open_part(title: str, run_id: str = RUN_ID, **parameters: str) -> AppTest:
    at = open_page("explain", run_id, **parameters)
    at.session_state["explain-parts"] = title
    return at.run()


def test_the_models_are_explained_and_the_sentence_follows_the_choice(run: RunFolder) -> None:
    at = open_page("explain")
    importance = run.read_json("explanations/importance.json")
    strongest = max(importance["model"], key=lambda one: one["mean_abs"])["feature"]
    assert f"**{strongest}**" in words(at) and "drive this model most" in words(at)
    at.get_by_key("explained-model").set_value("logistic_regression").run()
    assert not at.exception and "drive logistic regression most" in words(at)


@pytest.mark.parametrize(
    ("part", "charts"),
    [
        (explain.PART_MODEL, 2),
        (explain.PART_FEATURE, 1),
        (explain.PART_CUSTOMER, 1),
        (explain.PART_GROUPS, 1),
    ],
)
def test_every_part_draws_its_pictures_and_only_its_own(run: RunFolder, part: str, charts: int) -> None:
    at = open_part(part)
    assert not at.exception and not at.error
    assert len(at.get("plotly_chart")) == charts


def test_a_link_opens_the_same_customer(run: RunFolder) -> None:
    table = pd.read_parquet(run.explanations / "model.parquet")
    line = table.iloc[7]
    at = open_page("explain", customer=str(int(line["row"])))
    assert not at.exception
    assert at.selectbox(key="customer").value == int(line["row"])
    assert at.metric[0].value == f"{line['probability'] * 100:.1f}%"
    reasons = pd.read_parquet(run.explanations / "reasons.parquet").iloc[7]
    assert reasons["reason_1"].split(",")[0] in words(at).replace("\\", "")


def test_an_unknown_customer_in_the_address_falls_back(run: RunFolder) -> None:
    at = open_page("explain", customer="999999")
    assert not at.exception and at.metric[0].value.endswith("%")
    assert "999999 is none of the 80 explained customers" in words(at)


def test_of_many_customers_some_are_offered_and_any_can_be_typed(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customer_view, "MOST_OFFERED", 10)
    table = pd.read_parquet(run.explanations / "model.parquet")
    at = open_part(explain.PART_CUSTOMER)
    picked = at.selectbox(key="customer")
    assert len(picked.options) in (10, 11)
    offered = {int(option.split()[1]) for option in picked.options}
    line = table[~table["row"].isin(offered)].iloc[0]
    at = open_page("explain")
    at.session_state["customer"] = str(int(line["row"]))  # a typed one comes as text
    at.session_state["explain-parts"] = explain.PART_CUSTOMER
    at.run()
    assert not at.exception and at.selectbox(key="customer").value == int(line["row"])
    assert at.metric[0].value == f"{line['probability'] * 100:.1f}%"


def test_the_risk_percentile_finds_the_riskiest_customer(run: RunFolder) -> None:
    table = pd.read_parquet(run.explanations / "model.parquet")
    at = open_part(explain.PART_CUSTOMER)
    at.slider(key="risk-percentile").set_value(100).run()
    assert at.metric[0].value == f"{table['probability'].max() * 100:.1f}%"


def test_the_customer_stays_from_part_to_part(run: RunFolder) -> None:
    at = open_part(explain.PART_CUSTOMER)
    at.slider(key="risk-percentile").set_value(10).run()
    chosen = at.selectbox(key="customer").value
    for part in (explain.PART_GROUPS, explain.PART_CUSTOMER):
        at.session_state["explain-parts"] = part
        at.run()
    assert at.selectbox(key="customer").value == chosen


def test_the_waterfall_adds_up_within_the_stated_gap(run: RunFolder) -> None:
    meta = run.read_json("explanations/meta.json")
    found = explain_view.read(run, meta, "model")
    assert found is not None
    gaps = (found.base + found.shap.sum(axis=1) - found.probability).abs()
    assert gaps.max() <= meta["models"]["model"]["additivity_gap"]["max"] + 1e-9
    assert "reference group" in words(open_page("explain"))


# One feature


def test_the_dots_are_coloured_by_another_feature_that_can_be_chosen(run: RunFolder) -> None:
    at = open_part(explain.PART_FEATURE)
    feature = at.selectbox(key="explained-feature").value
    colour = at.selectbox(key=f"explained-colour-{feature}")
    assert len(colour.options) == len(run.spec().features), "the others, and nothing"  # type: ignore[union-attr]
    other = next(name for name in run.spec().features if name not in (feature, "job"))  # type: ignore[union-attr]
    colour.set_value(other).run()
    assert not at.exception
    assert other in at.get("plotly_chart")[0].proto.spec


# Two groups


def test_flagged_and_approved_customers_are_compared_at_once(run: RunFolder) -> None:
    at = open_part(explain.PART_GROUPS)
    table = pd.read_parquet(run.explanations / "model.parquet")
    threshold = (run.metrics() or {})["model"]["threshold"]
    flagged = table["probability"] >= threshold
    said = words(at)
    assert f"**{table.loc[flagged, 'probability'].mean() * 100:.1f}%**" in said
    assert f"{int(flagged.sum())} customers" in said


@pytest.mark.parametrize("kind", [cohorts.EVERYONE, cohorts.OUTCOME, cohorts.FEATURE])
def test_groups_can_be_made_of_other_things(run: RunFolder, kind: str) -> None:
    at = open_part(explain.PART_GROUPS)
    at.selectbox(key="cohort-1-kind").set_value(kind).run()
    assert not at.exception and len(at.get("plotly_chart")) == 1


def test_a_group_without_customers_and_the_same_group_twice_have_an_answer(run: RunFolder) -> None:
    at = open_part(explain.PART_GROUPS)
    at.selectbox(key="cohort-1-kind").set_value(cohorts.FEATURE).run()
    at.selectbox(key="cohort-1-feature").set_value("job").run()
    at.multiselect(key="cohort-1-values-job").set_value([]).run()
    assert not at.exception and "Too little data" in at.info[0].value
    at.selectbox(key="cohort-1-kind").set_value(cohorts.DECISION).run()
    at.selectbox(key="cohort-1-decision").set_value(cohorts.FLAGGED).run()
    assert at.info[0].value == cohorts.SAME


def test_a_small_group_is_marked(run: RunFolder) -> None:
    at = open_part(explain.PART_GROUPS)
    at.selectbox(key="cohort-1-kind").set_value(cohorts.FEATURE).run()
    at.selectbox(key="cohort-1-feature").set_value("job").run()
    at.multiselect(key="cohort-1-values-job").set_value(["student"]).run()
    assert not at.exception
    assert "fewer than 30 customers" in at.warning[0].value


# What if


@pytest.fixture()
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunFolder]:
    """A run with a model whose what-if jobs work in threads of this process."""
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    monkeypatch.setenv("FINXFER_WHAT_IF_MINUTES", "0.3")
    threads: list[threading.Thread] = []

    def start(job: RunFolder, *_: object) -> None:
        threads.append(threading.Thread(target=worker.main, args=([str(job.path)],), daemon=True))
        threads[-1].start()
        for _ in range(500):
            if asking.is_ready(job):
                break
            threads[-1].join(0.02)

    monkeypatch.setattr(launcher, "_start", start)
    monkeypatch.setattr(launcher, "kill_worker", lambda status: None)
    run = write_what_if_run()
    yield run
    job = after_run.newest(run, asking.JOB)
    if job is not None:
        job.request_cancel()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def start_what_if(run: RunFolder) -> AppTest:
    at = open_part(explain.PART_WHAT_IF, run.id)
    at.button(key="what-if-start").click().run()
    assert not at.exception and not at.error
    return at


def widget(at: AppTest, name: str) -> str:
    """The key of the widget of a feature as it stands."""
    keys = [one.key for one in (*at.select_slider, *at.selectbox) if one.key and one.key.endswith(f"-{name}")]
    return next(key for key in keys if key.startswith("what-if-"))


def test_before_the_model_is_loaded_there_is_one_button(run: RunFolder) -> None:
    at = open_part(explain.PART_WHAT_IF)
    assert [one.key for one in at.button] == ["what-if-start"]
    at.get_by_key("explained-model").set_value("logistic_regression").run()
    assert at.info[0].value == what_if.OTHER_MODEL


def test_a_moved_slider_gives_the_models_new_probability_and_can_be_undone(asked: RunFolder) -> None:
    from finxfer.runs.what_if import Desk

    at = start_what_if(asked)
    before = at.metric[0].value
    assert before == at.metric[1].value
    slider = at.select_slider(key=widget(at, "debt"))
    slider.set_value(0).run()
    assert not at.exception and at.metric[1].value != before
    desk = Desk(asked, lambda *_, **__: None)  # type: ignore[arg-type]
    row = int(at.selectbox(key="customer").value)
    expected = desk.what_if(desk.customer(row), {"debt": desk.seen["debt"].grid[0]})
    assert at.metric[1].value == f"{expected['probability'] * 100:.1f}%"
    assert "**debt**" in words(at) or "Changed: " in words(at)
    undo = next(one for one in at.button if one.label == what_if.UNDO)
    undo.click().run()
    assert at.metric[1].value == before and what_if.NOTHING_CHANGED in words(at)


def test_the_search_answers_and_its_answer_can_be_tried(asked: RunFolder) -> None:
    at = start_what_if(asked)
    at.session_state["what-if-parts"] = what_if.PART_SEARCH
    at.run()
    next(one for one in at.button if one.label == what_if.SEARCH).click().run()
    for _ in range(100):
        if what_if.SEARCHING not in words(at):
            break
        at.run()
    assert not at.exception and "instead of" in words(at) and what_if.NO_ADVICE in words(at)
    next(one for one in at.button if one.label == what_if.TRY).click().run()
    assert not at.exception
    assert at.metric[2].value == what_if.APPROVED


def test_limits_are_kept_with_the_run_and_lock_the_widget(asked: RunFolder) -> None:
    at = start_what_if(asked)
    at.session_state["what-if-parts"] = what_if.PART_SEARCH
    at.run()
    at.multiselect(key=f"immutable-{asked.id}").set_value(["debt"]).run()
    at.multiselect(key=f"only-up-{asked.id}").set_value(["income"]).run()
    at.button(key="limits-save").click().run()
    assert not at.exception
    kept = assessment_of(asked).changes
    assert (kept.immutable, kept.only_up, kept.only_down) == (["debt"], ["income"], [])
    at.session_state["what-if-parts"] = what_if.PART_VALUES
    at.run()
    assert at.select_slider(key=widget(at, "debt")).disabled


def test_a_deleted_run_ends_the_job_and_the_page_says_so(asked: RunFolder) -> None:
    at = start_what_if(asked)
    shutil.rmtree(asked.path)
    at.run()
    assert not at.exception and len(at.info) == 1
