"""The two comparisons, on snapshots written by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grader.judging.comparison.compare import accepting, equivalent, strict
from grader.observations.schema import (
    ChangeKind,
    Difference,
    PropertyValue,
    SchemaKind,
    SchemaObject,
    SchemaSnapshot,
)


def _object(kind: str, name: str, **properties: PropertyValue) -> SchemaObject:
    return SchemaObject(SchemaKind(kind), name, properties)


def _table(name: str, **properties: PropertyValue) -> SchemaObject:
    return _object("table", name, relation="table", **properties)


def _column(table: str, name: str, type_: str, **properties: PropertyValue) -> SchemaObject:
    usual: dict[str, PropertyValue] = {"table": table, "type": type_, "nullable": True}
    return SchemaObject(SchemaKind.COLUMN, f"{table}.{name}", usual | properties)


def _unique(table: str, name: str, *columns: str, **properties: PropertyValue) -> SchemaObject:
    return _object(
        "constraint",
        f"{table}.{name}",
        table=table,
        type="unique",
        columns=columns,
        **{"deferrable": False, "initially_deferred": False, **properties},
    )


def _index(table: str, name: str, *keys: str, **properties: PropertyValue) -> SchemaObject:
    usual: dict[str, PropertyValue] = {
        "table": table,
        "keys": keys,
        "method": "btree",
        "unique": True,
        "valid": True,
        "expression": False,
    }
    return SchemaObject(SchemaKind.INDEX, f"{table}.{name}", usual | properties)


def _foreign_key(name: str, **properties: PropertyValue) -> SchemaObject:
    usual: dict[str, PropertyValue] = {
        "table": "posts",
        "type": "foreign key",
        "columns": ("user_id",),
        "target_table": "users",
        "target_columns": ("id",),
        "on_delete": "no action",
        "valid": True,
    }
    return SchemaObject(SchemaKind.CONSTRAINT, f"posts.{name}", usual | properties)


def _snapshot(*objects: SchemaObject) -> SchemaSnapshot:
    return SchemaSnapshot(tuple(sorted(objects, key=lambda item: (item.kind, item.name))))


def test_strict_reports_what_is_missing_extra_and_changed() -> None:
    before = _snapshot(_table("a"), _column("a", "x", "text"), _object("sequence", "s", start=1))
    after = _snapshot(_table("a"), _column("a", "x", "integer"), _object("type", "t", type="enum"))
    assert strict(before, after) == (
        Difference(ChangeKind.CHANGED, SchemaKind.COLUMN, "a.x", "type", "text", "integer"),
        Difference(ChangeKind.EXTRA, SchemaKind.TYPE, "t"),
        Difference(ChangeKind.MISSING, SchemaKind.SEQUENCE, "s"),
    )


def test_strict_counts_names_comments_and_owners() -> None:
    before = _snapshot(_table("a", owner="direct"), _unique("a", "one", "x"))
    after = _snapshot(_table("a", owner="pooled", comment="c"), _unique("a", "two", "x"))
    assert [(d.change, d.kind, d.property) for d in strict(before, after)] == [
        ("changed", "table", "comment"),
        ("changed", "table", "owner"),
        ("missing", "constraint", None),
        ("extra", "constraint", None),
    ]


def test_strict_takes_an_absent_property_for_none() -> None:
    assert strict(_snapshot(_table("a", comment=None)), _snapshot(_table("a"))) == ()


def test_the_parts_of_a_missing_table_are_not_listed_beside_it() -> None:
    users = (_table("users"), _column("users", "id", "integer"), _unique("users", "u", "id"))
    posts = (_table("posts"), _foreign_key("fk"))
    assert [d.name for d in strict(_snapshot(*users, *posts), _snapshot(*posts))] == ["users"]
    assert [d.name for d in strict(_snapshot(*posts), _snapshot(*users, *posts))] == ["users"]
    found = equivalent(_snapshot(*users, *posts), _snapshot(*posts), defaults=True, extra=True)
    assert [d.name for d in found] == ["users"]


def test_a_sequence_that_outlives_its_table_is_listed() -> None:
    owned = _object("sequence", "users_id_seq", table="users", owned_by="users.id")
    free = _object("sequence", "users_id_seq", table=None, owned_by=None)
    differences = strict(_snapshot(_table("users"), owned), _snapshot(free))
    assert [(d.change, d.kind) for d in differences] == [
        ("missing", "table"),
        ("changed", "sequence"),
        ("changed", "sequence"),
    ]


def test_a_unique_index_stands_for_a_unique_constraint_unless_it_enforces_less() -> None:
    expected = _snapshot(_table("a"), _unique("a", "u", "x"))

    def found(**properties: PropertyValue) -> list[str]:
        other = _snapshot(_table("a"), _index("a", "i", "x", **properties))
        return [item.name for item in equivalent(expected, other, defaults=False, extra=False)]

    assert found() == []
    for flaw in ({"unique": False}, {"predicate": "(x > 1)"}, {"expression": True}, {"valid": False}):
        assert found(**flaw) == ["unique (x) on a"], flaw
    assert found(nulls_not_distinct=True) == ["unique (x) on a"]


def test_an_index_behind_a_constraint_is_not_counted_again() -> None:
    schema = _snapshot(_table("a"), _unique("a", "u", "x"), _index("a", "u", "x", backs_constraint="u"))
    assert equivalent(_snapshot(_table("a"), _unique("a", "u", "x")), schema, defaults=True, extra=True) == ()


def test_a_changed_foreign_key_names_the_property() -> None:
    expected = _snapshot(_table("posts"), _foreign_key("one"))
    found = _snapshot(_table("posts"), _foreign_key("two", on_delete="cascade", valid=False))
    name = "foreign key (user_id) to users (id) on posts"
    assert equivalent(expected, found, defaults=False, extra=False) == (
        Difference(ChangeKind.CHANGED, SchemaKind.CONSTRAINT, name, "on_delete", "no action", "cascade"),
        Difference(ChangeKind.CHANGED, SchemaKind.CONSTRAINT, name, "valid", expected=True, found=False),
    )


def test_actions_and_deferral_may_be_more_than_asked() -> None:
    more: dict[str, PropertyValue] = {
        "on_delete": "set null",
        "on_delete_columns": ("user_id",),
        "on_update": "cascade",
        "match": "full",
        "deferrable": True,
        "initially_deferred": True,
    }
    usual: dict[str, PropertyValue] = {
        "on_update": "no action",
        "match": "simple",
        "deferrable": False,
        "initially_deferred": False,
    }
    expected = _snapshot(_table("posts"), _foreign_key("fk", **usual))

    def differing(schema: SchemaSnapshot, **properties: PropertyValue) -> list[str | None]:
        found = _snapshot(_table("posts"), _foreign_key("fk", **(usual | properties)))
        reported = equivalent(schema, found, defaults=False, extra=False, actions=False)
        return [item.property for item in reported]

    assert differing(expected, **more) == []
    assert differing(expected, valid=False) == ["valid"]
    asked = _snapshot(_table("posts"), _foreign_key("fk", **(usual | {"on_delete": "cascade"})))
    assert differing(asked) == ["on_delete"]
    assert differing(asked, on_delete="set null", deferrable=True) == ["on_delete"]


def test_a_deferrable_unique_constraint_is_less_than_asked() -> None:
    expected = _snapshot(_table("a"), _unique("a", "u", "x"))
    found = _snapshot(_table("a"), _unique("a", "u", "x", deferrable=True))
    reported = equivalent(expected, found, defaults=False, extra=False, actions=False)
    assert [item.property for item in reported] == ["deferrable"]


def test_the_index_of_a_materialised_view_is_none_of_a_table() -> None:
    view = _object("view", "totals", relation="materialized view")
    found = _snapshot(view, _index("totals", "i", "x"), _index("totals", "u", "x", unique=True))
    assert equivalent(_snapshot(), found, defaults=True, extra=True) == ()


def test_what_comes_with_sql_is_not_extra() -> None:
    function = _object("function", "number()", definition="SELECT nextval('invoice_no')")
    used, left = _object("sequence", "invoice_no"), _object("sequence", "invoice")
    part = _table("log_1", partition_of="log")
    found = _snapshot(function, used, left, part, _column("log_1", "id", "integer"))
    extra = equivalent(_snapshot(), found, defaults=True, extra=True)
    assert [item.name for item in extra] == ["invoice"]


def test_a_sequence_may_belong_to_a_column_on_one_side_only() -> None:
    free, owned = _object("sequence", "no"), _object("sequence", "no", owned_by="a.x", table="a")
    assert equivalent(_snapshot(free), _snapshot(owned), defaults=True, extra=True) == ()
    assert equivalent(_snapshot(owned), _snapshot(free), defaults=True, extra=True) == ()
    assert len(equivalent(_snapshot(free), _snapshot(), defaults=True, extra=True)) == 1


def test_defaults_that_are_known_to_be_the_same() -> None:
    ours = _snapshot(_table("a"), _column("a", "x", "text[]", default="'{}'::text[]"))
    theirs = _snapshot(_table("a"), _column("a", "x", "text[]", default="ARRAY[]::text[]"))
    known = (("text[]", "'{}'::text[]", "ARRAY[]::text[]"),)
    assert equivalent(ours, theirs, defaults=True, extra=True, same_defaults=known) == ()
    assert len(equivalent(ours, theirs, defaults=True, extra=True)) == 1
    assert len(equivalent(theirs, ours, defaults=True, extra=True, same_defaults=known)) == 1


def test_one_of_two_foreign_keys_that_fits_is_enough() -> None:
    expected = _snapshot(_table("posts"), _foreign_key("fk"))
    found = _snapshot(_table("posts"), _foreign_key("a", valid=False), _foreign_key("b"))
    assert equivalent(expected, found, defaults=False, extra=True) == ()


def test_serial_is_identity_and_neither_is_a_plain_integer() -> None:
    serial = _column("a", "id", "integer", default="nextval('public.a_id_seq'::regclass)")
    owned = _object("sequence", "a_id_seq", owned_by="a.id", table="a")
    identity = _column("a", "id", "integer", identity="always")
    plain = _snapshot(_table("a"), _column("a", "id", "integer"))
    assert equivalent(_snapshot(serial, owned), _snapshot(identity), defaults=True, extra=True) == ()
    assert equivalent(_snapshot(_table("a"), serial, owned), plain, defaults=False, extra=False) == (
        Difference(
            ChangeKind.CHANGED, SchemaKind.COLUMN, "a.id", "autoincrement", expected=True, found=False
        ),
    )


def test_a_sequence_on_its_own_is_an_extra() -> None:
    assert equivalent(_snapshot(), _snapshot(_object("sequence", "s")), defaults=False, extra=True) == (
        Difference(ChangeKind.EXTRA, SchemaKind.SEQUENCE, "s"),
    )


def test_enums_of_one_name_with_other_labels_show_the_labels() -> None:
    def schema(*labels: str) -> SchemaSnapshot:
        mood = _object("type", "mood", type="enum", written="public.mood", labels=labels)
        return _snapshot(_table("a"), _column("a", "x", "public.mood"), mood)

    assert equivalent(schema("a"), schema("a", "b"), defaults=False, extra=False) == (
        Difference(ChangeKind.CHANGED, SchemaKind.COLUMN, "a.x", "type", ("a",), ("a", "b")),
        Difference(ChangeKind.CHANGED, SchemaKind.TYPE, "mood", "labels", ("a",), ("a", "b")),
    )


def test_accepting_drops_only_the_types_that_the_assignment_allows() -> None:
    def difference(name: str, property_: str, found: str) -> Difference:
        return Difference(
            ChangeKind.CHANGED, SchemaKind.COLUMN, name, property_, "character varying(50)", found
        )

    allowed = difference("users.username", "type", "character varying(80)")
    others = (
        difference("users.username", "type", "text"),
        difference("users.email", "type", "character varying(80)"),
        difference("users.username", "default", "character varying(80)"),
        Difference(ChangeKind.MISSING, SchemaKind.COLUMN, "users.username"),
    )
    accepted = {("users.username", "character varying(80)"), ("users.username", "character varying(50)")}
    assert accepting((allowed, *others), accepted) == others


_SNAPSHOTS = st.lists(
    st.one_of(
        st.builds(_table, st.sampled_from("ab"), comment=st.sampled_from(["x", "y"])),
        st.builds(
            _column, st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from(["text", "integer"])
        ),
        st.builds(_unique, st.sampled_from("ab"), st.sampled_from("uv"), st.sampled_from("xy")),
    ),
    unique_by=lambda item: (item.kind, item.name),
    max_size=8,
).map(lambda objects: _snapshot(*objects))


@given(_SNAPSHOTS, _SNAPSHOTS)
def test_no_strict_difference_exactly_when_the_digests_are_equal(
    one: SchemaSnapshot, other: SchemaSnapshot
) -> None:
    assert (strict(one, other) == ()) == (one.digest == other.digest)


@given(_SNAPSHOTS, _SNAPSHOTS)
def test_what_is_strictly_equal_is_equivalent(one: SchemaSnapshot, other: SchemaSnapshot) -> None:
    assert equivalent(one, one, defaults=True, extra=True) == ()
    reported = equivalent(one, other, defaults=True, extra=True)
    assert set(equivalent(one, other, defaults=True, extra=False)) <= set(reported)
    assert not reported or strict(one, other)
