"""An error of a step with its surroundings: what every rule may ask for.

Which file and line of the student's it came from, which revision was running, what the schema was like then.
Knows observations; knows no rule and writes no advice.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from functools import cached_property

from grader.judging.diagnosis.traceback_text import ErrorText, Frame
from grader.observations.files import FindingKind, Landmark, LandmarkKind
from grader.observations.model import Finding, Observations
from grader.observations.revisions import Revision
from grader.observations.schema import SchemaKind, SchemaSnapshot
from grader.observations.steps import StepAction, StepRecord
from grader.text.untrusted import shorten

MATCH_LIMIT = 120
"""How much of a captured text (mostly a name) a sentence quotes, in characters."""
_RUNNING = re.compile(r"Running (upgrade|downgrade) ([^>\n]{0,200}) ?-> ?([^,\n]{0,100})")


@dataclass(frozen=True)
class Location:
    """Where in a submission something is."""

    path: str | None = None
    line: int | None = None
    revision: str | None = None


@dataclass(frozen=True)
class Clue:
    """One error of one step."""

    step: StepRecord
    observations: Observations
    found: ErrorText
    traced: tuple[Frame, ...] = ()
    """The frames of the traceback that ended the command, for an error that has none of its own."""

    @property
    def error(self) -> str:
        """What the rules' patterns are searched in."""
        return self.found.text

    @property
    def statement(self) -> str:
        """The SQL that failed in one line of single spaces, or nothing."""
        return " ".join(self.found.statement[:2000].split())

    @property
    def own_frame(self) -> Frame | None:
        """The student's innermost frame, its path as the submission names it."""
        return self.own_frames[-1] if self.own_frames else None

    @cached_property
    def own_frames(self) -> tuple[Frame, ...]:
        """The student's own frames, outermost first, their paths as the submission names them."""
        for frames in (self.found.frames, self.traced):
            placed = ((self._own_path(frame, frames), frame) for frame in frames)
            own = tuple(replace(frame, path=path) for path, frame in placed if path is not None)
            if own:
                return own
        return ()

    def _own_path(self, frame: Frame, frames: tuple[Frame, ...]) -> str | None:
        """The path of a frame if it is the student's.

        Relative paths are: the submission's folder has been taken off them. Absolute ones are when they lie
        below the folder in which a known file of the student's shows up.
        """
        if frame.in_library:
            return None
        if not frame.path.startswith("/"):
            return posixpath.normpath(frame.path)
        for other in frames:
            for known in self._known_paths:
                if other.path.endswith(f"/{known}"):
                    root = other.path.removesuffix(known)
                    if frame.path.startswith(root):
                        return frame.path.removeprefix(root)
        return None

    @property
    def _known_paths(self) -> tuple[str, ...]:
        layout, graph = self.observations.submission.layout, self.observations.graph
        env = (posixpath.join(layout.script_location, "env.py"),) if layout else ()
        return (*env, *(item.path for item in graph.revisions)) if graph else env

    @cached_property
    def revision(self) -> Revision | None:
        """The revision whose file the error came from, or else the one that was running."""
        graph = self.observations.graph
        if graph is None:
            return None
        frame = self.own_frame
        if frame is not None:
            for item in graph.revisions:
                if item.path == frame.path or item.path.endswith(f"/{frame.path}"):
                    return item
        running = self.running
        return graph.get(running) if running else None

    @cached_property
    def beside_revisions(self) -> bool:
        """Whether the error came from the student's code, and through no line of a revision."""
        paths = (
            {item.path for item in self.observations.graph.revisions} if self.observations.graph else set()
        )
        return bool(self.own_frames) and not any(
            path == frame.path or path.endswith(f"/{frame.path}")
            for frame in self.own_frames
            for path in paths
        )

    @cached_property
    def running(self) -> str | None:
        """The id of the last revision that the output says was begun."""
        matches = _RUNNING.findall(self.step.output)
        if not matches:
            return None
        direction, before, after = matches[-1]
        return str(after if direction == "upgrade" else before).strip() or None

    @property
    def loading(self) -> bool:
        """Whether no revision ran yet: the output names none, and the error comes from no function of one."""
        functions = {frame.function for frame in self.own_frames}
        return self.running is None and not functions & {"upgrade", "downgrade"}

    def through(self, *paths: str) -> bool:
        """True when the error came through a file whose path ends with one of these."""
        return any(frame.path.endswith(paths) for frame in self.found.frames)

    @property
    def place(self) -> Location:
        """Where the error came from, as far as it is known."""
        frame, revision = self.own_frame, self.revision
        identifier = revision.id if revision else None
        if frame is not None:
            return Location(frame.path, frame.line, identifier)
        return Location(revision.path if revision else None, None, identifier)

    @property
    def here(self) -> str:
        """The place in brackets with a space in front, to go into a sentence; nothing when unknown."""
        return f" ({described(self.place)})" if self.place.path else ""

    @property
    def tool(self) -> str:
        """What this student types in front of a command."""
        return "flask db" if self.is_flask else "alembic"

    def finding(self, *kinds: FindingKind) -> Finding | None:
        """What one of these kinds of findings says of the configuration file, if there is one."""
        findings = self.observations.submission.findings
        return next((item for item in findings if item.kind in kinds and item.path == self.config), None)

    def landmarks(self, kind: LandmarkKind) -> tuple[Landmark, ...]:
        """The lines of a kind in the files that a run loads."""
        return tuple(item for item in self.observations.submission.landmarks if item.kind is kind)

    @property
    def direct_url(self) -> str:
        """The variable with the URL of the direct connection."""
        return self.observations.submission.urls.direct[0]

    @property
    def pooled_url(self) -> str:
        """The variable with the URL of the pooled connection; that of the only one, where there is one."""
        urls = self.observations.submission.urls
        return urls.direct[0] if urls.one_connection else urls.pooled[0]

    @property
    def extensions(self) -> tuple[str, ...]:
        """The extensions that are there from the beginning."""
        return self.observations.submission.extensions

    @property
    def given_urls(self) -> tuple[str, ...]:
        """The variables with a database URL that are set while a submission is graded."""
        urls = self.observations.submission.urls
        return tuple(dict.fromkeys((*urls.direct, *urls.pooled)))

    @property
    def is_flask(self) -> bool:
        """Whether the migrations are Flask-Migrate's, which takes the URL from the app."""
        layout = self.observations.submission.layout
        return layout is not None and layout.flavour == "flask"

    @property
    def config(self) -> str:
        """The path of the student's `alembic.ini`, or of what stands for it."""
        layout = self.observations.submission.layout
        return layout.config if layout is not None else "alembic.ini"

    @property
    def env_py(self) -> str:
        """The path of the student's `env.py`."""
        layout = self.observations.submission.layout
        return posixpath.join(layout.script_location, "env.py") if layout else "env.py"

    @property
    def versions_folder(self) -> str:
        """The folder of the revision files."""
        layout = self.observations.submission.layout
        if layout is None:
            return "versions"
        return (
            layout.version_locations[0] if layout.version_locations else f"{layout.script_location}/versions"
        )

    @property
    def downgrading(self) -> bool:
        """True when the step was to go down."""
        return self.step.action is StepAction.DOWNGRADE

    @property
    def after_downgrade(self) -> bool:
        """True when the same revision had been up and down again before this step."""
        return self.step.action is StepAction.REAPPLY

    @cached_property
    def schema(self) -> SchemaSnapshot | None:
        """The schema that the failing revision found, where the harness has looked at it."""
        revision, stairway = self.revision, self.observations.stairway
        step = next((item for item in stairway if revision and item.revision == revision.id), None)
        if step is not None:
            if self.downgrading:
                return self.observations.snapshot_after(step.up)
            return self.observations.snapshots.get(step.before)
        one_shot = self.observations.one_shot
        return self.observations.snapshot_after(one_shot.upgrade) if one_shot and self.downgrading else None

    def names(self, kind: SchemaKind, table: str | None = None) -> tuple[str, ...]:
        """The objects of a kind that were there, by their own names; of one table where one is given."""
        if self.schema is None:
            return ()
        if table is None:
            return tuple(item.name for item in self.schema.of_kind(kind))
        return tuple(item.name.removeprefix(f"{table}.") for item in self.schema.within(kind, table))

    def maker_of(self, kind: SchemaKind, name: str) -> str | None:
        """The revision that first made an object, when an earlier one than the failing one did."""
        for step in self.observations.stairway:
            if self.revision is not None and step.revision == self.revision.id:
                return None
            snapshot = self.observations.snapshot_after(step.up)
            if snapshot is not None and snapshot.find(kind, name) is not None:
                return step.revision
        return None


def described(place: Location) -> str:
    """A place in words: `alembic/env.py, line 12`."""
    if place.path is None:
        return f"revision {place.revision}" if place.revision else "your migrations"
    return place.path if place.line is None else f"{place.path}, line {place.line}"


def shortened(text: str, limit: int = MATCH_LIMIT) -> str:
    """A text in one line and no longer than `limit` characters."""
    return shorten(" ".join(text[: 4 * limit].split()), limit)
