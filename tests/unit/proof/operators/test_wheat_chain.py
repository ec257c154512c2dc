"""Another chain to the same schema."""

from __future__ import annotations

from grader.proof.operators import Project, project_of
from tests.unit.proof.operators.chains import chain, revision, small
from tests.unit.proof.operators.changes import changes, made


def answer(project: Project, operator: str, place: int = 0) -> Project:
    """An answer, read again."""
    files = {**project.files, **made(project, operator)[place].files}
    return project_of({path: data for path, data in files.items() if data is not None})


def test_a_revision_is_split_where_its_ways_are_pairs(reference: Project) -> None:
    split = answer(reference, "revisions_split", 1)
    assert len(split.steps) == 5
    first, second = split.steps[1:3]
    assert [item.column for item in (*first.upgrade, *first.downgrade)] == ["bio", "bio"]
    assert [item.column for item in (*second.upgrade, *second.downgrade)] == ["avatar_url", "avatar_url"]
    assert split.steps[3].revision.parents == (second.id,)
    one_sided = small('op.drop_column("a", "b")', 'op.drop_column("a", "c")', down=("pass",))
    assert [mutant.sentence for mutant in made(one_sided, "revisions_split")] == [
        "a1 (make a1) is split over two revisions."
    ]


def test_ids_names_and_messages_are_others(reference: Project) -> None:
    ids = answer(reference, "other_ids")
    assert not {step.id for step in ids.steps} & {step.id for step in reference.steps}
    assert [step.upgrade[0].name for step in ids.steps] == [step.upgrade[0].name for step in reference.steps]
    times = answer(reference, "names_with_times")
    assert [step.id for step in times.steps] == [step.id for step in reference.steps]
    assert times.steps[0].path.startswith("alembic/versions/2026_04_02_1200-3b8f1c6a27d4_create")
    messages = answer(reference, "other_messages")
    assert messages.steps[0].revision.message == "step 1 of the exercise"


def test_a_branch_is_merged(reference: Project) -> None:
    merged = answer(reference, "branches_merged")
    assert len(merged.graph.heads) == len(merged.graph.bases) == 1
    assert not merged.is_linear
    assert made(small(), "branches_merged") == ()


def test_there_is_a_table_and_a_column_more(reference: Project) -> None:
    more = answer(reference, "more_than_asked")
    assert [item.name for item in more.steps[-1].upgrade] == ["create_table", "add_column"]
    assert more.models[-1].table == "further_things"
    assert [column.name for column in more.models[-1].columns] == ["id"]
    (found,) = changes(reference, "more_than_asked")
    assert '+ further_plan = db.Column(db.String(20), default="free")' in found


def test_several_heads_get_nothing_on_top() -> None:
    heads = {"a1": revision("a1", ()), "b2": revision("b2", ("a1",))}
    assert made(chain(heads), "more_than_asked")


def test_a_column_more_stays_in_its_class_at_the_end_of_a_file() -> None:
    kind = 'op.add_column("things", sa.Column("kind", sa.String(20), nullable=True))'
    more = answer(small(kind, down=('op.drop_column("things", "kind")',)), "more_than_asked")
    columns = {model.table: [column.name for column in model.columns] for model in more.models}
    assert columns["further_things"] == ["id"]
    assert columns["things"][-1] == "further_kind"
