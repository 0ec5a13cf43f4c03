"""The connected app's key pair: what it signs assertions with, and what they are checked by."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import load_pem_x509_certificate

FILE: Final = "salesforce-app.key"


def private_key(folder: Path) -> tuple[Path, bytes]:
    """Give the file of the app's private key in a folder, made if need be, and its public key."""
    path = folder / FILE
    if not path.exists():
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(
                made.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
    loaded = serialization.load_pem_private_key(path.read_bytes(), None)
    return path, _public(loaded.public_key())


def public_key(pem: bytes) -> bytes:
    """Give the public key (PEM) of a certificate or of a public key; ValueError if it is none."""
    if b"CERTIFICATE" in pem:
        return _public(load_pem_x509_certificate(pem).public_key())
    return _public(serialization.load_pem_public_key(pem))


def _public(key: object) -> bytes:
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("assertions are signed with RSA: an RSA key is needed")  # noqa: TRY004
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
