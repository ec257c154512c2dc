"""What a project reads its settings from: the variables that an example file names, and the places of `.env`.

A `.env` holds secrets and is not handed in. So the repository only shows which variables the code needs, in a
`.env.example`, and where the code looks for the file. Reads text, loads nothing. Must not know of databases.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from grader.submission.env_files import is_env_file, is_example_env_file, variables_of
from grader.submission.python_source import read_beginning

_EXAMPLE_WITHOUT_DOT = re.compile(r"env[._-](?:example|sample|template|dist|defaults?)\b", re.IGNORECASE)
"""`env.example`: a name that sorts beside the other files, in projects that do not want hidden ones."""
_CODE = (".py", ".toml", ".ini", ".cfg")
_QUOTED_ENV_FILE = re.compile(rb"""["'/](?P<name>(?:\.env|[\w-]{1,60}\.env)[\w.-]{0,60})["']""")
_MOST_VARIABLES = 200
_LONGEST_VALUE = 4096
_MOST_NAMES = 8
_MOST_FILES = 2000


@dataclass(frozen=True)
class ProjectEnvironment:
    """What the code of a submission expects around it."""

    variables: Mapping[str, str] = field(default_factory=dict)
    """The variables that the example files name, with the values from there."""
    env_files: tuple[str, ...] = ()
    """Where the code may look for a `.env`, relative to the submission's root."""


def read_environment(root: Path, project: str) -> ProjectEnvironment:
    """Read the example files of a staged submission, and find the places of its `.env`.

    Args:
        root: the staged submission.
        project: the folder that commands run in, relative to the root.
    """
    folders: list[PurePosixPath] = []
    examples: list[PurePosixPath] = []
    names = {".env": None}
    for path, below, files in os.walk(root):
        below.sort()
        folder = PurePosixPath(Path(path).relative_to(root).as_posix())
        folders.append(folder)
        for name in sorted(files):
            if is_example(name):
                examples.append(folder / name)
            elif name.endswith(_CODE):
                names |= dict.fromkeys(_names_in(read_beginning(Path(path, name))))
    home = PurePosixPath(project)
    # The file beside the project's own settings comes first, then those above it.
    examples.sort(key=lambda path: (not home.is_relative_to(path.parent), -len(path.parts), path))
    variables: dict[str, str] = {}
    for example in examples:
        for name, value in variables_of(read_beginning(root / example)).items():
            # Which app `flask` loads is found with the layout.
            if name != "FLASK_APP" and len(value) <= _LONGEST_VALUE and len(variables) < _MOST_VARIABLES:
                variables.setdefault(name, value)
    places = [str(folder / name) for folder in folders for name in list(names)[:_MOST_NAMES]]
    return ProjectEnvironment(variables, tuple(places[:_MOST_FILES]))


def is_example(name: str) -> bool:
    """Whether a file shows which variables belong into a `.env`."""
    return (is_env_file(name) and is_example_env_file(name)) or bool(_EXAMPLE_WITHOUT_DOT.match(name))


def _names_in(code: bytes) -> Iterator[str]:
    """The names of files such as `.env.local` that a source names."""
    for match in _QUOTED_ENV_FILE.finditer(code):
        name = match["name"].decode("ascii", "ignore")
        if is_env_file(name) and not is_example_env_file(name):
            yield name
