"""A certificate authority of the emulator's own, for IMAPS and STARTTLS on loopback."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

import trustme


class Authority:
    """Issues one certificate and leaves the authority's in a file that clients can trust."""

    def __init__(self, host: str) -> None:
        authority = trustme.CA()
        certificate = authority.issue_cert(host, "localhost")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self.context)
        self._folder = tempfile.TemporaryDirectory(prefix="hub-mail-ca-")
        self.ca_file = Path(self._folder.name) / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))

    def close(self) -> None:
        """Remove the file."""
        self._folder.cleanup()
