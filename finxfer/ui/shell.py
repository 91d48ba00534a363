"""The frame around every page: navigation over the walk, what is done, what is open."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # started as `streamlit run app.py` from another folder
    sys.path.insert(0, str(ROOT))

from finxfer.errors import FinxferError  # noqa: E402
from finxfer.runs.worker import explain_error  # noqa: E402
from finxfer.ui import guard, progress, state  # noqa: E402
from finxfer.ui.safe import md  # noqa: E402
from finxfer.ui.text import shell as text  # noqa: E402
from finxfer.ui.walk import BESIDE, WALK  # noqa: E402

st.set_page_config(page_title=text.APP, page_icon=str(ROOT / "assets" / "icon.svg"), layout="wide")
state.sync()
# One logo whose colours stand out on both backgrounds: the theme's menu changes them without a rerun.
st.logo(str(ROOT / "assets" / "logo.svg"), size="large", icon_image=str(ROOT / "assets" / "icon.svg"))

table, run = state.current_table(), state.current_run()
done = progress.steps_done(table, run)
page = st.navigation(
    [
        st.Page(
            step.script,
            title=text.TITLES[step.name],
            icon=":material/check_circle:" if step.name in done else step.icon,
            url_path=None if step.name == "home" else step.name,
            default=step.name == "home",
            help=text.HELP[step.name] + (f" ({text.DONE})" if step.name in done else ""),
            visibility="visible" if step in WALK else "hidden",
        )
        for step in (*WALK, *BESIDE)
    ],
    expanded=True,
)

with st.sidebar:
    st.caption(text.TABLE_LINE.format(name=md(table.name)) if table else text.NO_TABLE)
    st.caption(text.RUN_LINE.format(name=md(progress.run_name(run))) if run else text.NO_RUN)

with guard.admitted():
    try:
        page.run()
    except FinxferError as error:
        guard.show_error(error)
    except OSError as error:  # a full disk, a folder that was deleted or may not be written
        guard.show_error(explain_error(error))
