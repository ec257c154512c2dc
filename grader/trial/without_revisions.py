"""Takes the revision files out of the submission while its models are made.

What the models say has to stand in their own code. Code that is loaded with them may run the
revisions or read their files. So these are not there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.observations.revisions import RevisionGraph


@contextmanager
def without_revisions(files: Path, graph: RevisionGraph) -> Iterator[None]:
    """Move the revision files elsewhere; move them back after the block. No step may run that needs them.

    Args:
        files: the folder with the staged files, which the sandbox shows. What is beside it, it does not show.
        graph: names the revision files.
    """
    paths = {revision.path for revision in graph.revisions}
    paths |= {problem.path for problem in graph.problems if problem.path}
    with TemporaryDirectory(prefix="revisions-", dir=files.parent) as elsewhere:
        moved: list[tuple[Path, Path]] = []
        try:
            for number, path in enumerate(sorted(paths)):
                place, other = files / path, Path(elsewhere, str(number))
                with contextlib.suppress(FileNotFoundError):  # an earlier step has removed it
                    place.rename(other)
                    moved.append((place, other))
            yield
        finally:
            for place, other in moved:
                other.rename(place)
