"""Bare repositories by path: taken in as committed, and nothing that is in them is ever run."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from conftest import missing
from grader.assignment.model import Limits
from grader.errors import BrokenSubmission, HarnessFault, UnavailableError, UsageError
from grader.submission.sources import name_of
from grader.submission.staging import Submission, source_name, stage
from tests.integration.submission.repositories import bare, commit, git, push, work_tree

INI = "[alembic]\nscript_location = %(here)s/alembic\n"
WORK = {"alembic.ini": INI, "app.py": "x = 1\n", "alembic/env.py": "y = 2\n"}


@pytest.fixture(autouse=True, scope="module")
def _git() -> None:
    if shutil.which("git") is None:
        missing("git is not installed")


def staged(source: Path, destination: Path, **limits: int) -> Submission:
    return stage(source, destination, submission_id=name_of(source), limits=Limits(**limits))


def contents(submission: Submission) -> dict[str, bytes]:
    root = submission.root
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def of(files: dict[str, str]) -> dict[str, bytes]:
    return {".env": b""} | {name: text.encode() for name, text in files.items()}


# --- what is taken in -------------------------------------------------------------------------------------


def test_a_bare_repository(tmp_path: Path) -> None:
    source = bare(tmp_path / "ada.git", WORK)
    submission = staged(source, tmp_path / "out/inner")
    assert contents(submission) == of(WORK)
    assert (submission.id, submission.facts.source, submission.facts.findings) == ("ada", "ada.git", ())
    assert (name_of(source), source_name(source)) == ("ada", "ada.git")
    assert submission.facts.layout is not None
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["inner"]


def test_it_is_the_same_submission_as_its_folder(tmp_path: Path) -> None:
    source = bare(tmp_path / "ada.git", WORK)
    for name, text in WORK.items():
        path = tmp_path / "ada" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    by_folder = staged(tmp_path / "ada", tmp_path / "one")
    assert staged(source, tmp_path / "two").facts.sha256 == by_folder.facts.sha256


def test_the_newest_commit_counts(tmp_path: Path) -> None:
    source = bare(tmp_path / "ada.git", WORK)
    push(source, {"app.py": "x = 2\n"})
    assert contents(staged(source, tmp_path / "out"))["app.py"] == b"x = 2\n"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_every_way_to_store_objects(tmp_path: Path, kind: str, packed: bool) -> None:
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "--quiet", "--initial-branch=main", f"--object-format={kind}")
    commit(work, WORK)
    git(tmp_path, "clone", "--quiet", "--bare", "work", "ada.git")
    if packed:
        git(tmp_path / "ada.git", "gc", "--quiet")
    assert contents(staged(tmp_path / "ada.git", tmp_path / "out")) == of(WORK)


def test_contents_are_as_they_were_committed(tmp_path: Path) -> None:
    files = {
        **WORK,
        ".gitattributes": "app.py export-subst filter=f ident\nalembic.ini export-ignore\n*.txt eol=crlf\n",
        "app.py": "x = '$Format:%H$ $Id$'\n",
        "notes.txt": "one\ntwo\n",
    }
    assert contents(staged(bare(tmp_path / "ada.git", files), tmp_path / "out")) == of(files)


def test_links_and_submodules_are_left_out_with_a_reason(tmp_path: Path) -> None:
    source = bare(tmp_path / "ada.git", WORK | {"venv/pyvenv.cfg": "", "venv/lib/x.py": "", "m.pyc": ""})
    others = {
        ".env": "DIRECT_URL=postgresql://ada:hunter2@db.example.org/x\n",
        "link": "/etc/passwd",
        "library": git(source, "rev-parse", "main"),
    }
    push(source, others, modes={"link": "120000", "library": "160000"})
    submission = staged(source, tmp_path / "out")
    assert contents(submission) == of(WORK)
    told = "\n".join(finding.message for finding in submission.facts.findings)
    assert "link was left out: it is a link" in told
    assert "library was left out: it is a submodule" in told
    assert "venv was left out: it holds installed packages" in told
    assert "secret" in told or ".env" in told
    assert "hunter2" not in told


def test_a_folder_with_a_repository_in_it_is_taken_as_a_folder(tmp_path: Path) -> None:
    work = work_tree(tmp_path / "ada", WORK)
    (work / "app.py").write_text("not committed\n")
    submission = staged(work, tmp_path / "out")
    assert contents(submission)["app.py"] == b"not committed\n"
    assert submission.facts.source == "ada/"


def test_an_empty_repository_holds_no_work(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "ada.git")
    (finding,) = staged(tmp_path / "ada.git", tmp_path / "out").facts.findings
    assert finding.message == ("The submission holds no files. Check that the work was committed and pushed.")


@pytest.mark.parametrize(("branches", "expected"), [(("work",), "work"), (("a", "main", "b"), "main")])
def test_a_head_that_names_no_branch(tmp_path: Path, branches: tuple[str, ...], expected: str) -> None:
    source = bare(tmp_path / "ada.git", WORK, branch=branches[0])
    (source / "HEAD").write_text("ref: refs/heads/trunk\n")
    for branch in branches:
        push(source, WORK | {"app.py": f"{branch}\n"}, branch=branch)
    assert contents(staged(source, tmp_path / "out"))["app.py"] == f"{expected}\n".encode()


def test_several_branches_without_a_default(tmp_path: Path) -> None:
    source = bare(tmp_path / "ada.git", WORK, branch="one")
    push(source, WORK, branch="two")
    (source / "HEAD").write_text("ref: refs/heads/trunk\n")
    with pytest.raises(UsageError, match="has several: one, two") as caught:
        staged(source, tmp_path / "out")
    assert "#branch" in caught.value.next_step


# --- nothing in it is run ---------------------------------------------------------------------------------


def trap(source: Path, marker: Path) -> Path:
    """Put a program of the repository's own wherever git may look for one."""
    program = source / "trap"
    program.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    program.chmod(0o755)
    for hook in (
        "post-checkout",
        "pre-receive",
        "post-update",
        "reference-transaction",
        "fsmonitor-watchman",
    ):
        (source / "hooks").mkdir(exist_ok=True)
        shutil.copy(program, source / "hooks" / hook)
    (source / "config").write_text(
        f"""\
[core]
    bare = true
    repositoryformatversion = 1
    fsmonitor = {program}
    hooksPath = {source}/hooks
    sshCommand = {program}
    gitProxy = {program}
    pager = {program}
    editor = {program}
    askPass = {program}
    alternateRefsCommand = {program}
[uploadpack]
    packObjectsHook = {program}
[credential]
    helper = !{program}
[filter "evil"]
    smudge = {program}
    process = {program}
[diff "evil"]
    textconv = {program}
[tar "tar"]
    command = {program}
[gpg]
    program = {program}
[protocol "ext"]
    allow = always
[remote "origin"]
    url = ext::{program}
    promisor = true
    uploadpack = {program}
[extensions]
    partialClone = origin
[include]
    path = {source}/more
"""
    )
    (source / "more").write_text(f"[alias]\n\tls-tree = !{program}\n\tcat-file = !{program}\n")
    return source


