"""Many submissions: which ones there are, grading them side by side, and their files on disk."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grader import observations, report_files
from grader.errors import GraderError, NothingToGradeError, UsageError
from grader.grading import Graded, Tools, broken, grade
from grader.intake.archive import ARCHIVE_ENDINGS
from grader.intake.foreign_names import safe_component, shown
from grader.render.files import write_atomically


@dataclass(frozen=True)
class Source:
    """A submission to grade."""

    id: str
    path: Path


class Progress(Protocol):
    """Told of what happens, from several threads."""

    def step(self, submission_id: str, what: str) -> None:
        """A submission has come to a part of its trial."""

    def done(self, submission_id: str, graded: Graded) -> None:
        """A submission's files are written."""


def name_of(path: Path) -> str:
    """A folder's name, or an archive's without its ending."""
    name = path.name
    if not path.is_dir():
        ending = next((ending for ending in ARCHIVE_ENDINGS if name.lower().endswith(ending)), "")
        name = name[: len(name) - len(ending)]
    return safe_component(name) or "submission"


def sources_named(paths: Sequence[Path]) -> list[Source]:
    """Submissions named one by one; those of the same name are told apart by the folders they are in.

    Raises:
        UsageError: a path does not exist, or two of them cannot be told apart.
    """
    resolved: list[Path] = []
    for path in paths:
        try:
            path.stat()
            full = path.resolve()
        except (OSError, ValueError) as error:
            reason = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be used: {error}"
            raise UsageError(
                f"{shown(str(path))} {reason}", next_step="Name a submission's folder or archive."
            ) from error
        if full in resolved:
            raise UsageError(f"{shown(str(path))} is named twice", next_step="Name every submission once.")
        resolved.append(full)
    return [Source(name, path) for path, name in _distinct_names(resolved).items()]


def _distinct_names(paths: Sequence[Path]) -> dict[Path, str]:
    """The name of each path, with as many of its parent folders in front as it takes to be the only one."""
    depths = dict.fromkeys(paths, 0)
    while True:
        names = {
            path: "__".join(
                [*(safe_component(parent.name) for parent in reversed(path.parents[:depth])), name_of(path)]
            )
            for path, depth in depths.items()
        }
        counts = Counter(names.values())
        doubtful = [path for path in paths if counts[names[path]] > 1]
        if not doubtful:
            return names
        deeper = [path for path in doubtful if depths[path] < len(path.parents) - 1]
        if not deeper:
            raise UsageError(
                f"{shown(str(doubtful[0]))} and {shown(str(doubtful[1]))} would have the same reports folder",
                next_step="Grade them in separate runs, each with an --out of its own.",
            )
        for path in deeper:
            depths[path] += 1


def sources_in(folder: Path, *, out: Path | None = None) -> list[Source]:
    """Every child of a folder that can be a submission: folders and archives, hidden ones aside.

    Args:
        folder: what to look into.
        out: where the reports go; no submission, even if it is in the folder.

    Raises:
        UsageError: there is no such folder, or two children would have the same id.
        NothingToGradeError: it holds none.
    """
    by_id: dict[str, Path] = {}
    for child in _children(folder):
        if out is not None and child.resolve() == out.resolve():
            continue
        name = name_of(child)
        if name in by_id:
            raise UsageError(
                f"{shown(by_id[name].name)} and {shown(child.name)} would be the same submission {name!r}",
                next_step="Rename or remove one of them.",
            )
        by_id[name] = child
    if not by_id:
        raise NothingToGradeError(
            f"{shown(str(folder))} holds no submission",
            next_step="Put one folder or archive a submission into it.",
        )
    return [Source(name, path) for name, path in by_id.items()]


def _children(folder: Path) -> list[Path]:
    try:
        return [
            child
            for child in sorted(folder.iterdir())
            if not child.name.startswith(".")
            and (child.is_dir() or child.name.lower().endswith(ARCHIVE_ENDINGS))
        ]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(
            f"{shown(str(folder))} cannot be read: {reason}",
            next_step="Name the folder that holds the submissions.",
        ) from error


def check_writable(out: Path) -> None:
    """Make the folder for the reports and see that it takes files, before any work is done in vain.

    Raises:
        GraderError: it does not.
    """
    probe = out / f".{secrets.token_hex(8)}.probe"
    write_atomically(probe, b"")
    probe.unlink(missing_ok=True)


def write_reports(graded: Graded, folder: Path, formats: Iterable[str]) -> None:
    """Write a submission's files, `grade.json` last; what an earlier run left and would contradict them goes.

    Raises:
        GraderError: the folder cannot be written to.
    """
    seen = graded.observations
    files = {
        "observations.json": None if seen is None else observations.encode(seen),
        "fault.txt": None if graded.fault is None else graded.fault.encode("utf-8", "replace"),
        **report_files.of_submission(graded.report, graded.details, formats),
    }
    for name, data in files.items():
        if data is None:
            remove(folder / name)
        else:
            write_atomically(folder / name, data)


def write_batch_files(batch: report_files.Batch, folder: Path, formats: Iterable[str]) -> None:
    """Write what lies beside the submissions' folders.

    Raises:
        GraderError: the folder cannot be written to.
    """
    for name, data in report_files.of_batch(batch, formats).items():
        write_atomically(folder / name, data)


def remove(path: Path) -> None:
    """Remove a file that may not be there.

    Raises:
        GraderError: it is there and cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise GraderError(
            f"{path}: cannot be removed: {error.strerror or error}.",
            next_step="Choose another folder with --out.",
        ) from error


def grade_all(
    sources: Sequence[Source],
    tools: Tools,
    *,
    out: Path,
    jobs: int,
    formats: Sequence[str],
    progress: Progress,
) -> list[Graded]:
    """Grade submissions side by side; the result is in the order of the sources.

    Each submission's files are written when it is done. A submission whose files cannot be written stops the
    run: nothing that comes later could be kept either.

    Raises:
        GraderError: a report could not be written.
        KeyboardInterrupt: the run was interrupted; what was finished is on disk.
    """
    stop = threading.Event()

    def one(source: Source) -> Graded:
        if stop.is_set():
            raise KeyboardInterrupt
        tell: Callable[[str], None] = lambda what: progress.step(source.id, what)  # noqa: E731
        graded = grade(source.path, source.id, tools, progress=tell)
        if stop.is_set():  # what was interrupted is no result
            raise KeyboardInterrupt
        try:
            write_reports(graded, out / source.id, formats)
        except GraderError:
            raise
        except Exception as error:  # noqa: BLE001 - a report that cannot be rendered costs no other its own
            graded = broken(source.path, source.id, tools.assignment, error)
            write_reports(graded, out / source.id, formats)
        progress.done(source.id, graded)
        return graded

    results: dict[str, Graded] = {}
    with ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="submission") as workers:
        try:
            futures: dict[Future[Graded], Source] = {
                workers.submit(one, source): source for source in sources
            }
            for future in as_completed(futures):
                results[futures[future].id] = future.result()
        except BaseException:
            stop.set()
            tools.stop()
            workers.shutdown(wait=True, cancel_futures=True)
            raise
    return [results[source.id] for source in sources]
