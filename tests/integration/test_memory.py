"""Classes in containers with little memory: a right submission gets its full points or `error`, never less.

The grader runs in the container too, with embedded servers, so all share one limit. Beside the right ones
there are submissions that take all memory they get, and a process that takes memory away from all.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from grader.runtime.engine.client import engine
from tests.catalogue import case_named
from tests.catalogue.case import Case, extra
from tests.integration.command import CHECKOUT
from tests.integration.grader_image import PYTHON, image_name

pytestmark = pytest.mark.docker
RIGHT = "right_reference"
SECONDS = 1200
ENVIRONMENT = {"PYTHONPATH": "/code", "PYTHONDONTWRITEBYTECODE": "1"}
CODE = {
    str(CHECKOUT / name): {"bind": f"/code/{name}", "mode": "ro"} for name in ("grader", "reference_solution")
}
SOAK_RUNS = 12

STEP = """\
import contextlib

# It would be the last to be ended then, but for the grader.
with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
    score.write("0")
held = [b"x" * (8 << 20) for _ in range(1900 // 8)]"""
SESSION = """op.execute("SELECT string_agg(repeat('x', 1000000), '') FROM generate_series(1, 900)")"""
FAMILY = """\
import os
import time

for _ in range(6):
    if os.fork() == 0:
        os.setsid()
        held = b"x" * (250 << 20)
        time.sleep(600)
os.wait()"""
HOGS: Mapping[str, Case] = {
    "step": Case("hog_step", "A step takes all memory there is.", (extra(STEP),)),
    "session": Case("hog_session", "A session of the server does.", (extra(SESSION),)),
    "family": Case("hog_family", "Processes of a step do, each a little.", (extra(FAMILY),)),
}
BALLOON = """
import time
from pathlib import Path
from grader.runtime.memory import Memory

memory = Memory()
while not list(Path("/scene/out").glob("*/grade.json")):
    time.sleep(0.05)
for _ in range(ROUNDS):
    held = []
    while memory.free() > 16 << 20:
        held.append(b"x" * (4 << 20))
    time.sleep(1.5)
    del held
    time.sleep(2.0)
"""
"""Takes all memory away from the others, again and again. It is not what the kernel ends first."""


FOR_BUBBLEWRAP: Mapping[str, Any] = {
    "cap_add": ["SYS_ADMIN", "NET_ADMIN"],
    "security_opt": ["seccomp=unconfined", "apparmor=unconfined"],
}
OWN_GROUPS = r"""
if grep -q :memory: /proc/self/cgroup; then
    mount -t cgroup -o memory none /mnt
    mount --bind "/mnt$(sed -n 's/^.*:memory://p' /proc/self/cgroup)" /sys/fs/cgroup/memory
else
    mount -t cgroup2 none /sys/fs/cgroup
fi"""
"""Makes a container's own memory group writable, as for a grader that may make groups below its own."""
OWN_GROUP = """
import subprocess
import sys
from pathlib import Path
from grader.runtime.memory_group import MemoryGroups

groups = MemoryGroups.here()
group = groups.make(200 << 20)
hog = "input(); held = bytes(300 << 20)[::-1]"
with subprocess.Popen([sys.executable, "-c", hog], stdin=subprocess.PIPE) as process:
    group.adopt(process.pid)
    process.communicate(b"\\n")
held = b"x" * (300 << 20)
events = group.events()
group.remove()
print(events, "and left:", list(Path("/sys/fs/cgroup").rglob("submission-*")))
"""


@dataclass(frozen=True)
class Scene:
    """A class, and the memory of the container that it is graded in."""

    memory: str
    isolation: str
    right: int
    hogs: tuple[str, ...] = ()
    balloon: int = 0
    """How often all memory is taken away."""

    def __str__(self) -> str:
        return "-".join([self.memory, self.isolation, *self.hogs, *(["balloon"] if self.balloon else [])])


HUNDRED = (
    Scene("420m", "none", 8),
    Scene("420m", "bubblewrap", 8, ("step",)),
    Scene("1500m", "bubblewrap", 28, ("session", "family")),
    Scene("2g", "none", 28, ("session", "step")),
    Scene("2g", "bubblewrap", 28, balloon=4),
)
assert sum(scene.right for scene in HUNDRED) == 100
SCENES = tuple(replace(scene, right=min(scene.right, 8)) for scene in HUNDRED)
"""The same for every day, with smaller classes."""


@dataclass(frozen=True)
class Graded:
    """What came of a scene."""

    code: int
    printed: str
    reports: dict[str, dict[str, Any]]

    def verdicts(self, prefix: str) -> list[tuple[str, float | None, float | None]]:
        """Status, score and bonus of some submissions."""
        return [
            (report["status"], report["score"], report["bonus"])
            for name, report in sorted(self.reports.items())
            if name.startswith(prefix)
        ]


def graded(image: str, scene: Scene, top: Path) -> Graded:
    """Grade the class of a scene."""
    right = case_named(RIGHT)
    for number in range(scene.right):
        right.write(top / "class" / f"right{number:03}")
    for name in scene.hogs:
        HOGS[name].write(top / "class" / f"hog_{name}")  # in the order of names they come first
    (top / "balloon.py").write_text(BALLOON.replace("ROUNDS", str(scene.balloon)))
    (top / "out").mkdir()
    grade = f"{PYTHON} -m grader grade --all /scene/class --out /scene/out --jobs 2 --format json"
    words = f"{grade} --postgres embedded --isolation {scene.isolation}"
    confined = scene.isolation == "bubblewrap"
    balloon = f"{PYTHON} /scene/balloon.py &" if scene.balloon else ""
    with engine() as client:
        container = client.containers.create(
            image,
            ["sh", "-c", f"{OWN_GROUPS if confined else ':'}; {balloon} {words}"],
            init=True,
            network_mode="none",
            mem_limit=scene.memory,
            memswap_limit=scene.memory,
            **(FOR_BUBBLEWRAP if confined else {}),
            environment=ENVIRONMENT,
            volumes={**CODE, str(top): {"bind": "/scene", "mode": "rw"}},
        )
        try:
            container.start()
            code = container.wait(timeout=SECONDS)["StatusCode"]
            printed = container.logs().decode()
        finally:
            container.remove(force=True)
    reports = {path.parent.name: json.loads(path.read_bytes()) for path in (top / "out").glob("*/grade.json")}
    return Graded(code, printed, reports)


def check(scene: Scene, found: Graded) -> None:
    """Check what holds in every scene."""
    sys.stdout.write(f"{scene}\n{found.printed}\n")
    right = found.verdicts("right")
    assert len(found.reports) == scene.right + len(scene.hogs), found.printed
    assert set(right) <= {("graded", 100.0, 5.0), ("error", None, None)}, found.printed
    assert found.code == (5 if "error" in {report["status"] for report in found.reports.values()} else 0)
    for report in found.reports.values():
        assert report["status"] == "graded" or "\n" in report["error"], "it does not say what to do"


@pytest.fixture(scope="module")
def image() -> str:
    """The image of the containers."""
    return image_name()


@pytest.mark.parametrize(
    "scene",
    [
        *(pytest.param(scene, id=str(scene)) for scene in SCENES),
        *(
            pytest.param(scene, id=f"{scene}-of-hundred", marks=pytest.mark.soak)
            for scene in HUNDRED
            if scene not in SCENES
        ),
    ],
)
def test_no_right_submission_loses_points(image: str, scene: Scene, tmp_path: Path) -> None:
    found = graded(image, scene, tmp_path)
    check(scene, found)
    right = found.verdicts("right")
    # They may all be `error`; but then nothing would be known of the points.
    assert 2 * right.count(("graded", 100.0, 5.0)) >= scene.right, found.printed
    if scene.balloon:
        assert "when nothing else runs" in found.printed
    if "session" in scene.hogs:
        ((status, score, _),) = found.verdicts("hog_session")
        assert (status, score == 100.0) == ("graded", False)
    if "family" in scene.hogs:
        family = found.reports["hog_family"]
        assert family["status"] == "error" or [flag["id"] for flag in family["flags"]] == ["limit_hit"]


def test_the_limit_of_a_group_is_the_submissions_alone(image: str) -> None:
    with engine() as client:
        printed = client.containers.run(
            image,
            ["sh", "-c", f"{OWN_GROUPS}; exec {PYTHON} -c '{OWN_GROUP}'"],
            network_mode="none",
            mem_limit="1g",
            **FOR_BUBBLEWRAP,
            environment=ENVIRONMENT,
            volumes=CODE,
            remove=True,
        )
    assert printed.decode() == "GroupEvents(kills=1, full=True) and left: []\n"


@pytest.mark.soak
def test_memory_that_comes_and_goes(image: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("GRADER_FAULT_SEED") or secrets.randbelow(10**6))
    for number in range(SOAK_RUNS):
        chance = random.Random(seed + number)  # noqa: S311 - to be repeated
        hogs = tuple(name for name in HOGS if chance.random() < 0.4)
        scene = Scene(
            chance.choice(["420m", "640m", "1000m", "1500m", "2g"]),
            chance.choice(["none", "bubblewrap"]),
            chance.randint(6, 14),
            hogs,
            chance.randint(0, 6),
        )
        top = tmp_path / str(number)
        with capsys.disabled():
            sys.stdout.write(f"GRADER_FAULT_SEED={seed + number}: {scene}\n")
        check(scene, graded(image, scene, top))
        shutil.rmtree(top)
