"""What of a customer can change: kept with a run, so that it is stated once."""

from __future__ import annotations

from dataclasses import dataclass, field

from finxfer.records.checking import check_text, refuse


@dataclass(frozen=True)
class ChangeSettings:
    """Limits of what may be different in "what would have had to be different".

    Args:
        immutable: columns that cannot change; None while nobody has said so, and names and kinds of the
            columns propose them. Protected columns are never changed, whether they stand here or not.
        only_up: numbers and dates that can only rise.
        only_down: numbers and dates that can only fall.
    """

    immutable: list[str] | None = None
    only_up: list[str] = field(default_factory=list)
    only_down: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("immutable", "only_up", "only_down"):
            value = getattr(self, name)
            if not isinstance(value, list) and not (name == "immutable" and value is None):
                raise refuse(f"changes.{name}", value, "a list of columns")
            for column in value or ():
                check_text(f"changes.{name}", column)
        both = sorted(set(self.only_up) & set(self.only_down))
        if both:
            raise refuse("changes.only_up", both[0], "left out: it stands in only_down too")
