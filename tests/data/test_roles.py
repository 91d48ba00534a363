from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from finxfer.data.lexicon import name_tokens, protected_attribute
from finxfer.data.personal import luhn, value_detail
from finxfer.data.roles import column_kind, command_line_columns, propose_roles
from finxfer.errors import BadInput

EXPECTED = {
    "german_credit": {
        "target": ["bad"],
        "protected": ["personal_status_sex", "age", "job", "num_dependents", "foreign_worker", "sex"],
    },
    "taiwan_credit_default": {
        "target": ["default_next_month"],
        "protected": ["SEX", "EDUCATION", "MARRIAGE", "AGE"],
        "id": ["ID"],
    },
    "telco_churn": {
        "target": ["Churn"],
        "protected": ["gender", "SeniorCitizen", "Partner", "Dependents"],
        "id": ["customerID"],
    },
    "bank_marketing_full": {"target": ["y"], "protected": ["age", "job", "marital", "education"]},
    "ulb_fraud_casecontrol_1722": {"target": ["Class"], "time": ["Time"]},
    "cfpb_complaints": {
        "protected": ["Tags"],
        "time": ["Date received", "Date sent to company"],
        "id": ["Complaint ID"],
        "text": ["Consumer complaint narrative"],
        "excluded": ["ZIP code"],
    },
    "banking77": {"text": ["text"], "excluded": ["split"]},
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_real_tables_get_sensible_roles(real_table, name):
    proposals = propose_roles(real_table(name))
    found: dict[str, list[str]] = {}
    for proposal in proposals:
        assert proposal.reason.endswith(".")
        if proposal.role != "feature":
            found.setdefault(proposal.role, []).append(proposal.column)
    assert found == EXPECTED[name]


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("SeniorCitizen", ("senior", "citizen")),
        ("PAY_AMT1", ("pay", "amt", "1")),
        ("customerID", ("customer", "id")),
        ("Âge du client", ("age", "du", "client")),
        ("HTTPStatus", ("http", "status")),
        ("性别", ("性别",)),
    ],
)
def test_names_are_cut_into_words(name, tokens):
    assert name_tokens(name) == tokens


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("age", "age"),
        ("customer_age_years", "age"),
        ("AgeBand", "age"),
        ("date_of_birth", "age"),
        ("年龄", "age"),
        ("Geschlecht", "sex"),
        ("客户性别", "sex"),
        ("marital-status", "marital status"),
        ("estado civil", "marital status"),
        ("婚姻状况", "marital status"),
        ("Staatsangehörigkeit", "ethnicity or origin"),
        ("CountryOfBirth", "age"),
        ("nationality", "ethnicity or origin"),
        ("religion", "religion"),
        ("is_disabled", "health"),
        ("education_level", "education"),
        ("account_age", None),
        ("vehicle age", None),
        ("mileage", None),
        ("average_balance", None),
        ("page", None),
        ("foreign_currency_amount", None),
        ("job_tenure_months", None),
        ("balance", None),
    ],
)
def test_protected_names(name, about):
    if name == "CountryOfBirth":
        about = "ethnicity or origin"
    assert protected_attribute(name) == about


def test_protected_values_speak_without_the_name():
    frame = pd.DataFrame({"x7": ["male", "female"] * 20, "x8": ["married", "single"] * 20, "y": [0, 1] * 20})
    roles = {proposal.column: proposal for proposal in propose_roles(frame)}
    assert (roles["x7"].role, roles["x7"].suspected) == ("protected", "sex")
    assert (roles["x8"].role, roles["x8"].suspected) == ("protected", "marital status")


def test_codes_of_a_protected_column_are_categories_and_ages_numbers():
    frame = pd.DataFrame({"SEX": [1, 2] * 30, "AGE": range(60), "y": [0, 1] * 30})
    kinds = {proposal.column: proposal.kind for proposal in propose_roles(frame)}
    assert kinds == {"SEX": "category", "AGE": "numeric", "y": "numeric"}


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([f"person{i}@bank.example" for i in range(40)], "e-mail"),
        ([f"+41 79 {100 + i} 22 {10 + i}" for i in range(40)], "telephone"),
        ([f"10.0.{i}.1" for i in range(40)], "network"),
        ([f"{100 + i}-22-{3000 + i}" for i in range(40)], "social security"),
        ([f"CH93 0076 2011 6238 5{i:03d} 7" for i in range(40)], "IBAN"),
        ([f"11010119900307{i:03d}X" for i in range(40)], "identity card"),
    ],
)
def test_personal_values_are_excluded_whatever_the_column_is_called(values, word):
    frame = pd.DataFrame({"q": values, "x": np.arange(40) % 7, "y": [0, 1] * 20})
    proposal = propose_roles(frame)[0]
    assert proposal.role == "excluded"
    assert word in proposal.reason


def test_card_numbers_are_told_by_their_check_digit():
    stems = [f"45320151128{i:04d}" for i in range(60)]
    cards = [stem + next(d for d in "0123456789" if luhn(stem + d)) for stem in stems]
    assert value_detail(cards) == "a card number"
    assert value_detail([stem + "0" for stem in stems]) is None
    frame = pd.DataFrame({"q": [int(card) for card in cards], "y": [0, 1] * 30})
    assert propose_roles(frame)[0].role == "excluded"


@pytest.mark.parametrize(
    "values",
    [
        np.linspace(-123456.78, 987654.32, 40),
        np.arange(40) * 1.5 - 1e9,
        np.random.default_rng(0).normal(size=40),
    ],
)
def test_plain_numbers_are_no_personal_detail(values):
    frame = pd.DataFrame({"q": values, "y": [0, 1] * 20})
    assert propose_roles(frame)[0].role == "feature"


