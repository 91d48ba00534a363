"""The form for amounts, champion and approval rate of a run's decisions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from finxfer.errors import BadInput
from finxfer.records.assessment import assessment_of
from finxfer.records.decision_settings import MOST_MONEY, DecisionSettings
from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.ui import after_run
from finxfer.ui.guard import show_error
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import plain
from finxfer.ui.text import charts as names
from finxfer.ui.text import decisions as text


def decisions_form(run: RunFolder, spec: Spec) -> None:
    """Draw it where no assessment is at work; pressing its button starts one."""
    if after_run.at_work(run, "assess"):
        return
    assessment = assessment_of(run)
    now = assessment.decisions
    with st.expander(text.SETTINGS, icon=":material/tune:", key=f"decisions-settings-{run.id}"):
        way = st.segmented_control(
            text.BY,
            list(text.WAYS),
            default="amounts" if now.gain is not None else "exposure",
            format_func=lambda one: text.WAYS[one],
            help=text.BY_HELP,
            required=True,
            key=f"amounts-by-{run.id}",
        )
        with st.form(f"decisions-{run.id}", border=False):
            said = _amounts(run.id, now) if way == "amounts" else _exposure(run.id, now)
            said |= _others(run, spec, now)
            if not st.form_submit_button(text.APPLY, type="primary"):
                return
            try:
                changed = DecisionSettings(**said)
            except BadInput as error:
                show_error(error)
                return
            content = replace(assessment, decisions=changed).to_json()
            after_run.start(run, "assess", only=["decisions"], assessment=content)
            st.rerun()


def _field(
    place: Any,
    label: str,
    effect: str,
    value: float | None,
    key: str,
    most: float = MOST_MONEY,
    placeholder: str | None = None,
) -> float | None:
    found = place.number_input(
        label,
        0.0,
        most,
        value,
        step=most / 100 if most <= 100 else 100.0,
        format="%.10g",
        help=effect,
        placeholder=placeholder,
        key=key,
    )
    return None if found is None else float(found)


def _amounts(run: str, now: DecisionSettings) -> dict[str, Any]:
    left, right = st.columns(2)
    gain = _field(left, text.GAIN, text.GAIN_HELP, now.gain, f"gain-{run}")
    loss = _field(right, text.LOSS, text.LOSS_HELP, now.loss, f"loss-{run}")
    return {"gain": gain, "loss": loss}


def _exposure(run: str, now: DecisionSettings) -> dict[str, Any]:
    left, middle, right = st.columns(3)
    exposure = _field(
        left,
        text.EXPOSURE,
        text.EXPOSURE_HELP,
        now.exposure,
        f"exposure-{run}",
        placeholder=text.EXPOSURE_EXAMPLE,
    )
    lgd = _field(middle, text.LGD, text.LGD_HELP, 100 * now.loss_given_default, f"lgd-{run}", 100.0)
    margin = _field(right, text.MARGIN, text.MARGIN_HELP, 100 * now.margin, f"margin-{run}", 100.0)
    return {"exposure": exposure, "loss_given_default": (lgd or 0) / 100, "margin": (margin or 0) / 100}


def _others(run: RunFolder, spec: Spec, now: DecisionSettings) -> dict[str, Any]:
    first, second = st.columns(3), st.columns(3)
    good = _field(
        first[0], text.DECLINED_GOOD, text.DECLINED_GOOD_HELP, now.declined_good, f"declined-good-{run.id}"
    )
    bad = _field(
        first[1], text.DECLINED_BAD, text.DECLINED_BAD_HELP, now.declined_bad, f"declined-bad-{run.id}"
    )
    currency = first[2].text_input(
        text.CURRENCY, now.currency, max_chars=8, help=text.CURRENCY_HELP, key=f"currency-{run.id}"
    )
    options = _champions(run, spec, now.champion)
    champion = second[0].selectbox(
        text.FIELD_CHAMPION,
        list(options),
        index=list(options).index(now.champion),
        format_func=lambda one: options[one],
        help=text.FIELD_CHAMPION_HELP,
        key=f"champion-{run.id}",
    )
    rate = second[1].number_input(
        text.FIELD_RATE,
        1.0,
        99.0,
        None if now.approval_rate is None else 100 * now.approval_rate,
        step=1.0,
        format="%.1f",
        help=text.FIELD_RATE_HELP,
        placeholder=text.AS_THRESHOLD,
        key=f"approval-rate-{run.id}",
    )
    return {
        "declined_good": good or 0.0,
        "declined_bad": bad or 0.0,
        "currency": currency.strip(),
        "champion": champion,
        "approval_rate": None if rate is None else rate / 100,
    }


def _champions(run: RunFolder, spec: Spec, now: str) -> dict[str, str]:
    """What can be the champion: name -> how the list shows it. Options are drawn as plain text."""
    found = {"": text.BEST_BASELINE}
    measured = (run_json(run, "metrics.json") or {}).get("baselines") or {}
    found |= {name: names.model_name(name) for name, values in measured.items() if values}
    columns = [column.name for column in spec.columns if column.kind == "numeric" and column.role != "target"]
    found |= {name: text.COLUMN_CHOICE.format(name=plain(name)) for name in columns if name not in found}
    return found if now in found else found | {now: text.COLUMN_CHOICE.format(name=plain(now))}
