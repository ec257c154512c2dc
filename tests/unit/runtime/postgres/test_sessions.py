"""Passwords and their verifiers; that PostgreSQL takes them is shown by every test that logs in."""

from __future__ import annotations

import base64
import hashlib
import hmac

from grader.runtime.postgres.sessions import random_password, scram_verifier


def test_passwords_need_no_escaping_and_differ() -> None:
    passwords = {random_password() for _ in range(100)}

    assert len(passwords) == 100
    assert all(password.isascii() and password.isalnum() and len(password) >= 20 for password in passwords)


def test_verifier_belongs_to_the_password_and_is_salted() -> None:
    kind, rounds, keys = scram_verifier("pencil").split("$")
    count, salt = rounds.split(":")
    stored, _ = keys.split(":")
    salted = hashlib.pbkdf2_hmac("sha256", b"pencil", base64.b64decode(salt), int(count))
    client_key = hmac.digest(salted, b"Client Key", "sha256")

    assert kind == "SCRAM-SHA-256"
    assert base64.b64decode(stored) == hashlib.sha256(client_key).digest()
    assert scram_verifier("pencil") != scram_verifier("pencil")
