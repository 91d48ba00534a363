"""The Results part "Alerts" through AppTest."""

from __future__ import annotations

from typing import Any

import pytest

from finxfer.records.folder import RunFolder
from finxfer.ui import after_run
from finxfer.ui.text import alerts as text
from tests.alerts_example import alerts_example
from tests.app.opened import open_page, words


@pytest.fixture()
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    jobs: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(after_run, "start", lambda run, job, **arguments: jobs.append((job, arguments)))
    return jobs


def open_part(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The Results page with this tab open at first."""
    from finxfer.ui import forms

    monkeypatch.setattr("finxfer.ui.forms.lazy_tabs", _drawing(forms.lazy_tabs))
    return open_page("results")


def _drawing(usual: Any) -> Any:
    def tabs(parts: Any, key: str, start: str | None = None) -> None:
        usual(parts, key, text.PART if key == "parts" else start)

    return tabs


def titles(at: Any) -> list[str]:
    return [tab.label for tab in at.tabs]


def test_the_part_is_there_only_for_rare_events(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    at = open_page("results")
    assert not at.exception and text.PART not in titles(at)
    run.write_json("alerts.json", alerts_example())
    assert text.PART in titles(open_page("results"))


def test_sentence_picture_table_and_another_number(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch, started: list[tuple[str, dict[str, Any]]]
) -> None:
    found = alerts_example()
    run.write_json("alerts.json", found)
    at = open_part(monkeypatch)
    assert not at.exception
    assert "With 5 alerts a day the model finds" in words(at)
    table = next(frame.value for frame in at.dataframe if "Model" in frame.value)
    assert table["Model"].tolist() == ["This model", "LightGBM"]
    at.number_input(key=f"alerts-per-day-{run.id}").set_value(20.0)
    next(button for button in at.button if button.label == text.AGAIN).click().run()
    assert started[0][0] == "assess" and started[0][1]["only"] == ["alerts"]
    assert started[0][1]["assessment"]["alerts"] == {"per_day": 20.0}


def test_an_older_run_of_a_rare_event_is_measured_on_request(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch, started: list[tuple[str, dict[str, Any]]]
) -> None:
    run.write_json("metrics.json", (run.metrics() or {}) | {"positive_rate": 0.01})
    at = open_part(monkeypatch)
    assert text.MISSING in words(at)
    at.button(key="measure-alerts").click().run()
    assert started == [("assess", {"only": ["alerts"]})]


def test_the_anomaly_score_is_offered_and_then_shown(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch, started: list[tuple[str, dict[str, Any]]]
) -> None:
    run.write_json("alerts.json", alerts_example(time=False))
    at = open_part(monkeypatch)
    assert text.ANOMALY in [box.label for box in at.expander] and text.ANOMALY_THERE not in words(at)
    run.write_json("alerts.json", alerts_example(anomaly=True))
    at = open_part(monkeypatch)
    assert text.ANOMALY_THERE in words(at) and "by the anomaly" in words(at).replace("\n", " ")
