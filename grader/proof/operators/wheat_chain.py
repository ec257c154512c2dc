"""Right answers with another chain: split, merged, longer, under other ids, names and messages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from grader.proof.operators.chaff_steps import undoes
from grader.proof.operators.environment import with_setting
from grader.proof.operators.made import made_columns, model_column
from grader.proof.operators.mutant import Change, change, wheat
from grader.proof.operators.operations import Operation
from grader.proof.operators.project import Project, Step
from grader.proof.operators.revisions import (
    NEW_IDS,
    new_file,
    new_revision,
    with_message,
    with_variable,
)
from grader.proof.operators.source import Edit, Source, keyword, sqlalchemy_prefix, statements_of

_TEMPLATE = "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d-%%(rev)s_%%(slug)s"


@wheat("The work of a revision is split over two.")
def revisions_split(project: Project) -> Iterator[Change]:
    """Applies to a revision whose downgrade takes back each operation of its upgrade by one of its own."""
    for step in project.steps:
        halves = _halves(step)
        if halves is None:
            continue
        (first_up, first_down), (second_up, second_down) = halves
        source = step.source
        first = source.edited(_body(step, "upgrade", first_up), _body(step, "downgrade", first_down))
        message = f"{step.revision.message}, second part"
        second = source.edited(
            _body(step, "upgrade", second_up),
            _body(step, "downgrade", second_down),
            *with_variable(step, "revision", repr(NEW_IDS[0])),
            *with_variable(step, "down_revision", repr(step.id)),
            *with_message(step, message),
        )
        files = {step.path: first, new_file(project, 0, "second_part"): second}
        for child in project.children(step):
            parents = tuple(NEW_IDS[0] if item == step.id else item for item in child.revision.parents)
            value = repr(parents[0] if len(parents) == 1 else parents)
            files[child.path] = child.source.edited(*with_variable(child, "down_revision", value))
        yield Change(f"{step.label} is split over two revisions.", files)


@wheat("Revisions have other ids.")
def other_ids(project: Project) -> Iterator[Change]:
    """In all files, and in their names."""
    ids = {step.id: hashlib.sha256(step.id.encode()).hexdigest()[:12] for step in project.steps}
    files: dict[str, bytes | None] = {}
    for step in project.steps:
        path, data = step.path, step.source.data
        for old, new in ids.items():
            path, data = path.replace(old, new), data.replace(old.encode(), new.encode())
        files |= {step.path: None, path: data}
    yield Change("Each revision has another id.", files)


@wheat("Names of files begin with a time.")
def names_with_times(project: Project) -> Iterator[Change]:
    """As `file_template` makes them. Applies to alembic.ini."""
    settings = with_setting(project, f"file_template = {_TEMPLATE}")
    if settings is None or project.ini is None:
        return
    files: dict[str, bytes | None] = {project.ini: settings}
    for number, step in enumerate(project.steps, 1):
        folder, _, name = step.path.rpartition("/")
        files[step.path] = None
        files[f"{folder}/2026_04_{number % 28 + 1:02}_1200-{name}"] = step.source.data
    yield Change("The files of revisions are named by the time at which they were made.", files)


@wheat("Revisions have other messages.")
def other_messages(project: Project) -> Iterator[Change]:
    """Each says only which step of the work it is."""
    parts: list[tuple[Source, list[Edit]]] = []
    for number, step in enumerate(project.steps, 1):
        parts.append((step.source, with_message(step, f"step {number} of the exercise")))
    yield change("The messages say which step of the exercise a revision is.", *parts)


@wheat("Two branches were merged.")
def branches_merged(project: Project) -> Iterator[Change]:
    """Below the newest revision; the other branch does nothing. Applies to a line of three and more."""
    if project.is_linear and len(project.steps) > 2:  # noqa: PLR2004 - where the branch begins, its end, the head
        start, end, head = project.steps[-3:]
        edits = with_variable(head, "down_revision", repr(NEW_IDS[1]))
        yield Change(
            f"A branch begins at {start.id} and is merged with {end.id}.",
            {
                new_file(project, 0, "idea"): new_revision(0, (start.id,), "an idea that came to nothing"),
                new_file(project, 1, "merge"): new_revision(1, (end.id, NEW_IDS[0]), "merge both branches"),
                head.path: head.source.edited(*edits),
            },
        )


@wheat("There is a table and a column more than asked.")
def more_than_asked(project: Project) -> Iterator[Change]:
    """In the models and in a revision of their own. Applies where the newest class has a key `id`."""
    head = project.head
    keyed = [model for model in project.models if (key := model.column("id")) and key.is_key]
    if head is None or not keyed:
        return
    model = keyed[-1]
    key = model.column("id")
    written = [*map(model.source.text, model.node.bases), *map(model.source.text, model.node.keywords)]
    bases = ", ".join(written)
    lines = ["", "", f"class FurtherThing({bases}):", '    __tablename__ = "further_things"', ""]
    lines += [f"    {line}" for line in model.source.lines_of(key.statement)] if key else []
    parts = [(model.source, [model.source.insert_after(model.node, *lines)])]
    upgrade = ['op.create_table("further_things", sa.Column("id", sa.Integer(), primary_key=True))']
    downgrade = ['op.drop_table("further_things")']
    more = _further_column(project)
    if more is not None:
        source, edit, table, name, type_ = more
        # Before the class: in the class that is the last of its file, both are put at the same place.
        parts.insert(0, (source, [edit]))
        upgrade.append(f'op.add_column("{table}", sa.Column("{name}", {type_}, nullable=True))')
        downgrade.insert(0, f'op.drop_column("{table}", "{name}")')
    made = change("A table further_things and a column more, in models and a revision.", *parts)
    path = new_file(project, 0, "more_than_asked")
    file = new_revision(0, (head.id,), "more than asked", upgrade, downgrade)
    yield Change(made.sentence, {**made.files, path: file})


def _further_column(project: Project) -> tuple[Source, Edit, str, str, str] | None:
    """A copy of a plain column that allows NULL: where to write it, its table, its name and its type."""
    for step, column in made_columns(project):
        found = model_column(project, column.table, column.name)
        prefix, imports = sqlalchemy_prefix(step.source)
        if found is None or imports or column.is_required or column.type is None or column.call.keywords[1:]:
            continue
        model, attribute = found
        text, type_ = model.source.text(attribute.statement), step.source.text(column.type)
        bare = attribute.call is None or not (attribute.foreign_key or keyword(attribute.call, "foreign_key"))
        if bare and text.startswith(column.name) and type_.startswith(prefix) and "\n" not in text:
            name = f"further_{column.name}"
            edit = model.source.insert_after(attribute.statement, f"further_{text}")
            return model.source, edit, column.table, name, f"sa.{type_.removeprefix(prefix)}"
    return None


def _halves(step: Step) -> tuple[tuple[list[Operation], list[Operation]], ...] | None:
    """The operations of a revision, up and down, in two parts; None where they are not pairs."""
    up, down = list(step.upgrade), list(step.downgrade)
    plain = all(item.is_plain and item.batch is None for item in (*up, *down))
    whole = len(statements_of(step.functions["upgrade"])) == len(up)
    if len(up) < 2 or len(up) != len(down) or not plain or not whole:  # noqa: PLR2004 - two halves
        return None
    undoing = {id(done): [item for item in down if undoes(item, done)] for done in up}
    if any(len(found) != 1 for found in undoing.values()):
        return None
    first = up[: len(up) // 2]
    of_first = {id(undoing[id(item)][0]) for item in first}
    return (
        (first, [item for item in down if id(item) in of_first]),
        (up[len(first) :], [item for item in down if id(item) not in of_first]),
    )


def _body(step: Step, function: str, operations: list[Operation]) -> Edit:
    lines = [line for item in operations for line in step.source.lines_of(item.statement)]
    return step.source.rewrite_body(step.functions[function], *lines)
