"""Launcher: `streamlit run app.py` serves the shell. No logic lives here."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

app = st.App(Path(__file__).resolve().parent / "finxfer" / "ui" / "shell.py")
