"""Every error the hub raises, classed by what has to happen next.

The type, never the message, decides whether an effect is tried again, a connector is paused,
or a person is asked. Each class has a stable code that logs and documentation carry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class HubError(Exception):
    """Root of all errors of the hub."""

    code: ClassVar[str] = "HUB-000"


@dataclass(frozen=True, slots=True)
class Problem:
    """One defect of a configuration or handbook: where it is, what is wrong, what is right."""

    file: str
    line: int
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}" + (f"\n    {self.remedy}" if self.remedy else "")


class ConfigError(HubError):
    """Configuration or handbook is wrong; all problems are listed; the process exits with 78."""

    code = "HUB-C-001"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PluginError(HubError):
    """A plugin can not be used."""

    code = "HUB-P-001"


class PluginLoadError(PluginError):
    """A plugin is not installed, installed twice, or fails to import."""

    code = "HUB-P-002"


class PluginContractError(PluginError):
    """A plugin was written for another contract, names an unknown hook, or answers a wrong type."""

    code = "HUB-P-003"


class ConnectorError(HubError):
    """A call to an external system failed."""

    code = "HUB-S-001"

    def __init__(self, message: str, *, operation: str = "") -> None:
        self.operation = operation
        super().__init__(f"{operation}: {message}" if operation else message)


class RetryableError(ConnectorError):
    """Passing trouble: the same call may succeed later."""

    code = "HUB-S-010"


class RateLimitedError(RetryableError):
    """The system asks for a pause; `retry_after` is in seconds, `scope` is what it limits."""

    code = "HUB-S-011"

    def __init__(
        self, message: str, *, retry_after: float, scope: str = "", operation: str = ""
    ) -> None:
        self.retry_after = retry_after
        self.scope = scope
        super().__init__(message, operation=operation)


class UnavailableError(RetryableError):
    """The system can not be reached or answers with a fault of its own."""

    code = "HUB-S-012"


class DeadlineExceededError(RetryableError):
    """No answer in time: whether the effect was made is unknown until it is looked up."""

    code = "HUB-S-013"


class AuthenticationError(ConnectorError):
    """Credentials are refused: the connector is paused and operations are told once."""

    code = "HUB-S-020"


class RejectedError(ConnectorError):
    """The system refuses this for good: a dead letter for a person."""

    code = "HUB-S-030"


class NotFoundError(RejectedError):
    """The record does not exist, or may not be seen."""

    code = "HUB-S-031"


class PreconditionFailedError(RejectedError):
    """The record is not in the state that the effect needs."""

    code = "HUB-S-032"


class InvalidPayloadError(RejectedError):
    """A value is refused; `field` names which, in the system's own words."""

    code = "HUB-S-033"

    def __init__(self, message: str, *, field: str = "", operation: str = "") -> None:
        self.field = field
        super().__init__(message, operation=operation)


class UnreadableRecordError(RejectedError):
    """A record was seen but can not be parsed; it is kept raw and shown."""

    code = "HUB-S-034"


class InvariantError(HubError):
    """If you see this, the hub has a bug: never retried, shown with its traceback."""

    code = "HUB-X-001"


class UnknownError(HubError):
    """There is no item, connector or dead letter of the name that was asked for."""

    code = "HUB-U-001"


class StoreError(HubError):
    """The store can not be written (disk full, database gone): the process ends."""

    code = "HUB-D-001"
