"""Bare connections to the emulator, on which a test types."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest


class Wire:
    """A bare connection on which a test types."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=10)
        self.file = self.socket.makefile("rb")
        self.greeting = self.file.readline()

    def say(self, line: bytes) -> bytes:
        """Send a tagged command; give all that is answered, to the tagged line."""
        self.socket.sendall(b"t " + line + b"\r\n")
        return self.hear(b"t ")

    def hear(self, end: bytes) -> bytes:
        """Read lines until one begins so."""
        heard = b""
        while line := self.file.readline():
            heard += line
            if line.startswith(end):
                break
        return heard

    def close(self) -> None:
        """Hang up."""
        self.file.close()
        self.socket.close()


@pytest.fixture
def wires(post: Any) -> Iterator[Any]:
    """A maker of connections that are closed at the end."""
    opened: list[Wire] = []

    def make(*, login: bool = True, select: bool = True) -> Wire:
        wire = Wire(post.at["imap_host"], post.at["imap_port"])
        opened.append(wire)
        if login:
            wire.say(f'LOGIN {post.at["user"]} "{post.at["password"]}"'.encode())
        if login and select:
            wire.say(b"SELECT inbox")
        return wire

    yield make
    for wire in opened:
        wire.close()
