"""Sentences of the Data page about a separate test table and about rows that had no time to show their "
"outcome."""

from __future__ import annotations

# Another table as the test
OTHER = "Test on another table"
OTHER_HELP = "All rows of this table then train and validate; the other table is only measured on."
OTHER_PICK = "A table from before"
OTHER_PICK_PLACEHOLDER = "Choose a table"
OTHER_UPLOAD = "Or upload one"
OTHER_NONE = "No other table is stored yet."
OTHER_LARGE = (
    "**{name}** is read by a job of its own. Open it on this page as a table first, come back to this "
    "one, and "
    "choose it in the list."
)
OTHER_LINE = (
    "The test is another table, **{name}**: {rows} rows, {known} of them with a known outcome. It has every "
    "column that is needed, and its classes are spelled as here."
)
OTHER_RATE = " {share} of them are *{target} = {positive}*, against {own} in this table."
OTHER_NO_OUTCOME = " None of its outcomes is known, so it is scored and nothing can be measured on it."
OTHER_BACK = "Test on a part of this table"
OTHER_GONE = "The test table is not stored any more"
OTHER_GONE_WHY = "It was deleted after it had been chosen."
OTHER_GONE_NEXT = "Choose another one, or test on a part of this table."

# Rows that had no time to show their outcome
FALLING = (
    "**The latest rows may be immature.** From {start} on {rate} of {rows} rows are *{target} = {positive}*, "
    "where the rows before say {expected}: {ratio} [{low}, {high}] times as many (99% interval). "
    "Either the risk has really fallen, or customers who had no time to go bad count as good: that spoils "
    "training and the test."
)
DECLARED = (
    "**{rows} of the latest rows are immature**: after {until} they had fewer than {days} days to show their "
    "outcome. A customer who has had no time to go bad counts as good, which spoils training and "
    "flatters the test."
)
LEAVE = "Leave out the rows after {until}"
LEAVE_HELP = (
    "They neither train nor test; where the latest rows are the test, its window moves earlier. Undo "
    "takes it back."
)
LEFT = "{rows} rows after {until} are left out as immature."
TAKE_BACK = "Take them back"
WINDOW = "Outcome window"
WINDOW_HELP = "How long an outcome takes to show; later rows are then named as immature."
WINDOW_DAYS = "Days until the outcome is known"
WINDOW_DAYS_HELP = (
    "0 to 36,500; 365 where the target is a default within 12 months. 0: look at the event rate alone."
)
WINDOW_DATE = "Table extracted on"
WINDOW_DATE_HELP = "Such as 2021-06-30; empty is the last time in the table."
WINDOW_APPLY = "Apply"
