from __future__ import annotations

import pytest

from finxfer.data.choices import ReadingChoice
from finxfer.data.encodings import checked
from finxfer.data.reading import read_table
from finxfer.errors import BadInput

TABLES = {
    "gb18030": "客户编号,性别,月收入,违约\n1,女,3000,是\n2,男,5000,否\n",
    "big5": "客戶編號,性別,月收入,違約\n1,女,3000,是\n2,男,5000,否\n",
    "shift_jis": "顧客番号,性別,月収,デフォルト\n1,女性,3000,はい\n2,男性,5000,いいえ\n",
    "euc-jp": "顧客番号,性別,月収,デフォルト\n1,女性,3000,はい\n2,男性,5000,いいえ\n",
    "euc-kr": "고객번호,성별,월소득,연체\n1,여자,3000,예\n2,남자,5000,아니오\n",
    "windows-1250": "płeć,źródło,kwota,zaległość\nżeńska,własność,3000,tak\nmęska,najem,5000,nie\n",
    "windows-1251": "пол,образование,доход,просрочка\nженский,высшее,3000,да\nмужской,среднее,5000,нет\n",
    "windows-1252": "Geschlecht,Straße,Höhe,Zahlung\nmännlich,Zürich – West,3,“früh”\nweiblich,Bern,5,ja\n",
    "windows-1253": "φύλο,πόλη,εισόδημα,δάνειο\nγυναίκα,Αθήνα,3000,ναι\nάνδρας,Πάτρα,5000,όχι\n",
    "windows-1254": "cinsiyet,şehir,gelir,işsiz\nkadın,İzmir,3000,değil\nerkek,Eskişehir,5000,evet ğ\n",
    "utf-32": "płeć,kwota\nżeńska,3000\nmęska,5000\n",
    "utf-32-le": "sex,amount\nfemale,3000\nmale,5000\n",
    "utf-16-be": "sex,amount\nfemale,3000\nmale,5000\n",
}


@pytest.mark.parametrize("encoding", TABLES)
@pytest.mark.parametrize("copies", [1, 300])
def test_encodings_are_told_by_their_letters(read_bytes, encoding, copies):
    head, *lines = TABLES[encoding].splitlines(keepends=True)
    result = read_bytes((head + "".join(lines) * copies).encode(encoding))
    assert list(result.frame.columns) == head.strip().split(",")
    words = result.frame.iloc[:, 1 if len(result.frame.columns) > 2 else 0]
    assert words.iloc[0] == lines[0].strip().split(",")[1 if len(result.frame.columns) > 2 else 0]
    assert encoding.startswith(result.report.encoding)


def test_what_the_analyst_says_counts(read_bytes, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("a,b\n1,남\n2,여\n".encode("euc-kr"))
    result = read_table(path, None, ReadingChoice(encoding="euc-kr"))
    assert result.frame["b"].tolist() == ["남", "여"] and result.report.chosen == "encoding=euc-kr"
    for wrong, word in (
        ("utf-8", "not utf-8"),
        ("klingon", "no text encoding"),
        ("base64", "no text encoding"),
    ):
        with pytest.raises(BadInput, match=word):
            read_table(path, None, ReadingChoice(encoding=wrong))
    assert checked("CP1252") == "windows-1252"
