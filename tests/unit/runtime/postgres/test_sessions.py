"""Passwords and their verifiers; that PostgreSQL takes them is shown by every test that logs in."""

from __future__ import annotations

import base64
import hashlib
import hmac

import psycopg2
import pytest
from psycopg2 import errors

from grader.runtime.postgres.sessions import Unseen, looking, random_password, scram_verifier


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


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("55P03", "something held a lock on it"),
        ("57014", "too long to read it"),
        ("54001", "nested too deeply"),
        ("54000", "refused to read it"),
        ("53400", "refused to read it"),
        ("42501", "refused to read it"),
        ("XX000", "refused to read it"),
    ],
)
def test_a_refusal_comes_from_what_is_in_the_database(code: str, words: str) -> None:
    with pytest.raises(Unseen, match=words), looking():
        raise _error(code)


@pytest.mark.parametrize(
    "code", [None, "08006", "53100", "53200", "53300", "57P01", "57P03", "58030", "XX001"]
)
def test_a_server_that_is_gone_or_broken_is_a_fault_of_ours(code: str | None) -> None:
    with pytest.raises(psycopg2.Error), looking():
        raise _error(code)


def _error(code: str | None) -> psycopg2.Error:
    kind = errors.lookup(code) if code else psycopg2.OperationalError
    error = kind("canceling statement")
    error.__setstate__({"pgcode": code})
    return error
