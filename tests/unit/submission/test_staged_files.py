"""Which files are staged and which are left out, and the limits on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment.model import Limits
from grader.errors import BrokenSubmission, HarnessFault
from grader.submission.entries import EntryKind, SourceEntry
from grader.submission.staged_files import MAX_DEPTH, StagedFiles


def entry(path: str, content: bytes = b"x", kind: EntryKind = "file") -> SourceEntry:
    return SourceEntry(tuple(path.split("/")), kind, lambda: iter([content]))


def staged_files(tmp_path: Path, limits: Limits | None = None) -> StagedFiles:
    destination = tmp_path / "staged"
    destination.mkdir()
    return StagedFiles(destination, limits or Limits())


def staged(tmp_path: Path) -> set[str]:
    top = tmp_path / "staged"
    return {path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()}


def test_files_are_written_and_others_noted(tmp_path: Path) -> None:
    files = staged_files(tmp_path)
    for item in (
        entry("app.py"),
        entry("a b/c & d.py"),
        entry("link", kind="link"),
        entry("fifo", kind="special"),
        entry("folder", kind="folder"),
        entry(".DS_Store"),
        entry("._app.py"),
        entry("app.pyc"),
        entry(".env", b"PGPASSWORD=hunter2\n"),
        entry("prod/production.env", b"A=1\n"),
        entry(".env.example", b"DIRECT_URL=\n"),
        entry(".flaskenv"),
    ):
        files.add(item)
    assert staged(tmp_path) == {"app.py", "a b/c & d.py", ".env.example", ".flaskenv"}
    assert [(finding.kind, finding.path) for finding in files.findings] == [
        ("skipped_file", "link"),
        ("skipped_file", "fifo"),
        ("skipped_file", "app.pyc"),
        ("committed_env", ".env"),
    ]


def test_staged_files_can_be_read_by_another_user(tmp_path: Path) -> None:
    files = staged_files(tmp_path)
    files.add(entry("deep/app.py"))
    assert (tmp_path / "staged/deep").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "staged/deep/app.py").stat().st_mode & 0o777 == 0o644


def test_a_secret_in_an_example_is_found_as_well(tmp_path: Path) -> None:
    files = staged_files(tmp_path)
    files.add(entry(".env.example", b"PGPASSWORD=hunter2\n"))
    assert [finding.kind for finding in files.findings] == ["committed_env"]


def test_unprintable_names_are_replaced(tmp_path: Path) -> None:
    files = staged_files(tmp_path)
    odd = b"caf\xe9.py".decode("utf-8", "surrogateescape")
    files.add(entry(odd))
    files.add(entry("plain.py"))
    assert staged(tmp_path) == {"café.py", "plain.py"}
    assert [(finding.kind, finding.path) for finding in files.findings] == [("renamed_file", "café.py")]


def test_two_names_that_become_one(tmp_path: Path) -> None:
    files = staged_files(tmp_path)
    files.add(entry("a_b", b"first"))
    files.add(entry("a\nb", b"second"))
    assert (tmp_path / "staged/a_b").read_bytes() == b"first"
    assert files.findings[-1].kind == "skipped_file"


def test_bytes_are_counted_as_they_come(tmp_path: Path) -> None:
    files = staged_files(tmp_path, Limits(submission_bytes=1000))
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            yield b"x" * 100
            taken += 1

    with pytest.raises(BrokenSubmission, match="larger than"):
        files.add(SourceEntry(("bomb",), "file", endless))
    assert taken == 10


@pytest.mark.parametrize("name", ["f{}", "{}.env"])
def test_files_are_counted(tmp_path: Path, name: str) -> None:
    files = staged_files(tmp_path, Limits(submission_files=3))
    for number in range(3):
        files.add(entry(name.format(number)))
    with pytest.raises(BrokenSubmission, match="more than 3 files"):
        files.add(entry(name.format("last")))


def test_entries_that_are_left_out_are_counted_too(tmp_path: Path) -> None:
    files = staged_files(tmp_path, Limits(submission_files=3))
    for number in range(60):
        files.count_entry((f"link{number}",))
    with pytest.raises(BrokenSubmission, match="more than 60 entries"):
        files.count_entry(("last",))


def test_depth(tmp_path: Path) -> None:
    files = staged_files(tmp_path)
    files.count_entry(("a",) * MAX_DEPTH)
    with pytest.raises(BrokenSubmission, match="deep"):
        files.count_entry(("a",) * (MAX_DEPTH + 1))


def test_many_links_give_one_summary(tmp_path: Path) -> None:
    files = staged_files(tmp_path)
    for number in range(100):
        files.add(entry(f"link{number}", kind="link"))
    assert len(files.findings) == 21
    assert "More files" in files.findings[-1].message


@pytest.mark.parametrize("paths", [("a", "a/b"), ("a/b", "a")])
def test_a_file_that_is_a_folder_too(tmp_path: Path, paths: tuple[str, str]) -> None:
    files = staged_files(tmp_path)
    files.add(entry(paths[0]))
    with pytest.raises(BrokenSubmission, match="both as a file and as a folder"):
        files.add(entry(paths[1]))


def test_names_too_long_for_a_file_system(tmp_path: Path) -> None:
    files = staged_files(tmp_path)
    with pytest.raises(BrokenSubmission, match="longer than 255 bytes"):
        files.add(entry("ä" * 200))
    with pytest.raises(BrokenSubmission, match="too long"):
        files.add(entry("/".join(["x" * 250] * 20)))


def test_a_disk_that_cannot_be_written_to_is_our_fault() -> None:
    files = StagedFiles(Path("/proc/no/such/folder"), Limits())
    with pytest.raises(HarnessFault, match="could not be copied"):
        files.add(entry("app.py"))


def test_the_digest_is_of_names_and_contents_in_any_order(tmp_path: Path) -> None:
    def digest(name: str, *items: SourceEntry) -> str:
        destination = tmp_path / name
        destination.mkdir()
        files = StagedFiles(destination, Limits())
        for item in items:
            files.add(item)
        return files.digest()

    first = digest("1", entry("a", b"1"), entry("b", b"2"))
    assert first == digest("2", entry("b", b"2"), entry("a", b"1"))
    assert first != digest("3", entry("a", b"2"), entry("b", b"1"))
    assert first != digest("4", entry("a", b"1"), entry("b", b"2"), entry(".env", b"A=1"))
    assert digest("5", entry(".env", b"A=1")) != digest("6", entry(".env", b"A=2"))
