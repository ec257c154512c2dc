"""Archives, honest and hostile: entries or a reason, never a crash and never a byte too many."""

from __future__ import annotations

import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.assignment.model import Limits
from grader.errors import BrokenSubmission
from grader.submission.archive import open_archive

LIMITS = Limits(submission_bytes=1024 * 1024, submission_files=100)


def make_tar(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = link
    return info


def contents(path: Path, limits: Limits = LIMITS) -> dict[str, bytes]:
    with open_archive(path, limits) as entries:
        return {"/".join(entry.parts): b"".join(entry.chunks()) for entry in entries if entry.kind == "file"}


def kinds(path: Path) -> dict[str, str]:
    with open_archive(path, LIMITS) as entries:
        return {"/".join(entry.parts): entry.kind for entry in entries}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tars(tmp_path: Path, mode: str) -> None:
    path = make_tar(
        tmp_path / "ada",
        (member("./ada/app.py"), b"x = 1\n"),
        (member("ada/big"), b"ab" * 100_000),
        mode=mode,
    )
    assert contents(path) == {"ada/app.py": b"x = 1\n", "ada/big": b"ab" * 100_000}


def test_xz_streams_one_after_another(tmp_path: Path) -> None:
    whole = make_tar(tmp_path / "ada.tar", (member("app.py"), b"x" * 5000)).read_bytes()
    path = tmp_path / "ada.tar.xz"
    path.write_bytes(lzma.compress(whole[:3000]) + b"\0" * 8 + lzma.compress(whole[3000:]))
    assert contents(path) == {"app.py": b"x" * 5000}


def test_zip(tmp_path: Path) -> None:
    path = tmp_path / "ada.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ada & co/app.py", "x = 1\n")
        archive.writestr("ada & co/", "")
        archive.writestr("back\\slash\\env.py", "y")
        archive.writestr("back\\empty\\", "")
    assert contents(path) == {"ada & co/app.py": b"x = 1\n", "back/slash/env.py": b"y"}
    assert kinds(path)["back/empty"] == "folder"


def test_an_empty_archive_has_no_entries(tmp_path: Path) -> None:
    path = tmp_path / "empty.zip"
    with zipfile.ZipFile(path, "w"):
        pass
    assert contents(path) == {}
    assert contents(make_tar(tmp_path / "empty.tar")) == {}


def test_links_and_devices_are_told_apart_from_files(tmp_path: Path) -> None:
    path = make_tar(
        tmp_path / "ada.tar",
        (member("soft", tarfile.SYMTYPE, "/etc/passwd"), b""),
        (member("hard", tarfile.LNKTYPE, "app.py"), b""),
        (member("fifo", tarfile.FIFOTYPE), b""),
        (member("device", tarfile.CHRTYPE), b""),
        (member("disk", tarfile.BLKTYPE), b""),
        (member("folder", tarfile.DIRTYPE), b""),
        (member("app.py"), b"x"),
    )
    assert kinds(path) == {
        "soft": "link",
        "hard": "link",
        "fifo": "special",
        "device": "special",
        "disk": "special",
        "folder": "folder",
        "app.py": "file",
    }


def test_links_in_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "ada.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, mode in (("link", stat.S_IFLNK), ("fifo", stat.S_IFIFO), ("plain", stat.S_IFREG)):
            info = zipfile.ZipInfo(name)
            info.external_attr = (mode | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
    assert kinds(path) == {"link": "link", "fifo": "special", "plain": "file"}


@pytest.mark.parametrize(
    "name", ["../evil.py", "ada/../../evil.py", "/etc/evil", "C:/evil.py", "C:\\evil.py"]
)
@pytest.mark.parametrize("archive_kind", ["zip", "tar"])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str, archive_kind: str) -> None:
    path = tmp_path / "ada"
    if archive_kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, "x")
    else:
        make_tar(path, (member(name), b"x"))
    with pytest.raises(BrokenSubmission, match="leads out of its folder") as caught:
        contents(path)
    assert caught.value.next_step


def test_latin_1_names_are_kept_as_bytes(tmp_path: Path) -> None:
    path = tmp_path / "ada.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
        archive.addfile(member("café.py"))
    assert list(contents(path)) == [b"caf\xe9.py".decode("utf-8", "surrogateescape")]


def test_a_zip_with_a_wrong_size_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\0" * 3_000_000)
    data = path.read_bytes()
    assert data.count(struct.pack("<L", 3_000_000)) == 2
    path.write_bytes(data.replace(struct.pack("<L", 3_000_000), struct.pack("<L", 10)))
    # The reader stops at the size that it was told: either way nothing grows beyond it.
    with open_archive(path, LIMITS) as (entry,), pytest.raises(BrokenSubmission, match="cannot be unpacked"):
        b"".join(entry.chunks())


