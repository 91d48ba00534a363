"""The Results part "Decisions": money at an approval rate, who moves, what thresholds come to."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from finxfer.evaluation.decisions_wording import money_words, mover_words
from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.ui import after_run, charts
from finxfer.ui.decisions_form import decisions_form
from finxfer.ui.forms import section
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import NOTHING, count, share, share_interval
from finxfer.ui.text import charts as names
from finxfer.ui.text import decisions as text

FILE = "decisions.json"


def decisions_part(run: RunFolder, spec: Spec) -> None:
    """Sentence, picture beside the swap set, tables, notes and the form."""
    found = run_json(run, FILE)
    if found is None:
        st.info(text.MISSING)
        if not after_run.at_work(run, "assess") and st.button(text.MEASURE, key="measure-decisions"):
            after_run.start(run, "assess", only=["decisions", "calibration"])
            st.rerun()
        return
    badge = f":orange-badge[{text.EXAMPLE}] " if found["example_amounts"] else ""
    st.markdown(badge + md(found["sentence"], 600))
    if found["measured"]:
        left, right = st.columns([1.4, 1], gap="medium")
        with left:
            _curve(found)
            _profile(found)
        with right:
            _swap(found)
        first, second = st.columns(2, gap="medium")
        with first:
            section(text.MODELS.format(rate=share(found["approval_rate"])))
            st.table(_models(found), border="horizontal", alt=text.MODELS)
        with second:
            section(text.THRESHOLDS)
            st.table(_thresholds(found), border="horizontal", alt=text.THRESHOLDS)
    with st.expander(text.NOTES, icon=":material/info:", key=f"decisions-notes-{run.id}"):
        for note in found["notes"]:
            st.markdown(f"- {md(note, 500)}")
    decisions_form(run, spec)


@st.fragment
def _curve(found: dict[str, Any]) -> None:
    shown = st.segmented_control(
        text.CURVE_PICK,
        list(text.CURVES),
        default="bad_rate",
        format_func=lambda one: text.CURVES[one],
        required=True,
        key="decisions-curve",
        label_visibility="collapsed",
    )
    lines = _losses(found) if shown == "loss" else _rankings(found, shown)
    rate = found["approval_rate"]
    figure = charts.approval(
        lines, (text.AXIS_RATE, text.AXIS[shown]), rate, text.AT_RATE, as_share=shown == "bad_rate"
    )
    values = "; ".join(f"{plain(name)} {_at(found, x, y, shown)}" for name, x, y, _ in lines)
    alt = text.ALT[shown].format(rate=share(rate), values=values)
    charts.show(figure, f"approval-{shown}", alt, lambda: _long(lines))


def _rankings(found: dict[str, Any], key: str) -> list[tuple[str, list[float], list[float | None], bool]]:
    return [
        (_name(found, name), one["approval_rate"], one[key], name == "model")
        for name, one in found["curves"].items()
    ]


def _losses(found: dict[str, Any]) -> list[tuple[str, list[float], list[float | None], bool]]:
    one = found["curves"]["model"]
    return [
        (text.PREDICTED, one["approval_rate"], one["predicted_loss"], False),
        (text.OBSERVED, one["approval_rate"], one["observed_loss"], True),
    ]


def _at(found: dict[str, Any], x: list[float], y: list[float | None], shown: str) -> str:
    """The value nearest to the approval rate that is compared."""
    nearest = min(range(len(x)), key=lambda place: abs(x[place] - found["approval_rate"]))
    value = y[nearest]
    return share(value) if shown == "bad_rate" else _money(found, value)


def _long(lines: list[tuple[str, list[float], list[float | None], bool]]) -> pd.DataFrame:
    parts = [pd.DataFrame({"model": name, "approval_rate": x, "value": y}) for name, x, y, _ in lines]
    return pd.concat(parts, ignore_index=True)


def _name(found: dict[str, Any], name: str) -> str:
    """A ranking's name on the screen (customer text: escape where it is shown)."""
    if name == "champion":
        return text.CHAMPION_COLUMN.format(name=found["champion"]["name"])
    return names.model_name(name)


def _money(found: dict[str, Any], value: float | None) -> str:
    return NOTHING if value is None else money_words(value, plain(found["currency"], 8))


def _amount(value: float, interval: list[float] | None = None) -> str:
    """An amount in a table whose head names the currency."""
    words = money_words(value, "")
    if interval is not None:
        words += f" [{money_words(interval[0], '')}, {money_words(interval[1], '')}]"
    return words


def _titled(titles: tuple[str, ...], found: dict[str, Any]) -> list[str]:
    """Column heads, those of money with the currency."""
    currency = plain(found["currency"], 8)
    return [
        f"{title} ({md(currency)})" if currency and title in text.MONEY_COLUMNS else title for title in titles
    ]


def _swap(found: dict[str, Any]) -> None:
    swap = found["swap"]
    if swap is None:
        return
    section(text.SWAP.format(rate=share(swap["approval_rate"])))
    rows = [
        (
            title,
            count(swap[key]["rows"]),
            count(swap[key]["defaults"]),
            share_interval(swap[key]["bad_rate"], swap[key]["interval"]),
        )
        for key, title in text.SWAP_ROWS.items()
    ]
    st.table(
        pd.DataFrame(rows, columns=list(text.SWAP_COLUMNS)).set_index(text.SWAP_COLUMNS[0]),
        border="horizontal",
        alt=text.SWAP,
    )
    apart = swap["bad_rate_difference"]
    st.caption(text.SWAP_DIFFERENCE.format(value=share_interval(apart["value"], apart["interval"])))


def _profile(found: dict[str, Any]) -> None:
    """Who moves: columns that differ clearly, and the protected ones in any case."""
    if found["swap"] is None:
        return
    st.markdown(f"**{text.PROFILE}**")
    profile = found["swap"]["profile"]
    if profile is None:
        st.caption(text.PROFILE_NONE)
        return
    if not any(entry["clear"] for entry in profile):
        st.caption(text.PROFILE_CHANCE)
    lines = []
    for entry in profile:
        if entry["clear"] or entry["protected"]:
            mark = f" :small[({text.PROFILE_PROTECTED})]" if entry["protected"] else ""
            lines.append(f"- {md(mover_words(entry), 200)}{mark}")
    st.markdown("\n".join(lines))


def _models(found: dict[str, Any]) -> pd.DataFrame:
    rows = []
    for one in found["at_rate"]:
        name = plain(_name(found, one["name"]), 40)
        champion = found["champion"]
        if champion and one["name"] == champion["name"]:
            name += f" ({text.CHAMPION.lower()})"
        apart = one["difference"]
        rows.append(
            (
                md(name),
                share_interval(one["bad_rate"], one["interval"]),
                _amount(one["money"]),
                "" if apart is None else _amount(apart["value"], apart["interval"]),
            )
        )
    return pd.DataFrame(rows, columns=_titled(text.MODEL_COLUMNS, found)).set_index(text.MODEL_COLUMNS[0])


def _thresholds(found: dict[str, Any]) -> pd.DataFrame:
    rows = []
    for key, title in text.THRESHOLD_NAMES.items():
        one = found["thresholds"].get(key)
        if one is not None:
            rows.append(
                (
                    title,
                    share(one["threshold"]) if key not in ("everybody", "nobody") else "",
                    share(one["approval_rate"]),
                    share(one["bad_rate"]),
                    _amount(one["money"], one["interval"]),
                )
            )
    columns = _titled(text.THRESHOLD_COLUMNS, found)
    return pd.DataFrame(rows, columns=columns).set_index(columns[0])
