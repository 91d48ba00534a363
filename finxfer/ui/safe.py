"""Customer text on its way to a screen: names of columns, files, classes and runs.

Streamlit renders labels and sentences as markdown and Plotly renders a subset of HTML, so text that
somebody else wrote goes through `md` or `chart_text` before it is shown. Cells of `st.dataframe` and
options of `st.selectbox` are drawn as plain text and need neither.
"""

from __future__ import annotations

import html
import re
import unicodedata

LONGEST = 80
_SPECIAL = re.compile(r"([!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~])")


def plain(text: object, longest: int = LONGEST) -> str:
    """One line without control or direction-changing characters, at most `longest` characters."""
    kept = str(text)
    if not kept.isprintable():  # most text is, and charts ask for thousands of labels
        kept = "".join(
            " " if character in "\r\n\t" else character
            for character in kept
            if character in "\r\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
        )
    line = " ".join(kept.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def md(text: object, longest: int = LONGEST) -> str:
    """`plain`, with every ASCII punctuation mark escaped, so that markdown shows it as written.

    This covers emphasis, links, HTML, maths and Streamlit's own colour and icon directives.
    """
    return _SPECIAL.sub(r"\\\1", plain(text, longest))


def chart_text(text: object, longest: int = 40) -> str:
    """`plain`, for the labels of a Plotly figure, which would otherwise read tags and entities."""
    return html.escape(plain(text, longest), quote=False)
