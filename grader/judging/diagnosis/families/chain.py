"""Errors about revisions and their order, as the alembic command reports them.

Where the revision files alone show the problem, its own message is used: it names files and lines. Knows
nothing of the schema that the revisions make.
"""

from __future__ import annotations

import re

from grader.judging.diagnosis.clue import Clue, Location, shortened
from grader.judging.diagnosis.interface import (
    DATABASE,
    NAME,
    Advice,
    DiagnosisKind,
    Explain,
    Family,
    filled,
    sentences,
)
from grader.observations.revisions import ProblemKind, Revision, RevisionGraph
from grader.observations.schema import SchemaKind

_REVISION_MAP = "alembic/script/revision.py"
"""Raises errors while Alembic reads the revisions."""


def _from_files(
    clue: Clue, kind: ProblemKind, fallback: Advice | None, revision: str | None = None
) -> Advice | None:
    """The problem that the files themselves show, of this revision if possible; else `fallback`."""
    graph = clue.observations.graph
    found = [item for item in graph.problems if item.kind is kind] if graph else []
    if not found:
        return fallback
    problem = next((item for item in found if item.revision == revision), found[0])
    cause, fix = sentences(problem.message)
    place = Location(problem.path, problem.line, problem.revision)
    return Advice(cause, fix or (fallback.fix if fallback else ""), place)


def _stated(kind: ProblemKind, cause: str, fix: str) -> Explain:
    """The problem's own message, or else these two sentences."""

    def explain(clue: Clue, match: re.Match[str]) -> Advice | None:
        return _from_files(clue, kind, filled(cause, fix, clue, match, Location()))

    return explain


def _duplicate(clue: Clue, match: re.Match[str]) -> Advice | None:
    """Alembic warns of a duplicate and then fails for another reason, so the files are asked first."""
    if "KeyError" in match[0] and not clue.through(_REVISION_MAP):
        return None
    warned = re.search(r"Revision ([^\s]{1,100}) is present more than once", clue.step.output)
    fallback = None
    if warned is not None:
        fallback = Advice(
            f"Two revision files have the same id {warned[1]}.",
            "Delete the copy, or give it an id of its own (`revision = …`) and set its down_revision to the "
            "revision before it.",
            Location(),
        )
    return _from_files(clue, ProblemKind.DUPLICATE_ID, fallback)


def _missing_parent(clue: Clue, match: re.Match[str]) -> Advice | None:
    """`KeyError: '<id>'` out of Alembic's revision map."""
    if "KeyError" in match[0] and not clue.through(_REVISION_MAP):
        return None
    graph = clue.observations.graph
    asking = (
        next((r for r in graph.revisions if match[1] in (*r.parents, *r.depends_on)), None) if graph else None
    )
    where = asking.path if asking else "A revision file"
    fallback = Advice(
        f"{where} builds on the revision {shortened(match[1], 80)}, and there is no file with that id.",
        "Commit the missing file (`git status` shows whether it was left out), or name the revision that "
        "really comes before it in down_revision.",
        Location(asking.path, asking.line, asking.id) if asking else Location(),
    )
    return _from_files(clue, ProblemKind.MISSING_PARENT, fallback, asking.id if asking else None)


def _not_located(clue: Clue, match: re.Match[str]) -> Advice:
    lost = shortened(match[1], 80)
    asked = match[1] in (clue.step.target or "")
    graph = clue.observations.graph
    last = graph.head if graph and graph.head else "<the last revision that you have>"
    return Advice(
        f"Alembic finds no revision file with the id {lost} in {clue.versions_folder}: "
        + ("it is what the command asks for." if asked else "it is what the database says it is at."),
        f'Commit the file that says `revision = "{lost}"` (`git status` shows whether it was left out), and '
        "see that script_location leads to its folder. If it was deleted for good, undo by hand in your own "
        f"database what it did, then run `{clue.tool} stamp --purge {last}`.",
        Location(),
    )


def _without_function(clue: Clue, match: re.Match[str]) -> Advice:
    """A revision module that lacks a name Alembic asks it for."""
    stem, name = match[1].removesuffix("_py"), match[2]
    graph = clue.observations.graph
    file = next((r for r in graph.revisions if r.path.endswith(f"/{stem}.py")), None) if graph else None
    where = file.path if file else f"{clue.versions_folder}/{stem}.py"
    function = name in ("upgrade", "downgrade")
    what = f"function {name}()" if function else f"line `{name} = …`"
    write = f"`def {name}() -> None:`" if function else f"`{name} = …` at the top level"
    return Advice(
        f"{where} has no {what}, which every revision file needs.",
        f"Write {write} in it, spelled exactly like this; `{clue.tool} revision -m …` makes a file that has "
        "everything.",
        Location(where, None, file.id if file else None),
    )


def _long_id(clue: Clue, _: re.Match[str]) -> Advice | None:
    if "version" not in clue.statement.lower():
        return None
    fallback = Advice(
        "The revision's id is longer than the 32 characters that the column version_num of Alembic's version "
        "table holds.",
        "Shorten `revision = …` in that file to at most 32 characters, and down_revision of the next one "
        "with it; the message can be as long as you like.",
    )
    return _from_files(clue, ProblemKind.LONG_ID, fallback)


