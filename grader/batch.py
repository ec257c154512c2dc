"""Many submissions: which ones there are, grading them side by side, and their files on disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grader import observations
from grader.errors import GraderError, NothingToGradeError, UsageError
from grader.grading import Graded, Tools, grade
from grader.render.files import write_atomically
from grader.render.json import grade_json
from grader.render.markdown import report_markdown

ARCHIVE_ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


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


def without_ending(path: Path) -> str:
    """A folder's name, or an archive's without its ending."""
    for ending in sorted(ARCHIVE_ENDINGS, key=len, reverse=True):
        if path.is_file() and path.name.lower().endswith(ending):
            return path.name[: -len(ending)]
    return path.name


def sources_named(paths: Sequence[Path]) -> list[Source]:
    """Submissions named one by one; those of the same name are told apart by the folders they are in.

    Raises:
        UsageError: a path does not exist, or is named twice.
    """
    resolved: list[Path] = []
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path} does not exist", next_step="Name a submission's folder or archive.")
        if path.resolve() in resolved:
            raise UsageError(f"{path} is named twice", next_step="Name every submission once.")
        resolved.append(path.resolve())
    depth = 1
    while True:
        names = ["__".join([*path.parent.parts[1:], without_ending(path)][-depth:]) for path in resolved]
        if len(set(names)) == len(names) or depth > max(len(path.parts) for path in resolved):
            break
        depth += 1
    if len(set(names)) < len(names):
        raise UsageError("two submissions have the same name", next_step="Grade them in separate runs.")
    return [Source(name or "submission", path) for name, path in zip(names, resolved, strict=True)]


def sources_in(folder: Path) -> list[Source]:
    """Every child of a folder that can be a submission: folders and archives, hidden ones aside.

    Raises:
        UsageError: there is no such folder, or two children would have the same id.
        NothingToGradeError: it holds none.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", next_step="Name the folder that holds the submissions.")
    children = [
        child
        for child in sorted(folder.iterdir())
        if not child.name.startswith(".")
        and (child.is_dir() or child.name.lower().endswith(ARCHIVE_ENDINGS))
    ]
    if not children:
        raise NothingToGradeError(
            f"{folder} holds no submission",
            next_step="Put one folder or archive a submission into it.",
        )
    by_id: dict[str, Path] = {}
    for child in children:
        name = without_ending(child)
        if name in by_id:
            raise UsageError(
                f"{by_id[name].name} and {child.name} would be the same submission {name!r}",
                next_step="Rename or remove one of them.",
            )
        by_id[name] = child
    return [Source(name, path) for name, path in by_id.items()]


def write_reports(graded: Graded, folder: Path, formats: Iterable[str]) -> None:
    """Write a submission's files.

    Raises:
        GraderError: the folder cannot be written to.
    """
    wanted = set(formats)
    if graded.observations is not None:
        write_atomically(folder / "observations.json", observations.encode(graded.observations))
    if "md" in wanted:
        write_atomically(folder / "report.md", report_markdown(graded.report).encode())
    if "json" in wanted:
        write_atomically(folder / "grade.json", grade_json(graded.report))


def grade_all(
    sources: Sequence[Source],
    tools: Tools,
    *,
    out: Path,
    jobs: int,
    formats: Sequence[str],
    progress: Progress,
    stop: threading.Event,
) -> list[Graded]:
    """Grade submissions side by side; the result is in the order of the sources.

    Each submission's files are written when it is done. A submission whose files cannot be written stops the
    run: nothing that comes later could be kept either.

    Raises:
        GraderError: a report could not be written.
        KeyboardInterrupt: the run was interrupted; what was finished is on disk.
    """

    def one(source: Source) -> Graded:
        if stop.is_set():
            raise KeyboardInterrupt
        tell: Callable[[str], None] = lambda what: progress.step(source.id, what)  # noqa: E731
        graded = grade(source.path, source.id, tools, progress=tell)
        if stop.is_set():  # what was interrupted is no result
            raise KeyboardInterrupt
        write_reports(graded, out / source.id, formats)
        progress.done(source.id, graded)
        return graded

    results: dict[str, Graded] = {}
    with ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="submission") as workers:
        futures: dict[Future[Graded], Source] = {workers.submit(one, source): source for source in sources}
        try:
            for future in as_completed(futures):
                results[futures[future].id] = future.result()
        except (GraderError, KeyboardInterrupt):
            stop.set()
            tools.stop()
            workers.shutdown(wait=True, cancel_futures=True)
            raise
    return [results[source.id] for source in sources]
