"""`python -m tests.sample FOLDER` grades a few of the catalogue as a small class, in all formats."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.cli.main import main
from grader.report.formats import FORMATS
from tests.catalogue import case_named

STUDENTS = (
    "right_flask_migrate",
    "right_reference",
    "right_without_optional_step",
    "wrong_avatar_text",
    "wrong_create_all_in_env",
    "wrong_enum_left_behind",
    "wrong_exit_in_env",
    "wrong_not_null_on_rows",
    "wrong_several_heads",
    "wrong_unnamed_constraint",
    "wrong_untouched_template",
    "wrong_url_in_ini",
)
WRITTEN = ",".join(name for name in FORMATS if name != "github")
"""Without GitHub's, which also prints annotations."""

if __name__ == "__main__":
    target = Path(sys.argv[1])
    shutil.rmtree(target, ignore_errors=True)
    with TemporaryDirectory() as folder:
        paths = [str(case_named(name).write(Path(folder, name))) for name in STUDENTS]
        main(["grade", *paths, "--isolation", "none", "--out", str(target), "--format", WRITTEN])
