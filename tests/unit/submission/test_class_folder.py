"""What is a class's folder, what is one submission, and what is neither."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment.model import Project
from grader.errors import UsageError
from grader.runs.assignments import load
from grader.submission.class_folder import check_changed, check_single, class_top, read_class

RUBRIC = load()
CHECKOUT = Path(__file__).parents[3]
REFERENCE, TEMPLATE = CHECKOUT / "reference_solution", CHECKOUT / "student_template"
EMPTY_ZIP = b"PK\5\6" + bytes(18)


def solved(*folders: Path) -> None:
    for folder in folders:
        shutil.copytree(REFERENCE, folder, ignore=shutil.ignore_patterns("__pycache__"))


def untouched(*folders: Path) -> None:
    for folder in folders:
        shutil.copytree(TEMPLATE, folder)


def another_exercise(folder: Path) -> None:
    """A project with Alembic and tables of its own."""
    (folder / "alembic" / "versions").mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = alembic\n")
    (folder / "alembic" / "env.py").write_text("target_metadata = None\n")
    (folder / "alembic" / "versions" / "1_books.py").write_text('op.create_table("books")\n')


def reports(folder: Path) -> None:
    (folder / "ada").mkdir(parents=True, exist_ok=True)
    for name in ("grade.json", "observations.json"):
        (folder / "ada" / name).write_text("{}")
    (folder / "summary.json").write_text("{}")


def zipped(folder: Path) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return data.getvalue()


def single(path: Path) -> None:
    check_single(path, RUBRIC)


def whole_class(path: Path) -> None:
    read_class(path, RUBRIC)


def refusal(check: Callable[[Path], None], path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        check(path)
    assert caught.value.exit_code == 2
    assert caught.value.next_step
    return f"{caught.value.message} | {caught.value.next_step}"


# --- one submission ---------------------------------------------------------------------------------------


def test_two_people_are_not_one_submission(tmp_path: Path) -> None:
    solved(tmp_path / "class" / "ada", tmp_path / "class" / "grace")
    said = refusal(single, tmp_path / "class")
    assert "class holds 2 projects (ada, grace)" in said
    assert f"`grader grade --all {tmp_path}/class`" in said


def test_a_class_two_folders_down(tmp_path: Path) -> None:
    solved(tmp_path / "year" / "class" / "ada", tmp_path / "year" / "class" / "grace")
    assert f"`grader grade --all {tmp_path}/year/class`" in refusal(single, tmp_path / "year")


def test_people_in_two_sections(tmp_path: Path) -> None:
    solved(tmp_path / "year" / "monday" / "ada", tmp_path / "year" / "tuesday" / "grace")
    assert f"`grader grade {tmp_path}/year/monday/ada`" in refusal(single, tmp_path / "year")


def test_people_who_have_no_set_up_yet(tmp_path: Path) -> None:
    untouched(tmp_path / "class" / "ada", tmp_path / "class" / "grace")
    assert "holds 2 projects (ada, grace)" in refusal(single, tmp_path / "class")


def test_packed_work_of_several_people(tmp_path: Path) -> None:
    for name in ("ada", "grace"):
        (tmp_path / "class").mkdir(exist_ok=True)
        (tmp_path / "class" / f"{name}.zip").write_bytes(EMPTY_ZIP)
    said = refusal(single, tmp_path / "class")
    assert "holds 2 archives (ada.zip, grace.zip)" in said
    assert "--all" in said


def test_a_whole_class_in_one_archive(tmp_path: Path) -> None:
    solved(tmp_path / "class" / "ada", tmp_path / "class" / "grace")
    (tmp_path / "class.zip").write_bytes(zipped(tmp_path / "class"))
    said = refusal(single, tmp_path / "class.zip")
    assert "class.zip holds 2 projects (ada, grace)" in said
    assert f"`grader grade --all {tmp_path}/class.zip`" in said
    shutil.rmtree(tmp_path / "class")
    assert "class.zip holds 2 projects" in refusal(whole_class, tmp_path)


def test_parts_of_a_project(tmp_path: Path) -> None:
    solved(tmp_path / "ada")
    for part in ("alembic", "alembic/versions"):
        assert (
            f"did you mean `grader grade {tmp_path}/ada`" in refusal(single, tmp_path / "ada" / part).lower()
        )


def test_things_that_nobody_handed_in(tmp_path: Path) -> None:
    reports(tmp_path / "reports")
    for name in ("__MACOSX", "node_modules", "venv"):
        (tmp_path / name).mkdir()
    for name in ("README.md", "roster.csv"):
        (tmp_path / name).write_text("text\n")
    for path in tmp_path.iterdir():
        assert path.name in refusal(single, path)


SHAPES: Mapping[str, Mapping[str, Callable[[Path], object]]] = {
    "solved": {".": solved},
    "untouched": {".": untouched},
    "nothing": {".": lambda ada: ada.mkdir(parents=True)},
    "deep": {"courses/databases/exercise 4": solved},
    "exercises": {"exercise4": solved, "exercise3": untouched},
    "exercises_with_alembic": {"exercise4": solved, "exercise5": another_exercise},
    "copies_inside": {".": solved, "tests/fixtures/copy": solved, "old": another_exercise},
    "installed": {"backend": solved, "venv/share": solved, "node_modules/x": solved},
    "forged_reports": {".": solved, "x": lambda x: reports(x.parent)},
    "forged_reports_above": {"exercise": solved, "x": lambda x: reports(x.parent)},
    "script_folder": {".": lambda ada: shutil.copytree(REFERENCE / "alembic", ada)},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_one_persons_work_in_all_its_shapes(tmp_path: Path, shape: str) -> None:
    for place, make in SHAPES[shape].items():
        make(tmp_path / "class" / "ada" / place)
    single(tmp_path / "class" / "ada")
    solved(tmp_path / "class" / "grace", tmp_path / "class" / "linus")
    assert len(read_class(tmp_path / "class", RUBRIC).submissions) == 3
    (tmp_path / "ada.zip").write_bytes(zipped(tmp_path / "class" / "ada"))
    single(tmp_path / "ada.zip")


def test_an_assignment_that_names_the_folder_settles_it(tmp_path: Path) -> None:
    rubric = replace(RUBRIC, project=Project(alembic_root="exercise4"))
    for name in ("ada", "grace"):
        solved(tmp_path / name / "exercise4", tmp_path / name / "exercise5")
    check_single(tmp_path / "ada", rubric)
    assert len(read_class(tmp_path, rubric).submissions) == 2
    assert "alembic_root" in refusal(single, tmp_path / "ada")
    assert "alembic_root" in refusal(whole_class, tmp_path)


# --- a class ----------------------------------------------------------------------------------------------


def test_links_are_refused_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    solved(folder / "ada")
    targets = ("ada", "ada/app.py", "/etc", "nowhere", "loop")
    for name, target in zip(("grace", "file", "outside", "broken", "loop"), targets, strict=True):
        (folder / name).symlink_to(target)
        said = refusal(whole_class, folder)
        assert f"class/{name} is a link to {target}" in said
        assert "Nothing was graded" in said
        (folder / name).unlink()
    (folder / "ada.zip").symlink_to(tmp_path / "x.zip")
    assert "ada.zip is a link" in refusal(whole_class, folder)


@pytest.mark.parametrize("name", ["__MACOSX", "node_modules", "venv", "__pycache__"])
def test_what_a_tool_leaves_behind_is_nobody(tmp_path: Path, name: str) -> None:
    solved(tmp_path / "ada")
    (tmp_path / name / "ada").mkdir(parents=True)
    assert name in refusal(whole_class, tmp_path)


def test_reports_are_nobodys_work(tmp_path: Path) -> None:
    solved(tmp_path / "ada")
    reports(tmp_path / "reports")
    assert "reports holds the reports of an earlier run" in refusal(whole_class, tmp_path)
    assert "is a folder of reports" in refusal(whole_class, tmp_path / "reports")
    assert len(read_class(tmp_path, RUBRIC, out=tmp_path / "reports").submissions) == 1


def test_a_folder_too_high(tmp_path: Path) -> None:
    solved(tmp_path / "year" / "class" / "ada", tmp_path / "year" / "class" / "grace")
    said = refusal(whole_class, tmp_path / "year")
    assert "class (ada, grace)" in said
    assert f"`grader grade --all {tmp_path}/year/class`" in said
    (tmp_path / "year" / "notes").mkdir()
    assert "class (ada, grace)" in refusal(whole_class, tmp_path / "year")
    solved(tmp_path / "year" / "solution")
    assert "class (ada, grace)" in refusal(whole_class, tmp_path / "year")


def test_the_command_to_use_instead_can_be_copied(tmp_path: Path) -> None:
    solved(*(tmp_path / "top" / "a year" / "class & co" / name for name in ("ada", "grace")))
    assert f"`grader grade --all '{tmp_path}/top/a year/class & co'`" in refusal(
        whole_class, tmp_path / "top"
    )


def test_sections_of_different_sizes(tmp_path: Path) -> None:
    solved(*(tmp_path / name for name in ("mon/ada", "mon/grace", "tue/linus", "wed/edsger")))
    assert "mon (ada, grace)" in refusal(whole_class, tmp_path)


def test_packed_sections(tmp_path: Path) -> None:
    (tmp_path / "monday").mkdir()
    for name in ("ada", "grace"):
        (tmp_path / "monday" / f"{name}.zip").write_bytes(EMPTY_ZIP)
    assert "monday (ada.zip, grace.zip)" in refusal(whole_class, tmp_path)


@pytest.mark.parametrize("make", [solved, untouched, another_exercise])
def test_a_folder_too_low(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "ada")
    for name in ("templates", "static"):
        (tmp_path / "ada" / name).mkdir()
    assert f"`grader grade {tmp_path}/ada`" in refusal(whole_class, tmp_path / "ada")


@pytest.mark.parametrize("names", [("backend", "frontend"), ("exercise3", "Exercise 4"), ("src", "tests")])
def test_a_repository_with_the_exercise_in_a_folder_is_too_low(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    solved(*(tmp_path / "ada" / name for name in names))
    assert f"`grader grade {tmp_path}/ada`" in refusal(whole_class, tmp_path / "ada")


def test_a_class_that_has_not_begun(tmp_path: Path) -> None:
    for name in ("ada", "grace"):
        (tmp_path / name).mkdir()
    (tmp_path / "requirements.txt").touch()
    assert len(read_class(tmp_path, RUBRIC).submissions) == 2


def test_the_script_folder_is_far_too_low(tmp_path: Path) -> None:
    solved(tmp_path / "ada")
    assert f"`grader grade {tmp_path}/ada`" in refusal(whole_class, tmp_path / "ada" / "alembic")


def test_one_person_with_two_copies_does_not_stop_the_others(tmp_path: Path) -> None:
    solved(*(tmp_path / name for name in ("ada", "grace", "linus/work", "linus/backup")))
    assert len(read_class(tmp_path, RUBRIC).submissions) == 3


def test_files_of_the_course_beside_the_submissions(tmp_path: Path) -> None:
    solved(tmp_path / "ada")
    (tmp_path / "grace").mkdir()
    for name in ("README.md", "roster.csv", "requirements.txt", "exercise.pdf", "Thumbs.db", ".DS_Store"):
        (tmp_path / name).write_text("text\n")
    found = read_class(tmp_path, RUBRIC)
    assert [child.name for child, _ in found.submissions] == ["ada", "grace"]
    assert found.left_out == ("README.md", "Thumbs.db", "exercise.pdf", "requirements.txt", "roster.csv")


@pytest.mark.parametrize("name", ["ada.rar", "ada.7z", "ada.gz"])
def test_other_packings_are_not_overlooked(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"anything")
    (tmp_path / "grace").mkdir()
    assert f"{name} is packed in a way that is not read" in refusal(whole_class, tmp_path)


@pytest.mark.parametrize("root", [None, "exercise4"])
def test_packed_work_that_cannot_be_read_is_no_zero(tmp_path: Path, root: str | None) -> None:
    """Moodle makes a folder for each person; what is in it is the person's."""
    rubric = replace(RUBRIC, project=Project(alembic_root=root))
    for person, names in {"Ada_17": ("w.rar",), "Bob_18": ("w.zip",), "Cy_19": ("a.zip", "b.zip")}.items():
        folder = tmp_path / f"{person}_assignsubmission_file"
        folder.mkdir()
        for name in names:
            (folder / name).write_bytes(b"Rar!\x1a\x07\x00")
    said = refusal(lambda path: void(read_class(path, rubric)), tmp_path)
    assert "Ada_17_assignsubmission_file holds w.rar, which is packed in a way that is not read" in said
    assert "Bob_18_assignsubmission_file/w.zip is a RAR archive" in said
    assert "Cy_19_assignsubmission_file holds 2 archives (a.zip, b.zip), and only one can be graded" in said
    assert "Nothing was graded" in said
    assert "holds w.rar" in refusal(single, tmp_path / "Ada_17_assignsubmission_file")


