"""The sandbox's own certificate authority, for https, IMAPS and STARTTLS on loopback."""

from __future__ import annotations

import ssl
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Final

CERTIFICATE: Final = "ca.pem"
KEY: Final = "ca.key"


class Authority:
    """Issues one certificate; clients trust it by `ca_file`.

    Args:
        host: the name or address that the certificate is for, beside `localhost`.
        data: a folder in which the authority lasts, the same for all emulators; without one it
            lives until `close`.
    """

    def __init__(self, host: str, data: Path | None = None) -> None:
        import trustme  # noqa: PLC0415  # costs time that only a started emulator should pay

        self._temporary = tempfile.TemporaryDirectory(prefix="hub-sandbox-")
        self._own = Path(self._temporary.name)
        self.folder: Final = data or self._own
        folder = self.folder
        self.ca_file: Final = folder / CERTIFICATE
        key = folder / KEY
        if self.ca_file.exists() and key.exists():
            authority = trustme.CA.from_pem(self.ca_file.read_bytes(), key.read_bytes())
        else:
            authority = trustme.CA()
            _write_private(key, authority.private_key_pem.bytes())
            authority.cert_pem.write_to_path(str(self.ca_file))
        self._issued = authority.issue_cert(host, "localhost")

    @cached_property
    def context(self) -> ssl.SSLContext:
        """Give what an asyncio server needs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._issued.configure_cert(context)
        return context

    @cached_property
    def files(self) -> tuple[str, str]:
        """Give the files of the certificate chain and of its key, as `AsgiServer` takes them."""
        chain, key = self._own / "chain.pem", self._own / "key.pem"
        chain.write_bytes(b"".join(blob.bytes() for blob in self._issued.cert_chain_pems))
        _write_private(key, self._issued.private_key_pem.bytes())
        return str(chain), str(key)

    def close(self) -> None:
        """Remove what does not last."""
        self._temporary.cleanup()


def _write_private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(content)
