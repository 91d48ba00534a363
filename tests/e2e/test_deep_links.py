"""Every deep link on a fresh server: the page comes inside the shell, with its title, never bare."""

from __future__ import annotations

from typing import Any

import pytest

from finxfer.ui.text import shell as text
from finxfer.ui.walk import BESIDE, WALK

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("name", [step.name for step in (*WALK, *BESIDE)])
def test_a_deep_link_on_a_fresh_server_opens_inside_the_shell(server: Any, page: Any, name: str) -> None:
    address = server.url if name == "home" else f"{server.url}/{name}"
    page.goto(address)
    page.get_by_test_id("stSidebarNav").wait_for()
    page.get_by_role("heading", level=1).first.wait_for()
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_text(text.NEEDS_SHELL).count() == 0
    links = page.get_by_test_id("stSidebarNavLink")
    assert links.count() == len(WALK)


def test_an_unknown_run_in_the_address_is_answered_kindly(server: Any, page: Any) -> None:
    page.goto(f"{server.url}/results?run=<script>alert(1)</script>")
    page.get_by_test_id("stAlert").first.wait_for()
    assert page.get_by_test_id("stException").count() == 0
