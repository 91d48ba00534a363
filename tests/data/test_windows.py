from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finxfer.data.moments import DAY, SECOND
from finxfer.data.sample_fraud import target_transactions
from finxfer.data.windows import new_columns, windows_of, with_windows
from finxfer.errors import BadInput
from finxfer.records.window_settings import WindowSettings, parse_windows

SETTINGS = WindowSettings("card", "when", "shop", "amount", "lat", "lon", "fraud", "1", 2.0, (0.5, 3.0))
START = np.datetime64("2024-03-28T00:00:00", "us")
HALF_DAY = 43_200


def haversine(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The textbook's form, in degrees; the code's is over points of the sphere."""
    (a, b), (c, d) = (tuple(map(math.radians, place)) for place in (one, other))
    part = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(part)))


def mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else math.nan


def naive(log: pd.DataFrame, chosen: WindowSettings) -> pd.DataFrame:
    """The definition, row by row, looking at all other rows."""
    moments = log["when"].to_numpy().astype("datetime64[us]").astype(np.float64)
    moments = np.where(log["when"].isna(), np.nan, moments)
    rows = []
    for i in range(len(log)):
        row: dict[str, float] = {}
        for who, column in (("customer", "card"), ("terminal", "shop")):
            mine = log[column].iloc[i]
            known = not (pd.isna(mine) or np.isnan(moments[i]))
            past = [
                j
                for j in range(len(log))
                if known and log[column].iloc[j] == mine and moments[j] < moments[i]
            ]
            past.sort(key=lambda j: moments[j])  # stable: rows of one instant stay in the log's order
            row |= _entity(log, moments, i, past, who, chosen, known)
        rows.append(row)
    return pd.DataFrame(rows, columns=list(new_columns(chosen)), dtype=float)


def _entity(log, moments, i, past, who, chosen, known) -> dict[str, float]:
    amounts, row = log["amount"].to_numpy(), {}
    for days in chosen.windows:
        inside = [j for j in past if moments[j] >= moments[i] - days * DAY]
        valued = [float(amounts[j]) for j in inside if not math.isnan(amounts[j])]
        row[f"{who}_count_{days:g}d"] = len(inside) if known else math.nan
        row[f"{who}_amount_sum_{days:g}d"] = math.fsum(valued) if known else math.nan
        row[f"{who}_amount_mean_{days:g}d"] = mean(valued)
        end = moments[i] - chosen.label_delay_days * DAY
        labels = [log["fraud"].iloc[j] for j in past if end - days * DAY <= moments[j] < end]
        row[f"{who}_fraud_rate_{days:g}d"] = mean([one for one in labels if not pd.isna(one)])
    row[f"{who}_hours_since_last"] = (moments[i] - moments[past[-1]]) / (3600 * SECOND) if past else math.nan
    if who == "customer":
        average = row[f"customer_amount_mean_{chosen.windows[-1]:g}d"]
        row["customer_amount_to_mean"] = amounts[i] / average if average > 0 else math.nan
        row |= _place(log, moments, i, past, inside)
    return {name: value for name, value in row.items() if name in new_columns(chosen)}


def _place(log, moments, i, past, inside) -> dict[str, float]:
    places = list(zip(log["lat"], log["lon"], strict=True))
    there = [not math.isnan(lat) and not math.isnan(lon) and abs(lat) <= 90 for lat, lon in places]
    last = next((j for j in reversed(past) if there[j]), None)
    row = dict.fromkeys(
        ("customer_km_from_last", "customer_kmh_from_last", "customer_km_from_usual"), math.nan
    )
    if not there[i]:
        return row
    if last is not None:
        away = haversine(places[last], places[i])
        hours = max((moments[i] - moments[last]) / (3600 * SECOND), 1 / 60)
        row |= {"customer_km_from_last": away, "customer_kmh_from_last": away / hours}
    points = [sphere(*places[j]) for j in inside if there[j]]
    middle = np.sum(points, axis=0) if points else np.zeros(3)
    if np.linalg.norm(middle) > 1e-6 * max(len(points), 1):
        x, y, z = middle / np.linalg.norm(middle)
        usual = math.degrees(math.asin(np.clip(z, -1, 1))), math.degrees(math.atan2(y, x))
        row["customer_km_from_usual"] = haversine(usual, places[i])
    return row


def sphere(lat: float, lon: float) -> np.ndarray:
    north, east = math.radians(lat), math.radians(lon)
    return np.array([math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)])


NUMBER = st.one_of(st.just(math.nan), st.floats(0.01, 1e6), st.integers(1, 50).map(float))
PLACES = st.sampled_from(
    [
        (math.nan, math.nan),
        (48.2, 16.4),
        (48.3, 16.4),
        (10.0, 179.9),
        (10.0, -179.9),
        (90.0, 0.0),
        (-90.0, 5.0),
        (89.9, 170.0),
        (95.0, 0.0),
        (math.nan, 3.0),
        (0.0, 181.0),
    ]
)
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.sampled_from("aab")),
        # Few instants, some exactly a window or the delay apart: ties, and edges of windows.
        st.one_of(st.none(), st.integers(0, 20).map(lambda step: step * HALF_DAY // 2)),
        st.one_of(st.none(), st.sampled_from("xyy")),
        NUMBER,
        PLACES,
        st.sampled_from([0.0, 0.0, 1.0, math.nan]),
    ),
    min_size=1,
    max_size=24,
)


def log_of(rows: list) -> pd.DataFrame:
    card, second, shop, amount, place, fraud = zip(*rows, strict=True)
    when = [np.datetime64("NaT") if one is None else START + np.timedelta64(one, "s") for one in second]
    return pd.DataFrame(
        {
            "card": pd.Series(card, dtype="str"),
            "when": np.array(when, dtype="datetime64[us]"),
            "shop": pd.Series(shop, dtype="str"),
            "amount": np.array(amount, dtype=float),
            "lat": [lat for lat, _ in place],
            "lon": [lon for _, lon in place],
            "fraud": fraud,
        }
    )


def computed(log: pd.DataFrame, chosen: WindowSettings = SETTINGS) -> pd.DataFrame:
    if log["when"].isna().all() or not (log["fraud"] == 1).any() or not (log["fraud"] == 0).any():
        # Neither is a log to count: a time and both classes are asked for.
        log = pd.concat(
            [log, log_of([("z", 0, "z", 1.0, (0.0, 0.0), v) for v in (0.0, 1.0)])], ignore_index=True
        )
        return windows_of(log, chosen).iloc[:-2]
    return windows_of(log, chosen)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_windows_are_those_of_a_loop_over_all_rows(rows: list) -> None:
    log = log_of(rows)
    found, expected = computed(log), naive(log, SETTINGS)
    assert list(found.columns) == list(expected.columns)
    far = [name for name in found if "_km" in name]
    np.testing.assert_allclose(found.drop(columns=far), expected.drop(columns=far), rtol=1e-5, atol=1e-6)
    # The textbook's form loses digits at opposite points of the globe; a metre does not matter.
    np.testing.assert_allclose(found[far], expected[far], rtol=1e-4, atol=0.1)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(0, 20), st.randoms(use_true_random=False))
def test_nobody_looks_ahead(rows: list, cut: int, random) -> None:
    """Rows up to an instant have the same windows whatever comes later, and in whatever order."""
    rows = [row for row in rows if row[1] is not None]
    if not rows:
        return
    random.shuffle(rows)
    log = log_of(rows)
    early = (log["when"] <= START + np.timedelta64(cut * HALF_DAY // 2, "s")).to_numpy()
    if not early.any():
        return
    whole, part = computed(log)[early], computed(log[early].reset_index(drop=True))
    np.testing.assert_allclose(whole, part, rtol=1e-6)
    # What happened later, however extreme, and every label that is not known yet, changes nothing.
    spoilt = log.copy()
    spoilt.loc[~early, ["amount", "lat"]] = [1e15, -90.0]
    last = log.loc[early, "when"].max()
    unknown = (log["when"] >= last - np.timedelta64(2, "D")).to_numpy()
    spoilt.loc[unknown, "fraud"] = math.nan
    np.testing.assert_allclose(computed(spoilt)[early], part, rtol=1e-6)


def test_a_row_sees_neither_itself_nor_its_own_instant() -> None:
    same = log_of([("a", 0, "x", 5.0, (48.0, 16.0), 1.0)] * 3 + [("a", 60, "x", 7.0, (48.0, 16.0), 0.0)])
    found = windows_of(same, SETTINGS)
    assert found["customer_count_0.5d"].tolist() == [0, 0, 0, 3]
    assert found["customer_amount_sum_3d"].tolist() == [0, 0, 0, 15]
    assert found["customer_hours_since_last"].isna().tolist() == [True, True, True, False]


def test_a_window_includes_its_far_edge_and_the_delay_does_not() -> None:
    at = [0, 3 * 86_400, 3 * 86_400 + 1]
    log = log_of([("a", second, "x", 1.0, (0.0, 0.0), float(second == 0)) for second in at])
    assert windows_of(log, SETTINGS)["customer_count_3d"].tolist() == [0, 1, 1]
    exact = windows_of(log, replace(SETTINGS, label_delay_days=3.0))["terminal_fraud_rate_3d"]
    # Three days after the fraud it is not older than the delay; a second later it is.
    assert exact.isna().tolist() == [True, True, False] and exact.iloc[2] == 1.0


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        ((51.5007, -0.1246), (40.6892, -74.0445), 5574.8),  # Big Ben to the Statue of Liberty
        ((10.0, 179.9), (10.0, -179.9), 21.9),  # over the date line
        ((89.95, 0.0), (89.95, 180.0), 11.1),  # over the pole
        ((0.0, 0.0), (0.0, 180.0), 20015.1),  # half round the globe
        ((0.0, 190.0), (0.0, -170.0), 0.0),  # two spellings of one place
    ],
)
def test_distances_over_every_edge_of_the_map(one: tuple, other: tuple, kilometres: float) -> None:
    log = log_of([("a", 0, "x", 1.0, one, 0.0), ("a", 3600, "x", 1.0, other, 1.0)])
    found = windows_of(log, SETTINGS).iloc[1]
    assert found["customer_km_from_last"] == pytest.approx(kilometres, abs=0.1)
    assert found["customer_kmh_from_last"] == pytest.approx(kilometres, abs=0.1)
    assert found["customer_km_from_usual"] == pytest.approx(kilometres, abs=0.1)


def test_history_gives_new_transactions_what_they_would_have_had() -> None:
    log = target_transactions(4000, 1)
    chosen = WindowSettings("customer_id", "time", "terminal_id", "amount", "latitude", "longitude", "fraud")
    whole = windows_of(log, chosen)
    new = log.iloc[3000:].drop(columns="fraud")
    # Most new rows are in the history as well, which is where their labels come from; the last 200 are
    # of fewer days than the delay, so that nobody could know theirs.
    history = log.iloc[:3800].assign(customer_id=log["customer_id"].astype("category"))
    found = windows_of(new, chosen, history)
    pd.testing.assert_frame_equal(found, whole.iloc[3000:], rtol=1e-5)
    made = with_windows(new, chosen, history)
    assert list(made.columns) == [*new.columns, *new_columns(chosen)]
    assert len(with_windows(made, chosen, history).columns) == len(made.columns)


def test_numbers_count_as_seconds_and_text_as_dates() -> None:
    seconds = log_of([("a", s, "x", 1.0, (0.0, 0.0), float(s > 9)) for s in (0, 7200, 90_000)])
    plain = windows_of(seconds, SETTINGS)
    for when in (
        [0.0, 7200.0, 90_000.0],
        seconds["when"].dt.strftime("%Y-%m-%d %H:%M:%S"),
        seconds["when"].astype("int64") // 1000,
    ):
        pd.testing.assert_frame_equal(windows_of(seconds.assign(when=when), SETTINGS), plain)


def test_bad_input_is_answered() -> None:
    log = log_of([("a", 0, "x", 1.0, (0.0, 0.0), 0.0), ("a", 9, "x", 1.0, (0.0, 0.0), 1.0)])
    cases = {
        "no column 'who'": (log, replace(SETTINGS, customer="who")),
        "no amount": (log.assign(amount=["much", "more"]), SETTINGS),
        "does not say when": (log.assign(when=["soon", "later"]), SETTINGS),
        "is constant": (log.assign(fraud=0), replace(SETTINGS, positive="")),
    }
    for said, (frame, chosen) in cases.items():
        with pytest.raises(BadInput, match=said):
            windows_of(frame, chosen)
    with pytest.raises(BadInput, match="in the history"):
        windows_of(log, SETTINGS, log.drop(columns="fraud"))
    assert windows_of(log.iloc[:0], replace(SETTINGS, target="")).shape == (0, 16)


@pytest.mark.parametrize(
    "change",
    [
        {"customer": ""},
        {"time": "card"},
        {"longitude": ""},
        {"terminal": "", "target": "fraud"},
        {"windows": ()},
        {"windows": (0.0,)},
        {"windows": tuple(range(1, 11))},
        {"label_delay_days": -1.0},
        {"label_delay_days": math.nan},
    ],
)
def test_settings_that_mean_nothing_are_refused(change: dict) -> None:
    with pytest.raises(BadInput):
        replace(SETTINGS, **change)


def test_settings_come_back_as_they_were() -> None:
    assert WindowSettings.from_json(SETTINGS.to_json()) == SETTINGS
    assert parse_windows("1, 7;30") == (1.0, 7.0, 30.0)
    with pytest.raises(BadInput, match="lengths in days"):
        parse_windows("a week")
