"""A submission of the catalogue: how it differs from the reference solution, and the verdict it must get."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.assignment.model import Limits
from grader.proof.operators import OPERATORS, project_of
from grader.proof.operators.commits import repository

REFERENCE = Path(__file__).parents[2] / "reference_solution"

INI = "alembic.ini"
ENV = "alembic/env.py"
APP = "app.py"
INITIAL = "alembic/versions/3b8f1c6a27d4_create_organizations_users_and_posts.py"
PROFILE = "alembic/versions/9e42d70b51fc_add_bio_and_avatar_url_to_users.py"
CATEGORIES = "alembic/versions/c15a8e3f9b60_add_categories_and_give_posts_a_category.py"
USERNAME = "alembic/versions/672b0dfe84a9_shorten_username_to_50_characters.py"
EXTRA_ID = "4d7e91c03ab2"
EXTRA = f"alembic/versions/{EXTRA_ID}_one_more_change.py"
FILES = (APP, INI, ENV, INITIAL, PROFILE, CATEGORIES, USERNAME, "requirements.txt")

Files = dict[str, bytes]
Edit = Callable[[Files], None]


def replace(path: str, *changes: tuple[str, str]) -> Edit:
    """Replace pieces of a file; each must be there exactly as written, every place of it is changed."""

    def apply(files: Files) -> None:
        text = files[path].decode()
        for old, new in changes:
            if old not in text:
                raise ValueError(f"{path} does not hold {old!r}")
            text = text.replace(old, new)
        files[path] = text.encode()

    return apply


def write(path: str, text: str | bytes) -> Edit:
    """Write a file whole."""

    def apply(files: Files) -> None:
        files[path] = text if isinstance(text, bytes) else text.encode()

    return apply


def delete(*paths: str) -> Edit:
    """Leave files out."""

    def apply(files: Files) -> None:
        for path in paths:
            del files[path]

    return apply


def reencode(path: str, encoding: str) -> Edit:
    """Save a file in another encoding than UTF-8."""

    def apply(files: Files) -> None:
        files[path] = files[path].decode().encode(encoding)

    return apply


def move(old: str, new: str) -> Edit:
    """Move every file whose path begins with `old`."""

    def apply(files: Files) -> None:
        moved = {path: data for path, data in files.items() if path.startswith(old)}
        if not moved:
            raise ValueError(f"there is nothing below {old!r}")
        for path, data in moved.items():
            del files[path]
            files[new + path[len(old) :]] = data

    return apply


def append(path: str, text: str) -> Edit:
    """Put lines at the end of a file."""

    def apply(files: Files) -> None:
        files[path] += text.encode()

    return apply


def revision(number: str, parent: str, message: str, upgrade: str, downgrade: str) -> str:
    """A revision file in the style of Alembic's template; bodies are given as lines without indentation."""
    body = "\n    "
    return (
        f'"""{message}\n\nRevision ID: {number}\nRevises: {parent}\n"""\n\n'
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f'revision = "{number}"\ndown_revision = "{parent}"\nbranch_labels = None\ndepends_on = None\n\n\n'
        f"def upgrade():\n    {body.join(upgrade.splitlines())}\n\n\n"
        f"def downgrade():\n    {body.join(downgrade.splitlines())}\n"
    )


def extra(upgrade: str, downgrade: str = "pass") -> Edit:
    """Put one more revision on top of the reference chain."""
    return write(EXTRA, revision(EXTRA_ID, "672b0dfe84a9", "one more change", upgrade, downgrade))


def by_operator(name: str, words: str = "") -> Edit:
    """Change the files as an operator of the proof does: a mistake that it makes is written once.

    Args:
        name: the operator's name.
        words: words of the sentence that says what it changed; they stand in that of one of its answers.
    """

    def apply(files: Files) -> None:
        operator = next(item for item in OPERATORS if item.name == name)
        made = [item for item in operator.mutants(project_of(dict(files))) if words in item.sentence]
        if len(made) != 1:
            raise ValueError(f"{name} with {words!r} makes {len(made)} answers")
        for path, data in made[0].files.items():
            if data is None:
                del files[path]
            else:
                files[path] = data

    return apply


