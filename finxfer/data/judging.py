"""What one column is, by its name and its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from finxfer.data import lexicon
from finxfer.data.personal import value_detail
from finxfer.data.targets import is_split_column
from finxfer.data.values import value_text
from finxfer.records.spec import ColumnSpec
from finxfer.records.stored_columns import Columns

FEW_CODES = 12
TEXT_LENGTH = 40
UNIQUE_SHARE = 0.95
ENOUGH_ROWS = 20
_SEXES = {
    "m",
    "f",
    "male",
    "female",
    "man",
    "woman",
    "men",
    "women",
    "男",
    "女",
    "masculino",
    "femenino",
    "homme",
    "femme",
}
_SEXES |= {"mann", "frau", "männlich", "weiblich", "w", "other", "unknown", "x", "diverse", "non-binary"}
_NAMED_SEXES = _SEXES - {"other", "unknown", "x", "diverse", "non-binary"}
_MARITAL = {
    "married",
    "single",
    "divorced",
    "widowed",
    "separated",
    "verheiratet",
    "ledig",
    "已婚",
    "未婚",
    "离异",
    "丧偶",
}
_SENIOR = ("older american", "senior", "servicemember", "veteran")


@dataclass(frozen=True)
class RoleProposal:
    """The proposed role of a column.

    Args:
        column: its name.
        role: one of ``finxfer.records.spec.ROLES``.
        kind: one of ``finxfer.records.spec.COLUMN_KINDS``.
        reason: one plain sentence.
        suspected: the protected attribute it speaks of, or an empty string.
    """

    column: str
    role: str
    kind: str
    reason: str
    suspected: str = ""

    @property
    def spec(self) -> ColumnSpec:
        """The proposal as the spec of the column."""
        return ColumnSpec(self.column, self.role, self.kind)


@dataclass(frozen=True)
class JudgedColumn:
    """What a column is unless it is the target, and the kind it has then."""

    proposal: RoleProposal
    kind: str


@dataclass(frozen=True)
class _Look:
    """What one pass over a column tells."""

    name: str
    kind: str
    rows: int
    present: int
    distinct: int
    whole: bool
    sample: tuple[str, ...]

    @property
    def unique_share(self) -> float:
        return self.distinct / self.present if self.present else 0.0

    @property
    def words(self) -> float:
        return float(np.mean([len(text.split()) for text in self.sample])) if self.sample else 0.0


def column_kind(series: pd.Series) -> str:
    """numeric, category, boolean, date or text, from dtype and values."""
    dtype = series.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "date"
    if pd.api.types.is_numeric_dtype(dtype):
        return "numeric"
    present = series.dropna()
    return _kind_of_texts(pd.unique(present), len(present))


def _kind_of_texts(uniques: Any, present: int) -> str:
    """Boolean, category or text, from the different values of so many cells."""
    if not present:
        return "numeric"
    if len(uniques) <= 2 and {str(value).lower() for value in uniques} <= {"true", "false"}:
        return "boolean"
    lengths = [len(str(value)) for value in uniques[:2000]]
    spaced = np.mean([" " in str(value).strip() for value in uniques[:2000]])
    many = len(uniques) > ENOUGH_ROWS and len(uniques) > 0.2 * present
    return "text" if many and np.mean(lengths) > TEXT_LENGTH and spaced > 0.5 else "category"


def judge_columns(frame: Columns) -> list[JudgedColumn]:
    """What each column is, one after the other, as if none of them were the target."""
    judged = []
    for name in frame.columns:
        series = frame[name]
        if is_split_column(series):
            reason = "It says which part of a split a row was in, nothing about the row."
            judged.append(JudgedColumn(RoleProposal(name, "excluded", "category", reason), "category"))
        else:
            look = _look(series, str(name))
            judged.append(JudgedColumn(_propose(look), look.kind))
    return judged


def _look(series: pd.Series, name: str) -> _Look:
    present = series.dropna()
    if pd.api.types.is_string_dtype(series.dtype):
        uniques = pd.unique(present)
        kind, distinct = _kind_of_texts(uniques, len(present)), len(uniques)
    else:
        kind, distinct = column_kind(series), int(present.nunique())
    whole = False
    if kind == "numeric" and len(present):
        values = present.to_numpy(dtype=np.float64)
        whole = bool((values == np.floor(values)).all())
    sample = [value_text(value) for value in present.iloc[:: max(1, len(present) // 500)].head(500)]
    texts = tuple(text for text in sample if text is not None)
    return _Look(name, kind, len(series), len(present), distinct, whole, texts)


def _propose(look: _Look) -> RoleProposal:
    for judge in (_useless, _personal, _identifier, _protected, _by_kind, _other_uses):
        found = judge(look)
        if found is not None:
            return found
    return RoleProposal(look.name, "feature", look.kind, _feature_reason(look))


def _useless(look: _Look) -> RoleProposal | None:
    if look.present == 0:
        return RoleProposal(look.name, "excluded", look.kind, "Every cell is missing.")
    if look.distinct == 1 and look.rows > 1 and look.present == look.rows:
        value = look.sample[0][:40]
        return RoleProposal(look.name, "excluded", look.kind, f"Every row has the same value, {value}.")
    return None


def _personal(look: _Look) -> RoleProposal | None:
    if look.kind in ("date", "boolean"):
        return None
    detail = value_detail(look.sample, numeric=look.kind == "numeric")
    if detail is None:
        named = lexicon.personal_detail(look.name)
        many = look.distinct > min(50, max(2, look.present // 2))
        if named is None or not many:
            return None
        if look.kind == "numeric" and (named != "a telephone number" or float(look.sample[0]) < 1e6):
            return None
        detail = named
    reason = f"It looks like {detail}: a personal identifier says nothing that carries over to new customers."
    return RoleProposal(look.name, "excluded", look.kind, reason)


def _identifier(look: _Look) -> RoleProposal | None:
    codes = (look.kind == "numeric" and look.whole) or look.kind == "category"
    if not codes:
        return None
    named = lexicon.IDENTIFIER.matches(look.name)
    unique = look.unique_share >= UNIQUE_SHARE and look.present > 1
    if named and unique:
        return RoleProposal(
            look.name, "id", look.kind, "Named like an identifier, and it differs from row to row."
        )
    if look.kind == "numeric":
        if _counts_rows(look):
            return RoleProposal(look.name, "id", look.kind, "It only counts the rows.")
    elif unique and look.present >= ENOUGH_ROWS:
        return RoleProposal(
            look.name, "id", look.kind, "Almost every row has a value of its own, so it only names the row."
        )
    if (
        named
        and lexicon.CUSTOMER.matches(look.name)
        and look.distinct > min(200, max(50, 0.05 * look.present))
    ):
        reason = "It names the customer, in several rows: it keeps a customer's rows together."
        return RoleProposal(look.name, "group", look.kind, reason)
    return None


def _counts_rows(look: _Look) -> bool:
    if look.distinct != look.rows or look.rows < ENOUGH_ROWS:
        return False
    numbers = np.array([float(text) for text in look.sample])
    steps = np.diff(numbers)
    return bool(len(steps) and (steps == steps[0]).all() and abs(steps[0]) == max(1, look.present // 500))


def _protected(look: _Look) -> RoleProposal | None:
    about = lexicon.protected_attribute(look.name) or _protected_values(look)
    kind = look.kind
    if about is not None:
        if look.kind == "text" or (look.kind == "category" and look.distinct > 200):
            return None
        if look.kind == "numeric" and look.whole and look.distinct <= FEW_CODES:
            kind = "category"
        basis = lexicon.STANDS_IN.get(about)
        reason = (
            f"It speaks of {about}"
            + (f", and {basis}" if basis else "")
            + ": kept out of the model, used for fairness."
        )
        return RoleProposal(look.name, "protected", kind, reason, about)
    if lexicon.POSTCODE.matches(look.name) and look.distinct > 20:
        if look.kind == "numeric":
            kind = "category"
        reason = "A postcode can stand in for ethnicity or origin, and has too many values to compare."
        return RoleProposal(look.name, "excluded", kind, reason, "ethnicity or origin")
    return None


def _protected_values(look: _Look) -> str | None:
    if look.kind != "category" or look.distinct > FEW_CODES:
        return None
    values = {text.strip().lower() for text in look.sample}
    if values <= _SEXES and len(values & _NAMED_SEXES) >= 2:
        return "sex"
    if len(values & _MARITAL) >= 2:
        return "marital status"
    if any(word in value for value in values for word in _SENIOR):
        return "age or military service"
    return None


def _by_kind(look: _Look) -> RoleProposal | None:
    if look.kind == "date":
        reason = "A date orders the rows; a model that learned it would meet only unknown dates later."
        return RoleProposal(look.name, "time", "date", reason)
    if look.kind == "text":
        return RoleProposal(look.name, "text", "text", "Free text: the tabular backbones do not read it.")
    if look.kind == "category" and _images(look):
        return RoleProposal(
            look.name, "image", "category", "It names image files, which tabular backbones do not read."
        )
    return None


def _images(look: _Look) -> bool:
    endings = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".webp", ".bmp")
    return bool(look.sample) and all(text.lower().endswith(endings) for text in look.sample)


def _other_uses(look: _Look) -> RoleProposal | None:
    if look.kind == "numeric" and lexicon.TIME.matches(look.name) and look.unique_share > 0.5:
        reason = "It looks like the time of the row, which orders rows and does not carry over to later ones."
        return RoleProposal(look.name, "time", "numeric", reason)
    if look.kind == "numeric" and lexicon.WEIGHT.matches(look.name):
        return RoleProposal(look.name, "weight", "numeric", "It is named like the weight of a row.")
    return None


def _feature_reason(look: _Look) -> str:
    if look.kind == "numeric":
        return f"A number with {look.distinct:,} different values."
    if look.kind == "boolean":
        return "True or false."
    return f"A category with {look.distinct:,} {'value' if look.distinct == 1 else 'values'}."
