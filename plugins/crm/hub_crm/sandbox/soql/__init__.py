"""SOQL: a lexer, a parser to typed nodes, and an evaluator over the organisation's records."""

from __future__ import annotations

from hub_crm.sandbox.soql.dates import calendar_for
from hub_crm.sandbox.soql.evaluator import Result, Runner
from hub_crm.sandbox.soql.parser import parse
from hub_crm.sandbox.soql.plan import Plan

__all__ = ["Plan", "Result", "Runner", "calendar_for", "parse"]
