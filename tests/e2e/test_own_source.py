"""A backbone of one's own source in a real browser: trained on the Data page, then matched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from finxfer.data.sample_card import source_portfolio, target_portfolio
from finxfer.records.tables import TableMeta, TableStore
from finxfer.ui.text import columns as columns_text
from finxfer.ui.text import source as source_text
from tests.e2e.test_walk import picture, press, settle

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
RENAMED = {"monthly_income": "income_month", "months_on_book": "book_months", "late_payments_12m": "late"}


def _rest(page: Any) -> None:
    """No tooltip in the picture."""
    page.mouse.move(720, 5)
    page.evaluate("document.activeElement.blur()")


def test_from_source_tables_to_matched_columns(server: Any, page: Any, screenshots: Path) -> None:
    store = TableStore(server.home / "tables")
    store.folder.mkdir(parents=True, exist_ok=True)
    book = source_portfolio(3000, 0)
    source = store.add(book, TableMeta("5a" * 32, "established_book.csv", *book.shape, synthetic=True))
    rows = target_portfolio(1000, 0).rename(columns=RENAMED)
    target = store.add(rows, TableMeta("7b" * 32, "new_book.csv", *rows.shape, synthetic=True))

    page.set_default_timeout(120_000)
    page.goto(f"{server.url}/data?table={source.sha256}")
    settle(page)
    page.get_by_text(source_text.TITLE).click()
    settle(page)
    page.get_by_role("textbox", name=source_text.NAME).fill("Established book")
    page.keyboard.press("Tab")
    settle(page)
    page.get_by_role("combobox", name=source_text.FAMILY).click()
    page.keyboard.type("MLP")
    # While its list is open, everything else of the page is hidden from the accessibility tree.
    page.get_by_role("option", name="MLP").first.wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    settle(page)
    assert page.get_by_text("No customer's row").count() == 1
    page.locator(".st-key-source_start").scroll_into_view_if_needed()
    _rest(page)
    picture(page, screenshots, "source")
    press(page, "source_start")
    page.locator("[class*='st-key-job_use_']").wait_for(timeout=300_000)

    page.goto(f"{server.url}/backbone?table={target.sha256}")
    settle(page)
    press(page, "choose_established-book")
    page.get_by_text(columns_text.TITLE).wait_for()
    page.get_by_text(columns_text.FOLD).click()
    settle(page)
    page.get_by_text(columns_text.TITLE).scroll_into_view_if_needed()
    assert page.get_by_text("of what it learned").count() == 1
    page.locator(".st-key-columns_back").scroll_into_view_if_needed()
    _rest(page)
    picture(page, screenshots, "columns")
