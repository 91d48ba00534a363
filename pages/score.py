"""Score: new customers in, probabilities, bands and reasons out."""

from __future__ import annotations

import streamlit as st

from finxfer.ui import progress, scoring_job, validation_view
from finxfer.ui import score_view as view
from finxfer.ui.guard import guard
from finxfer.ui.run_files import need_file, spec_or_stop
from finxfer.ui.text import score as text
from finxfer.ui.text import shell

guard()
st.title(shell.TITLES["score"], anchor=False)
run, schema = need_file("model/schema.json", text.NOTHING, finished=True)
spec = spec_or_stop(run)
job = scoring_job.current(run)
if job is None:
    view.ask(run, schema, spec)
    st.stop()

status = progress.status_of(job)
if status.active:
    scoring_job.follow(job)
elif status.state == "finished":
    view.outcome(run, job, spec)
else:
    scoring_job.ended_badly(job)
    validation_view.of_scoring(job, goes_on=False)
    st.button(text.AGAIN, key="score-retry", type="primary", on_click=scoring_job.forget, args=(job,))
