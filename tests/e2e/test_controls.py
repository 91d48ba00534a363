"""What takes a click on a dialog: cancel a run, carry on with it, delete it."""

from __future__ import annotations

from typing import Any

import pytest

from finxfer.ui.text import home as home_text
from finxfer.ui.text import run as run_text

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]
RUN_MILLISECONDS = 600_000


def test_a_run_is_cancelled_after_asking_carried_on_and_deleted(
    quick_jobs: None, server: Any, page: Any
) -> None:
    page.goto(server.url)
    page.get_by_role("button", name=home_text.SAMPLE_RUN).click()
    page.wait_for_url("**/run?*run=*", timeout=60_000)

    page.locator(".st-key-run_cancel button").click()
    page.get_by_role("button", name=run_text.CANCEL_NO).click()
    page.locator(".st-key-run_cancel button").click()
    page.get_by_role("button", name=run_text.CANCEL_YES).click()
    page.locator(".st-key-run_resume button").first.wait_for(timeout=60_000)
    assert page.get_by_text("Cancelled").count() > 0

    page.locator(".st-key-run_resume button").first.click()
    page.get_by_role("button", name=run_text.RESULTS).wait_for(timeout=RUN_MILLISECONDS)

    page.get_by_role("link", name="Home").click()
    page.locator("[class*='st-key-delete_']").first.wait_for()
    page.locator("[class*='st-key-delete_'] button").first.click()
    page.get_by_role("button", name=home_text.DELETE_NO).click()
    page.locator("[class*='st-key-delete_'] button").first.click()
    page.get_by_role("button", name=home_text.DELETE_YES).click()
    page.get_by_text(home_text.RUNS_EMPTY).wait_for()
    assert list((server.home / "runs").glob("2*")) == []
