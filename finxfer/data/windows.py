"""Windows over a transaction log: what a customer and a terminal did before each transaction.

No looking ahead: a row sees only strictly earlier rows, and of frauds only those that are older than the
delay after which they are known. So the windows of the first rows of a log (by time) are the same whatever
comes later. The windows of 1, 7 and 30 days, and the delay, are those of the Fraud Detection Handbook.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from finxfer.data.moments import DAY, SECOND, read_moments
from finxfer.data.sequences import Sequences
from finxfer.data.splits import binary_target
from finxfer.data.targets import choose_positive
from finxfer.data.values import text_values
from finxfer.errors import BadInput
from finxfer.records.window_settings import WindowSettings

EARTH_KM = 6371.0
FEWEST_HOURS = 1 / 60
"""Two transactions within a minute count as a minute apart in a speed."""


def new_columns(settings: WindowSettings) -> dict[str, str]:
    """Name and meaning of every column that these settings make, in order."""
    found: dict[str, str] = {}
    for who, wanted in (("customer", True), ("terminal", bool(settings.terminal))):
        if not wanted:
            continue
        for days in settings.windows:
            length = f"{days:g} day{'s' if days != 1 else ''}"
            found[f"{who}_count_{days:g}d"] = f"Earlier transactions of the {who} within {length}."
            if settings.amount:
                if who == "customer":
                    found[f"customer_amount_sum_{days:g}d"] = f"Their amounts in all, {length}."
                found[f"{who}_amount_mean_{days:g}d"] = f"Their mean amount, {length}."
            if who == "terminal" and settings.target:
                found[f"terminal_fraud_rate_{days:g}d"] = (
                    f"Share of frauds among the terminal's transactions of {length}, as known after "
                    f"{settings.label_delay_days:g} days."
                )
        found[f"{who}_hours_since_last"] = f"Hours since the {who}'s last transaction."
    longest = f"{settings.windows[-1]:g} days"
    if settings.amount:
        found["customer_amount_to_mean"] = f"This amount over the customer's mean of {longest}."
    if settings.latitude:
        found["customer_km_from_last"] = "Distance from the customer's last known place, km."
        found["customer_kmh_from_last"] = "Speed from there to here, km/h."
        found["customer_km_from_usual"] = f"Distance from the customer's mean place of {longest}, km."
    return found


def with_windows(
    frame: pd.DataFrame, settings: WindowSettings, history: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The table with its windows, rows in the table's order; columns of the same names are replaced.

    Args:
        frame: the log, N rows in any order.
        history: earlier transactions that the windows look back at; they are not in the result. A row of it
            that stands in `frame` too (same customer, time, terminal and amount) counts once.

    Raises:
        BadInput: a column is lacking, the time cannot be read, or the target has no positive class.
    """
    windows = windows_of(frame, settings, history)
    return pd.concat([frame.drop(columns=[c for c in windows if c in frame]), windows], axis=1)