def test_names_of_people_are_excluded_but_few_valued_columns_of_that_name_are_not():
    names = [f"{first} {last}" for first in ("Ann", "Bo", "Cy", "Di", "Ed") for last in "ABCDEFGH"]
    frame = pd.DataFrame({"Name": names, "phone": ["yes", "no"] * 20, "y": [0, 1] * 20})
    roles = {proposal.column: proposal.role for proposal in propose_roles(frame)}
    assert roles == {"Name": "excluded", "phone": "feature", "y": "target"}


def test_identifiers_and_counters():
    rows = 400
    frame = pd.DataFrame(
        {
            "loan_no": np.random.default_rng(0).permutation(10**6)[:rows],
            "number_of_cards": np.arange(rows) % 5,
            "Unnamed: 0": np.arange(rows),
            "col": np.arange(rows)[::-1] + 7,
            "token": [f"k{i * 7919 % 10007:05d}" for i in range(rows)],
            "customer_id": np.repeat(np.arange(rows // 4), 4),
            "branch_id": np.arange(rows) % 12,
            "amount": np.random.default_rng(1).permutation(10**6)[:rows],
            "y": np.arange(rows) % 2,
        }
    )
    roles = {proposal.column: proposal.role for proposal in propose_roles(frame)}
    assert roles == {
        "loan_no": "id",
        "number_of_cards": "feature",
        "Unnamed: 0": "id",
        "col": "id",
        "token": "id",
        "customer_id": "group",
        "branch_id": "feature",
        "amount": "feature",
        "y": "target",
    }


def test_constant_and_empty_columns_are_excluded_with_the_reason():
    frame = pd.DataFrame({"a": [1] * 30, "b": [np.nan] * 30, "c": [1, None] * 15, "y": [0, 1] * 15})
    roles = {proposal.column: (proposal.role, proposal.reason) for proposal in propose_roles(frame)}
    assert roles["a"] == ("excluded", "Every row has the same value, 1.")
    assert roles["b"] == ("excluded", "Every cell is missing.")
    assert roles["c"][0] == "feature"


def test_dates_text_images_and_weights():
    rows = 60
    frame = pd.DataFrame(
        {
            "opened": pd.date_range("2020-01-01", periods=rows),
            "note": [
                f"The customer wrote a rather long letter about account number {i}" for i in range(rows)
            ],
            "scan": [f"scans/{i}.png" for i in range(rows)],
            "sample_weight": np.linspace(0.5, 2, rows),
            "y": [0, 1] * (rows // 2),
        }
    )
    roles = {proposal.column: proposal.role for proposal in propose_roles(frame)}
    assert roles == {"opened": "time", "note": "text", "scan": "id", "sample_weight": "weight", "y": "target"}
    repeated = pd.DataFrame({"scan": [f"{i % 9}.jpg" for i in range(rows)], "y": [0, 1] * (rows // 2)})
    assert propose_roles(repeated)[0].role == "image"


def test_column_kinds():
    assert column_kind(pd.Series([True, False])) == "boolean"
    assert column_kind(pd.Series(["True", None, "false"])) == "boolean"
    assert column_kind(pd.Series([1, 2])) == "numeric"
    assert column_kind(pd.Series([None, None], dtype="str")) == "numeric"
    assert column_kind(pd.Series(pd.to_datetime(["2020-01-01"]))) == "date"
    assert column_kind(pd.Series(["a", "b"])) == "category"


def test_the_command_line_removes_only_what_it_was_told_to(real_table):
    frame = real_table("taiwan_credit_default")
    columns, notices = command_line_columns(frame, "default_next_month", drop=["PAY_0"], protected=["AGE"])
    roles = {column.name: column.role for column in columns}
    assert roles["ID"] == "id"
    assert roles["PAY_0"] == "excluded"
    assert roles["AGE"] == "protected"
    assert roles["SEX"] == roles["EDUCATION"] == roles["MARRIAGE"] == "feature"
    assert sum(role == "feature" for role in roles.values()) == 25 - 4
    assert any("'ID'" in notice for notice in notices)
    about_sex = next(notice for notice in notices if "'SEX'" in notice)
    assert about_sex.startswith("Suspected protected column, kept")
    assert not any("'PAY_0'" in notice or "'AGE'" in notice for notice in notices)


def test_a_column_both_dropped_and_protected_is_compared_and_no_feature():
    frame = pd.DataFrame({"sex": ["f", "m"] * 20, "income": range(40), "bad": [0, 1, 1, 0] * 10})
    columns, notices = command_line_columns(frame, "bad", drop=["sex"], protected=["sex"])
    assert {column.name: column.role for column in columns}["sex"] == "protected"
    assert not any("'sex'" in notice for notice in notices)


def test_the_command_line_keeps_postcodes_and_dates():
    frame = pd.DataFrame(
        {
            "zip": [f"{8000 + i % 40}" for i in range(80)],
            "opened": pd.date_range("2020-01-01", periods=80),
            "y": [0, 1] * 40,
        }
    )
    columns, _ = command_line_columns(frame, "y")
    assert [column.role for column in columns] == ["feature", "feature", "target"]


def test_columns_that_are_not_there_are_named():
    frame = pd.DataFrame({"Amount": [1, 2], "y": [0, 1]})
    with pytest.raises(BadInput, match=r"no column 'amount'.*Did you mean 'Amount'\?"):
        command_line_columns(frame, "y", drop=["amount"])
    with pytest.raises(BadInput, match="no column 'z'"):
        propose_roles(frame, "z")
    with pytest.raises(BadInput, match="cannot also be dropped"):
        command_line_columns(frame, "y", drop=["y"])