def _id_missing(clue: Clue, match: re.Match[str]) -> Advice | None:
    path = f"{clue.versions_folder}/{match[1].strip()}"
    fallback = Advice(
        f"{path} lies among the revision files and has no `revision = …`.",
        'Write `revision = "…"` and `down_revision = "…"` at its top level, or move the file out of that '
        "folder.",
        Location(path),
    )
    return _from_files(clue, ProblemKind.NO_REVISION_ID, fallback)


def _relative(clue: Clue, match: re.Match[str]) -> Advice:
    step = match[1]
    if step.startswith("-"):
        return Advice(
            f"`{step}` goes back further than base: the database is at base already, or its version table "
            "is empty.",
            f"Run `{clue.tool} upgrade head` first, and look at `{clue.tool} current`.",
            Location(),
        )
    return Advice(
        f"`{step}` goes up further than head: there are fewer revisions above the current one.",
        f"Look at `{clue.tool} history` and `{clue.tool} current`; to go to the end, run `{clue.tool} "
        "upgrade head`.",
        Location(),
    )


def _repeated(clue: Clue, match: re.Match[str]) -> Advice | None:
    """Something that a revision of another branch has made: two first revisions, or two that add the same."""
    graph, later = clue.observations.graph, clue.revision
    name = ".".join(shortened(group) for group in reversed(match.groups()))
    kinds: tuple[SchemaKind, ...] = (SchemaKind.TABLE, SchemaKind.INDEX, SchemaKind.SEQUENCE, SchemaKind.TYPE)
    makers = ((kind, clue.maker_of(kind, name)) for kind in ((SchemaKind.COLUMN,) if "." in name else kinds))
    what, maker = next(((kind, item) for kind, item in makers if item is not None), (SchemaKind.TABLE, None))
    first = graph.get(maker) if graph and maker else None
    if graph is None or later is None or first is None or clue.downgrading or clue.after_downgrade:
        return None
    if _below(graph, first.id, later.id) or _below(graph, later.id, first.id):
        return None
    keep, drop = (later, first) if _children(graph, later) and not _children(graph, first) else (first, later)
    end = _end_beside(graph, keep, drop)
    rejoin = "".join(_rejoined(graph, child, drop, end) for child in _children(graph, drop))
    return Advice(
        f"The revisions {first.id} ({first.path}) and {later.id} ({later.path}) stand on two branches and "
        f"make the same, here the {what} {name}. Merging their heads does not help: the second one still "
        "fails.",
        f"If {drop.path} does nothing else, delete it{rejoin} (a database of your own that is at {drop.id}: "
        f"`{clue.tool} stamp --purge {keep.id}`). Otherwise take the {what} out of it"
        + (f' and write `down_revision = "{end}"` there.' if graph.head is None else "."),
        Location(drop.path, drop.line, drop.id),
    )


def _end_beside(graph: RevisionGraph, keep: Revision, drop: Revision) -> str:
    """The last revision above one of two branches that is not above the other one too."""
    line = [item for item in graph.revisions if _below(graph, keep.id, item.id)]
    return [keep, *(item for item in line if not _below(graph, drop.id, item.id))][-1].id


def _children(graph: RevisionGraph, revision: Revision) -> list[Revision]:
    return [item for item in graph.revisions if revision.id in item.parents]


def _below(graph: RevisionGraph, lower: str, upper: str) -> bool:
    """Whether one revision is another one or an ancestor of it."""
    waiting, seen = [upper], set[str]()
    while waiting:
        current = graph.get(waiting.pop())
        if current is not None and current.id not in seen:
            seen.add(current.id)
            waiting += current.parents
    return lower in seen


def _rejoined(graph: RevisionGraph, child: Revision, dropped: Revision, end: str) -> str:
    """What to write into a revision that follows one that is deleted, as a part of a sentence."""
    others = [parent for parent in child.parents if parent != dropped.id]
    parent = others[0] if others else end
    if _below(graph, child.id, parent):
        parent = next(iter(dropped.parents), parent)
    return f' and write `down_revision = "{parent}"` into {child.path}'