@dataclass(frozen=True)
class Case:
    """One submission. What is not listed as failed or skipped must pass."""

    name: str
    """The folder's name: a few words, joined by `_`."""
    why: str
    """What is special about it, in a sentence."""
    edits: tuple[Edit, ...]
    """Applied in order to the files of the reference solution."""
    score: float = 100.0
    bonus: float = 5.0
    failed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Criterion to the ids of exactly those of its checks that fail."""
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Criterion to the criterion that blocks it."""
    flags: tuple[str, ...] = ()
    """Exactly the flags raised, in the report's order."""
    hints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Criterion to words that its hint must hold."""
    diagnoses: tuple[str, ...] = ()
    """Ids of diagnoses that must be among those of the whole run."""
    step_seconds: float | None = None
    """A shorter limit for one command, where a submission is there to run into it."""
    trial_seconds: float | None = None
    """A shorter limit for all commands, where a submission is there to run into it."""
    compared: tuple[str, ...] = ()
    """Criteria that must pass although another case need not say that they fail: `explained`."""
    earlier: tuple[tuple[Edit, ...], ...] = ()
    """Earlier states, each as edits to the reference solution. If there are any, the submission is a git
    repository: they are its first commits, and the submission itself is the last."""
    needs: tuple[str, ...] = ()
    """What not every backend has: `contrib` (the extensions that PostgreSQL calls trusted), `icu`, a
    collation or an extension by its name, a Python (`python3.12`: that one or a later one; `python3.11`: that
    one or an earlier one). Where one of them is lacking, the report must be an `error`."""

    def limits(self, usual: Limits) -> Limits:
        """The limits that it is graded with."""
        return dataclasses.replace(
            usual,
            step_seconds=self.step_seconds or usual.step_seconds,
            trial_seconds=self.trial_seconds or usual.trial_seconds,
        )

    def files(self) -> Files:
        """The submission's files, by path."""
        return _edited(self.edits)

    def expected(self) -> bytes:
        """`expected.json`."""
        data = {
            "why": self.why,
            "score": self.score,
            "bonus": self.bonus,
            "failed": self.failed,
            "skipped": self.skipped,
            "flags": self.flags,
            "hints": self.hints,
            "diagnoses": self.diagnoses,
            "needs": self.needs,
        }
        return json.dumps(data, indent=1).encode() + b"\n"

    def contents(self) -> Files:
        """The files of the submission's folder: its own, its commits, and `expected.json`."""
        files = {**self.files(), "expected.json": self.expected()}
        if self.earlier:
            states = [*map(_edited, self.earlier), self.files()]
            files |= {f".git/{path}": data for path, data in repository(states).items()}
        return files

    def write(self, folder: Path) -> Path:
        """Write the submission into a folder, which is made where it is missing; return that folder."""
        for path, data in self.contents().items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return folder


def _edited(edits: Iterable[Edit]) -> Files:
    files = {path: (REFERENCE / path).read_bytes() for path in FILES}
    for edit in edits:
        edit(files)
    return files


def write_all(folder: Path, cases: Iterable[Case]) -> None:
    """Replace a folder by one that holds every submission, each in a folder of its name."""
    shutil.rmtree(folder, ignore_errors=True)
    for case in cases:
        case.write(folder / case.name)


BLOCKED_BY_UPGRADE = dict.fromkeys(
    (
        "user_columns",
        "category_table",
        "current_revision",
        "downgrade",
        "models_match",
        "username_length",
        "reapply",
        "reversible_chain",
        "data_survival",
        "offline",
        "atomic",
    ),
    "upgrade_head",
)
"""What is skipped when head is never reached, whatever becomes of `history` and `configuration`."""
NOTHING_RAN = {
    **BLOCKED_BY_UPGRADE,
    **dict.fromkeys(("history", "configuration", "unedited", "explained"), "upgrade_head"),
}
"""What is skipped when no revision ever ran."""
EMPTY_REVISIONS: tuple[Edit, ...] = (
    write(
        INITIAL,
        revision("3b8f1c6a27d4", "", "initial", "pass", "pass").replace(
            'down_revision = ""', "down_revision = None"
        ),
    ),
    write(PROFILE, revision("9e42d70b51fc", "3b8f1c6a27d4", "profile", "pass", "pass")),
    write(CATEGORIES, revision("c15a8e3f9b60", "9e42d70b51fc", "categories", "pass", "pass")),
    write(USERNAME, revision("672b0dfe84a9", "c15a8e3f9b60", "username", "pass", "pass")),
)
"""The reference chain with nothing in it."""
NO_REVISION_FILES = delete(INITIAL, PROFILE, CATEGORIES, USERNAME)
FROM_START = ("command", "version", "schema")
"""The checks of `upgrade_head` that fail when the command ends with an error and leaves nothing behind."""


def nothing_ran(
    name: str,
    why: str,
    edits: tuple[Edit, ...],
    *hint: str,
    diagnoses: tuple[str, ...],
    checks: tuple[str, ...] = FROM_START,
    flags: tuple[str, ...] = (),
) -> Case:
    """A submission of which no revision ever runs, not even alone: no points."""
    return Case(
        name,
        why,
        edits,
        score=0.0,
        bonus=0.0,
        failed={"upgrade_head": checks},
        skipped=NOTHING_RAN,
        flags=flags,
        hints={"upgrade_head": hint},
        diagnoses=diagnoses,
    )


def breaks_at(
    position: int,
    name: str,
    why: str,
    edits: tuple[Edit, ...],
    *hint: str,
    diagnoses: tuple[str, ...],
    flags: tuple[str, ...] = (),
    step_seconds: float | None = None,
) -> Case:
    """A submission whose chain ends with an error in its second or a later revision.

    The revisions below it run one by one, which is what the history is judged by.
    """
    enough = position > 3  # the revisions before it are the three that must change something
    failed: dict[str, tuple[str, ...]] = {"upgrade_head": FROM_START}
    return Case(
        name,
        why,
        edits,
        score=10.0 if enough else 6.0,
        bonus=0.0,
        failed=failed if enough else {**failed, "history": ("changes",)},
        skipped={**BLOCKED_BY_UPGRADE, "configuration": "upgrade_head"},
        flags=flags,
        hints={"upgrade_head": hint},
        diagnoses=diagnoses,
        step_seconds=step_seconds,
    )
