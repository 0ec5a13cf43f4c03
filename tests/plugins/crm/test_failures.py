"""Every error of Salesforce is classed by what has to happen next."""

from __future__ import annotations

import pytest
from hub_crm.failures import failure, first_error, record_failure

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


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("UNABLE_TO_LOCK_ROW", RetryableError),
        ("ALL_OR_NONE_OPERATION_ROLLED_BACK", RetryableError),
        ("PROCESSING_HALTED", RetryableError),
        ("INVALID_QUERY_LOCATOR", RetryableError),
        ("SERVER_UNAVAILABLE", UnavailableError),
        ("UNKNOWN_EXCEPTION", UnavailableError),
        ("QUERY_TIMEOUT", DeadlineExceededError),
        ("REQUEST_RUNNING_TOO_LONG", DeadlineExceededError),
        ("INVALID_SESSION_ID", AuthenticationError),
        ("INVALID_AUTH_HEADER", AuthenticationError),
        ("API_DISABLED_FOR_ORG", AuthenticationError),
        ("invalid_grant", AuthenticationError),
        ("invalid_client", AuthenticationError),
        ("NOT_FOUND", NotFoundError),
        ("ENTITY_IS_DELETED", NotFoundError),
        ("DUPLICATES_DETECTED", PreconditionFailedError),
        ("DUPLICATE_VALUE", PreconditionFailedError),
        ("DUPLICATE_EXTERNAL_ID", PreconditionFailedError),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", InvalidPayloadError),
        ("REQUIRED_FIELD_MISSING", InvalidPayloadError),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", InvalidPayloadError),
        ("INVALID_CROSS_REFERENCE_KEY", InvalidPayloadError),
        ("CANNOT_EXECUTE_FLOW_TRIGGER", InvalidPayloadError),
        ("STRING_TOO_LONG", InvalidPayloadError),
        ("INACTIVE_OWNER_OR_USER", InvalidPayloadError),
        ("INSUFFICIENT_ACCESS_OR_READONLY", RejectedError),
        ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", RejectedError),
        ("A_CODE_OF_NEXT_YEAR", RejectedError),
    ],
)
def test_each_code_has_its_class(code: str, kind: type[ConnectorError]) -> None:
    """The code alone decides: innocents of a rolled-back batch are tried again."""
    assert type(failure(code, "words", operation="x")) is kind


def test_a_record_that_is_not_there_is_absent_whatever_code_says_so() -> None:
    """The code of a bad reference, told of the address itself with 404, is an absent record."""
    words = "invalid cross reference id"
    told = failure("INVALID_CROSS_REFERENCE_KEY", words, operation="x", status=404)

    assert type(told) is NotFoundError


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AuthenticationError),
        (403, RejectedError),
        (404, NotFoundError),
        (412, PreconditionFailedError),
        (500, UnavailableError),
        (503, UnavailableError),
        (504, DeadlineExceededError),
    ],
)
def test_without_a_code_the_status_decides(status: int, kind: type[ConnectorError]) -> None:
    """A page of a proxy has no code."""
    assert type(failure("", "<html>", status=status)) is kind


def test_a_spent_budget_is_a_long_pause_and_a_crowd_a_short_one() -> None:
    """The same code stands for the day's calls and for too many at once."""
    spent = failure("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)
    crowd = failure("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded", status=403)

    assert isinstance(spent, RateLimitedError)
    assert isinstance(crowd, RateLimitedError)
    assert spent.retry_after > crowd.retry_after > 0
    assert (spent.scope, crowd.scope) == ("api-requests", "concurrent-requests")


def test_too_many_logins_are_no_wrong_password() -> None:
    """A login rate that is exceeded pauses; it does not call an administrator."""
    error = failure("invalid_grant", "login rate exceeded", operation="login")

    assert isinstance(error, RateLimitedError)


def test_retry_after_is_read() -> None:
    """A 429 of a gateway carries its pause in a header."""
    error = failure("", "slow down", status=429, headers={"Retry-After": "7"})

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 7.0


def test_the_field_at_fault_is_named_in_the_systems_words() -> None:
    """A record's error of a collection names its fields."""
    result = {
        "success": False,
        "errors": [{"statusCode": "STRING_TOO_LONG", "message": "long", "fields": ["Subject"]}],
    }

    error = record_failure(result, "update")

    assert isinstance(error, InvalidPayloadError)
    assert error.field == "Subject"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ([{"errorCode": "NOT_FOUND", "message": "m"}], "NOT_FOUND"),
        ({"error": "invalid_grant", "error_description": "m"}, "invalid_grant"),
        ("<html>", ""),
        (None, ""),
        ([], ""),
        ({}, ""),
    ],
)
def test_error_bodies_of_every_form_are_read(content: object, code: str) -> None:
    """Lists, objects, pages and nothing at all are told apart without a KeyError."""
    assert first_error(content)[0] == code


def test_long_messages_are_cut() -> None:
    """An error is for a person, not for the whole of a page."""
    assert len(str(failure("STRING_TOO_LONG", "x" * 5000))) < 500
