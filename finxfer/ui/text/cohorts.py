"""Sentences of the comparison of two groups of explained customers."""

from __future__ import annotations

KIND = "{which} group: by"
FIRST, SECOND = "First", "Second"
EVERYONE, DECISION, OUTCOME, FEATURE, PROTECTED = (
    "Everyone",
    "Decision",
    "What happened",
    "A feature",
    "A protected group",
)
VALUE = "Which"
FEATURE_LABEL = "Feature"
COLUMN_LABEL = "Column"
RANGE = "From and to"
VALUES = "Values"
FLAGGED, APPROVED = "flagged at the run's threshold", "approved at the run's threshold"
MISSING = "missing"
NAME = "{column}: {values}"
BETWEEN = "{low} to {high}"
MORE = "{first} and {more} more"

ANSWER = (
    "The first group is predicted **{first}** on average and the second **{second}**: {difference} points "
    "\\[{low}, {high}\\]. {most}"
)
MOST = "Most of it comes from {features}."
NO_DIFFERENCE = "No feature's contribution differs beyond chance."
ONE = "**{feature}** ({points} points)"
AND = " and "
SIZES = "First: {first}, {a} customers. Second: {second}, {b} customers.{both}"
BOTH = " {both} are in both."
SMALL = (
    "A group of fewer than {few} customers says little about others like them: read its intervals as a lower "
    "limit of the uncertainty."
)
TOO_FEW = "Too little data: each group needs at least {fewest} explained customers (first: {a}, second: {b})."
SAME = "Both groups are the same customers."

TITLE_DIFFERENCE = "first minus second, 95% interval"
ALT = (
    "Mean contribution of each feature in both groups and the difference with its interval; largest: "
    "{largest}."
)
SHOWN = "The {shown} largest differences of {total} features; the download holds all."
NOTE = (
    "Contributions are compared with the run's reference group, on the scale of the probability; the "
    "differences of all features together give the difference of the mean probabilities. Intervals: "
    "{draws} bootstrap draws over the explained customers. Many features are compared at once, so of "
    "twenty without any difference one is expected to look clear."
)
