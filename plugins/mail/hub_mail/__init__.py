"""The mail unit: a service mailbox by IMAP and SMTP, and the emulator of a mail server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from hub.hookspecs import ConnectorType, hookimpl

if TYPE_CHECKING:
    from hub.sandbox import Sandbox, SandboxOptions

HUB_API: Final = 1


@hookimpl
def hub_connector_type() -> ConnectorType:
    """Make mail connectors."""
    from hub_mail.connector import build  # noqa: PLC0415 - a hub without mail pays nothing
    from hub_mail.settings import MailSettings  # noqa: PLC0415

    return ConnectorType(settings=MailSettings, build=build)


@hookimpl
def hub_sandboxes(options: SandboxOptions) -> Sequence[Sandbox]:
    """Give the emulator of a mail server; and, if wanted and installed, a real one beside it."""
    from hub_mail.sandbox import MailSandbox  # noqa: PLC0415 - only `hub sandbox` needs servers
    from hub_mail.sandbox.dovecot import DovecotSandbox, dovecot  # noqa: PLC0415 - likewise

    if options.real and dovecot() is not None:
        return [MailSandbox(options), DovecotSandbox(options)]
    return [MailSandbox(options)]
