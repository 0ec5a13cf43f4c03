"""SOQL: a lexer, a parser to typed nodes, and an evaluator over the organisation's records."""

from __future__ import annotations

from hub_crm.sandbox.soql.evaluator import Result, Runner
from hub_crm.sandbox.soql.parser import parse

__all__ = ["Result", "Runner", "parse"]
