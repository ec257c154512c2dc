"""Which revision made a table or a column: added, renamed, replaced, or changed in its type."""

from __future__ import annotations

import pytest

from grader.assignment.data_probe import DataProbe
from grader.observations.schema import SchemaKind, SchemaObject, SchemaSnapshot
from grader.trial.data.lineage import State, changes_of, name_at
from grader.trial.data.names import NamesAt
from grader.trial.data.target import NoTarget, target_of
from tests.unit.observation_builders import column, graph, table

Tables = dict[str, dict[str, str]]
TEXT = {"id": "integer", "full_name": "text"}
SPLIT = {"id": "integer", "first_name": "text", "last_name": "text"}


def states(*schemas: Tables) -> list[State]:
    """The empty schema, and one for each revision `r1`, `r2`, ..."""

    def snapshot(tables: Tables) -> SchemaSnapshot:
        objects: list[SchemaObject] = [table(name) for name in tables]
        objects += [column(name, own, type_) for name, of in tables.items() for own, type_ in of.items()]
        return SchemaSnapshot(tuple(objects))

    seen = [State(f"r{number}", snapshot(schema)) for number, schema in enumerate(schemas, 1)]
    return [State(None, SchemaSnapshot(())), *seen]


def revision_before(probe: DataProbe, *schemas: Tables) -> str:
    ids = [f"r{number}" for number in range(1, len(schemas) + 1)]
    return target_of(graph(*ids), states(*schemas), probe, {}).revision.id


NAMES = DataProbe("users.first_name", {"users": ({"id": 1, "full_name": "Ada"},)})


@pytest.mark.parametrize(
    ("schemas", "expected"),
    [
        pytest.param(({"users": TEXT}, {"users": TEXT | SPLIT}, {"users": SPLIT}), "r2", id="added"),
        pytest.param(({"users": TEXT}, {"users": SPLIT}), "r2", id="renamed in place"),
        pytest.param(
            ({"users": TEXT}, {"users": TEXT | SPLIT}, {"users": SPLIT | {"first_name": "varchar"}}),
            "r2",
            id="changed afterwards",
        ),
        pytest.param(
            ({"users": TEXT}, {"users": TEXT, "people": SPLIT}, {"users": SPLIT}), "r2", id="table replaced"
        ),
        pytest.param(
            ({"people": TEXT}, {"people": TEXT | SPLIT}, {"users": TEXT | SPLIT}), "r2", id="table renamed"
        ),
        pytest.param(
            ({"users": TEXT}, {"users": TEXT | {"bio": "text"}}, {"users": SPLIT | {"bio": "text"}}),
            "r3",
            id="another revision between",
        ),
    ],
)
def test_the_revision_that_makes_a_column(schemas: tuple[Tables, ...], expected: str) -> None:
    assert revision_before(NAMES, *schemas) == expected


STATUS = DataProbe("orders.status", {"orders": ({"id": 1, "status": "open"},)})
OLD, NEW = {"id": "integer", "status": "text"}, {"id": "integer", "status": "mood"}


@pytest.mark.parametrize(
    ("schemas", "expected"),
    [
        pytest.param(({"orders": OLD}, {"orders": NEW}), "r2", id="in place"),
        pytest.param(
            ({"orders": OLD}, {"orders": OLD | {"new": "mood"}}, {"orders": NEW}), "r2", id="renamed to it"
        ),
        pytest.param(
            (
                {"orders": OLD},
                {"orders": OLD | {"new": "mood"}},
                {"orders": {"new": "mood"}},
                {"orders": NEW},
            ),
            "r2",
            id="old one dropped first",
        ),
    ],
)
def test_the_revision_that_changes_a_type(schemas: tuple[Tables, ...], expected: str) -> None:
    assert revision_before(STATUS, *schemas) == expected
    without_columns = DataProbe("orders.status", sql="INSERT INTO orders VALUES (1, 'open')")
    assert revision_before(without_columns, *schemas) == expected


def test_the_revision_that_makes_a_column_take_no_null() -> None:
    def with_slug(*, nullable: bool) -> SchemaSnapshot:
        return SchemaSnapshot((table("posts"), column("posts", "slug", "text", nullable=nullable)))

    seen = [
        State(None, SchemaSnapshot(())),
        State("r1", with_slug(nullable=True)),
        State("r2", with_slug(nullable=True)),
        State("r3", with_slug(nullable=False)),
    ]
    probe = DataProbe("posts.slug", {"posts": ({"slug": "a"},)})
    assert target_of(graph("r1", "r2", "r3"), seen, probe, {}).revision.id == "r3"


def test_the_revision_that_makes_a_table_and_the_last_one() -> None:
    schemas = ({"users": TEXT}, {"users": TEXT, "towns": SPLIT}, {"users": TEXT, "cities": SPLIT})
    rows = {"users": ({"id": 1},)}
    assert revision_before(DataProbe("towns", rows), *schemas) == "r2"
    assert revision_before(DataProbe("cities", rows), *schemas) == "r2"
    assert revision_before(DataProbe("head", rows), *schemas) == "r3"


@pytest.mark.parametrize(
    ("probe", "schemas", "said"),
    [
        (NAMES, ({"users": TEXT},), "no revision makes users.first_name"),
        (NAMES, ({"users": SPLIT},), "the first revision, r1, already makes users.first_name"),
        (DataProbe("head"), ({"users": TEXT},), "the first revision, r1, already makes head"),
    ],
)
def test_where_there_is_no_such_revision(probe: DataProbe, schemas: tuple[Tables, ...], said: str) -> None:
    with pytest.raises(NoTarget, match=said):
        revision_before(probe, *schemas)


def test_a_table_has_other_names_at_other_times() -> None:
    seen = states({"users": TEXT}, {"people": TEXT}, {"people": TEXT, "posts": {"a": "text"}})
    assert [name_at(seen, place, "people") for place in (1, 2, 3)] == ["users", "people", "people"]
    assert [name_at(seen, place, "users") for place in (1, 2, 3)] == ["users", "people", "people"]
    assert name_at(seen, 1, "posts") == "posts"
    assert changes_of(seen, "people") == [2, 1]
    assert changes_of(seen, "nothing") == []


def test_the_first_alias_that_is_there_is_taken() -> None:
    aliases = {"subjects": ("disciplines", "courses"), "subjects.grade": ("mark", "rating")}
    seen = states({"courses": {"id": "integer", "mark": "text", "rating": "text"}})
    names = NamesAt(seen, 1, aliases)
    assert (names.table("subjects"), names.column("subjects", "grade")) == ("courses", "mark")
    assert names.has({"subjects": ("id", "grade")})
    assert not names.has({"subjects": ("name",)})
    own = NamesAt(states({"subjects": {"grade": "text"}, "courses": {"mark": "text"}}), 1, aliases)
    assert (own.table("subjects"), own.column("subjects", "grade")) == ("subjects", "grade")


def test_kinds_of_relations_that_hold_no_rows_are_no_tables() -> None:
    view = SchemaSnapshot((SchemaObject(SchemaKind.TABLE, "v", {"relation": "foreign table"}),))
    assert State("r1", view).tables == {}
