"""Times as people read them."""

from __future__ import annotations

JUST_NOW = "just now"
MINUTES_AGO = "{count} min ago"
HOURS_AGO = "{count} h ago"
DAYS_AGO = "{count} d ago"
