"""Words that JQL keeps for itself, whether it uses them or not."""

from __future__ import annotations

from typing import Final

KEYWORDS: Final = frozenset(
    {
        "after", "and", "asc", "before", "by", "changed", "desc", "during", "empty", "from", "in",
        "is", "not", "null", "on", "or", "order", "to", "was",
    }
)  # fmt: skip
"""Words that have a meaning in the grammar."""

RESERVED_WORDS: Final = frozenset(
    {
        "abort", "access", "add", "alias", "all", "alter", "any", "as", "audit", "avg", "begin",
        "between", "boolean", "break", "byte", "catch", "char", "character", "check", "checkpoint",
        "collate", "collation", "column", "commit", "connect", "continue", "count", "create",
        "current", "date", "decimal", "declare", "decrement", "default", "defaults", "define",
        "delete", "delimiter", "difference", "distinct", "divide", "do", "double", "drop", "else",
        "encoding", "end", "equals", "escape", "exclusive", "exec", "execute", "exists", "explain",
        "false", "fetch", "field", "file", "first", "float", "for", "function", "go", "goto",
        "grant", "greater", "group", "having", "identified", "if", "immediate", "increment",
        "index", "initial", "inner", "inout", "input", "insert", "int", "integer", "intersect",
        "intersection", "into", "isempty", "isnull", "join", "last", "left", "less", "like",
        "limit", "lock", "long", "max", "min", "minus", "mode", "modify", "modulo", "more",
        "multiply", "next", "noaudit", "notin", "nowait", "number", "object", "of", "option",
        "outer", "output", "power", "previous", "prior", "privileges", "public", "raise", "raw",
        "remainder", "rename", "resource", "return", "returns", "revoke", "right", "row", "rowid",
        "rownum", "rows", "select", "session", "set", "share", "size", "sqrt", "start", "strict",
        "string", "subtract", "sum", "synonym", "table", "then", "trans", "transaction", "trigger",
        "true", "uid", "union", "unique", "update", "user", "validate", "values", "view", "when",
        "whenever", "where", "while", "with",
    }
)  # fmt: skip
"""Words that must be quoted wherever they stand."""
