"""Sentences of the Report page."""

from __future__ import annotations

NOTHING = "This run has no model card yet."
ANSWER = "The model card of **{name}**: management summary first, ready to print or to hand on."
DOWNLOAD = "Download the model card (HTML)"
DOWNLOAD_HELP = "One file without links to the outside. Open it in a browser and print it to get a PDF."
ALT = "Model card of this run"
TOO_LARGE = "The model card is too large to be shown here ({size}). Download it and open it in a browser."
