"""Modules of a submission: where an import leads, and how `FLASK_APP` names the app of a module."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.submission.python_modules import Modules

FACTORY = "def create_app({}):\n    return Flask(__name__)\n"


def modules(root: Path, files: dict[str, str]) -> Modules:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Modules(root)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("app = Flask(__name__)", ""),
        ("site: Flask = APIFlask(__name__)", ""),
        ("one = Flask(__name__)\ntwo = Flask(__name__)", ":one"),
        ("with x:\n    try:\n        application = flask.Flask(__name__)\n    except E:\n        pass", ""),
        ("if __name__ == '__main__':\n    app = Flask(__name__)", None),
        ("class A:\n    app = Flask(__name__)", None),
        (FACTORY.format(""), ""),
        (FACTORY.format("config=None, *, debug=False, **more"), ""),
        (FACTORY.format("config"), None),
        (FACTORY.format("*, config"), None),
        (FACTORY.format("config") + "app = create_app('dev')", ""),
        ("def build():\n    return Flask(__name__)", ":build"),
        ("def build():\n    Flask(__name__).run()", None),
        ("def build(x):\n    return Flask(__name__)\n\nserver = build(1)", ""),
        ("from other import app", ""),
        ("from other import app as x\ny = x", ":x"),
        ("from other import *", None),
        ("from . import other\napp = other.create_app()", ""),
        ("app = app", None),
        ("def (", None),
        ("", None),
    ],
)
def test_the_app_of_a_module(tmp_path: Path, text: str, expected: str | None) -> None:
    known = modules(tmp_path, {"m.py": text, "other.py": "app = Flask(__name__)"})
    assert known.application(tmp_path / "m.py") == expected


def test_imports_lead_to_the_files_of_the_submission(tmp_path: Path) -> None:
    files = {
        "a/b/__init__.py": "from . import c\nfrom .c import X\nfrom ..d import e\nimport a.b.f\nimport os\n",
        "a/__init__.py": "",
        "a/b/c.py": "",
        "a/d/e.py": "",
        "a/b/f/__init__.py": "from ....too import far\n",
    }
    known = modules(tmp_path, files)
    reached = {
        module.path.relative_to(tmp_path).as_posix() for module in known.reached(tmp_path / "a/b/__init__.py")
    }
    assert reached == {"a/b/__init__.py", "a/b/c.py", "a/d/e.py", "a/b/f/__init__.py"}


def test_a_file_outside_of_the_submission_is_none_of_its_modules(tmp_path: Path) -> None:
    (tmp_path / "x.py").touch()
    known = modules(tmp_path / "submission", {"m.py": "from ..x import y\nfrom ...x import y\n"})
    assert len(known.reached(tmp_path / "submission" / "m.py")) == 1
