"""Words in column names, in the languages that banks' tables come in, and what they hint at."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_BOUNDARY = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])"
)


def name_tokens(name: str) -> tuple[str, ...]:
    """The words of a column name, lower case and without accents.

    >>> name_tokens("SeniorCitizen"), name_tokens("PAY_AMT1"), name_tokens("Âge du client")
    (('senior', 'citizen'), ('pay', 'amt', '1'), ('age', 'du', 'client'))
    """
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    parts = re.split(r"[\W_]+", _BOUNDARY.sub(" ", plain))
    return tuple(part.lower() for part in parts if part)


@dataclass(frozen=True)
class Hint:
    """What a column name may mean.

    Args:
        about: the attribute, as it stands in a sentence.
        words: single words, or several words joined by a space that must stand side by side.
        inside: texts that may stand anywhere in the name (scripts without spaces).
        unless: words beside which the hint does not hold (the age of an account).
    """

    about: str
    words: frozenset[str]
    inside: tuple[str, ...] = ()
    unless: frozenset[str] = frozenset()

    def matches(self, name: str) -> bool:
        """Whether the name carries the hint."""
        if any(text in name for text in self.inside):
            return True
        tokens = name_tokens(name)
        if self.unless & set(tokens):
            return False
        joined = f" {' '.join(tokens)} "
        return any(f" {word} " in joined for word in self.words)


def _words(text: str) -> frozenset[str]:
    return frozenset(part.strip().replace("_", " ") for part in text.split())


_NOT_A_PERSON = _words(
    "account accounts acct acc loan loans vehicle car card cards policy credit file line trade tradeline "
    "oldest newest company business firm building house property asset relationship employment device email "
    "contract inquiry mortgage debt"
)

PROTECTED = (
    Hint(
        "age",
        _words(
            "age ages aged senior elderly older alter edad eta idade leeftijd birth born birthday birthdate "
            "birthyear dob yob geburtsdatum geburtsjahr naissance nacimiento"
        ),
        ("年龄", "年齡", "出生", "生日"),
        _NOT_A_PERSON | _words("place country city state"),
    ),
    Hint(
        "sex",
        _words("sex sexe sexo gender geschlecht genero sesso male female is_woman is_man"),
        ("性别", "性別"),
        _words("orientation"),
    ),
    Hint(
        "marital status",
        _words(
            "marital marriage married spouse partner divorced widowed widow familienstand civil_status "
            "estado_civil etat_civil personal_status situation_familiale"
        ),
        ("婚",),
        _words("merchant business channel company bank partner_id"),
    ),
    Hint(
        "the family",
        _words(
            "dependents dependants dependent dependant children child kids pregnant pregnancy maternity "
            "parental parents family_size household_size enfants hijos kinder"
        ),
        ("子女", "家属", "扶养"),
    ),
    Hint(
        "ethnicity or origin",
        _words(
            "race ethnic ethnicity ethnie tribe caste nationality nationalite nacionalidad citizenship "
            "citizen foreign foreigner immigrant immigration migrant birthplace native country_of_birth "
            "birth_place birth_country country_of_origin mother_tongue staatsangehorigkeit nationalitat "
            "herkunft auslander"
        ),
        ("民族", "种族", "国籍", "國籍", "籍贯"),
        _words(
            "currency exchange transaction transactions fx payment payments trade spend purchase purchases"
        ),
    ),
    Hint("religion", _words("religion religious faith church konfession"), ("宗教",)),
    Hint(
        "health",
        _words("disability disabled handicap handicapped diagnosis illness disease behinderung"),
        ("残疾", "疾病"),
    ),
    Hint(
        "political or trade union membership", _words("political party_membership trade_union union_member")
    ),
    Hint("sexual orientation", _words("sexual_orientation orientation")),
    Hint("military service", _words("veteran servicemember military")),
    Hint(
        "education",
        _words(
            "education educational educ edu degree school schooling qualification diploma graduate bildung "
            "ausbildung estudios escolaridad escolaridade"
        ),
        ("教育", "学历", "學歷"),
    ),
    Hint(
        "occupation",
        _words("job occupation profession beruf ocupacion profissao"),
        ("职业", "職業"),
        _words("id age tenure length years months time since duration status"),
    ),
)

# Why a column that no law names is proposed all the same.
STANDS_IN = {
    "education": "education can stand in for social origin",
    "occupation": "occupation can stand in for sex and social origin",
}

POSTCODE = Hint("postcode", _words("zip zipcode postcode postal plz cep"), ("邮编", "郵編"))

PERSONAL = (
    Hint("an e-mail address", _words("email e_mail mail"), ("邮箱",)),
    Hint("a telephone number", _words("phone telephone mobile tel cellphone fax telefon"), ("电话", "手机")),
    Hint(
        "a person's name",
        _words(
            "name surname forename firstname lastname first_name last_name full_name fname lname middle_name "
            "vorname nachname nom prenom apellido nombre"
        ),
        ("姓名",),
    ),
    Hint("an address", _words("address addr street strasse adresse direccion"), ("地址",)),
    Hint(
        "an official number of a person",
        _words(
            "ssn iban passport nin tin social_security national_id tax_id driver_licence driver_license pan"
        ),
        ("身份证", "护照"),
    ),
    Hint("a network address", _words("ip ip_address mac_address")),
)

IDENTIFIER = Hint(
    "identifier",
    _words(
        "id ids uid uuid guid identifier index idx rowid row unnamed key no nr number num ref reference hash "
        "code"
    ),
    ("编号", "编码", "序号", "账号", "客户号"),
)
CUSTOMER = Hint(
    "customer",
    _words(
        "customer client borrower applicant account member user cust party debtor obligor kunde household"
    ),
    ("客户", "账户", "账号"),
)
TIME = Hint("time", _words("time timestamp datetime"), ("时间", "日期"), _words("full part lead"))
WEIGHT = Hint("weight", _words("sample_weight sampling_weight case_weight survey_weight expansion_factor"))
TARGET = Hint(
    "target",
    _words(
        "default defaulted bad good_bad churn churned fraud fraudulent is_fraud attrition exited delinquent "
        "delinquency charged_off charge_off chargeoff npl arrears converted subscribed insolvent bankrupt "
        "bankruptcy lapse lapsed"
    ),
    ("违约", "流失", "欺诈", "逾期", "坏账", "标签"),
    _words("previous prior history past days months amount date count num number last ever"),
)
TARGET_NAMES = _words("target label y class outcome response flag event")


def protected_attribute(name: str) -> str | None:
    """The protected attribute that a column's name speaks of, or None."""
    return next((hint.about for hint in PROTECTED if hint.matches(name)), None)


def personal_detail(name: str) -> str | None:
    """The personal detail that a column's name speaks of, or None."""
    return next((hint.about for hint in PERSONAL if hint.matches(name)), None)
