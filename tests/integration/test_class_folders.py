"""Who is graded as whom: folders that are no class and names that meet others, as a user runs the command."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from grader.text.folder_names import folder_name
from tests.integration.command import REFERENCE, Place, reference

pytestmark = pytest.mark.postgres

CLASS_FILES = {"index.html", "grades.csv", "junit.xml", "summary.json", "roster.csv"}


@pytest.fixture
def here(tmp_path: Path) -> Place:
    """A place with a class of two."""
    place = Place(tmp_path)
    for name in ("ada", "grace"):
        reference(place.top / "class" / name)
    return place


def refused(here: Place, *arguments: str, says: str) -> None:
    """The command is refused with this text, in either order of its parts, and nothing is graded."""
    done = here.grade(*arguments)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr.replace(f"{here.top}/", "")
    assert "Traceback" not in done.stderr
    assert not here.out.exists()
    assert here.is_clean()


def test_two_people_as_one(here: Place) -> None:
    refused(here, "class", says="class holds 2 projects (ada, grace)")
    refused(here, "class", says="Did you mean `grader grade --all class`?")


def test_too_high_and_too_low(here: Place) -> None:
    refused(here, "--all", ".", says="`grader grade --all class`")
    refused(here, "--all", "class/ada", says="Did you mean `grader grade class/ada`")


def test_a_link_gets_nobodys_points(here: Place) -> None:
    (here.top / "class" / "mallory").symlink_to("ada")
    refused(here, "--all", "class", says="class/mallory is a link to ada")


def test_what_is_no_submission_is_named(here: Place) -> None:
    (here.top / "class" / "__MACOSX").mkdir()
    (here.top / "class" / "linus.zip").write_text("<html>Log in</html>")
    refused(here, "--all", "class", says="class/__MACOSX")
    refused(here, "--all", "class", says="class/linus.zip is a web page")
    refused(here, "class/linus.zip", says="class/linus.zip is a web page")


def test_reports_of_an_earlier_run(here: Place) -> None:
    shutil.rmtree(here.top / "class" / "grace")
    done = here.run("grade", "--all", "class", "--out", "class/reports", "--isolation", "none")
    assert done.returncode == 0, done.stderr
    refused(here, "--all", "class", says="class/reports holds the reports of an earlier run")
    refused(here, "--all", "class/reports", says="is a folder of reports")
    refused(here, "class/reports/ada", says="reports of an earlier run")


def packed(folder: Path, *, top: str = "") -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, f"{top}{path.relative_to(folder)}")
    return data.getvalue()


def test_a_class_as_moodle_hands_it_out(here: Place) -> None:
    """One zip, a folder for each person, an archive in it; in one of them the archive is in an archive."""
    work = packed(here.top / "class" / "ada", top="exercise4/")
    with zipfile.ZipFile(here.top / "inner.zip", "w") as archive:
        archive.writestr("final.zip", work)
    with zipfile.ZipFile(here.top / "course.zip", "w") as archive:
        archive.writestr("Ada Lovelace_17_assignsubmission_file/work.zip", work)
        archive.write(here.top / "inner.zip", "Grace Hopper_18_assignsubmission_file/all.zip")
        archive.writestr("Linus_19_assignsubmission_onlinetext/onlinetext.html", "<p>see my repository")
    (here.top / "roster.csv").write_text("submission,name,moodle_id\n,Countess,17\n,Admiral,18\n,Linus,19\n")
    for _ in range(2):
        done = here.grade("--all", "course.zip", "--roster", "roster.csv", "--format", "json,csv")
        assert done.returncode == 0, done.stderr
        assert "Not graded, as it is a text and no file: Linus_19_assignsubmission_onlinetext." in done.stderr
    assert "taken over" in done.stdout
    for person in ("Ada Lovelace_17", "Grace Hopper_18"):
        assert here.report(person)["score"] == 100.0
    rows = (here.out / "grades.csv").read_text().splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [
        ["Ada Lovelace_17", "Countess"],
        ["Grace Hopper_18", "Admiral"],
        ["", "Linus"],
    ]
    assert here.is_clean()


def test_a_class_with_an_archive_that_nobody_can_read(here: Place) -> None:
    with zipfile.ZipFile(here.top / "course.zip", "w") as archive:
        archive.writestr("Ada_17_assignsubmission_file/work.zip", packed(here.top / "class" / "ada"))
        archive.writestr("Bob_18_assignsubmission_file/work.rar", "Rar!")
    refused(here, "--all", "course.zip", says="course.zip/Bob_18_assignsubmission_file holds work.rar")
    refused(here, "course.zip", says="`grader grade --all course.zip`")


def test_names_of_the_classs_own_files(here: Place) -> None:
    names = ("index.html", "Grades.CSV", "summary.json.", "junit.xml")
    for name in names:
        (here.top / "class" / name).mkdir()
        (here.top / "class" / name / "README.md").write_text(name)
    (here.top / "roster.csv").write_text(
        "submission,name\nada,Ada\n" + "".join(f"{n},Mr {n}\n" for n in names)
    )
    for _ in range(2):
        done = here.grade("--all", "class", "--roster", "roster.csv", "--format", "html,json,csv,junit")
        assert done.returncode == 0, done.stderr
    assert {path.name for path in here.out.iterdir() if path.is_file()} == CLASS_FILES
    folders = {path.name for path in here.out.iterdir() if path.is_dir()}
    assert folders == {"ada", "grace", *map(folder_name, names)}
    summary = json.loads((here.out / "summary.json").read_bytes())
    assert summary["counts"]["graded"] == 6
    assert here.report("ada")["score"] == 100.0
    grades = (here.out / "grades.csv").read_text()
    for name in names:
        assert here.report(folder_name(name))["submission"]["id"] == folder_name(name)
        assert f"Mr {name}" in grades
    for command in (("regrade", here.out), ("export", here.out, "--to", "csv")):
        done = here.run(*command, "--roster", "roster.csv")
        assert done.returncode == 0, done.stderr


def test_an_assignment_in_which_the_folder_is_fixed(here: Place) -> None:
    rubric = here.top / "rubric"
    rubric.mkdir()
    for name in ("assignment.toml", "reference_schema.sql"):
        shutil.copy(REFERENCE / name, rubric)
    text = (rubric / "assignment.toml").read_text()
    (rubric / "assignment.toml").write_text(f'{text}\n[project]\nalembic_root = "ada"\n')
    done = here.grade("class", "--assignment", rubric / "assignment.toml")
    assert done.returncode == 0, done.stderr
    assert here.report("class")["score"] == 100.0
