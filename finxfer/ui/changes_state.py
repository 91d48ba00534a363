"""The changed values of a customer in a session: what was set, and the way back."""

from __future__ import annotations

from typing import Any

import streamlit as st

from finxfer.explanations.seen import Customer, Value


class Changes:
    """Values that differ from the customer's own, kept in the session under ``key``.

    ``generation`` is part of the widgets' keys: another one makes them anew with the values kept here.
    """

    def __init__(self, key: str, start: Customer) -> None:
        self.key, self.start = key, start
        st.session_state.setdefault(key, {"values": {}, "history": [], "generation": 0})

    @property
    def _kept(self) -> dict[str, Any]:
        kept: dict[str, Any] = st.session_state[self.key]
        return kept

    @property
    def values(self) -> dict[str, Value]:
        """Column -> the value that replaces the customer's own."""
        values: dict[str, Value] = self._kept["values"]
        return values

    @property
    def history(self) -> list[dict[str, Value]]:
        """The values before each step, oldest first."""
        history: list[dict[str, Value]] = self._kept["history"]
        return history

    @property
    def generation(self) -> int:
        """How often the widgets were made anew."""
        return int(self._kept["generation"])

    def now(self, name: str) -> Value:
        """The value of a column as it stands."""
        return self.values.get(name, self.start[name])

    def take(self, name: str, widget: str, options: list[Value]) -> None:
        """A widget was moved: keep its value, and what was before."""
        value = options[st.session_state[widget]]
        rest = {column: kept for column, kept in self.values.items() if column != name}
        self._step(rest if value == self.start[name] else {**rest, name: value})

    def use(self, values: dict[str, Value]) -> None:
        """Take over a whole set of changes."""
        self._step(dict(values))
        self._kept["generation"] += 1

    def undo(self) -> None:
        """Back to before the last step."""
        if self.history:
            self._kept["values"] = self.history.pop()
            self._kept["generation"] += 1

    def reset(self) -> None:
        """Back to the customer as they are; this too can be undone."""
        self.use({})

    def _step(self, values: dict[str, Value]) -> None:
        self.history.append(self.values)
        self._kept["values"] = values
