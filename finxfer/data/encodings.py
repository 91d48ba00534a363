"""The encoding of a text table that is not UTF-8: guessed by charset-normalizer, or as the analyst says."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from finxfer.errors import BadInput

COMMON = (
    "utf-8", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "windows-1250", "windows-1251",
    "windows-1252", "windows-1253", "windows-1254", "latin-1", "koi8-r", "cp866", "utf-16-le", "utf-16-be",
)  # fmt: skip
"""The encodings that a page offers; the command line takes any that Python knows."""
_GUESSED = (
    "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254",
    "koi8_r", "cp866",
)  # fmt: skip
_SAMPLE_BYTES = 65_536
_HIGH_LINE = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_FEW_LETTERS = 6
_LATIN = ("cp1250", "cp1252", "cp1254")
_WESTERN = frozenset("€äöüÄÖÜßéèêëÉÈàâáãåÀÂÁÅçÇñÑóòôõÓÖíìîïÍúùûÚæøÆØœŒ€£§°´’‘“”«»–—…·\u00a0²½")
"""What stands beside ASCII in tables of Western Europe, without the letters that Czech (s, z with a hook) and
Turkish (soft g, dotless i, s with a cedilla) put in the same places."""


def checked(encoding: str) -> str:
    """The name of an encoding as Python spells it.

    Raises:
        BadInput: there is none of that name.
    """
    try:
        found = codecs.lookup(encoding.strip())
        found.name.encode("ascii").decode(found.name)
    except (LookupError, ValueError, UnicodeError):
        raise BadInput(
            f"There is no text encoding {encoding[:40]!r}.",
            "It names none that is known here.",
            f"Give one such as {', '.join(COMMON[:8])}.",
        ) from None
    return named(found.name)


def named(codec: str) -> str:
    """The usual name of one of Python's codecs.

    >>> named("cp1252"), named("iso8859-1"), named("big5")
    ('windows-1252', 'latin-1', 'big5')
    """
    if re.fullmatch(r"cp125\d", codec):
        return f"windows-{codec[2:]}"
    return {"iso8859-1": "latin-1", "euc_jp": "euc-jp", "euc_kr": "euc-kr"}.get(codec, codec)


def guess(content: bytes) -> str | None:
    """Python's codec for bytes that are likely not UTF-8; None where nothing speaks for any.

    Args:
        content: the file, or its beginning.
    """
    from charset_normalizer import from_bytes

    sample = b"\n".join(dict.fromkeys(_HIGH_LINE.findall(content[: 16 * _SAMPLE_BYTES])))[:_SAMPLE_BYTES]
    # The last line may be cut within a letter.
    whole = sample.rsplit(b"\n", 1)[0] if len(sample) == _SAMPLE_BYTES and b"\n" in sample else sample
    east = _east_asian(whole)
    if east is not None:
        return east
    found = from_bytes(whole, cp_isolation=list(_GUESSED)).best()
    if found is None:
        return None
    runs = _HIGH_RUN.findall(whole)
    # Other scripts write whole words beyond ASCII, Latin ones a letter here and there.
    single = sum(len(run) < 2 for run in runs) > 0.5 * len(runs)
    return _latin(whole) if single or found.encoding in _LATIN else found.encoding


def _east_asian(sample: bytes) -> str | None:
    """The encoding in which nearly all letters are common ones of its language; few words will do."""
    for codec, common in _EAST_ASIAN:
        try:
            # Each letter once: two words that fill a column say no more than in a single row.
            letters = {letter for letter in sample.decode(codec) if ord(letter) > 127}
        except UnicodeDecodeError:
            continue
        if codec == "euc_kr" and len(letters) < _FEW_LETTERS:
            continue  # Chinese letters that are as few may all stand where Korean ones do
        if codec in ("euc_jp", "shift_jis") and sum(map(_is_kana, letters)) < 0.05 * len(letters):
            continue
        if sum(common(letter) for letter in letters) >= 0.95 * len(letters) > 0:
            return codec
    return None


def _is_kana(letter: str) -> bool:
    return "\u3041" <= letter <= "\u30fe"


def _is_wide_mark(letter: str) -> bool:
    return "\u3000" <= letter <= "\u303f" or "\uff01" <= letter <= "\uff5e" or letter in "·—‘’“”…"


def _first_level(codec: str, first: int, last: int) -> Callable[[str], bool]:
    """Whether a letter stands in the part of a character set that holds its common letters."""

    def common(letter: str) -> bool:
        encoded = letter.encode(codec, errors="ignore")
        return _is_wide_mark(letter) or (
            len(encoded) == 2 and first <= encoded[0] <= last and encoded[1] > 0x3F
        )

    return common


_EAST_ASIAN: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("euc_kr", lambda letter: "\uac00" <= letter <= "\ud7a3" or _is_wide_mark(letter)),
    ("euc_jp", lambda letter: _is_kana(letter) or "\u4e00" <= letter <= "\u9fff" or _is_wide_mark(letter)),
    ("shift_jis", lambda letter: _is_kana(letter) or "\u4e00" <= letter <= "\u9fff" or _is_wide_mark(letter)),
    ("gb18030", _first_level("gb2312", 0xB0, 0xD7)),
    ("big5", _first_level("big5", 0xA4, 0xC6)),
)


def _latin(sample: bytes) -> str:
    """Which of the three Latin alphabets: their letters share places, and words of a table are few."""
    letters = [letter for letter in sample.decode("cp1252", errors="replace") if ord(letter) > 127]
    western = sum(letter in _WESTERN for letter in letters)
    if western >= 0.98 * len(letters):
        return "cp1252"
    turkish = sum(letter in "ðþýÞÝÐ" for letter in letters)
    central = sum(letter in "³¹¿£œšžŠŽŸ¥¼¾" for letter in letters)
    return "cp1254" if turkish > central else "cp1250"
