"""The walk: which pages there are, in which order, and where their scripts lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Step:
    """One page of the walk; its title and help are in `finxfer.ui.text.shell`."""

    name: str
    icon: str

    @property
    def script(self) -> Path:
        return ROOT / "pages" / f"{self.name}.py"

    @property
    def target(self) -> str:
        """The page as `st.switch_page` and `st.page_link` want it: relative to the shell."""
        return f"../../pages/{self.name}.py"


WALK: tuple[Step, ...] = (
    Step("home", ":material/home:"),
    Step("data", ":material/table_view:"),
    Step("backbone", ":material/account_tree:"),
    Step("run", ":material/timeline:"),
    Step("results", ":material/monitoring:"),
    Step("fairness", ":material/balance:"),
    Step("explain", ":material/troubleshoot:"),
    Step("score", ":material/fact_check:"),
    Step("report", ":material/description:"),
)

BESIDE: tuple[Step, ...] = (
    Step("runs", ":material/list:"),
    Step("compare", ":material/compare_arrows:"),
)
"""Pages beside the walk: reached from Home, not listed in the sidebar."""


def step(name: str) -> Step:
    """The page of that name. Raises KeyError for a name that no page has."""
    for candidate in (*WALK, *BESIDE):
        if candidate.name == name:
            return candidate
    raise KeyError(name)
