"""Mistakes in the chain: revisions missing, doubled, squashed, without a message, not Python; two heads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.proof.operators.mutant import Change, chaff, change
from grader.proof.operators.project import Project, Step, project_of
from grader.proof.operators.revisions import (
    NEW_IDS,
    assignment,
    execute,
    joined,
    new_file,
    new_revision,
    with_message,
    with_variable,
)


@chaff("All later work is in one revision.")
def revisions_squashed(project: Project) -> Iterator[Change]:
    """Joins all revisions after the first. Applies to a chain of three or more, without branches."""
    squashed = _squashed(project, to=2)
    if squashed is not None:
        first, second = squashed.steps
        yield Change(f"{second.label} does all that follows {first.id}.", _difference(project, squashed))


@chaff("All is made by one revision.")
def all_in_one_revision(project: Project) -> Iterator[Change]:
    """Joins all revisions with the first one. Applies to a chain of three or more, without branches."""
    squashed = _squashed(project, to=1)
    if squashed is not None:
        yield Change("One revision makes all of the schema.", _difference(project, squashed))


@chaff("Revisions that do nothing make up the number.")
def empty_revisions(project: Project) -> Iterator[Change]:
    """Joins all revisions after the first, and puts as many after them that do nothing."""
    yield from _made_up(project, "do nothing", [((), ())] * len(NEW_IDS))


@chaff("Revisions that only comment make up the number.")
def comment_revisions(project: Project) -> Iterator[Change]:
    """Joins all revisions after the first, and puts as many after them that comment on a table."""
    tables = [item.table for step in project.steps for item in step.upgrade if item.name == "create_table"]
    comments = [
        (
            (execute(f"COMMENT ON TABLE \"{table}\" IS 'a table'"),),
            (execute(f'COMMENT ON TABLE "{table}" IS NULL'),),
        )
        for table in tables
    ]
    yield from _made_up(project, "comment on tables", comments)


@chaff("The chain has two heads.")
def two_heads(project: Project) -> Iterator[Change]:
    """Adds a revision whose parent is that of the head, as two people do who work at the same time."""
    head = project.head
    if head is not None and head.revision.parents:
        file = new_revision(0, head.revision.parents, "work of somebody else")
        path = new_file(project, 0, "work_of_somebody_else")
        yield Change(f"{path} has the same parent as {head.label}.", {path: file})


@chaff("A revision has no message.")
def no_message(project: Project) -> Iterator[Change]:
    """Gives the newest revision the message that Alembic writes for none."""
    head = project.head
    if head is not None and (edits := with_message(head, "empty message")):
        yield change(f"{head.id} has the message that Alembic writes for none.", (head.source, edits))


@chaff("The newest revision was not handed in.")
def head_not_handed_in(project: Project) -> Iterator[Change]:
    """Deletes the file of the head. Applies to chains of two and more."""
    head = project.head
    if head is not None and head.revision.parents:
        yield Change(f"The file of {head.label} is missing.", {head.path: None})


@chaff("A revision in the middle was not handed in.")
def parent_not_handed_in(project: Project) -> Iterator[Change]:
    """Deletes the file of the head's parent. Does not apply to merged branches."""
    for parent, child in list(_pairs(project))[-1:]:
        yield Change(f"The file of {parent.label} is missing; {child.id} needs it.", {parent.path: None})


@chaff("A revision names a parent that does not exist.")
def unknown_parent(project: Project) -> Iterator[Change]:
    """Gives the head another `down_revision`. Does not apply to merged branches."""
    for _, head in list(_pairs(project))[-1:]:
        edits = with_variable(head, "down_revision", '"0123456789ab"')
        yield change(f"{head.label} follows 0123456789ab, which no file has.", (head.source, edits))


