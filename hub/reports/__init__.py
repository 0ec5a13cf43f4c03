"""The customer specialist's summaries: what became of the cases of a week or a month.

* `periods` says which weeks and months there are, and when the summary of one is due.
* `summary` counts, from the cases and the moves that the journal has of them. Pure.
* `view` puts it into words, in Chinese or English; `page` shows that as an HTML mail and as text,
  `workbook` as XLSX with charts.

`hub.core.reporting` reads the store for them and has them mailed.
"""

from __future__ import annotations

from hub.reports.page import html, text
from hub.reports.periods import Period, due_at, last_ended, period_of
from hub.reports.summary import MOVES, Move, Summary, summarise
from hub.reports.view import View, view
from hub.reports.workbook import MEDIA_TYPE, workbook

__all__ = [
    "MEDIA_TYPE",
    "MOVES",
    "Move",
    "Period",
    "Summary",
    "View",
    "due_at",
    "html",
    "last_ended",
    "period_of",
    "summarise",
    "text",
    "view",
    "workbook",
]