def test_content_comes_in_small_pieces(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\0" * 3_000_000)
    with open_archive(path, LIMITS) as (entry,):
        assert max(map(len, entry.chunks())) <= 64 * 1024


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_compressed_tar_that_unpacks_to_too_much(tmp_path: Path, mode: str) -> None:
    path = make_tar(tmp_path / "bomb", (member("venv/zeros"), b"\0" * 9 * 1024 * 1024), mode=mode)
    assert path.stat().st_size < 100_000
    with pytest.raises(BrokenSubmission, match="unpacks to more than 8 MiB"):
        contents(path)


def test_too_many_entries(tmp_path: Path) -> None:
    members = [(member(f"f{number}"), b"") for number in range(50)]
    path = make_tar(tmp_path / "many.tar", *members)
    with pytest.raises(BrokenSubmission, match="more than 40 entries"):
        contents(path, Limits(submission_files=2))


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_compressions_are_refused(tmp_path: Path, compression: int) -> None:
    path = tmp_path / "ada.zip"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("app.py", "x")
    with pytest.raises(BrokenSubmission, match="unusual compression"):
        contents(path)


def test_a_locked_zip(tmp_path: Path) -> None:
    path = tmp_path / "ada.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("app.py", "x")
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(BrokenSubmission, match="locked with a password"):
        contents(path)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_claims_a_huge_name(tmp_path: Path, kind: bytes) -> None:
    header = tarfile.TarInfo("header")
    header.type = kind
    header.size = 400 * 1024 * 1024
    path = tmp_path / "ada.tar"
    with path.open("wb") as file:
        file.write(header.tobuf(tarfile.GNU_FORMAT))
        file.truncate(header.size)
    with pytest.raises(BrokenSubmission, match="far too long"):
        contents(path)


def test_a_path_of_a_million_characters(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "ada.tar", (member("a/" * 500_000 + "b"), b""))
    with pytest.raises(BrokenSubmission, match="far too long"):
        contents(path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"PK\3\4garbage",
        b"Rar!\x1a\7\1\0",
        b"7z\xbc\xaf\x27\x1c",
        b"\x1f\x8bgarbage",
        b"\xfd7zXZ\0oh",
    ],
)
def test_a_file_that_is_not_an_archive_has_a_reason(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "thing"
    path.write_bytes(data)
    with pytest.raises(BrokenSubmission) as caught:
        contents(path)
    assert "Pack the folder of the exercise" in caught.value.next_step


def test_a_truncated_archive(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "ada.tar.gz", (member("a.py"), bytes(range(256)) * 400), mode="w:gz")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BrokenSubmission, match="cannot be unpacked"):
        contents(path)


def _zip_bytes() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ada/app.py", "x = 1\n" * 20)
        archive.writestr("ada/b.py", "y")
    return buffer.getvalue()


def _tar_bytes(mode: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        info = member("ada/" + "long" * 40 + ".py")
        info.size = 600
        archive.addfile(info, io.BytesIO(b"z" * 600))
        archive.addfile(member("link", tarfile.SYMTYPE, "app.py"))
    return buffer.getvalue()


SEEDS: tuple[Callable[[], bytes], ...] = (
    _zip_bytes,
    lambda: _tar_bytes("w"),
    lambda: _tar_bytes("w:gz"),
    lambda: _tar_bytes("w:xz"),
    lambda: _tar_bytes("w:bz2"),
)


@settings(max_examples=150)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), max_size=8),
    st.integers(0, 400),
)
def test_a_damaged_archive_is_read_or_refused(
    seed: Callable[[], bytes], changes: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(seed())
    for place, value in changes:
        data[place % len(data)] = value
    with TemporaryDirectory() as folder:
        path = Path(folder) / "archive"
        path.write_bytes(data[: len(data) - cut] if cut % 3 == 0 else data)
        try:
            found = contents(path)
        except BrokenSubmission as broken:
            assert broken.message  # noqa: PT017 - either outcome is right
        else:
            assert all(".." not in name.split("/") for name in found)


BEGINNINGS = (b"", b"PK\3\4", b"PK\5\6", b"\x1f\x8b\x08\x00", b"BZh9", b"\xfd7zXZ\0", _tar_bytes("w")[:512])


@settings(max_examples=150)
@given(
    st.sampled_from(BEGINNINGS),
    st.binary(max_size=1500),
    st.sampled_from([bytes, gzip.compress, lzma.compress]),
)
def test_garbage_is_read_or_refused(beginning: bytes, rest: bytes, packed: Callable[[bytes], bytes]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "archive"
        path.write_bytes(packed(beginning + rest))
        try:
            found = contents(path)
        except BrokenSubmission as broken:
            assert broken.next_step  # noqa: PT017 - either outcome is right
        else:
            assert all(".." not in name.split("/") for name in found)
            assert sum(map(len, found.values())) <= 8 * LIMITS.submission_bytes