@chaff("A revision has no down_revision.")
def down_revision_missing(project: Project) -> Iterator[Change]:
    """Deletes the variable from the newest file."""
    for _, head in list(_pairs(project))[-1:]:
        found = assignment(head.source, "down_revision")
        if found:
            sentence = f"{head.label} has no variable down_revision."
            yield change(sentence, (head.source, head.source.drop_statements(found[0])))


@chaff("A later revision begins a chain of its own.")
def second_base(project: Project) -> Iterator[Change]:
    """Gives the head the `down_revision` None."""
    for _, head in list(_pairs(project))[-1:]:
        edits = with_variable(head, "down_revision", "None")
        yield change(f"{head.label} follows no revision.", (head.source, edits))


@chaff("The revisions are each other's ancestors.")
def circle(project: Project) -> Iterator[Change]:
    """Lets the first revision follow the newest one."""
    head, base = project.head, project.steps[0]
    if head is not None and head is not base:
        edits = with_variable(base, "down_revision", repr(head.id))
        yield change(f"{base.label} follows {head.id}, the newest revision.", (base.source, edits))


@chaff("Two revision files have the same id.")
def duplicate_id(project: Project) -> Iterator[Change]:
    """Copies the file of the head, as an editor does that keeps the older state."""
    if project.head is not None:
        path = f"{project.head.path.removesuffix('.py')}_copy.py"
        yield Change(f"{path} has the id {project.head.id}, too.", {path: project.head.source.data})


@chaff("A revision id is longer than the version table holds.")
def id_too_long(project: Project) -> Iterator[Change]:
    """Gives the head an id of 40 characters."""
    if project.head is not None:
        edits = with_variable(project.head, "revision", f'"{"c0ffee42" * 5}"')
        yield change(f"{project.head.label} has an id of 40 characters.", (project.head.source, edits))


@chaff("A revision file has a syntax error.")
def syntax_error(project: Project) -> Iterator[Change]:
    """Puts a bracket too many at the end of the newest file."""
    if project.head is not None:
        source = project.head.source
        yield Change(f"{source.path} ends with a bracket too many.", {source.path: source.data + b"\n)\n"})


@chaff("A revision has no downgrade function.")
def no_downgrade_function(project: Project) -> Iterator[Change]:
    """Deletes `downgrade()` from the newest file."""
    head = project.head
    if head is not None and (function := head.functions.get("downgrade")):
        sentence = f"{head.label} has no downgrade()."
        yield change(sentence, (head.source, head.source.drop_statements(function)))


def _pairs(project: Project) -> Iterator[tuple[Step, Step]]:
    """Each revision with the one that follows, in chains without branches."""
    if project.is_linear:
        yield from zip(project.steps, project.steps[1:], strict=False)


def _squashed(project: Project, *, to: int) -> Project | None:
    """The chain with its last revisions joined; None where it is too short for that, or has branches."""
    current = project
    while len(current.steps) > to and current.is_linear:
        *_, (parent, child) = _pairs(current)
        files = {**current.files, **joined(current, parent, child)}
        current = project_of({path: data for path, data in files.items() if data is not None})
    return current if len(project.steps) > 2 and len(current.steps) == to else None  # noqa: PLR2004


def _difference(project: Project, other: Project) -> dict[str, bytes | None]:
    return {path: other.files.get(path) for path in (*other.files, *project.files)}


def _made_up(
    project: Project, what: str, bodies: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]
) -> Iterator[Change]:
    """As many revisions as the reference has, where there are bodies for them."""
    squashed = _squashed(project, to=2)
    if squashed is None or not bodies:
        return
    parent = squashed.steps[-1].id
    files = _difference(project, squashed)
    for number, (upgrade, downgrade) in enumerate(bodies[: min(len(project.steps) - 2, len(NEW_IDS))]):
        path = new_file(project, number, "one_more")
        files[path] = new_revision(number, (parent,), "one more revision", upgrade, downgrade)
        parent = NEW_IDS[number]
    yield Change(f"All later work is in one revision; those after it {what}.", files)
