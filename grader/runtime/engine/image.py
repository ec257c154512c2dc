"""Container images of our own: their names, whether the engine has them, and how they are built.

The name holds a hash of all that the image is built from, so each release of the grader uses its own image.
Where the environment names a registry (`published.py`), an image that it has is taken from there. Must not
know what the images are for.
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import docker.errors

from grader import __version__
from grader.errors import UnavailableError
from grader.runtime.engine.client import engine, engine_address
from grader.runtime.engine.published import registry, taken_from

Progress = Callable[[str], None]
"""Takes a line of text for the person who waits."""
BUILD_COMMAND = "grader image build"
_BUILD_SECONDS = 1800
_SHOWN_LINES = 40
"""How many lines of a step that failed are shown."""
_STEP = re.compile(r"step (\d+)/(\d+) ?:(.*)", re.IGNORECASE)
"""What an engine prints when a step begins: Docker `Step 2/9 : RUN ...`, Podman `STEP 2/9: RUN ...`."""
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Machines as engines and some systems name them, and as wheels do."""
_present: set[tuple[str, str]] = set()
"""Pairs of an engine's address and an image that this engine has."""


@dataclass(frozen=True)
class BuildStep:
    """A step of a build that begins now."""

    image: str
    """The image, without its tag."""
    title: str
    """`step 2 of 9`."""
    instruction: str
    """What it does: an instruction of the Dockerfile, all in one line."""

    def __str__(self) -> str:
        return f"{self.image}: {self.title}"


@dataclass(frozen=True)
class Image:
    """What an image is built from."""

    repository: str
    files: Mapping[str, bytes]
    """The files of the build by their paths, with the `Dockerfile`. The name is a hash of them."""
    programs: frozenset[str] = frozenset()
    """The paths of the files that are executable."""
    download: Callable[[str], Mapping[str, bytes]] | None = field(default=None, compare=False)
    """Downloads more files for the build. Which ones must follow from `files`. Its argument is the machine
    that the engine runs on: `x86_64` or `aarch64`."""
    build_command: str = field(default=BUILD_COMMAND, compare=False)
    """The command that builds it, for messages."""

    @property
    def name(self) -> str:
        """The name and tag of the image of this release."""
        digest = hashlib.sha256(__version__.encode())
        for name, content in sorted(self.files.items()):
            digest.update(name.encode() + b"\0" + content + b"\0")
        return f"{self.repository}:{digest.hexdigest()[:16]}"

    def present(self) -> bool:
        """Whether the engine has the image. An engine that has it is not asked again.

        Raises:
            UnavailableError: no engine answers.
        """
        known = engine_address(), self.name
        if known in _present:
            return True
        with engine() as client:
            try:
                client.images.get(self.name)
            except docker.errors.ImageNotFound:
                return False
        _present.add(known)
        return True

    def problem(self) -> str | None:
        """Why no container can be made from it, and what to do about it; None when one can."""
        try:
            present = self.present()
        except UnavailableError as error:
            return f"{error.message} {error.next_step}"
        return None if present else f"The image {self.name} is not there: run `{self.build_command}`."

    def ensure(self, progress: Progress) -> str:
        """Take the image from the registry, or build it, if it is not there; give its name.

        Args:
            progress: called with a line for each step that begins.

        Raises:
            UnavailableError: no engine answers, or the build failed.
        """
        if not self.present() and not self.taken(registry(), progress):
            for event in self.build():
                if isinstance(event, BuildStep):
                    progress(f"Building the image {event}")
        return self.name

    def taken(self, source: str, progress: Progress) -> bool:
        """Take the image from a registry, if it has it. Whether it had.

        Args:
            source: the registry, and the path in it; empty for none.
            progress: called with a line for the person who waits.

        Raises:
            UnavailableError: no engine answers.
        """
        return bool(source) and taken_from(source, self.name, progress)

    def build(self) -> Iterator[BuildStep | str]:
        """Build the image, whether it is there or not.

        Yields:
            Each step as it begins, and each line that the engine prints.

        Raises:
            UnavailableError: no engine answers, or the build failed; the message ends with the last lines of
                the step that failed.
        """
        printed: list[str] = []
        """By the step that runs now."""
        failure = ""
        with engine(seconds=_BUILD_SECONDS) as client:
            if self.download is not None:
                yield BuildStep(self.repository, "downloading packages", "")
            events = client.api.build(
                fileobj=self.context(str(client.version().get("Arch", ""))),
                custom_context=True,
                tag=self.name,
                rm=True,
                forcerm=True,
                decode=True,
            )
            for event in events:  # also after a failure: only at its end the connection is given back
                failure = failure or str(event.get("error", "")).strip()
                for line in str(event.get("stream", "")).splitlines():
                    if found := _STEP.match(line):
                        printed.clear()
                        yield BuildStep(self.repository, f"step {found[1]} of {found[2]}", found[3].strip())
                    if line.strip():
                        printed.append(line.rstrip())
                        yield line.rstrip()
        if failure:
            lines = "\n  ".join([*printed[-_SHOWN_LINES:], failure])
            raise UnavailableError(
                f"The container image could not be built. The engine said:\n  {lines}", next_step=_NEXT_STEP
            )

    def context(self, machine: str) -> io.BytesIO:
        """The files of the build as a tar archive, with the same bytes on every machine.

        Args:
            machine: what the image is for, as an engine or as Python names it: `amd64`, `aarch64`.

        Raises:
            UnavailableError: more files are needed, and cannot be downloaded.
        """
        more = self.download(_MACHINES.get(machine, machine)) if self.download is not None else {}
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, content in sorted({**self.files, **more}.items()):
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                entry.mode = 0o755 if name in self.programs else 0o644
                archive.addfile(entry, io.BytesIO(content))
        buffer.seek(0)
        return buffer


_NEXT_STEP = (
    "The build needs the image debian:trixie-slim and Debian's package servers. Without a registry, make "
    "that image with debootstrap and `docker import`; or do without containers: `--postgres embedded`, "
    "`--isolation bubblewrap`."
)
