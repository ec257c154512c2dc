"""Extensions that an assignment names: which backend has them, and what is said where none has."""

from __future__ import annotations

from typing import cast

import pytest

from grader.errors import ConfigurationError
from grader.runtime.postgres import extensions
from grader.runtime.postgres.extensions import with_extensions
from grader.runtime.postgres.interface import PostgresBackend


class Servers:
    """A backend whose servers have some extensions."""

    def __init__(self, name: str, *has: str, fuller: Servers | None = None) -> None:
        self.name, self.has, self._fuller = name, has, fuller

    def fuller(self) -> Servers | None:
        """Another one."""
        return self._fuller


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which backends were asked."""
    found: list[str] = []

    def lacking(postgres: Servers, wanted: list[str]) -> list[str]:
        found.append(postgres.name)
        return [name for name in wanted if name not in postgres.has]

    monkeypatch.setattr(extensions, "_lacking", lacking)
    return found


def chosen(servers: Servers, *wanted: str) -> str:
    return with_extensions(cast("PostgresBackend", servers), wanted).name


def test_no_server_is_asked_where_no_extension_is_named(asked: list[str]) -> None:
    assert chosen(Servers("embedded")) == "embedded"
    assert asked == []


def test_the_fuller_backend_is_taken_only_where_it_is_needed() -> None:
    servers = Servers("embedded", "citext", fuller=Servers("system", "citext", "ltree"))

    assert chosen(servers, "citext") == "embedded"
    assert chosen(servers, "citext", "ltree") == "system"


def test_what_containers_have_is_said() -> None:
    with pytest.raises(
        ConfigurationError, match="PostgreSQL \\(embedded\\) has no extension ltree, which"
    ) as caught:
        chosen(Servers("embedded", "citext"), "citext", "ltree")

    assert caught.value.next_step == "Use --postgres container, which has all of them."
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "words"), [("citex", "did you mean citext?"), ("postgis", "--postgres URL")]
)
def test_what_no_server_has_is_asked_back(name: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=name) as caught:
        chosen(Servers("container"), name)

    assert words in caught.value.next_step