KINDS = {
    "branches_repeat": DiagnosisKind(
        "Two branches of revisions make the same table or column",
        (
            rf"column {NAME} of relation {NAME} already exists",
            rf"(?<!of )(?<!for )(?:relation|type) {NAME} already exists",
        ),
        explain=_repeated,
    ),
    "duplicate_revision": DiagnosisKind(
        "Two revision files have the same id",
        (
            r"is present more than once",
            r"Multiple head revisions are present",
            r"overlaps with other requested revisions",
            r"^KeyError: '",
        ),
        explain=_duplicate,
        files={ProblemKind.DUPLICATE_ID: "Give each file an id of its own."},
    ),
    "several_heads": DiagnosisKind(
        "The revision graph has more than one head",
        (
            r"Multiple head revisions are present",
            r"Ambiguous upgrade from multiple current revisions",
            r"downgrade -1 from multiple heads is ambiguous",
        ),
        explain=_stated(
            ProblemKind.SEVERAL_HEADS,
            "The revisions have several heads, so the command does not know which one is meant.",
            "Look at `{tool} heads`, then set down_revision of one to the id of the other, or run `{tool} "
            'merge heads -m "merge heads"`.',
        ),
        files={ProblemKind.SEVERAL_HEADS: "Let one of them follow the other."},
    ),
    "missing_parent": DiagnosisKind(
        "A down_revision names a revision that has no file",
        (
            r"^KeyError: '([^'\n]{1,120})'",
            r"Revision ([^\s]{1,100}) referenced from [^\n]{1,200}? is not present",
        ),
        explain=_missing_parent,
        files={ProblemKind.MISSING_PARENT: "Commit the missing file."},
    ),
    "revision_not_found": DiagnosisKind(
        "Can't locate revision: the file is not there, or not in the folder that Alembic reads",
        (
            r"Can't locate revision identified by '([^'\n]{1,120})'",
            r"No such revision or branch '([^'\n]{1,120})'",
        ),
        explain=_not_located,
    ),
    "revision_cycle": DiagnosisKind(
        "The down_revisions lead round in a circle",
        (r"(?:Cycle|Self-loop|Loop) is detected in revisions \(([^()\n]{1,400})\)",),
        explain=_stated(
            ProblemKind.CYCLE,
            "The revisions go round in a circle ({0:200}): none of them is the first.",
            "Set `down_revision = None` in the first revision, and in every other one the id of the one just "
            "before it.",
        ),
        files={ProblemKind.CYCLE: "Let the first one have `down_revision = None`."},
    ),
    "revision_id_missing": DiagnosisKind(
        "A file among the revisions has no `revision = ...`",
        (r"Could not determine revision id from filename ([^\s]{1,200}\.py)\.",),
        explain=_id_missing,
        files={ProblemKind.NO_REVISION_ID: "Give it an id, or move it out of the versions folder."},
    ),
    "revision_part_missing": DiagnosisKind(
        "A revision file lacks upgrade(), downgrade() or down_revision",
        (
            (
                r"module '([^'\n]{1,200})' has no attribute "
                r"'(upgrade|downgrade|down_revision|branch_labels|depends_on)'"
            ),
        ),
        explain=_without_function,
        files={
            ProblemKind.NO_UPGRADE: "Write `def upgrade() -> None:` with the changes of this revision.",
            ProblemKind.NO_DOWNGRADE: "Write `def downgrade() -> None:` that undoes what upgrade() does.",
        },
    ),
    "long_revision_id": DiagnosisKind(
        "A revision id is longer than the version table's 32 characters",
        (r"value too long for type character varying\(32\)",),
        explain=_long_id,
        files={ProblemKind.LONG_ID: "Shorten it to 32 characters."},
    ),
    "not_up_to_date": DiagnosisKind(
        "The database is behind the revisions when a new one is to be made",
        (r"Target database is not up to date",),
        "The database is not at head yet, and a new revision (or a check) starts from a database at head.",
        "Run `{tool} upgrade head` first, then repeat the command.",
    ),
    "relative_step_impossible": DiagnosisKind(
        "downgrade -1 at base, or upgrade +1 at head",
        (r"Relative revision ([+-]?\d{1,6}) didn't produce",),
        explain=_relative,
    ),
    "downgrade_ambiguous": DiagnosisKind(
        "One step back from a merge can mean several revisions",
        (r"Ambiguous walk",),
        "The step back starts at a merge of two branches, so `-1` can mean either of them.",
        "Put the branches in a row (give each revision one down_revision, delete the merge). Until then, "
        "`{tool} downgrade <revision>` names the revision to go back to. A database of your own that is at "
        "the merge needs `{tool} stamp --purge head` once it is deleted.",
    ),
    "not_an_ancestor": DiagnosisKind(
        "The revision to go to does not lie on the way from the current one",
        (
            r"Destination ([^\s]{1,100}) is not a valid (?:downgrade|upgrade) target",
            r"Revision ([^\s]{1,100}) is not an ancestor of revision",
        ),
        "{0} does not lie on the way from where the database is: a downgrade goes to revisions below the "
        "current one only, an upgrade to those above it.",
        "Look at `{tool} current` and `{tool} history`, and choose a revision on that line.",
    ),
    "version_table_wrong": DiagnosisKind(
        "The version table holds rows that Alembic did not write",
        (
            r"Requested revision ([^\s]{1,100}) overlaps with other requested revisions",
            r"migration expected to match one row when (?:updating|deleting)",
        ),
        "Alembic's version table holds rows that Alembic did not write: one revision too many, or one twice.",
        "Take out whatever writes to alembic_version (op.execute, stamp in code): only `{tool} upgrade` and "
        "`{tool} downgrade` may.",
        otherwise=DATABASE,
    ),
    "models_differ": DiagnosisKind(
        "alembic check finds differences between models and database",
        (r"New upgrade operations detected",),
        "The models describe another schema than the migrations make.",
        'Run `{tool} revision --autogenerate -m "…"` on a database at head, review the file and upgrade.',
    ),
}
FAMILY = Family("Revisions and their order", "revisions", __doc__, KINDS)
