"""What an editable install puts on the path, by the files of each build tool."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.submission.import_folders import installed_folders

BUILD = '[build-system]\nrequires = ["x"]\n'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, []),
        ({"pyproject.toml": "[tool.ruff]\n"}, []),
        ({"pyproject.toml": "[project\n"}, []),
        ({"pyproject.toml": "[project]\nname = 'x'\n"}, []),
        ({"pyproject.toml": "[project]\nname = 'x'\n", "src/blog/__init__.py": ""}, ["src"]),
        ({"pyproject.toml": BUILD, "src/blog/__init__.py": ""}, ["src"]),
        ({"pyproject.toml": BUILD, "src/__init__.py": ""}, ["."]),
        ({"pyproject.toml": BUILD, "blog/__init__.py": ""}, ["."]),
        ({"pyproject.toml": BUILD + '[tool.setuptools.packages.find]\nwhere = ["lib"]\n'}, ["lib"]),
        ({"pyproject.toml": BUILD + '[tool.setuptools.package-dir]\n"" = "lib"\n'}, ["lib"]),
        ({"pyproject.toml": '[tool.poetry]\npackages = [{include = "x", from = "lib"}]\n'}, ["lib"]),
        ({"pyproject.toml": BUILD + '[tool.hatch.build.targets.wheel]\npackages = ["lib/x"]\n'}, ["lib"]),
        ({"pyproject.toml": BUILD + '[tool.uv.build-backend]\nmodule-root = "lib"\n'}, ["lib"]),
        ({"pyproject.toml": BUILD + '[tool.setuptools.packages.find]\nwhere = ["../../x"]\n'}, []),
        ({"setup.cfg": "[options]\npackage_dir =\n    = lib\n"}, ["lib"]),
        ({"setup.cfg": "[options]\n[options.packages.find]\nwhere = lib\n"}, ["lib"]),
        ({"setup.py": "setup(package_dir={'': 'lib'}, packages=find_packages('lib'))\n"}, ["lib"]),
        ({"setup.py": "setup(packages=setuptools.find_packages(where='lib'))\n"}, ["lib"]),
        ({"setup.py": "setup("}, ["."]),
    ],
)
def test_folders(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    for name, text in {**files, "lib/x/__init__.py": "", "db/env.py": ""}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for place in (tmp_path, tmp_path / "db"):
        folders = installed_folders(tmp_path, place)
        assert [folder.relative_to(tmp_path).as_posix() for folder in folders] == expected
