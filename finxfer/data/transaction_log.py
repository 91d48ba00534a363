"""Whether a table is a transaction log, and which of its columns make windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from finxfer.data.lexicon import name_tokens
from finxfer.data.windows import new_columns
from finxfer.errors import BadInput
from finxfer.records.spec import OUT_OF_TIME, ColumnSpec
from finxfer.records.tables import Roles
from finxfer.records.window_settings import WindowSettings

REPEATS = 3
"""A log has at least so many rows a customer, on average."""
FEWEST_CUSTOMERS = 5
_CUSTOMER: tuple[str, ...] = (
    "customer",
    "client",
    "cardholder",
    "card",
    "cc",
    "account",
    "acct",
    "user",
    "member",
    "payer",
)
_CUSTOMER += ("kunde", "konto", "cliente", "tarjeta", "客户", "卡号", "账号", "账户")
_TIME = ("time", "datetime", "timestamp", "date", "zeit", "datum", "fecha", "when", "时间", "日期")
_AMOUNT = ("amount", "amt", "betrag", "montant", "importe", "importo", "金额", "sum", "value", "price")
_TERMINAL = ("terminal", "merchant", "shop", "store", "pos", "atm", "payee", "beneficiary", "终端", "商户")
_LATITUDE, _LONGITUDE = ("latitude", "lat", "纬度"), ("longitude", "long", "lon", "lng", "经度")
_IDENTIFIES = ("id", "number", "num", "no", "nr", "key", "code", "hash", "name", "token", "uid")
_DESCRIBES: tuple[str, ...] = (
    "category",
    "type",
    "kind",
    "class",
    "segment",
    "months",
    "age",
    "limit",
    "balance",
    "brand",
)
_DESCRIBES += ("country", "city", "zip", "state", "population", "pop", "count", "mean", "last", "present")


def propose_windows(
    columns: Sequence[ColumnSpec], rows: int, distinct: Callable[[str], int]
) -> WindowSettings | None:
    """The settings for windows where the table looks like a transaction log; None where it does not.

    It does where a column names the customer in at least three rows on average, another the time and
    another the amount.

    Args:
        columns: every column with role and kind.
        rows: of the table.
        distinct: the number of different values of a column; asked only of columns that are named right.

    """
    customer = customer_column(columns, rows, distinct)
    time = _time(columns)
    amount = _named(columns, _AMOUNT, ("numeric",))
    if customer is None or time is None or amount is None:
        return None
    free = [column for column in columns if column.name not in (customer, time, amount)]
    terminal = _repeated(free, _TERMINAL, rows, distinct)
    latitude, longitude = _place(free)
    target = next((column.name for column in columns if column.role == "target"), "")
    try:
        found = WindowSettings(
            customer, time, terminal or "", amount, latitude, longitude, target if terminal else ""
        )
    except BadInput:
        # A target that is also the amount, or the like: nothing to propose.
        return None
    there = {column.name for column in columns}
    # A table that has its windows already is not offered them again.
    return None if there & set(new_columns(found)) else found


def customer_column(columns: Sequence[ColumnSpec], rows: int, distinct: Callable[[str], int]) -> str | None:
    """The column that names the customer (or card) of each transaction; None where there is none."""
    groups = [column for column in columns if column.role == "group"]
    found = _repeated(groups, None, rows, distinct)
    return found or _repeated(columns, _CUSTOMER, rows, distinct)


def _repeated(
    columns: Sequence[ColumnSpec], words: tuple[str, ...] | None, rows: int, distinct: Callable[[str], int]
) -> str | None:
    """The first column of these words whose values come several times each."""
    named = [
        column
        for column in columns
        if column.role not in ("target", "protected", "time")
        and column.kind in ("category", "numeric", "text")
        and (words is None or _speaks(column.name, words))
    ]
    # customer_id before customer: who is named by a number is named more surely.
    named.sort(key=lambda column: not _speaks(column.name, _IDENTIFIES))
    for column in named:
        if FEWEST_CUSTOMERS <= distinct(column.name) <= rows / REPEATS:
            return column.name
    return None


def _speaks(name: str, words: Sequence[str]) -> bool:
    tokens = name_tokens(name)
    if any(token in _DESCRIBES for token in tokens):
        return False
    return any(word in tokens or (not word.isascii() and word in name) for word in words)


def _named(columns: Sequence[ColumnSpec], words: tuple[str, ...], kinds: tuple[str, ...]) -> str | None:
    """The first column of the earliest of these words."""
    usable = [c for c in columns if c.kind in kinds and c.role not in ("target", "protected")]
    for word in words:
        for column in usable:
            if _speaks(column.name, (word,)):
                return column.name
    return None


def _time(columns: Sequence[ColumnSpec]) -> str | None:
    dates = [column.name for column in columns if column.kind == "date" and column.role != "protected"]
    if dates:
        # A log may know a date of birth or of opening as well: its own time is named time, if any is.
        plain = [name for name in dates if {"birth", "dob", "opened"}.isdisjoint(name_tokens(name))]
        return next((name for name in plain if _speaks(name, _TIME)), plain[0] if plain else None)
    return _named(columns, (*_TIME[:3], "unix", "seconds"), ("numeric",))


def _place(columns: Sequence[ColumnSpec]) -> tuple[str, str]:
    """Latitude and longitude; those of the merchant or terminal before others."""
    pairs = []
    for words in (_LATITUDE, _LONGITUDE):
        found = [c.name for c in columns if c.kind == "numeric" and _speaks(c.name, words)]
        of_shop = [name for name in found if {"merch", *_TERMINAL} & set(name_tokens(name))]
        pairs.append((of_shop or found or [""])[0])
    return (pairs[0], pairs[1]) if all(pairs) else ("", "")


def roles_with_windows(roles: Roles, settings: WindowSettings, made: Sequence[str]) -> Roles:
    """The roles of a log once it has its windows.

    Customer and terminal only name whom the windows are about. The customer is no group: in a log nearly
    every customer of the test period has earlier rows, and a group would leave all of them out.
    """
    found = []
    for column in roles.columns:
        if column.name in made:
            continue
        if column.name in (settings.customer, settings.terminal):
            column = replace(column, role="id", kind="category" if column.kind == "text" else column.kind)
        elif column.name == settings.time:
            column = replace(column, role="time")
        elif column.role == "time":
            column = replace(column, role="excluded")
        found.append(column)
    found += [ColumnSpec(name, "feature", "numeric") for name in made]
    return replace(roles, columns=tuple(found), split=OUT_OF_TIME)
