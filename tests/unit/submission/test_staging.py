"""Staging whole submissions, folders and archives, of every shape that is handed in."""

from __future__ import annotations

import io
import os
import socket
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from dotenv import find_dotenv
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.assignment.model import Limits, Project
from grader.errors import BrokenSubmission, HarnessFault, UsageError
from grader.submission.sources import name_of
from grader.submission.staging import Submission, source_name, stage

INI = "[alembic]\nscript_location = %(here)s/alembic\n"
REVISION = (
    '"""first"""\nrevision = "a"\ndown_revision = None\n'
    "def upgrade():\n    op.x()\ndef downgrade():\n    op.x()\n"
)
WORK = {
    "alembic.ini": INI,
    "app.py": "x = 1\n",
    "alembic/env.py": "target_metadata = None\n",
    "alembic/versions/a.py": REVISION,
}


def write(top: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return top


def staged(source: Path, destination: Path, **changes: int) -> Submission:
    return stage(
        source,
        destination,
        submission_id=name_of(source.resolve()),
        limits=Limits(**changes),
    )


def names(submission: Submission) -> set[str]:
    root = submission.root
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()}


def finding_kinds(submission: Submission) -> set[str]:
    return {finding.kind for finding in submission.facts.findings}


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def tarred(path: Path, files: dict[str, str], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def test_a_folder(tmp_path: Path) -> None:
    submission = staged(write(tmp_path / "ada", WORK), tmp_path / "out")
    assert (submission.id, submission.facts.id, submission.facts.source) == ("ada", "ada", "ada/")
    assert names(submission) == {*WORK, ".env"}
    assert submission.facts.findings == ()
    assert submission.facts.layout is not None
    assert submission.graph is not None
    assert submission.graph.head == "a"
    assert len(submission.facts.sha256) == 64
    assert str(tmp_path) not in repr(submission.facts)


def test_a_folder_and_archives_of_it_have_the_same_digest(tmp_path: Path) -> None:
    folder = staged(write(tmp_path / "ada", WORK), tmp_path / "1")
    flat = staged(zipped(tmp_path / "ada.zip", WORK), tmp_path / "2")
    topped = staged(
        tarred(tmp_path / "ada.tar.gz", {f"ada-main/{name}": text for name, text in WORK.items()}),
        tmp_path / "3",
    )
    mac = {**{f"ada/{name}": text for name, text in WORK.items()}, "__MACOSX/ada/._app.py": "x"}
    from_mac = staged(zipped(tmp_path / "mac.zip", mac), tmp_path / "4")
    for other in (flat, topped, from_mac):
        assert names(other) == names(folder)
        assert other.facts.sha256 == folder.facts.sha256
        assert other.facts.layout == folder.facts.layout
        assert other.graph == folder.graph
    assert (flat.id, flat.facts.source) == ("ada", "ada.zip")
    assert (topped.id, topped.facts.source) == ("ada", "ada.tar.gz")


def test_an_archive_of_the_script_folder_alone_keeps_its_name(tmp_path: Path) -> None:
    submission = staged(
        zipped(tmp_path / "ada.zip", {"alembic/env.py": "", "alembic/versions/a.py": REVISION}),
        tmp_path / "out",
    )
    assert "alembic/env.py" in names(submission)
    assert finding_kinds(submission) == {"missing_alembic_ini"}
    assert submission.graph is None


def test_what_is_left_out_of_a_folder(tmp_path: Path) -> None:
    source = write(
        tmp_path / "ada",
        {
            **WORK,
            ".git/config": "[core]\nfsmonitor = evil\n",
            "__pycache__/app.cpython-311.pyc": "x",
            "venv/pyvenv.cfg": "",
            "venv/lib/python3.11/site-packages/flask/app.py": "password = 1",
            "tools/env/bin/activate": "",
            "mine/pyvenv.cfg": "",
            "web/node_modules/x/index.js": "",
        },
    )
    submission = staged(source, tmp_path / "out")
    assert names(submission) == {*WORK, ".env"}
    assert {finding.path for finding in submission.facts.findings} == {
        "venv",
        "tools/env",
        "mine",
        "web/node_modules",
    }
    again = staged(
        zipped(
            tmp_path / "ada.zip",
            {
                path.relative_to(source).as_posix(): path.read_text()
                for path in source.rglob("*")
                if path.is_file()
            },
        ),
        tmp_path / "out2",
    )
    assert names(again) == names(submission)
    assert again.facts.sha256 == submission.facts.sha256


def test_an_environment_in_the_folder_of_the_work_is_left_out(tmp_path: Path) -> None:
    files = {f"exercise/{name}": text for name, text in WORK.items()}
    files |= {"exercise/pyvenv.cfg": "", "exercise/lib/python3.11/site-packages/x.py": ""}
    for number, source in enumerate(
        (write(tmp_path / "ada", files), zipped(tmp_path / "bob.zip", {**files, "README": ""}))
    ):
        submission = staged(source, tmp_path / f"out{number}")
        assert submission.graph is not None
        assert submission.graph.head == "a"
        assert not any("site-packages" in name for name in names(submission))


def test_links_fifos_and_sockets_in_a_folder(tmp_path: Path) -> None:
    source = write(tmp_path / "ada", WORK)
    (tmp_path / "secret.txt").write_text("secret")
    (source / "out.txt").symlink_to(tmp_path / "secret.txt")
    (source / "models").symlink_to(tmp_path, target_is_directory=True)
    (source / "loop").symlink_to(source, target_is_directory=True)
    os.mkfifo(source / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        folder = os.open(source, os.O_RDONLY)
        try:
            listener.bind(f"/proc/self/fd/{folder}/socket")
        finally:
            os.close(folder)
        submission = staged(source, tmp_path / "out")
    assert names(submission) == {*WORK, ".env"}
    skipped = {finding.path for finding in submission.facts.findings}
    assert skipped == {"out.txt", "models", "loop", "fifo", "socket"}


def test_links_and_devices_in_an_archive_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "ada.tar"
    with tarfile.open(path, "w") as archive:
        for name, text in WORK.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
        for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("null", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        # Written through the link, if that had been made.
        info = tarfile.TarInfo("link2")
        info.type, info.linkname = tarfile.SYMTYPE, str(tmp_path / "outside")
        archive.addfile(info)
        archive.addfile(tarfile.TarInfo("link2/file"))
    submission = staged(path, tmp_path / "out")
    assert names(submission) == {*WORK, ".env", "link2/file"}
    assert not (tmp_path / "outside").exists()
    assert {finding.path for finding in submission.facts.findings} == {"link", "hard", "null", "link2"}


def test_a_flaskenv_is_staged_without_its_databases(tmp_path: Path) -> None:
    text = "FLASK_APP=app\nDATABASE_URL=postgresql://ada:hunter2@db.example.com/app\n"
    submission = staged(write(tmp_path / "ada", {**WORK, "sub/.flaskenv": text}), tmp_path / "out")
    assert (submission.root / "sub" / ".flaskenv").read_text() == "FLASK_APP=app\n"
    finding = next(item for item in submission.facts.findings if item.kind == "committed_env")
    assert (finding.path, finding.line) == ("sub/.flaskenv", 2)
    assert "Move it into .env" in finding.message
    assert "hunter2" not in repr(submission.facts)


def test_a_committed_env_is_read_and_replaced_by_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "DIRECT_URL=postgresql://ada:hunter2@db.example.com/app\n"
    source = write(tmp_path / "ada", {**WORK, ".env": secret, "sub/.env": "FLASK_APP=app\n"})
    (tmp_path / ".env").write_text("STRANGER=1\n")
    submission = staged(source, tmp_path / "out")
    assert (submission.root / ".env").read_bytes() == b""
    assert names(submission) == {*WORK, ".env"}
    (finding,) = submission.facts.findings
    assert (finding.kind, finding.path, finding.line) == ("committed_env", ".env", 1)
    assert "hunter2" not in repr(submission.facts)
    monkeypatch.chdir(submission.root / "alembic")
    assert find_dotenv(usecwd=True) == str(submission.root / ".env")
    clean = staged(write(tmp_path / "bob", WORK), tmp_path / "out2")
    assert clean.facts.sha256 != submission.facts.sha256


@pytest.mark.parametrize("packing", ["folder", "zip", "tar"])
def test_more_files_than_allowed(tmp_path: Path, packing: str) -> None:
    files = {f"data/{number}": "" for number in range(300)}
    source = {"folder": write, "zip": zipped, "tar": tarred}[packing](tmp_path / "ada", files)
    with pytest.raises(BrokenSubmission, match="more than 250 files"):
        staged(source, tmp_path / "out", submission_files=250)


def test_too_many_empty_folders(tmp_path: Path) -> None:
    source = tmp_path / "ada"
    for number in range(30):
        (source / f"d{number}").mkdir(parents=True)
    with pytest.raises(BrokenSubmission, match="more than 20 entries"):
        staged(source, tmp_path / "out", submission_files=1)


@pytest.mark.parametrize("packing", ["folder", "zip", "tar"])
def test_a_deep_path(tmp_path: Path, packing: str) -> None:
    deep = "d/" * 40 + "app.py"
    source = {
        "folder": lambda: write(tmp_path / "ada", {deep: ""}),
        "zip": lambda: zipped(tmp_path / "ada", {deep: "", "x": ""}),
        "tar": lambda: tarred(tmp_path / "ada", {deep: "", "x": ""}),
    }[packing]()
    with pytest.raises(BrokenSubmission, match="deep"):
        staged(source, tmp_path / "out")


def test_a_zip_bomb(tmp_path: Path) -> None:
    path = zipped(tmp_path / "bomb.zip", {f"zeros{number}": "\0" * 500_000 for number in range(4)})
    assert path.stat().st_size < 10_000
    with pytest.raises(BrokenSubmission, match="larger than 1 MiB"):
        staged(path, tmp_path / "out", submission_bytes=2**20)
    written = sum(item.stat().st_size for item in (tmp_path / "out").rglob("*") if item.is_file())
    assert written <= 2**20


def test_spaces_and_ampersands_and_utf_16(tmp_path: Path) -> None:
    source = write(tmp_path / "Ada & Co", {f"my exercise & more/{name}": text for name, text in WORK.items()})
    requirements = source / "my exercise & more/requirements.txt"
    requirements.write_bytes("flask==3.1\r\n".encode("utf-16"))
    submission = staged(source, tmp_path / "out folder")
    assert submission.id == "Ada & Co"
    assert submission.facts.layout is not None
    assert submission.facts.layout.root == "my exercise & more"
    assert (submission.root / "my exercise & more/requirements.txt").read_bytes() == requirements.read_bytes()
    assert finding_kinds(submission) == {"nested_root"}


def test_latin_1_names(tmp_path: Path) -> None:
    source = write(tmp_path / "ada", WORK)
    odd = os.fsencode(source) + b"/alembic/versions/caf\xe9.py"
    with open(odd, "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(REVISION.replace('"a"', '"b"').replace("None", '"a"').encode())
    submission = staged(source, tmp_path / "out")
    assert submission.graph is not None
    assert submission.graph.head == "b"
    assert finding_kinds(submission) == {"renamed_file"}
    repr(submission).encode("utf-8")


def test_no_alembic_and_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for source in (write(tmp_path / "ada", {"app.py": ""}), tmp_path / "empty"):
        submission = staged(source, tmp_path / f"out-{source.name}")
        assert submission.graph is None
        assert submission.facts.layout is None
        assert submission.facts.findings[0].kind == "no_alembic"


def test_a_destination_inside_the_source_is_not_copied_into_itself(tmp_path: Path) -> None:
    source = write(tmp_path / "ada", WORK)
    submission = staged(source, source / "reports/staged")
    assert names(submission) == {*WORK, ".env"}


def test_bad_arguments(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        staged(tmp_path / "nowhere", tmp_path / "out")
    with pytest.raises(HarnessFault, match="not empty"):
        staged(write(tmp_path / "ada", WORK), write(tmp_path / "used", {"x": ""}))
    note = tmp_path / "note.txt"
    note.write_text("my homework")
    with pytest.raises(BrokenSubmission, match="neither a folder nor a zip or tar archive"):
        staged(note, tmp_path / "out")


def test_ids_and_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "ada.zip", WORK)
    assert name_of(folder) == "ada.zip"
    monkeypatch.chdir(folder)
    assert (name_of(Path.cwd()), source_name(Path())) == ("ada.zip", "ada.zip/")
    archive = zipped(tmp_path / "Bob.TAR.GZ", WORK)
    assert (name_of(archive), source_name(archive)) == ("Bob", "Bob.TAR.GZ")
    given_id = stage(archive, tmp_path / "out", submission_id="b1", limits=Limits())
    assert (given_id.id, given_id.facts.id) == ("b1", "b1")


PARTS = st.sampled_from(
    ["a", "b", "venv", ".env", "alembic", "..", "", ".", "é", "\n", "app.py", "alembic.ini", "\\"]
)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.lists(PARTS, min_size=1, max_size=4), st.sampled_from(["", INI, REVISION])), max_size=8
    )
)
def test_any_archive_is_staged_or_refused(members: list[tuple[list[str], str]]) -> None:
    with TemporaryDirectory() as folder:
        top = Path(folder)
        source = tarred(top / "ada.tar", {"/".join(parts): text for parts, text in members}, "w")
        try:
            submission = staged(source, top / "out/inner")
        except BrokenSubmission as broken:
            assert broken.message  # noqa: PT017 - either outcome is right
        else:
            assert all(path.is_file() for path in submission.root.rglob("*") if not path.is_dir())
            repr(submission).encode("utf-8")
        assert {path.name for path in top.iterdir()} == {"ada.tar", "out"}
        assert {path.name for path in (top / "out").iterdir()} == {"inner"}


# --- files that an assignment gives -----------------------------------------------------------------------


def staged_with(source: Path, destination: Path, files: dict[str, bytes]) -> Submission:
    project = Project(files=files)
    return stage(source, destination, submission_id="ada", limits=Limits(), project=project)


def test_files_of_the_assignment_are_put_where_the_submission_lacks_them(tmp_path: Path) -> None:
    own = {"alembic.ini": INI, "alembic/env.py": "", "config.ini": "mine", "deep": "a file"}
    source = write(tmp_path / "ada", own)
    given = {"config.ini": b"ours", "settings/shop.ini": b"ours", "deep/x.ini": b"ours"}

    plain = staged(source, tmp_path / "plain")
    found = staged_with(source, tmp_path / "given", given)

    assert names(found) - names(plain) == {"settings/shop.ini"}
    assert (found.root / "config.ini").read_text() == "mine"
    assert (found.root / "settings" / "shop.ini").read_bytes() == b"ours"
    assert (found.root / "settings").stat().st_mode & 0o777 == 0o755
    assert found.facts.sha256 == plain.facts.sha256
    assert not (source / "settings").exists()


def test_a_file_of_the_assignment_may_lead_to_the_migrations_and_is_not_held_against_anybody(
    tmp_path: Path,
) -> None:
    source = write(tmp_path / "ada", {"alembic/env.py": "", "alembic/versions/a.py": REVISION})
    ini = f"{INI}sqlalchemy.url = postgresql://ada:s3cretPass@db.invalid/x\n".encode()

    found = staged_with(source, tmp_path / "out", {"alembic.ini": ini})

    assert found.facts.layout is not None
    assert finding_kinds(found) == set()
