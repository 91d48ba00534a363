"""The whole job in a real browser, on a real table: from the upload to a SHAP waterfall and to scores."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from finxfer.ui.text import data as data_text
from finxfer.ui.text import decisions as decisions_text
from finxfer.ui.text import explain as explain_text
from finxfer.ui.text import home as home_text
from finxfer.ui.text import report as report_text
from finxfer.ui.text import run as run_text
from finxfer.ui.text import what_if as what_if_text

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]
RUN_MILLISECONDS = 600_000


def settle(page: Any) -> None:
    """Wait until the script has ended and nothing on the page is a placeholder any more."""
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_function(
        "() => document.querySelector('[data-testid=\"stApp\"]')"
        ".getAttribute('data-test-script-state') === 'notRunning'"
        " && !document.querySelector('[data-testid=\"stSkeleton\"]')"
    )
    page.wait_for_timeout(700)
    assert page.get_by_test_id("stException").count() == 0


def press(page: Any, key: str) -> None:
    page.locator(f".st-key-{key} button").first.click()


def launch_german(page: Any, url: str, table: Path) -> None:
    """Home → upload → Data → Backbone → launch the in-context backbone, its head alone trained."""
    page.goto(url)
    settle(page)
    page.locator('input[type="file"]').first.set_input_files(table)
    page.get_by_role("button", name=data_text.USE).wait_for(timeout=60_000)
    settle(page)
    press(page, "use_table")
    page.locator(".st-key-choose_incontext-small").wait_for()
    settle(page)
    press(page, "choose_incontext-small")
    page.get_by_text("Head only").wait_for()
    settle(page)
    page.get_by_text("Head only").click()
    settle(page)


def picture(page: Any, folder: Path, name: str) -> None:
    """One screenshot in each theme, of the window as a person sees it; ends in the light one."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.keyboard.press("r")  # a rerun, so that what the script chooses by theme follows
        page.wait_for_timeout(600)
        settle(page)
        path = folder / f"{name}-{scheme}.png"
        page.screenshot(path=path, animations="disabled")
        assert path.stat().st_size > 20_000


def to_evidence(page: Any, screenshots: Path) -> None:
    """Results → the bank's own amounts, valued by a job → Report, which tells them → a pack."""
    page.get_by_role("link", name="Results").click()
    page.wait_for_url("**/results?*")
    settle(page)
    page.get_by_role("tab", name=decisions_text.PART, exact=True).click()
    page.get_by_text(decisions_text.EXAMPLE, exact=True).first.wait_for()
    page.get_by_text(decisions_text.SETTINGS).click()
    page.get_by_text(decisions_text.WAYS["amounts"], exact=True).click()
    page.get_by_label(decisions_text.GAIN, exact=True).fill("150")
    page.get_by_label(decisions_text.LOSS, exact=True).fill("900")
    page.get_by_role("button", name=decisions_text.APPLY).click()
    page.get_by_text(decisions_text.EXAMPLE, exact=True).first.wait_for(state="detached", timeout=120_000)
    settle(page)

    page.get_by_role("link", name="Report").click()
    page.wait_for_url("**/report?*")
    settle(page)
    picture(page, screenshots, "report")
    page.get_by_role("tab", name=report_text.PART_PACK, exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=report_text.PACK).click()
    with zipfile.ZipFile(waiting.value.path()) as pack:
        decisions = json.loads(pack.read("decisions.json"))
        assert "predictions.parquet" not in pack.namelist()
    assert (decisions["example_amounts"], decisions["amounts"]["approved_bad"]) == (False, -900)


def test_from_upload_to_waterfall_and_scores(
    quick_jobs: None,
    server: Any,
    start: Callable[..., Any],
    page: Any,
    browser: Any,
    real_tables: Path,
    screenshots: Path,
    tmp_path: Path,
) -> None:
    german = pd.read_parquet(real_tables / "german_credit.parquet")
    table = tmp_path / "german_credit.csv"
    german.to_csv(table, index=False, sep=";")
    launch_german(page, server.url, table)
    picture(page, screenshots, "backbone")
    press(page, "launch")
    page.wait_for_url("**/run?*run=*")
    page.locator(".st-key-run_cancel").wait_for()

    # A refresh in the middle, a second browser, and the end of the web server: the run goes on.
    address = page.url
    page.reload()
    page.locator(".st-key-run_cancel").wait_for()
    other = browser.new_context().new_page()
    other.goto(address)
    other.get_by_text("german_credit.csv").first.wait_for()
    other.context.close()
    server.stop()
    second = start(server.home)
    page.goto(address.replace(server.url, second.url))
    page.get_by_role("button", name=run_text.RESULTS).wait_for(timeout=RUN_MILLISECONDS)
    settle(page)

    press(page, "run_results")
    page.wait_for_url("**/results?*")
    settle(page)
    sentence = page.get_by_text("Gini").first.inner_text()
    assert "[" in sentence, f"no interval in: {sentence}"
    assert page.locator(".js-plotly-plot").count() >= 2
    picture(page, screenshots, "results")

    page.get_by_role("link", name="Fairness").click()
    page.wait_for_url("**/fairness?*")
    settle(page)
    assert page.get_by_text("too little data").count() + page.get_by_text("gap").count() > 0
    picture(page, screenshots, "fairness")

    page.get_by_role("link", name="Explain").click()
    page.wait_for_url("**/explain?*")
    settle(page)
    picture(page, screenshots, "explain")
    page.get_by_role("tab", name=explain_text.PART_CUSTOMER, exact=True).click()
    settle(page)
    assert page.locator(".js-plotly-plot .waterfalllayer .trace").count() > 0
    page.get_by_role("tab", name=explain_text.PART_WHAT_IF, exact=True).click()
    press(page, "what-if-start")
    page.get_by_text(what_if_text.NOTHING_CHANGED).wait_for(timeout=60_000)
    page.get_by_role("slider").nth(1).press("ArrowLeft")
    page.get_by_text("Changed: ").wait_for(timeout=10_000)
    press(page, "what-if-stop")

    to_evidence(page, screenshots)

    page.get_by_role("link", name="Score").click()
    page.wait_for_url("**/score?*")
    settle(page)
    lacking = tmp_path / "lacking.csv"
    german.drop(columns=["duration", "purpose"]).head(20).to_csv(lacking, index=False)
    page.locator('input[type="file"]').first.set_input_files(lacking)
    page.get_by_text("duration").first.wait_for(timeout=60_000)
    page.get_by_test_id("stAlert").first.wait_for(timeout=60_000)
    assert "duration" in page.get_by_test_id("stAlert").first.inner_text()
    second.stop()


def test_the_tour_is_one_click_from_a_cold_start(server: Any, page: Any, screenshots: Path) -> None:
    page.goto(server.url)
    settle(page)
    picture(page, screenshots, "home")
    page.get_by_role("button", name=home_text.SAMPLE_RUN).click()
    page.wait_for_url("**/run?*run=*", timeout=60_000)
    page.get_by_role("button", name=run_text.RESULTS).wait_for(timeout=RUN_MILLISECONDS)
    press(page, "run_results")
    page.wait_for_url("**/results?*")
    settle(page)
    assert page.get_by_text("synthetic").count() > 0
    page.get_by_role("link", name="Home").click()
    page.locator("[class*='st-key-open_']").first.wait_for()
    settle(page)
    assert page.get_by_text("finished", exact=False).count() > 0