def windows_of(
    frame: pd.DataFrame, settings: WindowSettings, history: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Only the new columns, float32 (N, `new_columns`); arguments and errors as in `with_windows`."""
    log = _joined(frame, settings, history)
    log = log if history is None else _once(log, settings, len(frame))
    made = _made(_read(log, settings), settings)
    own = slice(len(log) - len(frame), None)
    return pd.DataFrame({name: values[own] for name, values in made.items()}, index=frame.index)


def _joined(frame: pd.DataFrame, settings: WindowSettings, history: pd.DataFrame | None) -> pd.DataFrame:
    """The columns that are read, of the history and of the table."""
    if history is None:
        _require(frame, settings.columns, "table")
        return frame[list(settings.columns)]
    _require(history, settings.columns, "history")
    _require(frame, [name for name in settings.columns if name != settings.target], "table")
    parts = [part.reindex(columns=list(settings.columns)) for part in (history, frame)]
    columns = {}
    for name in settings.columns:
        pair = [part[name] for part in parts]
        if pair[0].dtype != pair[1].dtype and not all(map(pd.api.types.is_numeric_dtype, pair)):
            # One file may spell as text what the other holds as a number: 12, 12.0 and "12" are the same.
            alike = name in (settings.customer, settings.terminal, settings.target)
            pair = [_spelled(values, alike) for values in pair]
        columns[name] = pd.concat(pair, ignore_index=True)
    return pd.DataFrame(columns)


def _spelled(values: pd.Series, alike: bool) -> pd.Series:
    if not alike and pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values.astype("datetime64[us]").astype("object")
    return pd.Series(text_values(values), dtype="object", name=values.name) if alike else values


def _once(log: pd.DataFrame, settings: WindowSettings, rows: int) -> pd.DataFrame:
    """The log without those rows of the history that stand in the table (its last `rows`) too; what is known
    of them, their label, is kept."""
    names = (settings.customer, settings.time, settings.terminal, settings.amount)
    key = log[[name for name in names if name]].astype("object")
    keys = pd.factorize(pd.MultiIndex.from_frame(key.where(key.notna(), None)))[0]
    own = np.arange(len(log)) >= len(log) - rows
    again = ~own & np.isin(keys, keys[own])
    if settings.target and again.any():
        labels = pd.Series(log[settings.target].to_numpy()[again], index=keys[again]).dropna()
        told = pd.Series(keys).map(labels[~labels.index.duplicated()]).to_numpy()
        log = log.assign(**{settings.target: log[settings.target].where(log[settings.target].notna(), told)})
    return log[~again]


@dataclass(frozen=True)
class _Log:
    """A log as arrays of N rows: groups int64 (-1 none), moments int64, amount float64 (NaN unknown), place
    float64 (N, 3) on the unit sphere (0 unknown) with `placed`, label int8 (-1 unknown)."""

    customer: np.ndarray
    moments: np.ndarray
    terminal: np.ndarray | None
    amount: np.ndarray | None
    place: np.ndarray | None
    placed: np.ndarray
    label: np.ndarray | None


def _read(log: pd.DataFrame, settings: WindowSettings) -> _Log:
    place, placed = None, np.zeros(len(log), dtype=bool)
    if settings.latitude:
        place, placed = _on_sphere(
            _numbers(log[settings.latitude], "latitude"), _numbers(log[settings.longitude], "longitude")
        )
    label = None
    if settings.target:
        series = log[settings.target]
        label = binary_target(series, settings.positive or choose_positive(series).value)
    return _Log(
        pd.factorize(log[settings.customer])[0],
        read_moments(log[settings.time]),
        pd.factorize(log[settings.terminal])[0] if settings.terminal else None,
        _numbers(log[settings.amount], "amount") if settings.amount else None,
        place,
        placed,
        label,
    )


def _made(log: _Log, settings: WindowSettings) -> dict[str, np.ndarray]:
    """Every new column, float32 (N,), in the order of `new_columns`."""
    found = _customer(log, settings)
    if log.terminal is not None:
        found |= _terminal(log, settings, log.terminal)
    return {name: found[name] for name in new_columns(settings)}


def _customer(log: _Log, settings: WindowSettings) -> dict[str, np.ndarray]:
    sequences, rows = Sequences(log.customer, log.moments), len(log.moments)
    found = _basics(sequences, log, settings, "customer")
    low = sequences.since(int(settings.windows[-1] * DAY))
    if log.amount is not None:
        mean = found[f"customer_amount_mean_{settings.windows[-1]:g}d"].astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            found["customer_amount_to_mean"] = np.where(mean > 0, log.amount / mean, np.nan).astype(
                np.float32
            )
    if log.place is not None:
        found |= {name: sequences.spread(v, rows) for name, v in _distances(sequences, log, low).items()}
    return found


def _terminal(log: _Log, settings: WindowSettings, terminal: np.ndarray) -> dict[str, np.ndarray]:
    sequences, rows = Sequences(terminal, log.moments), len(log.moments)
    found = _basics(sequences, log, settings, "terminal")
    if log.label is None:
        return found
    labelled, frauds = sequences.counted(log.label >= 0), sequences.counted(log.label == 1)
    delay = int(settings.label_delay_days * DAY)
    # Strictly older than the delay; without a delay strictly earlier.
    known = sequences.since(delay)
    for days in settings.windows:
        low = sequences.since(delay + int(days * DAY))
        share = _ratio(frauds[known] - frauds[low], labelled[known] - labelled[low])
        found[f"terminal_fraud_rate_{days:g}d"] = sequences.spread(share, rows)
    return found


def _basics(sequences: Sequences, log: _Log, settings: WindowSettings, who: str) -> dict[str, np.ndarray]:
    """Counts, sums and means of each window, and the time since the last transaction."""
    found, rows = {}, len(log.moments)
    amounts = None
    if log.amount is not None:
        valued = np.isfinite(log.amount)
        amounts = sequences.running(np.where(valued, log.amount, 0.0)), sequences.counted(valued)
    for days in settings.windows:
        low, high = sequences.since(int(days * DAY)), sequences.before
        found[f"{who}_count_{days:g}d"] = sequences.spread(high - low, rows)
        if amounts is not None:
            total = sequences.between(amounts[0], low, high)
            known = amounts[1][high] - amounts[1][low]
            # Without an amount the sum is nothing at all, not what rounding left.
            total = np.where(known > 0, total, 0.0)
            if who == "customer":
                found[f"customer_amount_sum_{days:g}d"] = sequences.spread(total, rows)
            found[f"{who}_amount_mean_{days:g}d"] = sequences.spread(_ratio(total, known), rows)
    earlier = sequences.before > sequences.first
    since = (sequences.moments - sequences.moments[np.maximum(sequences.before - 1, 0)]) / (3600 * SECOND)
    found[f"{who}_hours_since_last"] = sequences.spread(np.where(earlier, since, np.nan), rows)
    return found


def _distances(sequences: Sequences, log: _Log, low: np.ndarray) -> dict[str, np.ndarray]:
    """Distance and speed from the last known place, and distance from the mean place of the rows since
    `low`: float64 (M,) each, NaN where a place is not known."""
    assert log.place is not None
    here, placed = log.place[sequences.rows], log.placed[sequences.rows]
    last = sequences.last(log.placed)
    there = np.where((last >= 0)[:, None], here[last], np.nan)
    away = np.where(placed, great_circle_km(here, there), np.nan)
    hours = np.where(last >= 0, (sequences.moments - sequences.moments[last]) / (3600 * SECOND), np.nan)
    places = sequences.counted(log.placed)
    count = places[sequences.before] - places[low]
    mean = np.stack(
        [sequences.between(sequences.running(axis), low, sequences.before) for axis in log.place.T], axis=1
    )
    length = np.linalg.norm(mean, axis=1)
    # Where places cancel out (two sides of the globe) there is no middle.
    middle = (count > 0) & (length > 1e-6 * np.maximum(count, 1))
    usual = np.where(middle[:, None], mean / np.where(middle, length, 1.0)[:, None], np.nan)
    return {
        "customer_km_from_last": away,
        "customer_kmh_from_last": away / np.maximum(hours, FEWEST_HOURS),
        "customer_km_from_usual": np.where(placed, great_circle_km(here, usual), np.nan),
    }


def great_circle_km(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Distance on the globe between points (N, 3) of the unit sphere, km (N,); NaN where one is unknown.

    The haversine formula (Sinnott 1984): half the chord is the sine of half the angle. It knows no edge at
    the date line or the poles, and is exact for points that are close.
    """
    half_chord = np.linalg.norm(one - other, axis=1) / 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.minimum(half_chord, 1.0)))


