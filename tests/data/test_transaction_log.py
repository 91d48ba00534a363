from __future__ import annotations

import pandas as pd
import pytest

from finxfer.data.roles import propose_roles
from finxfer.data.sample_card import target_portfolio
from finxfer.data.sample_fraud import target_transactions
from finxfer.data.transaction_log import customer_column, propose_windows, roles_with_windows
from finxfer.data.windows import new_columns, with_windows
from finxfer.records.spec import ColumnSpec
from finxfer.records.tables import Roles
from finxfer.records.window_settings import WindowSettings


def proposed(frame: pd.DataFrame) -> WindowSettings | None:
    columns = [proposal.spec for proposal in propose_roles(frame)]
    return propose_windows(columns, len(frame), lambda name: int(frame[name].nunique()))


LOG = target_transactions(6000, 0)
USUAL = WindowSettings(
    "customer_id", "time", "terminal_id", "amount", "latitude", "longitude", target="fraud"
)  # fmt: skip


def test_a_log_is_known_by_names_kinds_and_repeats() -> None:
    assert proposed(LOG) == USUAL


@pytest.mark.parametrize(
    "names",
    [
        ("cc_num", "trans_date_trans_time", "merchant", "amt", "merch_lat", "merch_long", "is_fraud"),
        ("CUSTOMER_ID", "TX_DATETIME", "TERMINAL_ID", "TX_AMOUNT", "lat", "lng", "TX_FRAUD"),
        ("kunde_nr", "Datum", "pos_id", "Betrag", "Latitude", "Longitude", "fraud"),
        ("客户号", "交易时间", "终端号", "金额", "纬度", "经度", "欺诈"),
    ],
)
def test_logs_are_known_in_other_words(names: tuple[str, ...]) -> None:
    mapping = dict(zip(USUAL.columns, names, strict=True))
    log = LOG[list(mapping)].rename(columns=mapping)
    # Where the customer lives is not where the purchase was.
    log.insert(0, "city_pop", range(len(log)))
    found = proposed(log)
    assert found is not None
    assert (found.customer, found.time, found.terminal, found.amount) == names[:4]
    assert (found.latitude, found.longitude, found.target) == names[4:]


def test_other_tables_are_no_logs() -> None:
    assert proposed(target_portfolio(2000, 0)) is None
    assert proposed(LOG.drop(columns="amount")) is None
    assert proposed(LOG.drop(columns="time")) is None
    # A customer in every row is no repeat, and one customer in all of them no log of customers.
    assert proposed(LOG.assign(customer_id=[f"C{n}" for n in range(len(LOG))])) is None
    assert proposed(LOG.assign(customer_id="C1")) is None
    assert proposed(with_windows(LOG, USUAL)) is None


def test_the_customer_is_found_by_the_role_too() -> None:
    columns = [ColumnSpec("who", "group", "category"), ColumnSpec("card_type", "feature", "category")]
    counts = {"who": 100, "card_type": 10}
    assert customer_column(columns, 1000, counts.__getitem__) == "who"
    assert customer_column(columns[1:], 1000, counts.__getitem__) is None


def test_roles_of_a_log_with_windows() -> None:
    columns = tuple(proposal.spec for proposal in propose_roles(LOG))
    made = list(new_columns(USUAL))
    found = roles_with_windows(Roles(columns, "fraud", "1"), USUAL, made)
    roles = {column.name: column.role for column in found.columns}
    assert list(roles) == [*LOG.columns, *made]
    assert (roles["customer_id"], roles["terminal_id"], roles["time"]) == ("id", "id", "time")
    assert {roles[name] for name in made} == {"feature"}
    assert found.split == "out-of-time"
