"""Mistakes in the chain."""

from __future__ import annotations

import pytest

from grader.errors import UsageError
from grader.observations.revisions import ProblemKind
from grader.proof.operators import Project, project_of
from grader.submission.revision_files import read_revision
from grader.submission.revision_graph import make_graph
from tests.unit.proof.operators.chains import chain, revision, small
from tests.unit.proof.operators.changes import changes, made

BRANCHES = chain(
    {
        "a1": revision("a1", ()),
        "b2": revision("b2", ("a1",)),
        "c3": revision("c3", ("a1",)),
        "d4": revision("d4", ("b2", "c3")),
    }
)


def files(project: Project, operator: str) -> dict[str, bytes]:
    """The files of the first answer."""
    changed = {**project.files, **made(project, operator)[0].files}
    return {path: data for path, data in changed.items() if data is not None}


@pytest.mark.parametrize(
    ("operator", "problem"),
    [
        ("two_heads", ProblemKind.SEVERAL_HEADS),
        ("no_message", ProblemKind.NO_MESSAGE),
        ("parent_not_handed_in", ProblemKind.MISSING_PARENT),
        ("unknown_parent", ProblemKind.MISSING_PARENT),
        ("down_revision_missing", ProblemKind.UNREADABLE_REVISION),
        ("second_base", ProblemKind.SEVERAL_BASES),
        ("circle", ProblemKind.CYCLE),
        ("duplicate_id", ProblemKind.DUPLICATE_ID),
        ("id_too_long", ProblemKind.LONG_ID),
        ("syntax_error", ProblemKind.SYNTAX_ERROR),
        ("no_downgrade_function", ProblemKind.NO_DOWNGRADE),
    ],
)
def test_the_graph_has_the_problem(reference: Project, operator: str, problem: ProblemKind) -> None:
    folder = reference.layout.version_locations[0]
    of_chain = [path for path in files(reference, operator) if path.startswith(folder)]
    graph = make_graph([read_revision(path, files(reference, operator)[path]) for path in sorted(of_chain)])
    assert problem in [item.kind for item in graph.problems]


def test_two_neighbours_are_one_with_all_that_they_need() -> None:
    plain = revision("b2", ("a1",), ("op.f(SIZE)",), ("op.g()",))
    with_size = plain.replace("\n\n\ndef", "\nSIZE = 3\n\n\ndef", 1)
    project = chain({"a1": revision("a1", ()), "b2": with_size, "c3": revision("c3", ("b2",), ("op.h()",))})
    squashed = project_of(files(project, "revisions_squashed"))
    assert [step.id for step in squashed.steps] == ["a1", "b2"]
    text = squashed.steps[1].source.data.decode()
    assert (
        text.index("SIZE = 3") < text.index("def upgrade") < text.index("op.f(SIZE)") < text.index("op.h()")
    )


def test_all_are_one(reference: Project) -> None:
    (only,) = project_of(files(reference, "all_in_one_revision")).steps
    assert [item.name for item in only.upgrade][-1] == "alter_column"
    assert only.downgrade[-1].table == "organizations"


@pytest.mark.parametrize("operator", ["empty_revisions", "comment_revisions"])
def test_as_many_revisions_do_less(reference: Project, operator: str) -> None:
    project = project_of(files(reference, operator))
    assert len(project.steps) == len(reference.steps)
    assert project.steps[-1].revision.message == "one more revision"


def test_the_newest_revision_is_missing(reference: Project) -> None:
    assert [step.id for step in project_of(files(reference, "head_not_handed_in")).steps] == [
        step.id for step in reference.steps[:-1]
    ]


@pytest.mark.parametrize(
    "operator", ["revisions_squashed", "all_in_one_revision", "unknown_parent", "second_base"]
)
def test_branches_are_left_alone(operator: str) -> None:
    assert made(BRANCHES, operator) == ()


def test_a_chain_with_branches_has_a_head() -> None:
    assert len(changes(BRANCHES, "no_message")) == len(changes(BRANCHES, "two_heads")) == 1
    assert made(BRANCHES, "comment_revisions") == made(small(), "comment_revisions") == ()


def test_a_chain_that_is_broken_already_is_no_reference() -> None:
    with pytest.raises(UsageError, match="b2"):
        chain({"a1": revision("a1", ()), "c3": revision("c3", ("b2",))})
