"""What Salesforce's error codes mean for the hub: try again, ask an administrator, or give up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hub.errors import (
    AuthenticationError,
    ConnectorError,
    DeadlineExceededError,
    InvalidPayloadError,
    NotFoundError,
    PreconditionFailedError,
    RateLimitedError,
    RejectedError,
    RetryableError,
    UnavailableError,
)
from hub.http import error_for_status

BUDGET_PAUSE: Final = 600.0
CONCURRENCY_PAUSE: Final = 15.0
MOST_MESSAGE: Final = 400

_RETRY: Final = frozenset(
    {"UNABLE_TO_LOCK_ROW", "ALL_OR_NONE_OPERATION_ROLLED_BACK", "PROCESSING_HALTED",
     "BATCH_PROCESSING_HALTED", "INVALID_QUERY_LOCATOR", "ALREADY_IN_PROCESS",
     "COLLISION_DETECTED", "RECORD_IN_USE_BY_WORKFLOW"}
)  # fmt: skip
_UNAVAILABLE: Final = frozenset(
    {"SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION", "INTERNAL_ERROR", "API_CURRENTLY_DISABLED",
     "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "TOO_MANY_APEX_REQUESTS"}
)  # fmt: skip
_TOO_SLOW: Final = frozenset({"QUERY_TIMEOUT", "REQUEST_RUNNING_TOO_LONG", "TXN_TIMEOUT"})
_LOGIN: Final = frozenset(
    {"INVALID_SESSION_ID", "INVALID_AUTH_HEADER", "INVALID_LOGIN", "API_DISABLED_FOR_ORG",
     "INVALID_ACCESS_TOKEN", "PASSWORD_LOCKOUT", "invalid_grant", "invalid_client",
     "invalid_client_id", "unsupported_grant_type", "inactive_user", "inactive_org"}
)  # fmt: skip
_ABSENT: Final = frozenset(
    {"NOT_FOUND", "ENTITY_IS_DELETED", "ENTITY_IS_ARCHIVED", "MISSING_RECORD", "ITEM_NOT_FOUND"}
)
_STATE: Final = frozenset(
    {"DUPLICATES_DETECTED", "DUPLICATE_VALUE", "DUPLICATE_EXTERNAL_ID", "PRECONDITION_FAILED",
     "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE", "ENTITY_IS_LOCKED"}
)  # fmt: skip
_PAYLOAD: Final = frozenset(
    {"FIELD_CUSTOM_VALIDATION_EXCEPTION", "FIELD_FILTER_VALIDATION_EXCEPTION",
     "FIELD_INTEGRITY_EXCEPTION", "REQUIRED_FIELD_MISSING",
     "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID",
     "CANNOT_EXECUTE_FLOW_TRIGGER", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "STRING_TOO_LONG",
     "INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_EMAIL_ADDRESS",
     "INACTIVE_OWNER_OR_USER", "INVALID_TYPE_ON_FIELD_IN_RECORD", "INVALID_TYPE",
     "NUMBER_OUTSIDE_VALID_RANGE", "JSON_PARSER_ERROR", "MALFORMED_QUERY", "MISSING_ARGUMENT",
     "TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET", "INVALID_STATUS", "INVALID_INPUT",
     "INVALID_QUERY_FILTER_OPERATOR", "UNAVAILABLE_RECORDTYPE_EXCEPTION"}
)  # fmt: skip
_PLAIN: Final[Mapping[type[ConnectorError], frozenset[str]]] = {
    RetryableError: _RETRY,
    UnavailableError: _UNAVAILABLE,
    DeadlineExceededError: _TOO_SLOW,
    AuthenticationError: _LOGIN,
    NotFoundError: _ABSENT,
    PreconditionFailedError: _STATE,
}


def failure(
    code: str,
    message: str,
    *,
    fields: Sequence[str] = (),
    operation: str = "",
    status: int = 400,
    headers: Mapping[str, str] | None = None,
) -> ConnectorError:
    """Give the hub's error for a code; one that is not known goes by the HTTP status."""
    text = f"{code}: {message}"[:MOST_MESSAGE] if code else message[:MOST_MESSAGE]
    if code == "REQUEST_LIMIT_EXCEEDED":
        concurrent = "concurrent" in message.lower()
        pause = CONCURRENCY_PAUSE if concurrent else BUDGET_PAUSE
        scope = "concurrent-requests" if concurrent else "api-requests"
        return RateLimitedError(text, retry_after=pause, scope=scope, operation=operation)
    if code == "invalid_grant" and "rate exceeded" in message:
        return RateLimitedError(text, retry_after=BUDGET_PAUSE, scope="logins", operation=operation)
    for kind, codes in _PLAIN.items():
        if code in codes:
            return kind(text, operation=operation)
    if code in _PAYLOAD and status != 404:
        return InvalidPayloadError(text, field=",".join(fields), operation=operation)
    if code and status == 400:
        return RejectedError(text, operation=operation)
    return error_for_status(status, text, operation=operation, headers=headers)


def first_error(content: Any) -> tuple[str, str, list[str]]:
    """Give (code, message, fields) of an error body, whatever form it has."""
    if isinstance(content, list) and content and isinstance(content[0], dict):
        entry = content[0]
        code = entry.get("errorCode") or entry.get("statusCode") or ""
        return str(code), str(entry.get("message", "")), [str(f) for f in entry.get("fields") or ()]
    if isinstance(content, dict):
        code = content.get("error") or content.get("errorCode") or ""
        return str(code), str(content.get("error_description") or content.get("message") or ""), []
    return "", "the answer is not what the API documents", []


def record_failure(result: Mapping[str, Any], operation: str) -> ConnectorError:
    """Give the error of one record of a collection."""
    errors = result.get("errors")
    code, message, fields = first_error(errors)
    return failure(code or "UNKNOWN", message, fields=fields, operation=operation)
