"""The pages that read a finished run: what they say, draw and offer, and what they say without one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.records.folder import RunFolder
from finxfer.ui import fairness_view, results_words
from finxfer.ui.text import results as text
from finxfer.ui.text import selection as selection_text
from finxfer.ui.text import shell
from tests.app.opened import RUN_ID, open_page, words
from tests.run_fixture import write_scoring
from tests.selection_example import baseline_choice, ensemble_choice

PAGES = ("results", "fairness", "explain", "score", "report")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_its_title_and_without_an_error(home: Path, page: str) -> None:
    at = open_page(page)
    assert not at.exception and not at.error
    assert at.title[0].value == shell.TITLES[page]


@pytest.mark.parametrize("page", PAGES)
def test_without_a_run_a_page_says_what_to_do_with_one_button(home: Path, page: str) -> None:
    at = open_page(page, run_id=None)
    assert not at.exception
    assert at.title[0].value == shell.TITLES[page]
    assert len(at.info) == 1 and len(at.button) == 1


@pytest.mark.parametrize("page", PAGES)
def test_a_run_deleted_under_the_app_is_said(home: Path, run: RunFolder, page: str) -> None:
    shutil.rmtree(run.path)
    at = open_page(page)
    assert not at.exception and len(at.info) == 1


@pytest.mark.parametrize("page", PAGES)
def test_a_failed_run_shows_what_why_and_next(run: RunFolder, page: str) -> None:
    for path in run.path.iterdir():
        if path.name not in ("spec.json", "status.json"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    error = {"kind": "Fault", "what": "The disk is full.", "why": "No space left.", "next": "Make room."}
    run.write_status(state="failed", error=error)
    at = open_page(page)
    assert not at.exception
    shown = at.error[0].value.replace("\\", "")
    assert all(part in shown for part in ("The disk is full.", "No space left.", "Make room."))
    assert [button.key for button in at.button] == ["files_run"]


@pytest.mark.parametrize("page", PAGES)
def test_an_interrupted_run_points_to_the_run_page(run: RunFolder, page: str) -> None:
    for name in ("metrics.json", "fairness.json", "card.html", "explanations/meta.json", "model/schema.json"):
        (run.path / name).unlink()
    run.write_status(state="interrupted")
    at = open_page(page)
    assert not at.exception and "interrupted" in at.info[0].value


@pytest.mark.parametrize(
    ("page", "file"),
    [
        ("results", "metrics.json"),
        ("results", "curves.json"),
        ("fairness", "fairness.json"),
        ("explain", "explanations/meta.json"),
        ("explain", "explanations/model.parquet"),
        ("score", "model/schema.json"),
        ("results", "spec.json"),
    ],
)
def test_a_damaged_file_is_an_answer_and_not_a_crash(run: RunFolder, page: str, file: str) -> None:
    (run.path / file).write_text("{ nonsense", encoding="utf-8")
    at = open_page(page)
    assert not at.exception and len(at.error) == 1


@pytest.mark.parametrize("page", PAGES)
def test_customer_text_stays_text(home: Path, page: str) -> None:
    at = open_page(page, "20261121-130000-bbbb")
    assert not at.exception
    said = words(at)
    assert not re.search(r"(?<!\\)<img|(?<!\\)\[a|(?<!\\)=cmd", said), "unescaped in markdown"
    charts = at.get("plotly_chart")
    assert all("<img" not in chart.proto.spec for chart in charts)
    if page == "explain":
        assert any("&lt;img" in chart.proto.spec for chart in charts)


# Results


def metrics_of(run: RunFolder) -> dict[str, Any]:
    content = run.metrics()
    assert content is not None
    return content


def with_gain(run: RunFolder, value: float, interval: list[float] | None) -> dict[str, Any]:
    gain = {"metric": "auc", "over": "lightgbm", "value": value, "interval": interval}
    return {**metrics_of(run), "gain": gain}


def test_the_answer_states_gini_gain_and_rows(run: RunFolder) -> None:
    sentence = results_words.answer(with_gain(run, 0.02, [0.005, 0.035]))
    assert "**0.04 \\[0.01, 0.07\\] above LightGBM**" in sentence and "450 customers" in sentence


def test_the_answer_is_willing_to_say_no_gain_and_worse(run: RunFolder) -> None:
    assert "**No gain found over LightGBM**" in results_words.answer(with_gain(run, 0.01, [-0.02, 0.04]))
    assert "it is kept" in results_words.answer(with_gain(run, 0.0, [0.0, 0.0]))
    worse = results_words.answer(with_gain(run, -0.03, [-0.05, -0.01]))
    assert "**0.06 \\[0.02, 0.10\\] below LightGBM**" in worse and "better choice" in worse
    assert "No gain is measured" in results_words.answer({**metrics_of(run), "gain": None})


def test_a_fall_back_is_said(run: RunFolder) -> None:
    run.write_json("metrics.json", {**metrics_of(run), "fell_back": True, "choice": "as-is"})
    at = open_page("results")
    assert "the backbone as it is" in at.warning[0].value


def test_the_threshold_starts_where_validation_chose_it_and_moving_it_is_only_a_preview(
    run: RunFolder,
) -> None:
    at = open_page("results")
    chosen = metrics_of(run)["model"]["threshold"]
    slider = at.slider(key=f"threshold-{RUN_ID}")
    assert slider.value == pytest.approx(100 * chosen, abs=0.05)
    predictions = pd.read_parquet(run.predictions)
    caught = int(((predictions["probability"] >= chosen) & (predictions["target"] == 1)).sum())
    assert at.metric[0].value == f"{caught:,}"
    before = (run.path / "metrics.json").read_bytes()
    slider.set_value(0.0)
    at.run()
    assert at.metric[0].value == f"{int((predictions['target'] == 1).sum()):,}"
    assert "only a preview" in words(at)
    at.button(key=f"reset-threshold-{RUN_ID}").click().run()
    assert at.metric[0].value == f"{caught:,}"
    assert (run.path / "metrics.json").read_bytes() == before


def test_example_amounts_are_nobodys_money_beside_the_answer(run: RunFolder) -> None:
    at = open_page("results")
    assert "Set them under Decisions" in words(at) and "approving everybody" not in words(at)


def test_costs_turn_mistakes_into_money(run: RunFolder) -> None:
    run.write_json("decisions.json", run.read_json("decisions.json") | {"example_amounts": False})
    at = open_page("results")
    predictions = pd.read_parquet(run.predictions)
    positives = int((predictions["target"] == 1).sum())
    goods = int((predictions["target"] == 0).sum())
    found = run.read_json("decisions.json")
    amounts, chosen = found["amounts"], found["thresholds"]["cost"]["threshold"]
    everybody = goods * amounts["approved_good"] + positives * amounts["approved_bad"]
    assert f"approving everybody makes {everybody:,.0f}".replace("-", "−") in words(at).replace("\\", "")
    at.button(key=f"use-threshold-{RUN_ID}").click().run()
    assert at.slider(key=f"threshold-{RUN_ID}").value == pytest.approx(100 * chosen, abs=0.05)
    # The preview of the stored curve is what the stored threshold came to, but for the slider's digits.
    moved = at.slider(key=f"threshold-{RUN_ID}").value / 100
    below = predictions[predictions["probability"] < moved]["target"]
    worth = (below == 0).sum() * amounts["approved_good"] + (below == 1).sum() * amounts["approved_bad"]
    assert f"makes **{worth:,.0f}**".replace("-", "−") in words(at).replace("\\", "")


def open_part(title: str) -> AppTest:
    """The Results page with one of its lower parts open."""
    at = open_page("results")
    at.session_state["parts"] = title
    return at.run()


@pytest.mark.parametrize(
    ("tab", "charts"), [(name, 2 if name == "Lift and gain" else 1) for name in text.TABS]
)
def test_every_tab_draws_its_curve_and_only_its_own(run: RunFolder, tab: str, charts: int) -> None:
    at = open_page("results")
    at.session_state["curves"] = tab
    at.run()
    assert not at.exception
    assert len(at.get("plotly_chart")) == 2 + charts, "the scores, the gain and the open tab"


def test_the_metrics_table_marks_the_best_by_more_than_colour(run: RunFolder) -> None:
    table = results_words.metrics_table(metrics_of(run))
    for metric in ("Gini", "Brier score"):
        assert sum("★" in cell and "**" in cell for cell in table.loc[metric]) >= 1
    assert not any("★" in cell for cell in table.loc["Threshold"])
    brier = metrics_of(run)["model"]["brier"], metrics_of(run)["baselines"]["logistic_regression"]["brier"]
    starred = table.loc["Brier score", "This model" if brier[0] < brier[1] else "Logistic regression"]
    assert "★" in starred


def test_finxfers_choice_is_told_with_what_it_owes_to_pretraining(run: RunFolder) -> None:
    run.write_json("metrics.json", ensemble_choice(metrics_of(run)))
    at = open_part(text.PART_CHOICE)
    assert not at.exception
    said = words(at)
    assert selection_text.TITLE in said and "A mean of incontext\\-small as it is (60%)" in said
    assert "**No gain from pretraining found**" in said
    assert not at.dataframe, "what was tried is drawn only when somebody looks"
    assert "Without pretraining" in at.get("plotly_chart")[-1].proto.spec, "the picture of gains has it too"


def test_everything_tried_unfolds_into_a_picture_and_a_table(run: RunFolder) -> None:
    run.write_json("metrics.json", ensemble_choice(metrics_of(run)))
    at = open_page("results")
    at.session_state["parts"] = text.PART_CHOICE
    at.session_state["tried-fold"] = True
    at.run()
    assert not at.exception
    assert len(at.get("plotly_chart")) == 4
    table = at.dataframe[0].value
    assert list(table["Candidate"][:2]) == [selection_text.MEAN, "incontext-small, as it is"]


def test_a_choice_without_a_backbone_says_that_pretraining_brought_nothing(run: RunFolder) -> None:
    run.write_json("metrics.json", baseline_choice(metrics_of(run)))
    at = open_part(text.PART_CHOICE)
    assert not at.exception and selection_text.NOT_IN_THE_MODEL in words(at)


def test_a_run_from_before_the_record_of_the_choice_still_opens(run: RunFolder) -> None:
    entry = {"title": "lightgbm", "validation": {"auc": 0.7, "log_loss": 0.5}, "fell_back": False}
    run.write_json("metrics.json", {**metrics_of(run), "tried": [entry]})
    at = open_part(text.PART_CHOICE)
    assert not at.exception and selection_text.TITLE not in words(at)
    assert text.TRIED in words(at)


def test_results_without_outcomes_say_so_and_keep_the_download(run: RunFolder) -> None:
    metrics = metrics_of(run)
    empty = dict.fromkeys(metrics["model"])
    run.write_json(
        "metrics.json", {**metrics, "model": empty, "gain": None, "baselines": {}, "intervals": {}}
    )
    run.write_json("curves.json", {})
    at = open_page("results")
    assert not at.exception and "no outcome" in words(at)
    assert len(at.get("download_button")) == 2


# Fairness


def test_fairness_has_a_sentence_per_column_with_one_of_three_verdicts(run: RunFolder) -> None:
    at = open_page("fairness")
    lines = [one.value for one in at.markdown if "-badge[" in one.value]
    assert sum("**region**" in line or "**sex**" in line for line in lines) == 2
    assert all(
        any(verdict in line for verdict in ("Gap", "No gap found", "Too little data")) for line in lines
    )


def test_a_slice_with_too_little_data_gets_no_numbers_and_no_verdict(run: RunFolder) -> None:
    region = next(one for one in run.read_json("fairness.json")["columns"] if one["column"] == "region")
    islands = next(one for one in region["slices"] if one["value"] == "islands")
    assert islands["verdict"] == "too little data"
    at = open_page("fairness")
    table = next(one.value for one in at.dataframe if "Group" in one.value)
    row = table.set_index("Group").loc["islands"]
    assert row["Verdict"] == "Too little data" and row["AUC"] == "–"
    assert "too little data" in at.get("plotly_chart")[0].proto.spec


def test_the_other_column_can_be_looked_at(run: RunFolder) -> None:
    at = open_page("fairness")
    at.get_by_key("fairness-column").set_value(1).run()
    groups = set(next(one.value for one in at.dataframe if "Group" in one.value)["Group"])
    columns = run.read_json("fairness.json")["columns"]
    assert groups in [{one["value"] for one in entry["slices"]} for entry in columns]
    assert groups != {"north", "south", "east", "islands"} or columns[0]["verdict"] == columns[1]["verdict"]


def test_fairness_without_protected_columns_says_what_to_do(run: RunFolder) -> None:
    run.write_json("fairness.json", {"threshold": 0.5, "columns": []})
    at = open_page("fairness")
    assert (
        not at.exception and "protected" in words(at) and [one.key for one in at.button] == ["fairness-data"]
    )


def test_the_fairness_download_holds_every_group(run: RunFolder) -> None:
    report = run.read_json("fairness.json")
    flat = fairness_view.flat(report["columns"][0])
    assert list(flat["group"]) == [one["value"] for one in report["columns"][0]["slices"]]
    assert flat["reference"].sum() == 1


# Score and report


def test_score_names_the_columns_that_it_needs(run: RunFolder) -> None:
    at = open_page("score")
    assert {"income", "debt share", "arrears", "job"} == set(at.dataframe[0].value["Column"])


def test_score_waits_for_the_run_to_finish(run: RunFolder) -> None:
    run.write_status(state="interrupted")
    at = open_page("score")
    assert not at.exception and "interrupted" in at.info[0].value


JOB_ID = "20261121-140000-0001"


@pytest.fixture()
def job(run: RunFolder, home: Path) -> RunFolder:
    return write_scoring(run, home / "jobs", JOB_ID)


def test_scored_customers_have_a_sentence_bands_drift_and_a_download(job: RunFolder) -> None:
    at = open_page("score", scoring=JOB_ID)
    assert not at.exception and not at.error
    result, scored = job.read_json("result.json"), pd.read_parquet(job.path / "scored.parquet")
    flagged = int((scored["probability"] >= result["threshold"]).sum())
    said = words(at)
    assert f"**{flagged} of 200 new customers" in said
    assert "differ much from the training rows: income" in said, "incomes were raised by 80%"
    table = at.dataframe[0].value
    assert list(table["probability"]) == sorted(table["probability"], reverse=True)
    assert len(at.get("download_button")) == 3, "bands, scores and the scored table"


def test_scores_can_be_left_found_again_and_deleted(job: RunFolder) -> None:
    at = open_page("score", scoring=JOB_ID)
    at.button(key="score-again").click().run()
    assert "scoring" not in at.query_params
    at.button(key=f"scoring-{JOB_ID}").click().run()
    assert at.query_params["scoring"] == JOB_ID
    at.button(key="score-delete").click().run()
    assert not at.exception and not job.path.exists()


def test_a_refused_table_says_which_columns_it_lacks(job: RunFolder) -> None:
    why = "It lacks 1 of the 4 columns that the model needs: 'debt share'."
    job.write_status(
        state="failed", error={"what": "This table cannot be scored.", "why": why, "next": "Add it."}
    )
    at = open_page("score", scoring=JOB_ID)
    assert why in at.error[0].value.replace("\\", "")
    at.button(key="score-retry").click().run()
    assert not job.path.exists() and "Upload new customers" in words(at)


def test_a_scoring_of_another_run_is_not_shown(job: RunFolder) -> None:
    at = open_page("score", "20261121-130000-bbbb", scoring=JOB_ID)
    assert not at.exception and "Upload new customers" in words(at)


def test_an_empty_upload_is_refused_before_a_job_starts(run: RunFolder, home: Path) -> None:
    at = open_page("score")
    at.file_uploader[0].upload("nothing.csv", b"").run()
    assert "is empty" in at.error[0].value and not list((home / "jobs").iterdir())


def test_the_report_is_framed_apart_from_the_app(run: RunFolder) -> None:
    run.card.write_text("<p>card</p><script>alert(1)</script>", encoding="utf-8")
    at = open_page("report")
    frame = at.get("iframe")[0].proto
    assert frame.src.startswith("data:text/html") and not frame.srcdoc


def test_a_run_without_a_stored_model_cannot_be_promoted_and_says_why(run: RunFolder) -> None:
    at = open_page("results")
    next(one for one in at.button if one.label == text.PROMOTE_BUTTON).click().run()
    assert not at.exception and len(at.error) == 1 and not at.success
