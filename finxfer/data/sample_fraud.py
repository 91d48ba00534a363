"""The sample of card fraud: a transaction log in two portfolios, with frauds that a window over time finds.

Three mechanisms, after the scenarios of the simulator in the Fraud Detection Handbook (Le Borgne, Siblini,
Lebichot and Bontempi, 2022) and told in docs/samples.md: stolen cards, compromised terminals, card testing.
Everything is drawn from one seed, whole columns at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

TARGET = "fraud"
PROTECTED = ("sex", "age", "citizenship")
FRAUD_RATE = 0.005
LABEL_DELAY_DAYS = 7
"""After so many days a fraud is reported; windows of past frauds must not look at younger ones."""
MECHANISMS = ("stolen card", "compromised terminal", "card testing")
DAY = 86_400
HOME = 6
"""So many of the cities are at home; the others are abroad."""
CITIES = (
    ("Vienna", "AT", 48.21, 16.37), ("Graz", "AT", 47.07, 15.44), ("Linz", "AT", 48.31, 14.29),
    ("Salzburg", "AT", 47.80, 13.04), ("Innsbruck", "AT", 47.27, 11.39), ("Klagenfurt", "AT", 46.62, 14.31),
    ("Milan", "IT", 45.46, 9.19), ("Munich", "DE", 48.14, 11.58), ("Prague", "CZ", 50.08, 14.44),
    ("Belgrade", "RS", 44.79, 20.45), ("Istanbul", "TR", 41.01, 28.98), ("London", "GB", 51.51, -0.13),
    ("Lagos", "NG", 6.52, 3.38), ("Bangkok", "TH", 13.76, 100.50),
)  # fmt: skip
_HOME_SHARES = (0.45, 0.15, 0.13, 0.11, 0.09, 0.07)
_CATEGORIES = ("grocery", "restaurant", "fuel", "clothing", "electronics", "travel")
_CATEGORY_SHARES = (0.34, 0.24, 0.14, 0.14, 0.06, 0.08)
_ONLINE_CATEGORIES = ("digital goods", "marketplace", "subscription")
_SIZE = dict(
    zip((*_CATEGORIES, *_ONLINE_CATEGORIES), (0.8, 0.9, 1.2, 1.5, 3.0, 2.5, 0.4, 1.2, 0.3), strict=True)
)
"""How large a purchase of each category is, as a multiple of the customer's own mean."""


@dataclass(frozen=True)
class Portfolio:
    """What differs between the two portfolios.

    Args:
        first_day: the log begins at its midnight.
        days: length of the log.
        per_day: purchases of a customer a day, mean.
        online: share of purchases made online.
        age_mean: mean age, years.
        shares: share of each of MECHANISMS among the fraudulent transactions.
        first_customer: number of the first customer.
    """

    first_day: str
    days: int
    per_day: float
    online: float
    age_mean: float
    shares: tuple[float, float, float]
    first_customer: int


SOURCE = Portfolio("2023-01-01", 120, 0.8, 0.18, 46.0, (0.45, 0.40, 0.15), 1)
TARGET_PORTFOLIO = Portfolio("2024-03-01", 90, 0.7, 0.34, 36.0, (0.40, 0.25, 0.35), 5_000_001)


def source_transactions(rows: int = 200_000, seed: int = 0) -> pd.DataFrame:
    """The large log: an established card, four months.

    Args:
        rows: number of transactions, 1 or more.
        seed: seed of every draw, 0 or more.
    """
    return draw_transactions(SOURCE, rows, seed)[0]


def target_transactions(rows: int = 40_000, seed: int = 0) -> pd.DataFrame:
    """The small log: a new card for younger customers who buy online more; three months."""
    return draw_transactions(TARGET_PORTFOLIO, rows, seed)[0]


