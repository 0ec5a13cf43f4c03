"""An IMAP4rev1 server over the emulator's store: grammar, sessions, fetch, search."""

from __future__ import annotations
