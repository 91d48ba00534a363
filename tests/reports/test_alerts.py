from __future__ import annotations

from pathlib import Path

from finxfer.reports import write_card
from tests.alerts_example import alerts_example
from tests.reports.made_run import make_run


def test_alerts_stand_in_the_report_where_the_run_has_them(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    write_card(run)
    assert "<h3>Alerts</h3>" not in (run.path / "card.html").read_text()
    found = alerts_example(anomaly=True)
    run.write_json("alerts.json", found)
    write_card(run)
    page = (run.path / "card.html").read_text()
    assert "With 5 alerts a day" in page and "the isolation forest" in page
    recall = found["models"]["model"]["recall_at"]
    assert f"{recall['value']:.1%}<small>[{recall['interval'][0]:.1%}, {recall['interval'][1]:.1%}]" in page
    assert "<b>time</b>" not in page
