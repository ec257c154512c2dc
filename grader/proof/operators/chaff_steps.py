"""Mistakes in what a revision does: empty, partial, in wrong order, too much, or in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator

from grader.proof.operators.made import made_columns, made_constraints, refers_to, without_column
from grader.proof.operators.mutant import Change, chaff, change
from grader.proof.operators.operations import Operation, columns_of, constraints_of
from grader.proof.operators.project import Project, Step
from grader.proof.operators.revisions import added, at_beginning, execute
from grader.proof.operators.source import Edit, Source, constant, keyword, statements_of, texts


@chaff("upgrade() is empty.")
def upgrade_empty(project: Project) -> Iterator[Change]:
    """Of the newest revision; its downgrade is what it was."""
    if (head := project.head) is not None and head.upgrade:
        edits = [head.source.rewrite_body(head.functions["upgrade"], "pass")]
        yield change(f"upgrade() of {head.label} is empty.", (head.source, edits))


@chaff("A revision is empty.")
def revision_empty(project: Project) -> Iterator[Change]:
    """Both functions of the newest one do nothing, as autogenerate writes it where it sees no models."""
    if (head := project.head) is not None and head.upgrade:
        edits = [head.source.rewrite_body(head.functions[name], "pass") for name in ("upgrade", "downgrade")]
        yield change(f"{head.label} does nothing.", (head.source, edits))


@chaff("downgrade() is empty.")
def downgrade_empty(project: Project) -> Iterator[Change]:
    """Of each revision."""
    for step in project.steps:
        if step.downgrade:
            edits = [step.source.rewrite_body(step.functions["downgrade"], "pass")]
            yield change(f"downgrade() of {step.label} is empty.", (step.source, edits))


@chaff("downgrade() refuses to work.")
def downgrade_raises(project: Project) -> Iterator[Change]:
    """Of the newest revision."""
    if (head := project.head) is not None and head.downgrade:
        edits = [head.source.rewrite_body(head.functions["downgrade"], "raise NotImplementedError")]
        yield change(f"downgrade() of {head.label} raises NotImplementedError.", (head.source, edits))


@chaff("upgrade() is partial.")
def upgrade_partial(project: Project) -> Iterator[Change]:
    """Leaves the last operation out of each `upgrade()` that has several, and what undoes it."""
    for step in project.steps:
        if len(step.upgrade) > 1 and step.upgrade[-1].is_plain:
            last = step.upgrade[-1]
            undoing = [item.statement for item in step.downgrade if undoes(item, last)]
            edits = step.source.drop_statements(last.statement, *undoing)
            yield change(f"{step.label} lacks {said(step.source, last)}.", (step.source, edits))


@chaff("downgrade() is partial.")
def downgrade_partial(project: Project) -> Iterator[Change]:
    """Leaves the last operation out of each `downgrade()` that has several."""
    for step in project.steps:
        if len(step.downgrade) > 1 and step.downgrade[-1].is_plain:
            last = step.downgrade[-1]
            edits = step.source.drop_statements(last.statement)
            sentence = f"downgrade() of {step.label} lacks {said(step.source, last)}."
            yield change(sentence, (step.source, edits))


@chaff("upgrade() makes things in wrong order.")
def upgrade_in_wrong_order(project: Project) -> Iterator[Change]:
    """Turns the order round. Applies where one operation needs what an earlier one makes."""
    for step in project.steps:
        if _has_order(step):
            sentence = f"upgrade() of {step.label} works in the order from last to first."
            yield change(sentence, (step.source, [_turned(step, "upgrade")]))


@chaff("downgrade() drops things in wrong order.")
def downgrade_in_wrong_order(project: Project) -> Iterator[Change]:
    """Turns the order round. Applies where the revision makes things that rest on each other."""
    for step in project.steps:
        if _has_order(step) and len(statements_of(step.functions["downgrade"])) > 1:
            sentence = f"downgrade() of {step.label} works in the order from last to first."
            yield change(sentence, (step.source, [_turned(step, "downgrade")]))


@chaff("downgrade() drops more than the revision made.")
def downgrade_drops_more(project: Project) -> Iterator[Change]:
    """The newest one drops a column of the first revision, too. Applies to a column that nothing rests on."""
    head, base = project.head, project.steps[0]
    for step, column in made_columns(project):
        if head is not None and head is not base and step is base and without_column(project, step, column):
            edits = added(head, (), (f'op.drop_column("{column.table}", "{column.name}")',))
            sentence = f"downgrade() of {head.label} drops {column.table}.{column.name}, too."
            yield change(sentence, (head.source, edits))
            return


@chaff("An upgrade throws rows away.")
def rows_thrown_away(project: Project) -> Iterator[Change]:
    """The newest one begins by emptying a table of the first revision."""
    head, base = project.head, project.steps[0]
    tables = [item.table for item in base.upgrade if item.name == "create_table" and item.table]
    if head is not None and head is not base and tables:
        edits = at_beginning(head, "upgrade", execute(f'TRUNCATE TABLE "{tables[-1]}" CASCADE'))
        yield change(f"upgrade() of {head.label} empties {tables[-1]}.", (head.source, edits))


@chaff("An upgrade ends the transaction.")
def transaction_ended(project: Project) -> Iterator[Change]:
    """The newest one commits when it is done: a fault after that leaves half of it behind."""
    if (head := project.head) is not None:
        edits = added(head, (execute("COMMIT"),))
        yield change(f"upgrade() of {head.label} ends with COMMIT.", (head.source, edits))


@chaff("A type is left behind.")
def type_left_behind(project: Project) -> Iterator[Change]:
    """`downgrade()` does not drop the type that `upgrade()` makes.

    Where the chain makes no type, the newest revision makes one.
    """
    drops = [
        (step, item)
        for step in project.steps
        for item in step.downgrade
        if (text := constant(item.argument("sql"))) and text.upper().lstrip().startswith("DROP TYPE")
    ]
    for step, item in drops:
        edits = step.source.drop_statements(item.statement)
        yield change(f"downgrade() of {step.label} leaves the type behind.", (step.source, edits))
    if not drops and project.head is not None:
        head = project.head
        edits = added(head, (execute("CREATE TYPE mood AS ENUM ('calm', 'wild')"),))
        yield change(f"{head.label} makes a type mood, and its downgrade leaves it.", (head.source, edits))


@chaff("A table is in another schema.")
def table_in_another_schema(project: Project) -> Iterator[Change]:
    """The newest revision moves the last table that was made."""
    yield from _moved(
        project,
        "{table} is in the schema elsewhere.",
        ("CREATE SCHEMA elsewhere", 'ALTER TABLE "{table}" SET SCHEMA elsewhere'),
        ('ALTER TABLE elsewhere."{table}" SET SCHEMA public', "DROP SCHEMA elsewhere"),
    )


@chaff("There is a view in the place of a table.")
def view_for_table(project: Project) -> Iterator[Change]:
    """The newest revision makes a view of the last table that was made, under its name."""
    yield from _moved(
        project,
        "{table} is a view of the table {table}_rows.",
        (
            'ALTER TABLE "{table}" RENAME TO "{table}_rows"',
            'CREATE VIEW "{table}" AS SELECT * FROM "{table}_rows"',
        ),
        ('DROP VIEW "{table}"', 'ALTER TABLE "{table}_rows" RENAME TO "{table}"'),
    )


@chaff("A table has another name.")
def table_misspelt(project: Project) -> Iterator[Change]:
    """The newest revision renames the last table that was made."""
    yield from _moved(
        project,
        "{table} is called {table}_x.",
        ('ALTER TABLE "{table}" RENAME TO "{table}_x"',),
        ('ALTER TABLE "{table}_x" RENAME TO "{table}"',),
    )


@chaff("A constraint without a name is dropped.")
def constraint_without_name(project: Project) -> Iterator[Change]:
    """As autogenerate writes it without a naming convention: made as None, dropped as None."""
    for step, item in made_constraints(project, "unique", "foreign_key", "check"):
        if item.is_element or item.name is None:
            continue
        for drop in step.downgrade:
            if drop.name == "drop_constraint" and drop.object == item.name:
                names = (item.operation.argument("name"), drop.argument("name"))
                edits = [step.source.replace(node, "None") for node in names if node is not None]
                sentence = f"{step.label} makes and drops the constraint of {item.said} without a name."
                yield change(sentence, (step.source, edits))


def undoes(undoing: Operation, done: Operation) -> bool:
    """Whether an operation of a downgrade takes back one of the upgrade."""
    pairs = {
        ("create_table", "drop_table"),
        ("add_column", "drop_column"),
        ("alter_column", "alter_column"),
        ("create_index", "drop_index"),
        ("rename_table", "rename_table"),
    }
    name, other = done.name, undoing.name
    if name.startswith("create_") and other in ("drop_constraint", "drop_index"):
        return done.object is not None and undoing.object == done.object
    if (name, other) not in pairs:
        return False
    renamed = keyword(done.call, "new_column_name")
    columns = {done.column, constant(renamed.value) if renamed else None}
    return undoing.table == done.table and undoing.column in columns


def said(source: Source, operation: Operation) -> str:
    """An operation in a sentence."""
    names = [name for name in (operation.table, operation.column or operation.object) if name]
    return f"{operation.name}({', '.join(names)})" if names else source.text(operation.call).splitlines()[0]


def _has_order(step: Step) -> bool:
    """Whether an operation needs what an earlier one of the same `upgrade()` makes."""
    for place, operation in enumerate(step.upgrade):
        for earlier in step.upgrade[:place]:
            if earlier.name == "create_table" and (
                operation.table == earlier.table or _refers(operation, earlier.table)
            ):
                return True
            made = columns_of(earlier)
            if operation.table == earlier.table and any(
                column.name in item.columns for column in made for item in constraints_of(operation)
            ):
                return True
    return False


def _refers(operation: Operation, table: str | None) -> bool:
    targets = [texts(i.target) or (constant(i.target) or "",) for i in constraints_of(operation) if i.target]
    names = {name.partition(".")[0] for found in targets for name in found}
    return table in names or refers_to(operation, table or "", "")


def _turned(step: Step, name: str) -> Edit:
    body = statements_of(step.functions[name])
    lines = [line for statement in reversed(body) for line in step.source.lines_of(statement)]
    return step.source.rewrite_body(step.functions[name], *lines)


def _moved(
    project: Project, sentence: str, upgrade: tuple[str, ...], downgrade: tuple[str, ...]
) -> Iterator[Change]:
    dropped = {item.table for step in project.steps for item in step.upgrade if item.name == "drop_table"}
    made = [item.table for step in project.steps for item in step.upgrade if item.name == "create_table"]
    tables = [table for table in made if table and table not in dropped]
    if project.head is None or not tables:
        return
    up, down = ([execute(line.format(table=tables[-1])) for line in lines] for lines in (upgrade, downgrade))
    words = sentence.format(table=tables[-1])
    yield change(f"At {project.head.label}, {words}", (project.head.source, added(project.head, up, down)))
