"""Random passwords, and the form in which PostgreSQL stores them. Must not know servers or sessions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 24
"""About 140 bits: no number of hash rounds is needed to protect a verifier of such a password."""


def random_password() -> str:
    """A password of letters and digits, which needs no escaping in a URL or an ini file."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def random_token() -> str:
    """A short lower-case token for names of folders and databases."""
    return secrets.token_hex(4)


def scram_verifier(password: str) -> str:
    """The verifier that `ALTER ROLE … PASSWORD` accepts instead of a password, with one hash round.

    PostgreSQL's default of 4096 rounds takes several milliseconds for each login, on both sides, and makes a
    random password no safer. With a verifier, no statement holds the password itself.
    """
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, 1)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256$1:{_base64(salt)}${_base64(stored_key)}:{_base64(server_key)}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
