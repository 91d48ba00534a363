"""backbone"""

from __future__ import annotations

import streamlit as st

from finxfer.ui.guard import guard
from finxfer.ui.text import shell as text

guard()
st.title(text.TITLES["backbone"])
