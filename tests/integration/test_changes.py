"""Which submissions a change is about, asked of real repositories with real histories."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from grader.errors import ConfigurationError, GraderError, UsageError
from grader.runs.assignments import load, load_before
from grader.submission.changes import Changes, find_changes
from grader.submission.git.course_repository import repository_top
from tests.integration.command import REFERENCE
from tests.integration.course import Course, course

__all__ = ["course"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names that other systems do not take")

HOSTILE_NAMES = (
    "two words & more",
    "line\nbreak",
    "-rf",
    "::error::pwned",
    "##[error]pwned",
    "$(touch pwned)",
    "'quote\"",
    "*",
    ":(glob)**",
    "Žofie",
    os.fsdecode(b"caf\xe9"),
)


def names(course: Course, since: str = "HEAD^1") -> list[str]:
    """The names of what has changed."""
    found = find_changes(course.top / "submissions", since)
    assert all(path.parent == course.top / "submissions" for path in found.submissions)
    return [path.name for path in found.submissions]


def test_new_and_edited_submissions_are_graded(course: Course) -> None:
    course.pull_request({"submissions/grace/app.py": "better\n", "submissions/bob/alembic/env.py": "x\n"})
    assert names(course) == ["bob", "grace"]


def test_deleted_submissions_are_not_graded(course: Course) -> None:
    course.pull_request({"submissions/ada": None, "submissions/grace/app.py": "better\n"})
    found = find_changes(course.top / "submissions", "main")
    assert found == Changes((course.top / "submissions" / "grace",), ("ada",), 0)


def test_a_renamed_submission_is_graded_under_its_new_name(course: Course) -> None:
    course.pull_request({"submissions/ada": None, "submissions/countess/app.py": "ada\n"})
    found = find_changes(course.top / "submissions", "main")
    assert ([path.name for path in found.submissions], found.deleted) == (["countess"], ("ada",))


def test_changed_files_in_no_submission_are_counted(course: Course) -> None:
    course.pull_request(
        {"notes.md": "y\n", "submissions/README.md": "There.\n", "submissions/.github/x.yml": "on: push\n"}
    )
    assert find_changes(course.top / "submissions", "main") == Changes((), (), 3)


def test_an_archive_is_a_submission(course: Course) -> None:
    course.pull_request({"submissions/bob.zip": "PK", "submissions/eve.tar.gz": "x", "submissions/x.txt": ""})
    assert names(course) == ["bob.zip", "eve.tar.gz"]


def test_later_commits_on_the_base_do_not_count(course: Course) -> None:
    course.git("branch", "change", "main")
    course.commit({"submissions/ada/app.py": "on main\n"})
    course.git("switch", "--quiet", "change")
    course.commit({"submissions/grace/app.py": "in the change\n"})
    assert names(course, "main") == ["grace"]
    course.merge()
    assert names(course, "main") == names(course, "HEAD^1") == ["grace"]


def test_a_head_that_is_not_checked_out(course: Course) -> None:
    course.pull_request({"submissions/grace/app.py": "better\n"})
    course.git("switch", "--quiet", "main")
    found = find_changes(course.top / "submissions", "main", "change")
    assert [path.name for path in found.submissions] == ["grace"]
    assert find_changes(course.top / "submissions", "main").submissions == ()


def test_odd_names_have_no_effect(course: Course) -> None:
    course.pull_request({f"submissions/{name}/app.py": "x\n" for name in HOSTILE_NAMES})
    assert names(course) == sorted(HOSTILE_NAMES)


def test_an_id_of_zeros_is_the_state_before_the_first_commit(course: Course) -> None:
    assert names(course, "0" * 40) == ["ada", "grace"]


def test_the_top_of_a_repository_can_hold_the_submissions(tmp_path: Path) -> None:
    course = Course(tmp_path / "course", {"ada/app.py": "x", "README.md": "x"})
    course.pull_request({"grace/app.py": "x", "README.md": "y"})
    assert find_changes(course.top, "main") == Changes((course.top / "grace",), (), 1)


def test_a_worktree_and_a_relative_path(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    course.pull_request({"submissions/grace/app.py": "better\n"})
    course.git("worktree", "add", "--quiet", "--detach", course.top.parent / "tree", "HEAD")
    monkeypatch.chdir(course.top.parent / "tree")
    assert find_changes(Path("submissions"), "main").submissions == (Path("submissions/grace"),)


# --- what cannot be answered ------------------------------------------------------------------------------


def test_a_shallow_clone_of_two_is_enough_for_a_merge(course: Course, tmp_path: Path) -> None:
    for number in range(3):
        course.commit({"notes.md": f"{number}\n"})
    course.pull_request({"submissions/grace/app.py": "better\n"})
    assert names(course.clone(tmp_path / "two", "--depth=2")) == ["grace"]


def test_a_clone_that_is_too_shallow(course: Course, tmp_path: Path) -> None:
    base = course.git("rev-parse", "main")
    course.pull_request({"submissions/grace/app.py": "better\n"})
    clone = course.clone(tmp_path / "one", "--depth=1")
    for since in ("HEAD^1", base):
        with pytest.raises(UsageError, match="not a commit of this clone") as caught:
            names(clone, since)
        assert "fetch-depth: 0" in caught.value.next_step


def test_a_shallow_clone_without_the_common_commit(course: Course, tmp_path: Path) -> None:
    course.git("branch", "change", "main")
    course.commit({"notes.md": "on main\n"})
    course.git("switch", "--quiet", "change")
    course.commit({"submissions/grace/app.py": "better\n"})
    clone = course.clone(tmp_path / "clone", "--depth=1", "--no-single-branch")
    with pytest.raises(UsageError, match="no commit in common") as caught:
        names(clone, "origin/main")
    assert "git fetch --unshallow" in caught.value.next_step


def test_a_commit_that_a_force_push_has_removed(course: Course) -> None:
    with pytest.raises(UsageError, match="is not a commit of this clone") as caught:
        names(course, "1" * 40)
    assert "force-push" in caught.value.next_step


def test_an_unknown_commit(course: Course) -> None:
    for since in ("", "-h", "--all", "main^{tree}", "no-such-branch", "HEAD~99", "main:notes.md"):
        with pytest.raises(UsageError, match="is not a commit"):
            names(course, since)


def test_a_folder_that_is_in_no_repository(tmp_path: Path) -> None:
    assert repository_top(tmp_path) is None
    with pytest.raises(UsageError, match="is not in a git repository"):
        find_changes(tmp_path, "main")


def test_a_folder_that_is_not_there(course: Course) -> None:
    with pytest.raises(UsageError, match="homework is not there"):
        find_changes(course.top / "homework", "main")


def test_a_folder_that_a_change_deletes_as_a_whole(course: Course) -> None:
    course.pull_request({"submissions": None})
    found = find_changes(course.top / "submissions", "main")
    assert (found.submissions, found.deleted) == ((), ("ada", "grace"))


def test_a_damaged_clone_is_a_harness_fault(course: Course) -> None:
    course.pull_request({"submissions/grace/app.py": "better\n"})
    tree = course.git("rev-parse", "main^{tree}")
    (course.top / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(GraderError, match=r"git .* failed") as caught:
        names(course)
    assert caught.value.exit_code == 5


# --- what a change tries ----------------------------------------------------------------------------------


def test_a_link_to_a_better_answer(course: Course) -> None:
    course.git("switch", "--quiet", "--create", "change")
    (course.top / "submissions" / "mallory").symlink_to("ada")
    course.commit({})
    course.merge()
    with pytest.raises(UsageError, match="mallory is a link"):
        names(course)


def test_a_link_in_place_of_all_submissions(course: Course) -> None:
    course.git("switch", "--quiet", "--create", "change")
    course.commit({"submissions": None, "answers/mallory/app.py": "x\n"})
    (course.top / "submissions").symlink_to("answers")
    course.commit({})
    course.merge()
    with pytest.raises(UsageError, match="submissions is a link"):
        names(course)


def test_a_submodule(course: Course) -> None:
    course.git("switch", "--quiet", "--create", "change")
    head = course.git("rev-parse", "HEAD")
    course.git("update-index", "--add", "--cacheinfo", f"160000,{head},submissions/mallory")
    course.git("commit", "--quiet", "--message", "x")
    with pytest.raises(UsageError, match="mallory is a submodule"):
        names(course, "main")


def test_a_folder_that_looks_like_a_repository(course: Course, tmp_path: Path) -> None:
    """Git that is called in such a folder takes its settings, and runs what they name."""
    marker = tmp_path / "marker"
    course.pull_request(
        {
            "submissions/HEAD": "ref: refs/heads/main\n",
            "submissions/config": f"[core]\n\tfsmonitor = touch {marker}\n\tworktree = {course.top}\n",
            "submissions/refs/heads/main": f"{course.git('rev-parse', 'main')}\n",
            "submissions/objects/info/x": "x\n",
            "submissions/.gitattributes": "* diff=evil filter=evil\n",
            "submissions/grace/app.py": "better\n",
        }
    )
    for key in ("core.fsmonitor", "diff.external", "diff.evil.textconv", "filter.evil.smudge", "core.pager"):
        course.git("config", key, f"touch {marker}; true")
    assert names(course) == ["grace", "objects", "refs"]
    assert not marker.exists()
    course.git("status")
    assert marker.exists(), "the trap itself works"


def test_settings_of_the_user_have_no_effect(
    course: Course, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    course.pull_request({"submissions/grace/app.py": "better\n"})
    (tmp_path / "gitconfig").write_text(
        f"[core]\n\tfsmonitor = touch {tmp_path}/marker\n[diff]\n\tnoprefix=true\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {tmp_path}/marker")
    assert names(course) == ["grace"]
    assert not (tmp_path / "marker").exists()


# --- the assignment ---------------------------------------------------------------------------------------


@pytest.fixture
def graded_course(course: Course) -> Course:
    """A course with an assignment of its own."""
    course.commit(
        {
            "grading/assignment.toml": (REFERENCE / "assignment.toml").read_text(encoding="utf-8"),
            "grading/reference_schema.sql": (REFERENCE / "reference_schema.sql").read_text(encoding="utf-8"),
            "grading/app.py": (REFERENCE / "app.py").read_text(encoding="utf-8"),
        }
    )
    return course


def test_an_assignment_is_what_it_was_before_the_change(graded_course: Course) -> None:
    path = graded_course.top / "grading" / "assignment.toml"
    before = load(path)
    graded_course.pull_request(
        {
            "grading/assignment.toml": path.read_text(encoding="utf-8").replace(
                "max_score = 100", "max_score = 1"
            ),
            "grading/reference_schema.sql": "CREATE TABLE nothing ();\n",
        }
    )
    assert load_before(path, "HEAD^1") == before
    with pytest.raises(ConfigurationError):
        load(path)


def test_an_assignment_that_the_change_adds(course: Course) -> None:
    text = (REFERENCE / "assignment.toml").read_text(encoding="utf-8")
    course.pull_request({"mine/assignment.toml": text})
    with pytest.raises(UsageError, match=r"assignment\.toml is not a file of the commit"):
        load_before(course.top / "mine" / "assignment.toml", "HEAD^1")


def test_a_mistake_in_the_assignment_names_the_commit(course: Course) -> None:
    course.commit({"grading/assignment.toml": "nonsense = 1\n"})
    with pytest.raises(ConfigurationError, match=r"at main: grading/assignment\.toml"):
        load_before(course.top / "grading" / "assignment.toml", "main")


def test_an_assignment_outside_of_all_repositories(tmp_path: Path) -> None:
    for name in ("assignment.toml", "reference_schema.sql"):
        (tmp_path / name).write_bytes((REFERENCE / name).read_bytes())
    assert load_before(tmp_path / "assignment.toml", "main").id == "exercise_4_migrations"
