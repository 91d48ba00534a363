"""A ladder's record in words, rows and panels, as the Run page shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from finxfer.records.spec import AS_IS
from finxfer.ui.charts.ladder import Panel
from finxfer.ui.safe import plain
from finxfer.ui.tables import NOTHING, count, duration, metric3, size, with_interval
from finxfer.ui.text import ladder as text


def depth_name(depth: int | str) -> str:
    """A depth as the axis has it."""
    return text.AS_IS if depth == AS_IS else str(depth)


def position(found: Mapping[str, Any]) -> int | None:
    """Where the recommended depth stands among the rungs; None before the ladder is complete."""
    depths = [rung["depth"] for rung in found["rungs"]]
    return depths.index(found["recommended"]) if found["recommended"] in depths else None


def panels(found: Mapping[str, Any]) -> list[Panel]:
    """The small charts, those that decide and judge first."""
    rungs = found["rungs"]
    return [
        _behind(rungs),
        _tested(rungs, "gini"),
        _tested(rungs, "calibration_error", from_zero=True),
        _ratios(rungs),
        _amounts(rungs, "parameters", lambda one: one["trainable_parameters"], count, "~s"),
        _amounts(rungs, "seconds", lambda one: one["seconds"], duration, None),
        _amounts(rungs, "memory", lambda one: one["memory_bytes"] / 1e9, _gigabytes, None),
    ]


def _behind(rungs: Sequence[Mapping[str, Any]]) -> Panel:
    """Before the last rung nothing is known of how far one is behind the best of all."""
    values = [one.get("behind") for one in rungs]
    intervals = [
        None if one.get("behind") is None else _around(one["behind"], one["behind_error"]) for one in rungs
    ]
    words = [_said(one, behind_words(one)) for one in rungs]
    return Panel(text.PANELS["behind"], values, words, intervals, reference=0.0, nothing=text.NONE_YET)


def _around(value: float, error: float | None) -> list[float]:
    return [value - (error or 0.0), value + (error or 0.0)]


def _tested(rungs: Sequence[Mapping[str, Any]], name: str, from_zero: bool = False) -> Panel:
    tests = [one["test"] for one in rungs]
    words = [
        _said(one, with_interval(test[name], test[f"{name}_interval"], 3))
        for one, test in zip(rungs, tests, strict=True)
    ]
    intervals = [test[f"{name}_interval"] for test in tests]
    values = [test[name] for test in tests]
    return Panel(text.PANELS[name], values, words, intervals, reference=0.0 if from_zero else None)


def _ratios(rungs: Sequence[Mapping[str, Any]]) -> Panel:
    worst = [one["worst_fairness_ratio"] or {} for one in rungs]
    words = [
        text.HOVER_GROUPS.format(
            depth=depth_name(one["depth"]),
            value=with_interval(ratio["value"], ratio["interval"], 2),
            column=plain(ratio["column"], 30),
            slice=plain(ratio["slice"], 30),
            reference=plain(ratio["reference"], 30),
        )
        if ratio
        else ""
        for one, ratio in zip(rungs, worst, strict=True)
    ]
    values = [ratio.get("value") for ratio in worst]
    intervals = [ratio.get("interval") for ratio in worst]
    return Panel(text.PANELS["ratio"], values, words, intervals, reference=1.0, nothing=text.NO_GROUPS)


def _amounts(
    rungs: Sequence[Mapping[str, Any]],
    name: str,
    value: Callable[[Mapping[str, Any]], float],
    words: Callable[[float], str],
    tick_format: str | None,
) -> Panel:
    values = [value(one) for one in rungs]
    said = [_said(one, words(amount)) for one, amount in zip(rungs, values, strict=True)]
    return Panel(text.PANELS[name], values, said, bars=True, tick_format=tick_format)


def _said(one: Mapping[str, Any], value: str) -> str:
    return text.HOVER.format(depth=depth_name(one["depth"]), value=value)


def _gigabytes(value: float) -> str:
    return size(value * 1e9)


def behind_words(one: Mapping[str, Any]) -> str:
    """How far a rung is above the best, as the rule sees it."""
    if one.get("behind") is None:
        return NOTHING
    if not one["behind"] and not one["behind_error"]:
        return text.BEST
    return text.BEHIND.format(value=f"{one['behind']:.4f}", error=f"{one['behind_error'] or 0:.4f}")


def chart_words(found: Mapping[str, Any]) -> str:
    """The picture in one sentence."""
    gini = "; ".join(
        text.ALT_VALUE.format(
            depth=depth_name(one["depth"]),
            value=with_interval(one["test"]["gini"], one["test"]["gini_interval"], 3),
        )
        for one in found["rungs"]
    )
    recommended = text.NONE_YET if found["recommended"] is None else depth_name(found["recommended"])
    return text.ALT.format(gini=gini, recommended=recommended)


def table(found: Mapping[str, Any]) -> pd.DataFrame:
    """A line per depth, the shallowest training first; every cell is text."""
    names, stages = text.COLUMNS, int(found["stages"])
    lines = []
    for one in found["rungs"]:
        name, test = depth_name(one["depth"]), one["test"]
        chosen = one["depth"] == found["recommended"]
        cells = {
            "depth": text.DEPTH_RECOMMENDED.format(depth=name) if chosen else name,
            "trained": trained_words(one["depth"], stages),
            "loss": metric3(one["cv_log_loss"]),
            "behind": behind_words(one),
            "gini": with_interval(test["gini"], test["gini_interval"]),
            "parameters": count(one["trainable_parameters"]),
            "seconds": duration(one["seconds"]),
            "memory": size(one["memory_bytes"]),
            "calibration_error": with_interval(test["calibration_error"], test["calibration_error_interval"]),
            "ratio": _ratio_cell(one["worst_fairness_ratio"]),
        }
        lines.append({names[key]: value for key, value in cells.items()})
    return pd.DataFrame(lines, columns=list(names.values()))


def _ratio_cell(ratio: Mapping[str, Any] | None) -> str:
    if ratio is None:
        return NOTHING
    return text.RATIO.format(
        value=with_interval(ratio["value"], ratio["interval"], 2),
        column=plain(ratio["column"], 30),
        slice=plain(ratio["slice"], 30),
        reference=plain(ratio["reference"], 30),
    )


def trained_words(depth: int | str, stages: int) -> str:
    """What a depth trains."""
    if depth == AS_IS:
        return text.NOTHING_TRAINED
    if depth == stages:
        return text.HEAD_ALONE
    if depth == 0:
        return text.ALL_STAGES.format(stages=stages)
    return text.LAST_STAGES.format(trained=stages - int(depth), stages=stages)


def data(found: Mapping[str, Any]) -> pd.DataFrame:
    """The numbers behind the picture, a line per depth."""
    plain_keys = (
        "depth", "trainable_parameters", "seconds", "cv_seconds", "epochs", "memory_bytes", "memory_measured",
        "cv_log_loss", "cv_log_loss_error", "cv_auc", "behind", "behind_error", "within", "fell_back",
    )  # fmt: skip
    lines = []
    for one in found["rungs"]:
        line = {key: one.get(key) for key in plain_keys}
        for key, value in one["test"].items():
            if key.endswith("_interval"):
                low, high = value or (None, None)
                name = f"test_{key.removesuffix('_interval')}"
                line |= {f"{name}_low": low, f"{name}_high": high}
            else:
                line[f"test_{key}"] = value
        worst = one["worst_fairness_ratio"] or {}
        line |= {f"ratio_{key}": worst.get(key) for key in ("value", "column", "slice", "reference")}
        lines.append(line | {"recommended": one["depth"] == found["recommended"]})
    return pd.DataFrame(lines)