def test_packed_work_in_an_archive_is_no_zero(tmp_path: Path) -> None:
    for name, inside in (("ada", ("w.7z",)), ("grace", ("a.zip", "b.zip"))):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            for path in inside:
                archive.writestr(f"work/{path}", EMPTY_ZIP)
    said = refusal(whole_class, tmp_path)
    assert "ada.zip holds work/w.7z, which is packed" in said
    assert "grace.zip holds 2 archives (work/a.zip, work/b.zip)" in said


def test_what_is_not_read_beside_an_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "work.zip").write_bytes(EMPTY_ZIP)
    (tmp_path / "ada" / "data.rar").write_bytes(b"Rar!")
    assert read_class(tmp_path, RUBRIC).notes == ("Of ada, work.zip is read, not data.rar",)


def test_a_persons_files_of_which_none_is_known_to_be_the_last(tmp_path: Path) -> None:
    for name in ("doejane_12345_67890_app.zip", "doejane_12345_67891_models.zip"):
        (tmp_path / name).write_bytes(EMPTY_ZIP)
    said = refusal(whole_class, tmp_path)
    assert "doejane_12345 has several files" in said
    assert "doejane_12345_67890_app.zip, doejane_12345_67891_models.zip" in said


@pytest.mark.parametrize(
    ("inside", "top"),
    [
        (("ada", "grace"), "."),
        (("year/ada", "year/grace"), "year"),
        (("ada/exercise4",), "."),
        (("Ada_17_assignsubmission_file/x",), "."),
        (("export/submission_551",), "export"),
    ],
)
def test_the_folder_around_the_submissions_of_an_archive(
    tmp_path: Path, inside: tuple[str, ...], top: str
) -> None:
    solved(*(tmp_path / path for path in inside))
    if top == "export":
        (tmp_path / top / "submission_metadata.yml").write_text(
            "submission_551:\n  :submitters:\n  - :name: Ada\n  :score: 1\n"
        )
    assert class_top(tmp_path, RUBRIC) == tmp_path / top


def void(_: object) -> None:
    """Drop a value."""


def test_files_that_are_no_archives(tmp_path: Path) -> None:
    (tmp_path / "ada.zip").write_text("<!doctype html><title>Log in</title>")
    (tmp_path / "grace.tar.gz").touch()
    said = refusal(whole_class, tmp_path)
    assert "ada.zip is a web page" in said
    assert "grace.tar.gz is an empty file" in said


def test_of_changes_only_those_are_checked_that_are_graded(tmp_path: Path) -> None:
    solved(tmp_path / "ada")
    (tmp_path / "grace").symlink_to("ada")
    check_changed(tmp_path, [tmp_path / "ada"], RUBRIC)
    with pytest.raises(UsageError, match="grace is a link"):
        check_changed(tmp_path, [tmp_path / "ada", tmp_path / "grace"], RUBRIC)
    with pytest.raises(UsageError, match="is one submission"):
        check_changed(tmp_path / "ada", [tmp_path / "ada" / "alembic"], RUBRIC)
