"""What pip is asked for, and what is made of what it says."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from grader.errors import UnavailableError
from grader.runtime.sandbox import packages
from grader.runtime.sandbox.extras import ExtraPackages
from grader.runtime.sandbox.packages import PackagesError, needed_by, run_pip, run_pip_for

CONFLICT = "ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/en/latest/topics"
REASON = """Collecting starlette==0.20.0

The conflict is caused by:
    The user requested starlette==0.20.0
    fastapi 0.115.0 depends on starlette<0.39.0 and >=0.37.2

To fix this you could try to:
"""


def pip_says(monkeypatch: pytest.MonkeyPatch, stdout: str, stderr: str) -> None:
    ended = SimpleNamespace(returncode=1, stdout=stdout, stderr=stderr)
    monkeypatch.setattr("grader.runtime.sandbox.packages.subprocess.run", lambda *_, **__: ended)


def test_a_version_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    found = (
        "ERROR: Could not find a version that satisfies the requirement a==9 (from versions: 1.0, 1.1, 2.0)\n"
    )
    pip_says(monkeypatch, "", f"{found}ERROR: No matching distribution found for a==9\n")

    with pytest.raises(PackagesError, match=r"the newest are 1\.0, 1\.1, 2\.0") as caught:
        run_pip(["install"])

    assert caught.value.package == "a==9"


def test_a_package_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "(from versions: none)\nERROR: No matching distribution found for a==9"
    pip_says(monkeypatch, "", said)

    with pytest.raises(PackagesError, match="has no wheel of it"):
        run_pip(["install"])


def test_packages_that_do_not_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    pip_says(monkeypatch, REASON, CONFLICT)

    with pytest.raises(PackagesError) as caught:
        run_pip(["install"])

    assert caught.value.package is None
    assert caught.value.message == (
        "names packages that do not go together:\n  The user requested starlette==0.20.0\n"
        "  fastapi 0.115.0 depends on starlette<0.39.0 and >=0.37.2"
    )


def test_an_index_that_does_not_answer_is_no_mistake_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "WARNING: Retrying (Retry(total=0)) ...\nERROR: No matching distribution found for a"
    pip_says(monkeypatch, "", said)

    with pytest.raises(UnavailableError, match="could not be fetched"):
        run_pip(["install"])


def test_the_graders_versions_are_preferred_but_not_insisted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Sequence[str]] = []

    def conflicting(arguments: Sequence[str]) -> None:
        asked.append(arguments)
        if len(asked) < 3:
            raise PackagesError("they do not go together")

    monkeypatch.setattr(packages, "run_pip", conflicting)
    run_pip_for(ExtraPackages(("SQLAlchemy==2.0.36", "fastapi==0.115.0")), "3.11", ["install"])

    first, second, third = asked
    assert {"SQLAlchemy==2.0.36", "fastapi==0.115.0", "alembic", "psycopg2-binary"} <= set(first)
    assert "sqlalchemy" not in first
    assert ("--constraint" in first, "--constraint" in second) == (True, False)
    assert set(second) - set(third) == {"asyncpg", "environs", "greenlet", "pydantic-settings"}


def test_a_package_that_is_not_there_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Sequence[str]] = []

    def lacking(arguments: Sequence[str]) -> None:
        asked.append(arguments)
        raise PackagesError("cannot be had", package="a==1")

    monkeypatch.setattr(packages, "run_pip", lacking)
    with pytest.raises(PackagesError):
        run_pip_for(ExtraPackages(("a==1",)), "3.11", ["install"])

    assert len(asked) == 1


def test_what_a_package_needs_with_a_python() -> None:
    lines = [
        "tomli; python_version < '3.11'",
        "Typing_Extensions>=4",
        "click; extra == 'cli'",
        "uvicorn[standard]",
    ]

    found = needed_by(lines, "", packages.markers("3.13"))

    assert found == [("typing-extensions", ""), ("uvicorn", ""), ("uvicorn", "standard")]
    assert ("click", "") in needed_by(lines, "cli", packages.markers("3.13"))