def draw_transactions(portfolio: Portfolio, rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """A log ordered by time, and the mechanism behind each row.

    Returns:
        frame (rows × 16 columns) and int64 (rows,): position in MECHANISMS, -1 for genuine transactions.
    """
    if rows < 1:
        raise ValueError(f"rows must be at least 1, not {rows!r}")
    generator = np.random.default_rng([seed, portfolio.first_customer, 0xF4])
    count = max(20, round(rows / (portfolio.days * portfolio.per_day)))
    customers = _customers(portfolio, count, generator)
    terminals = _terminals(max(5 * len(CITIES), count // 3), generator)
    world = _World(portfolio, customers, terminals, generator)
    counts = np.floor(np.array(portfolio.shares) * rows * FRAUD_RATE + generator.random(3)).astype(int)
    frauds = [make(world, int(n)) for make, n in zip((_stolen, _compromised, _testing), counts, strict=True)]
    parts = [_genuine(world, rows - sum(len(one.second) for one in frauds)), *frauds]
    purchases = _Purchases(*(np.concatenate(columns) for columns in zip(*map(_columns, parts), strict=True)))
    kinds = np.repeat(np.arange(-1, len(MECHANISMS)), [len(part.second) for part in parts])
    order = np.argsort(purchases.second, kind="stable")
    return _as_recorded(world, _Purchases(*(c[order] for c in _columns(purchases))), kinds[order]), kinds[
        order
    ]


@dataclass(frozen=True)
class _Purchases:
    """customer, terminal: positions, int64 (N,). second: since the log's first midnight. amount: money."""

    customer: np.ndarray
    terminal: np.ndarray
    second: np.ndarray
    amount: np.ndarray


def _columns(purchases: _Purchases) -> tuple[np.ndarray, ...]:
    return purchases.customer, purchases.terminal, purchases.second, purchases.amount


@dataclass(frozen=True)
class _World:
    """Customers and terminals of a log, and the stream that its purchases are drawn from."""

    portfolio: Portfolio
    customers: pd.DataFrame
    terminals: pd.DataFrame
    generator: np.random.Generator

    def terminals_in(self, cities: np.ndarray) -> np.ndarray:
        """A terminal in each of these cities (N,); -1 stands for online."""
        # Terminals are in order of their city, so each city's are a range.
        place = self.terminals["place"].to_numpy()
        low, high = np.searchsorted(place, cities, "left"), np.searchsorted(place, cities, "right")
        return low + np.floor(self.generator.random(len(cities)) ** 1.5 * (high - low)).astype(np.int64)

    def usual_amounts(self, customer: np.ndarray, terminal: np.ndarray, spread: float) -> np.ndarray:
        """Amounts as these customers spend at these terminals, before rounding."""
        size = self.terminals["category"].map(_SIZE).to_numpy()[terminal]
        mean = self.customers["mean_amount"].to_numpy()[customer]
        return mean * size * np.exp(self.generator.normal(0, spread, len(customer)))

    def seconds(self, days: np.ndarray, night: float = 0.03) -> np.ndarray:
        """A moment of each of these days, mostly while shops are open."""
        clock = np.clip(self.generator.normal(14.2, 3.6, len(days)), 0, 23.99)
        awake = self.generator.random(len(days)) >= night
        clock = np.where(awake, clock, self.generator.random(len(days)) * 24)
        return (days * DAY + clock * 3600).astype(np.int64)


def _customers(portfolio: Portfolio, count: int, generator: np.random.Generator) -> pd.DataFrame:
    age = np.clip(np.round(18 + generator.gamma(3.0, (portfolio.age_mean - 18) / 3.0, count)), 18, 84)
    lot = generator.random(count)
    citizenship = np.where(lot < 0.80, "national", np.where(lot < 0.95, "resident", "other"))
    return pd.DataFrame(
        {
            "sex": np.where(generator.random(count) < 0.5, "female", "male"),
            "age": age.astype(np.int64),
            "citizenship": citizenship,
            "home": generator.choice(HOME, count, p=_HOME_SHARES),
            "abroad": generator.integers(HOME, len(CITIES), count),
            "mean_amount": np.exp(generator.normal(3.3, 0.5, count)) * (1 + 0.006 * (age - 40)),
            "activity": generator.gamma(2.5, 1.0, count),
            "card_months": 1 + np.floor(generator.gamma(1.5, 18.0, count)).astype(np.int64),
        }
    )


def _terminals(count: int, generator: np.random.Generator) -> pd.DataFrame:
    """Terminals ordered by place: online shops (-1), then by city."""
    shares = np.concatenate([[0.12], 0.68 * np.array(_HOME_SHARES), np.full(len(CITIES) - HOME, 0.20 / 8)])
    place = np.sort(generator.choice(np.arange(-1, len(CITIES)), count, p=shares / shares.sum()))
    place[: len(CITIES) + 1] = np.arange(-1, len(CITIES))  # none is empty
    place.sort()
    online = place < 0
    category = np.where(
        online,
        generator.choice(_ONLINE_CATEGORIES, count),
        generator.choice(_CATEGORIES, count, p=_CATEGORY_SHARES),
    )
    where = np.array([city[2:] for city in CITIES])[place] + generator.normal(0, 0.05, (count, 2))
    where[online] = np.nan
    frame = pd.DataFrame({"place": place, "category": category})
    return frame.assign(latitude=where[:, 0].round(4), longitude=where[:, 1].round(4))


def _genuine(world: _World, rows: int) -> _Purchases:
    """Ordinary purchases: mostly where the customer lives, sometimes on a trip, sometimes online."""
    generator, portfolio = world.generator, world.portfolio
    activity = world.customers["activity"].to_numpy()
    edges = np.cumsum(activity / activity.sum())
    customer = np.searchsorted(edges, generator.random(rows) * edges[-1], "right")
    days = generator.integers(0, portfolio.days, rows)
    # A trip is a week abroad. Who has family abroad travels there often: the disparity of docs/samples.md.
    foreign = (world.customers["citizenship"] != "national").to_numpy()
    weeks = portfolio.days // 7 + 1
    away = generator.random((len(activity), weeks)) < np.where(foreign, 0.20, 0.03)[:, None]
    home, abroad = world.customers["home"].to_numpy(), world.customers["abroad"].to_numpy()
    city = np.where(away[customer, days // 7], abroad[customer], home[customer])
    elsewhere = generator.random(rows) < 0.04
    city = np.where(elsewhere, generator.integers(0, HOME, rows), city)
    city = np.where(generator.random(rows) < portfolio.online, -1, city)
    terminal = world.terminals_in(city)
    return _Purchases(customer, terminal, world.seconds(days), world.usual_amounts(customer, terminal, 0.65))


def _bursts(sizes: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Number of the event of each transaction, and its place within the event; `most` in all."""
    event = np.repeat(np.arange(len(sizes)), sizes)[:most]
    first = np.searchsorted(event, event)
    return event, np.arange(len(event)) - first


def _starts(world: _World, count: int) -> np.ndarray:
    """Seconds at which events begin, not before the third day."""
    last = (world.portfolio.days - 0.2) * DAY
    return world.generator.uniform(min(3.0, world.portfolio.days / 2) * DAY, last, count)


def _steps(world: _World, event: np.ndarray, step: np.ndarray, mean_seconds: float) -> np.ndarray:
    """Seconds since the event began: steps of random length, from none on."""
    lengths = world.generator.exponential(mean_seconds, len(event)) * (step > 0)
    along = np.cumsum(lengths)
    return np.asarray(along - along[np.searchsorted(event, event)])


def _within(world: _World, seconds: np.ndarray) -> np.ndarray:
    return np.clip(seconds, 0, world.portfolio.days * DAY - 1).astype(np.int64)


def _stolen(world: _World, rows: int) -> _Purchases:
    """A stolen card: within hours several large purchases, mostly far from where its owner lives."""
    generator = world.generator
    event, step = _bursts(generator.integers(3, 9, rows // 3 + 1), rows)
    events = rows // 3 + 1
    owner = generator.integers(0, len(world.customers), events)
    far = np.where(
        generator.random(events) < 0.8,
        generator.integers(HOME, len(CITIES), events),
        world.customers["home"].to_numpy()[owner],
    )
    customer, terminal = owner[event], world.terminals_in(far[event])
    seconds = _starts(world, events)[event] + _steps(world, event, step, 3000)
    amount = world.usual_amounts(customer, terminal, 0.6) * 2.2
    return _Purchases(customer, terminal, _within(world, seconds), amount)


def _compromised(world: _World, rows: int) -> _Purchases:
    """A compromised terminal: for two to four weeks cards of its city are charged there, amounts as usual."""
    generator, days = world.generator, world.portfolio.days
    event, _ = _bursts(generator.integers(8, 22, rows // 8 + 1), rows)
    events = rows // 8 + 1
    at_home = np.flatnonzero(world.terminals["place"].between(0, HOME - 1))
    chosen = at_home[generator.integers(0, len(at_home), events)]
    length = generator.integers(14, 29, events)
    first = np.floor(generator.random(events) * np.maximum(days - length, 1)).astype(np.int64)
    offset = np.floor(generator.random(len(event)) * length[event]).astype(np.int64)
    terminal, day = chosen[event], np.minimum(first[event] + offset, days - 1)
    customer = _who_lives_in(world, world.terminals["place"].to_numpy()[terminal])
    amount = world.usual_amounts(customer, terminal, 0.65) * 1.15
    return _Purchases(customer, terminal, world.seconds(day), amount)


def _who_lives_in(world: _World, cities: np.ndarray) -> np.ndarray:
    """A customer of each of these cities (N,); any where nobody lives there."""
    home = world.customers["home"].to_numpy()
    order = np.argsort(home, kind="stable")
    low, high = (np.searchsorted(home[order], cities, side) for side in ("left", "right"))
    lot = world.generator.random(len(cities))
    inside = np.minimum(low + np.floor(lot * (high - low)).astype(np.int64), len(order) - 1)
    return np.where(high > low, order[inside], np.floor(lot * len(order)).astype(np.int64))


def _testing(world: _World, rows: int) -> _Purchases:
    """Card testing: many small amounts online within minutes, then large ones."""
    generator = world.generator
    sizes = generator.integers(4, 10, rows // 4 + 1)
    event, step = _bursts(sizes, rows)
    customer = generator.integers(0, len(world.customers), len(sizes))[event]
    terminal = world.terminals_in(np.full(len(event), -1))
    seconds = _starts(world, len(sizes))[event] + _steps(world, event, step, 150)
    last = step >= sizes[event] - 2
    large = world.usual_amounts(customer, terminal, 0.5) * 5
    amount = np.where(last, large, generator.uniform(0.5, 3.5, len(event)))
    return _Purchases(customer, terminal, _within(world, seconds), amount)


def _as_recorded(world: _World, purchases: _Purchases, kinds: np.ndarray) -> pd.DataFrame:
    """The log as a bank would hold it."""
    rows, portfolio, generator = len(kinds), world.portfolio, world.generator
    people = world.customers.drop(columns=["home", "abroad", "mean_amount", "activity"])
    people.insert(0, "customer_id", _numbered("C", len(people), portfolio.first_customer))
    shops = pd.DataFrame({"terminal_id": _numbered("T", len(world.terminals), portfolio.first_customer)})
    place = world.terminals["place"].to_numpy()
    cities = pd.DataFrame([(city, country) for city, country, *_ in CITIES], columns=["city", "country"])
    shops = shops.join(cities.reindex(np.where(place < 0, len(CITIES), place)).reset_index(drop=True))
    shops = shops.join(world.terminals[["latitude", "longitude"]])
    shops["merchant_category"] = world.terminals["category"]
    for frame in (people, shops):
        for name in [name for name in frame if frame[name].dtype.kind == "O"]:
            frame[name] = frame[name].astype("str")
    online = place[purchases.terminal] < 0
    contactless = generator.random(rows) < 0.7
    start = np.datetime64(portfolio.first_day, "us")
    table = pd.concat(
        [
            pd.DataFrame(
                {
                    "transaction_id": np.arange(rows) + portfolio.first_customer * 1000,
                    "time": start + purchases.second.astype("timedelta64[s]"),
                    "amount": np.maximum(np.round(purchases.amount, 2), 0.01),
                }
            ),
            people.take(purchases.customer).reset_index(drop=True),
            shops.take(purchases.terminal).reset_index(drop=True),
        ],
        axis=1,
    )
    channel = np.where(online, 0, np.where(contactless & (table["amount"].to_numpy() < 50), 1, 2))
    table["channel"] = pd.Series(("online", "contactless", "chip"), dtype="str").take(channel).to_numpy()
    table["channel"] = table["channel"].astype("str")
    table[TARGET] = (kinds >= 0).astype(np.int64)
    return table


def _numbered(letter: str, count: int, first: int) -> np.ndarray:
    """Texts such as C0000001."""
    return (letter + pd.Series(np.arange(count) + first).astype("str").str.zfill(7)).astype("str").to_numpy()
