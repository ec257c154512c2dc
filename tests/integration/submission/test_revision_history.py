"""Which revision files were edited after they were committed, by the commits of real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.observations.history import EditKind
from grader.submission import revision_history
from grader.submission.git import log
from tests.catalogue.case import (
    CATEGORIES,
    EXTRA,
    EXTRA_ID,
    INI,
    INITIAL,
    PROFILE,
    USERNAME,
    Edit,
    append,
    delete,
    extra,
    move,
    replace,
    revision,
    write,
)
from tests.integration.submission.histories import State, commit, history, put, repository
from tests.integration.submission.repositories import git

START = delete(PROFILE, CATEGORIES, USERNAME)
LONGER = replace(PROFILE, ("length=255", "length=300"))


def with_line_ends(path: str) -> Edit:
    """As a Windows editor saves it."""

    def apply(files: dict[str, bytes]) -> None:
        files[path] = files[path].replace(b"\n", b"\r\n")

    return apply


MOVED: State = (move("alembic/", "migrations/"), replace(INI, ("%(here)s/alembic", "%(here)s/migrations")))
SECOND_HEAD = write(EXTRA, revision(EXTRA_ID, "9e42d70b51fc", "one more", "pass", "pass"))
IN_A_ROW = replace(EXTRA, ("9e42d70b51fc", "672b0dfe84a9"))
BETWEEN: State = (
    write(EXTRA, revision(EXTRA_ID, "9e42d70b51fc", "one more", "pass", "pass")),
    replace(CATEGORIES, ("9e42d70b51fc", EXTRA_ID)),
)
BROKEN = replace(USERNAME, ("def upgrade() -> None:", "def upgrade( -> None:"))


@pytest.mark.parametrize(
    "states",
    [
        ((START,), ()),
        ((), (append(PROFILE, "\n# Widened later, see the next revision.\n"),)),
        ((), (with_line_ends(PROFILE),)),
        ((), MOVED),
        ((), (move(PROFILE, "alembic/versions/0002_profile.py"),)),
        ((), (LONGER,), ()),
        ((SECOND_HEAD,), (SECOND_HEAD, IN_A_ROW)),
        ((BROKEN,), ()),
        ((write("notes/versions/plan.py", "down_revision = 1\n"),), ()),
    ],
    ids=[
        "grows",
        "comment",
        "line_ends",
        "moved",
        "renamed",
        "reverted",
        "heads_in_a_row",
        "mended",
        "no_revision",
    ],
)
def test_what_is_no_edit(states: tuple[State, ...], tmp_path: Path) -> None:
    found = history(repository(tmp_path / "ada", *states), tmp_path)
    assert (found.edits, found.lacking, found.whole) == ((), "", True)


def test_a_changed_revision_is_named_with_both_commits(tmp_path: Path) -> None:
    ada = repository(tmp_path / "ada", (START,))
    first, since = commit(ada, ()), commit(ada, (LONGER,))
    commit(ada, (LONGER, extra("pass")))
    (edit,) = history(ada, tmp_path).edits
    assert (edit.kind, edit.revision, edit.path) == (EditKind.CHANGED, "9e42d70b51fc", PROFILE)
    assert edit.parts == ("upgrade()",)
    assert (edit.first.id, edit.first.date) == (first, "2026-01-01")
    assert edit.commit is not None
    assert edit.commit.id == since


@pytest.mark.parametrize(
    ("states", "edits"),
    [
        (((), (delete(USERNAME),)), [(EditKind.DELETED, "672b0dfe84a9")]),
        (
            ((), (delete(PROFILE, CATEGORIES), replace(USERNAME, ("c15a8e3f9b60", "3b8f1c6a27d4")))),
            [(EditKind.DELETED, "9e42d70b51fc"), (EditKind.DELETED, "c15a8e3f9b60")],
        ),
        (((), (delete(USERNAME),), (replace(USERNAME, ("50", "40")),)), [(EditKind.CHANGED, "672b0dfe84a9")]),
        (((), BETWEEN), [(EditKind.CHANGED, "c15a8e3f9b60")]),
        (((), (replace(USERNAME, ("672b0dfe84a9", "0000000000ff")),)), [(EditKind.CHANGED, "672b0dfe84a9")]),
        (((), (LONGER, *MOVED)), [(EditKind.CHANGED, "9e42d70b51fc")]),
        (((), MOVED, (delete(USERNAME), *MOVED)), [(EditKind.DELETED, "672b0dfe84a9")]),
        (
            (
                (START,),
                (
                    delete(INITIAL, PROFILE, CATEGORIES, USERNAME),
                    write("migrations/versions/1_all.py", revision("f1", "", "all", "pass", "pass")),
                    replace("migrations/versions/1_all.py", ('= ""', "= None")),
                    move("alembic/", "migrations/"),
                    replace(INI, ("%(here)s/alembic", "%(here)s/migrations")),
                ),
            ),
            [(EditKind.DELETED, "3b8f1c6a27d4")],
        ),
    ],
    ids=[
        "deleted",
        "squashed",
        "made_again",
        "put_between",
        "other_id",
        "moved_and_changed",
        "moved_then_deleted",
        "anew",
    ],
)
def test_what_is_an_edit(
    states: tuple[State, ...], edits: list[tuple[EditKind, str]], tmp_path: Path
) -> None:
    found = history(repository(tmp_path / "ada", *states), tmp_path).edits
    assert [(edit.kind, edit.revision) for edit in found] == edits


def test_a_change_that_is_not_committed_counts_and_a_new_file_does_not(tmp_path: Path) -> None:
    ada = repository(tmp_path / "ada", ())
    put(ada, (LONGER, extra("pass")))
    (edit,) = history(ada, tmp_path).edits
    assert (edit.revision, edit.commit) == ("9e42d70b51fc", None)


def test_merged_branches(tmp_path: Path) -> None:
    ada = repository(tmp_path / "ada", (START,))
    git(ada, "checkout", "--quiet", "-b", "profile")
    commit(ada, (delete(CATEGORIES, USERNAME), LONGER))
    since = commit(ada, (delete(CATEGORIES, USERNAME),))
    git(ada, "checkout", "--quiet", "main")
    commit(ada, (START, append("app.py", "# later\n")))
    git(ada, "merge", "--quiet", "--no-edit", "profile")
    (edit,) = history(ada, tmp_path).edits
    assert edit.commit is not None
    assert (edit.revision, edit.commit.id) == ("9e42d70b51fc", since)


def test_a_branch_that_was_squashed_into_one_commit_has_nothing_to_say(tmp_path: Path) -> None:
    ada = repository(tmp_path / "ada", (START,))
    git(ada, "checkout", "--quiet", "-b", "profile")
    commit(ada, (LONGER,))
    commit(ada, ())
    git(ada, "checkout", "--quiet", "main")
    git(ada, "merge", "--quiet", "--squash", "profile")
    git(ada, "commit", "--quiet", "--message", "work")
    assert history(ada, tmp_path).edits == ()


def test_a_bare_repository_and_a_clone_say_the_same(tmp_path: Path) -> None:
    ada = repository(tmp_path / "ada", (), (LONGER,))
    git(tmp_path, "clone", "--quiet", "--bare", str(ada), str(tmp_path / "ada.git"))
    assert (
        history(tmp_path / "ada.git", tmp_path) == history(ada, tmp_path) == history(ada, tmp_path, own=True)
    )


@pytest.mark.parametrize(("depth", "edits"), [(1, 0), (2, 1)])
def test_of_a_shallow_clone_only_what_is_there_is_told(depth: int, edits: int, tmp_path: Path) -> None:
    ada = repository(tmp_path / "ada", (START,), (), (LONGER,))
    git(tmp_path, "clone", "--quiet", f"--depth={depth}", f"file://{ada}", "clone")
    found = history(tmp_path / "clone", tmp_path)
    assert (found.whole, len(found.edits), bool(found.lacking)) == (False, edits, not edits)


def test_the_oldest_commits_are_left_out_where_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = repository(tmp_path / "ada", (START,), (), (LONGER,), (LONGER, extra("pass")))
    monkeypatch.setattr(log, "MOST_COMMITS", 1)
    found = history(ada, tmp_path)
    assert (found.whole, found.edits) == (False, ())


@pytest.mark.parametrize("kind", ["folder", "archive", "no_commit", "no_revision_yet"])
def test_without_a_history_it_says_so(kind: str, tmp_path: Path) -> None:
    ada = tmp_path / "ada"
    if kind == "no_commit":
        put(repository(ada), ())
    elif kind == "no_revision_yet":
        put(repository(ada, (delete(INITIAL), START)), ())
    else:
        ada.mkdir()
        put(ada, ())
    if kind == "archive":
        git(ada, "init", "--quiet")
        git(ada, "add", "--all")
        git(ada, "commit", "--quiet", "--message", "work")
        git(ada, "archive", "--output=../ada.zip", "HEAD")
        ada = tmp_path / "ada.zip"
    found = history(ada, tmp_path)
    assert found.lacking
    assert found.edits == ()


def test_a_folder_of_a_repository_needs_the_word_that_it_is_one(tmp_path: Path) -> None:
    course = repository(tmp_path / "course", (move("", "submissions/ada/"),))
    commit(course, (LONGER, move("", "submissions/ada/")))
    ada = course / "submissions" / "ada"
    assert history(ada, tmp_path).lacking
    for found in (history(ada, tmp_path, own=True), history(ada, tmp_path, in_course=True)):
        assert [(edit.path, edit.first_path) for edit in found.edits] == [(PROFILE, PROFILE)]


def test_another_project_in_the_repository_is_none_of_it(tmp_path: Path) -> None:
    other = write("lab3/alembic/versions/1_old.py", revision("e0", "", "old", "pass", "pass"))
    in_folder = move("", "lab4/")
    ada = repository(tmp_path / "ada", (in_folder, other), (in_folder,))
    assert history(ada, tmp_path).edits == ()


def test_no_program_of_the_repository_runs(tmp_path: Path) -> None:
    ada = repository(tmp_path / "ada", (), (LONGER,))
    trap = tmp_path / "trap"
    command = f"touch {trap}; cat"
    for key in (
        "core.fsmonitor",
        "diff.external",
        "diff.x.textconv",
        "filter.x.smudge",
        "gpg.program",
        "core.pager",
    ):
        git(ada, "config", key, command)
    git(ada, "config", "log.showSignature", "true")
    (ada / ".git" / "info").mkdir(exist_ok=True)
    (ada / ".git" / "info" / "attributes").write_text("*.py diff=x filter=x\n")
    for own in (False, True):
        assert len(history(ada, tmp_path, own=own).edits) == 1
    assert not trap.exists()


def test_a_file_back_as_it_was_is_no_edit_any_more(tmp_path: Path) -> None:
    """What the hint says: `git checkout FIRST -- PATH`."""
    ada = repository(tmp_path / "ada", (), (delete(USERNAME), LONGER))
    edits = history(ada, tmp_path).edits
    assert len(edits) == 2
    for edit in edits:
        git(ada, "checkout", edit.first.id, "--", edit.first_path)
    assert history(ada, tmp_path).edits == ()


def test_objects_that_stand_for_billions_of_files_are_given_up_on(tmp_path: Path) -> None:
    ada = repository(tmp_path / "ada", ())
    entry = f"100644 blob {git(ada, 'hash-object', '-w', 'app.py')}"
    for _ in range(11):
        lines = "".join(f"{entry}\t{number}{'.py' if 'blob' in entry else ''}\n" for number in range(10))
        entry = f"040000 tree {git(ada, 'mktree', data=lines.encode())}"
    bomb = git(ada, "commit-tree", entry.rpartition(" ")[2], "-m", "work")
    (ada / ".git" / "refs" / "heads" / "main").write_text(f"{bomb}\n")
    found = history(ada, tmp_path)
    assert found.lacking == "no commit of its repository can be read"


def test_contents_beyond_the_limit_are_left_out_and_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = repository(tmp_path / "ada", (), (LONGER,))
    monkeypatch.setattr(revision_history, "MOST_BYTES", 100)
    found = history(ada, tmp_path)
    assert (found.whole, found.edits) == (False, ())
