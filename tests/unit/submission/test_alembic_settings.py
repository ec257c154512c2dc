"""Alembic's settings, held against what Alembic's own `Config` reads from the same files."""

from __future__ import annotations

import codecs
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from alembic.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.submission.alembic_settings import AlembicSettings, read_ini, read_pyproject


def ini(tmp_path: Path, text: str | bytes) -> AlembicSettings:
    path = tmp_path / "alembic.ini"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_ini(path, "alembic.ini")


def own(tmp_path: Path) -> tuple[str | None, tuple[str, ...] | None, bool]:
    """What Alembic says of tmp_path's files."""
    config = Config(str(tmp_path / "alembic.ini"), toml_file=str(tmp_path / "pyproject.toml"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the old separators are deprecated
        locations = config.get_version_locations_list()
    return (
        config.get_alembic_option("script_location"),
        tuple(locations) if locations else None,
        config.get_alembic_boolean_option("recursive_version_locations"),
    )


@pytest.mark.parametrize(
    "body",
    [
        "script_location = alembic",
        "script_location = %(here)s/my scripts & more",
        "name = db\nscript_location = %(here)s/%(name)s/alembic",
        "script_location = 100%%/alembic",
        "script_location = a\nversion_locations = %(here)s/a:%(here)s/b\npath_separator = os",
        "script_location = a\nversion_locations = a;b\npath_separator = ;",
        "script_location = a\nversion_locations = a b\npath_separator = space",
        "script_location = a\nversion_locations = a,\n  b c\nversion_path_separator = newline",
        "script_location = a\nversion_locations = a, b c",
        "script_location = a\nversion_locations =",
        "script_location = a\nrecursive_version_locations = true",
        "script_location = a\nrecursive_version_locations = True",
        "# script_location = b\n; nothing\nscript_location: a",
        "SCRIPT_LOCATION = a",
    ],
)
def test_alembic_agrees_on_inis(tmp_path: Path, body: str) -> None:
    found = ini(tmp_path, f"[DEFAULT]\nx = 1\n[alembic]\n{body}\n\n[loggers]\nkeys = root\n")
    assert (found.script_location, found.version_locations, found.recursive) == own(tmp_path)
    assert found.findings == ()


def test_alembic_agrees_on_pyproject(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(
        '[tool.alembic]\nscript_location = "%(here)s/alembic"\n'
        'version_locations = ["%(here)s/a", "b"]\nrecursive_version_locations = true\n'
    )
    found = read_pyproject(path, "pyproject.toml")
    assert found is not None
    assert (found.script_location, found.version_locations, found.recursive) == own(tmp_path)


def test_settings_that_break_interpolation_do_not_matter(tmp_path: Path) -> None:
    text = "[alembic]\nscript_location = alembic\nsqlalchemy.url = postgresql://ada:p%40ss@db/app\n"
    assert ini(tmp_path, text).script_location == "alembic"


def test_settings_that_refer_to_each_other(tmp_path: Path) -> None:
    lines = [f"l{n} = {f'%(l{n + 1})s' * 600}" for n in range(20)]
    found = ini(tmp_path, "[alembic]\nscript_location = %(l0)s\nl20 = x\n" + "\n".join(lines))
    assert found.script_location is not None
    assert len(found.script_location) < 100_000
    assert ini(tmp_path, "[alembic]\nscript_location = %(script_location)s/a\n").script_location


@pytest.mark.parametrize("text", ["", "[other]\nx = 1\n", "[alembic]\n", "[alembic]\nscript_location =\n"])
def test_a_file_without_settings(tmp_path: Path, text: str) -> None:
    assert ini(tmp_path, text) == AlembicSettings(None, None, recursive=False)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (codecs.BOM_UTF8 + b"[alembic]\nscript_location = a\n", "byte order mark"),
        ("[alembic]\nscript_location = a\n".encode("utf-16"), "UTF-16"),
        (b"[alembic]\n# caf\xe9\nscript_location = a\n", "not UTF-8"),
    ],
)
def test_encodings_that_alembic_cannot_read_are_read_and_reported(
    tmp_path: Path, data: bytes, kind: str
) -> None:
    found = ini(tmp_path, data)
    assert found.script_location == "a"
    (finding,) = found.findings
    assert (finding.kind, finding.path) == ("config_encoding", "alembic.ini")
    assert kind in finding.message
    with pytest.raises(Exception, match=r"section header|codec can't decode"):
        own(tmp_path)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[alembic]\nscript_location = a\nscript_location = b\n", 3),
        ("[alembic]\nscript_location = a\n[alembic]\n", 3),
        ("hunter2\n[alembic]\nscript_location = a\n", 1),
        ("[alembic]\nscript_location = a\nhunter2\n", 3),
    ],
)
def test_broken_inis_name_the_line_and_not_its_text(tmp_path: Path, text: str, line: int) -> None:
    found = ini(tmp_path, text)
    (finding,) = found.findings
    assert (finding.kind, finding.line) == ("broken_config", line)
    assert "hunter2" not in finding.message


@pytest.mark.parametrize(
    "text", ["not toml", "[tool]\nalembic = 1", "tool = 1", "[project]\nname = 'x'", "\udcff"]
)
def test_a_pyproject_without_alembic(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert read_pyproject(path, "pyproject.toml") is None


def test_a_broken_pyproject_with_alembic_names_the_line_and_not_its_text(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text('[tool.alembic]\nscript_location = "hunter2\nprepend_sys_path = ["."]\n')
    found = read_pyproject(path, "pyproject.toml")
    assert found is not None
    (finding,) = found.findings
    assert (finding.kind, finding.path, finding.line) == ("broken_config", "pyproject.toml", 2)
    assert "hunter2" not in finding.message


def test_a_pyproject_with_odd_values(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool.alembic]\nscript_location = 5\nversion_locations = [1, {}]\n")
    assert read_pyproject(path, "pyproject.toml") == AlembicSettings(None, None, recursive=False)


@settings(max_examples=80)
@given(
    st.one_of(
        st.binary(max_size=200), st.text(alphabet="[]alembic=%()shere \n#:;,", max_size=120).map(str.encode)
    )
)
def test_garbage_is_no_error(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        ini(Path(folder), b"[alembic]\n" + data)
        ini(Path(folder), data)
        path = Path(folder) / "pyproject.toml"
        path.write_bytes(b"[tool.alembic]\n" + data)
        read_pyproject(path, "pyproject.toml")
