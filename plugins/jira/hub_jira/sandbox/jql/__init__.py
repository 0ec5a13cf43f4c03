"""Jira's query language: lexer, parser and evaluation over the emulator's issues."""

from __future__ import annotations

from hub_jira.sandbox.jql.asker import Asker
from hub_jira.sandbox.jql.evaluator import Search, compile_query
from hub_jira.sandbox.jql.lexer import NO_VALUE, JqlError

__all__ = ["NO_VALUE", "Asker", "JqlError", "Search", "compile_query"]