def trapped(folder: Path, marker: Path) -> Path:
    attributes = {".gitattributes": "* filter=evil diff=evil\n"}
    return trap(bare(folder / "ada.git", WORK | attributes), marker)


def test_the_traps_work_if_git_runs_in_the_repository(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    source = trapped(tmp_path, marker)
    (tmp_path / "out").mkdir()
    git(source, f"--work-tree={tmp_path / 'out'}", "--git-dir=.", "checkout", "--force", "main", check=False)
    assert marker.exists()


def test_nothing_in_a_repository_is_run(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    submission = staged(trapped(tmp_path, marker), tmp_path / "out")
    assert not marker.exists()
    assert contents(submission)["app.py"] == b"x = 1\n"


def test_a_repository_with_a_remote_for_missing_objects(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    source = trapped(tmp_path, marker)
    blob = git(source, "rev-parse", "main:app.py")
    (source / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(BrokenSubmission, match="damaged: the content of a file is missing"):
        staged(source, tmp_path / "out")
    assert not marker.exists()


def test_settings_of_the_user_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = tmp_path / "marker"
    source = bare(tmp_path / "ada.git", WORK)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f"[core]\n\tfsmonitor = touch {marker}\n[alias]\n\tls-tree = !false\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.bare=false'")
    assert contents(staged(source, tmp_path / "out")) == of(WORK)
    assert not marker.exists()


# --- nothing of others is reached -------------------------------------------------------------------------


def test_objects_of_another_repository_are_not_reached(tmp_path: Path) -> None:
    neighbour = bare(tmp_path / "grace.git", {"solution.py": "hers\n"})
    theirs = git(neighbour, "rev-parse", "main")
    source = bare(tmp_path / "ada.git", WORK)
    (source / "objects" / "info").mkdir(exist_ok=True)
    (source / "objects" / "info" / "alternates").write_text(f"{neighbour / 'objects'}\n")
    git(source, "update-ref", "refs/heads/main", theirs)
    assert git(source, "show", "main:solution.py") == "hers"  # the way is there for those who follow it
    with pytest.raises(HarnessFault, match="only a part of its objects") as caught:
        staged(source, tmp_path / "out")
    assert "git repack" in caught.value.next_step


def test_alternates_without_missing_objects_do_not_matter(tmp_path: Path) -> None:
    source = bare(tmp_path / "ada.git", WORK)
    (source / "objects" / "info").mkdir(exist_ok=True)
    (source / "objects" / "info" / "alternates").write_text("/nowhere\n")
    assert contents(staged(source, tmp_path / "out")) == of(WORK)


@pytest.mark.parametrize("what", ["objects", "refs", "packed-refs", "blob"])
def test_links_out_of_a_repository_are_not_followed(tmp_path: Path, what: str) -> None:
    neighbour = bare(tmp_path / "grace.git", {"solution.py": "hers\n"})
    source = bare(tmp_path / "ada.git", WORK)
    if what == "blob":
        blob = git(source, "rev-parse", "main:app.py")
        place, target = source / "objects" / blob[:2] / blob[2:], neighbour / "HEAD"
    else:
        place, target = source / what, neighbour / what
    shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    place.symlink_to(target)
    try:
        submission = staged(source, tmp_path / "out")
    except BrokenSubmission as refused:
        assert "damaged" in refused.message  # noqa: PT017 - either outcome is right
    else:
        assert "solution.py" not in contents(submission)


@pytest.mark.parametrize("place", ["packed-refs", "refs/heads/one", "objects/aa/" + "a" * 38, "config"])
def test_a_fifo_in_a_repository_does_not_block(tmp_path: Path, place: str) -> None:
    source = bare(tmp_path / "ada.git", WORK)
    tip = (source / "refs/heads/main").read_text()
    path = source / place
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    assert (source / "refs/heads/main").read_text() == tip
    assert contents(staged(source, tmp_path / "out")) == of(WORK)


# --- what cannot be taken in ------------------------------------------------------------------------------


def forged(source: Path, entries: dict[str, tuple[str, str]]) -> str:
    """A tree that git itself would not make: name to mode and id."""
    data = b"".join(
        f"{mode} {name}\0".encode() + bytes.fromhex(identifier)
        for name, (mode, identifier) in entries.items()
    )
    return git(source, "hash-object", "-t", "tree", "--literally", "-w", "--stdin", data=data)


def point_at(source: Path, tree: str) -> Path:
    tip = git(source, "commit-tree", tree, "-m", "forged")
    git(source, "update-ref", "refs/heads/main", tip)
    return source


@pytest.mark.parametrize("name", ["..", ".", "../evil.py", "/evil.py", "a//b"])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    source = bare(tmp_path / "ada.git", WORK)
    blob = git(source, "rev-parse", "main:app.py")
    inner = forged(source, {"evil.py": ("100644", blob)})
    tree = forged(source, {name: ("40000", inner) if name in ("..", ".") else ("100644", blob)})
    with pytest.raises(BrokenSubmission, match="leads out of its folder"):
        staged(point_at(source, tree), tmp_path / "out")
    assert not (tmp_path / "evil.py").exists()


def test_a_tree_with_endless_entries(tmp_path: Path) -> None:
    source = bare(tmp_path / "ada.git", WORK)
    blob = git(source, "rev-parse", "main:app.py")
    tree = forged(source, {f"{number:02}": ("100644", blob) for number in range(16)})
    for _ in range(9):  # 16 to the tenth
        tree = forged(source, {f"{number:02}": ("40000", tree) for number in range(16)})
    with pytest.raises(BrokenSubmission, match="has more than 200 entries"):
        staged(point_at(source, tree), tmp_path / "out", submission_files=10)


def test_a_very_long_name(tmp_path: Path) -> None:
    source = bare(tmp_path / "ada.git", WORK)
    tree = forged(source, {"x" * 100_000: ("100644", git(source, "rev-parse", "main:app.py"))})
    with pytest.raises(BrokenSubmission, match=r"far too long|leads out"):
        staged(point_at(source, tree), tmp_path / "out")


def test_a_blob_that_unpacks_to_more_than_a_submission_may_hold(tmp_path: Path) -> None:
    source = bare(tmp_path / "ada.git", WORK | {"zeros": "\0" * 3_000_000})
    with pytest.raises(BrokenSubmission, match="larger than 1 MiB together"):
        staged(source, tmp_path / "out", submission_bytes=2**20)


def test_a_repository_that_is_too_large(tmp_path: Path) -> None:
    source = bare(tmp_path / "ada.git", WORK)
    with (source / "objects/pack" / f"pack-{'a' * 40}.pack").open("wb") as file:
        file.truncate(9 * 2**20)
    with pytest.raises(BrokenSubmission, match="larger than 8 MiB"):
        staged(source, tmp_path / "out", submission_bytes=2**20)
    assert not any((tmp_path / "out").iterdir())


def test_a_repository_of_too_many_pieces(tmp_path: Path) -> None:
    source = bare(tmp_path / "ada.git", WORK)
    for number in range(300):
        (source / "refs" / f"r{number}").touch()
    with pytest.raises(BrokenSubmission, match="far too many files"):
        staged(source, tmp_path / "out", submission_files=10)


@pytest.mark.parametrize("what", ["commit", "tree", "blob"])
@pytest.mark.parametrize("how", ["gone", "garbage"])
def test_a_damaged_repository(tmp_path: Path, what: str, how: str) -> None:
    source = bare(tmp_path / "ada.git", WORK)
    name = {"commit": "main", "tree": "main^{tree}", "blob": "main:app.py"}[what]
    identifier = git(source, "rev-parse", name)
    path = source / "objects" / identifier[:2] / identifier[2:]
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    path.unlink() if how == "gone" else path.write_bytes(b"garbage")
    with pytest.raises(BrokenSubmission, match="damaged") as caught:
        staged(source, tmp_path / "out")
    assert "git fsck" in caught.value.next_step


def test_git_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = bare(tmp_path / "ada.git", WORK)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="git is not installed") as caught:
        staged(source, tmp_path / "out")
    assert "apt-get install git" in caught.value.next_step


def test_branches_in_an_unsupported_format(tmp_path: Path) -> None:
    source = bare(tmp_path / "ada.git", WORK)
    (source / "config").write_text("[extensions]\n\trefstorage = reftable\n")
    with pytest.raises(UnavailableError, match="reftable"):
        staged(source, tmp_path / "out")


@pytest.mark.parametrize("without", ["HEAD", "objects", "refs"])
def test_a_folder_that_only_looks_like_a_repository(tmp_path: Path, without: str) -> None:
    folder = tmp_path / "ada"
    for name in {"objects", "refs"} - {without}:
        (folder / name).mkdir(parents=True)
    if without != "HEAD":
        (folder / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / "app.py").write_text("x\n")
    assert "app.py" in contents(staged(folder, tmp_path / "out"))
