"""The command `preflight`: a ranking as a table or as JSON, and bad input in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from finxfer.records.home import tables_dir

Call = Callable[..., tuple[int, str, str]]


def test_a_ranking_says_who_is_first_and_who_cannot_take_part(call: Call, table: Path) -> None:
    status, out, err = call("preflight", table, "--target", "bad", "--protected", "sex")
    assert status == 0, err
    assert "incontext-small" in out and "(columns alone)" in out
    assert "Not ranked: tabicl-v2. Its weights are not on this machine." in out
    assert out.splitlines()[1].split()[:2] == ["1", "incontext-small"]
    assert "(5 folds of 168 training rows" in out
    assert not any(tables_dir().iterdir()), "nothing of the customers is kept"


def test_json_is_the_whole_record(call: Call, table: Path) -> None:
    status, out, err = call("preflight", table, "--target", "bad", "--drop", "region", "--json")
    assert status == 0, err
    found = json.loads(out)
    assert found["ranked_by"] == "score" and found["columns"] == 3
    assert found["first"]["id"] == "incontext-small"


def test_a_table_without_the_target_is_bad_input(call: Call, table: Path) -> None:
    status, out, err = call("preflight", table, "--target", "worse")
    assert status == 2 and out == ""
    assert err.startswith("Error: ") and "worse" in err
