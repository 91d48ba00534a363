"""Every sentence that explanations write, by language. Nothing here is HTML or markdown: whoever shows a
sentence escapes it for the place where it is shown."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    "en": {
        "raises": "{feature} is {value}, which adds {points} percentage points ({usual})",
        "lowers": "{feature} is {value}, which takes away {points} percentage points ({usual})",
        "typical": "typical: {typical}",
        "is_typical": "as is typical",
        "missing": "missing",
        "empty": "empty",
        "true": "yes",
        "false": "no",
        "reference": (
            "Every value compares with a reference group of {rows} training rows, drawn so that the share of "
            "positive outcomes is that of the training data. “Typical” is this group's median, or its most "
            "frequent value."
        ),
    }
}


def sentence(key: str, language: str = "en", **parts: str) -> str:
    """One sentence with its parts filled in."""
    return SENTENCES[language][key].format(**parts)