def _on_sphere(latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 3) of the unit sphere, zeros where the place is not known, and whether it is."""
    placed = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 360)
    north, east = np.radians(np.where(placed, latitude, 0)), np.radians(np.where(placed, longitude, 0))
    points = np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)
    return np.where(placed[:, None], points, 0.0), placed


def _ratio(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _numbers(series: pd.Series, what: str) -> np.ndarray:
    """float64 (N,), NaN where it is not known or infinite."""
    if not pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_bool_dtype(series.dtype):
        if series.isna().all():
            return np.full(len(series), np.nan)
        raise BadInput(
            f"The column {str(series.name)!r} is no {what}.",
            f"It holds {str(series.dropna().iloc[0])[:40]!r}, which is not a number.",
            f"Name a column of numbers for the {what}.",
        )
    values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _require(frame: pd.DataFrame, names: list[str] | tuple[str, ...], where: str) -> None:
    lacking = [name for name in names if name not in frame.columns]
    if lacking:
        shown = ", ".join(repr(str(name)) for name in list(frame.columns)[:12])
        raise BadInput(
            f"There is no column {lacking[0]!r} in the {where}.",
            f"Its columns are {shown}{' and more' if frame.shape[1] > 12 else ''}.",
            "Name a column exactly as it stands there.",
        )
