"""The graph of a folder of revision files, held against what Alembic itself makes of the same files."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import BrokenSubmission
from grader.observations.revisions import RevisionGraph
from grader.submission.revision_files import read_revision
from grader.submission.revision_graph import MOST_REVISIONS, make_graph, read_graph

BODY = "\ndef upgrade():\n    op.x()\n\ndef downgrade():\n    op.x()\n"
FOLDER = "alembic/versions"


def write(
    root: Path,
    identifier: str,
    parents: object = None,
    *,
    name: str | None = None,
    extra: str = "",
    folder: str = FOLDER,
) -> None:
    path = root / folder / f"{name or identifier}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'"""make {identifier}"""\nrevision = {identifier!r}\ndown_revision = {parents!r}\n{extra}{BODY}',
        encoding="utf-8",
    )


def kinds(graph: RevisionGraph) -> list[str]:
    return [problem.kind for problem in graph.problems]


def ids(graph: RevisionGraph) -> list[str]:
    return [revision.id for revision in graph.revisions]


def test_a_chain(tmp_path: Path) -> None:
    write(tmp_path, "c", "b")
    write(tmp_path, "a")
    write(tmp_path, "b", "a", name="zz_last_by_name")
    graph = read_graph(tmp_path, [FOLDER])
    assert ids(graph) == ["a", "b", "c"]
    assert (graph.heads, graph.bases, graph.head) == (("c",), ("a",), "c")
    assert graph.problems == ()
    second = graph.get("b")
    assert second is not None
    assert second.path == f"{FOLDER}/zz_last_by_name.py"


def test_which_files_are_revisions(tmp_path: Path) -> None:
    write(tmp_path, "a")
    write(tmp_path, "hidden", "a", name=".hidden")
    for name in ("__init__", "__init__old", ".#a"):
        write(tmp_path, "b", name=name)
    write(tmp_path, "deep", "a", folder=f"{FOLDER}/2025")
    (tmp_path / FOLDER / "README").write_text("no Python")
    (tmp_path / FOLDER / "b.py.bak").write_text("no Python")
    (tmp_path / FOLDER / "link.py").symlink_to("a.py")
    (tmp_path / FOLDER / "folder.py").mkdir()
    # Alembic reads hidden files as well, all but an editor's locks.
    assert ids(read_graph(tmp_path, [FOLDER])) == ["a", "hidden"]
    assert ids(read_graph(tmp_path, [FOLDER, f"{FOLDER}/2025", FOLDER])) == ["a", "hidden", "deep"]


def test_folders_outside_or_missing_hold_nothing(tmp_path: Path) -> None:
    write(tmp_path, "a", folder="outside")
    inner = tmp_path / "inner"
    inner.mkdir()
    graph = read_graph(inner, ["../outside", "missing"])
    assert kinds(graph) == ["no_revisions"]
    assert "missing" in graph.problems[0].message
    assert (graph.heads, graph.bases, graph.head) == ((), (), None)


def test_several_heads_and_bases(tmp_path: Path) -> None:
    write(tmp_path, "a")
    write(tmp_path, "b", "a")
    write(tmp_path, "c", "a")
    write(tmp_path, "d")
    graph = read_graph(tmp_path, [FOLDER])
    assert kinds(graph) == ["several_heads", "several_bases"]
    assert set(graph.heads) == {"b", "c", "d"}
    assert graph.head is None
    assert f"b ({FOLDER}/b.py)" in graph.problems[0].message


def test_a_merge_is_one_head(tmp_path: Path) -> None:
    write(tmp_path, "a")
    write(tmp_path, "b", "a")
    write(tmp_path, "c", "a")
    write(tmp_path, "m", ("b", "c"))
    graph = read_graph(tmp_path, [FOLDER])
    assert (ids(graph), graph.head, graph.problems) == (["a", "b", "c", "m"], "m", ())


def test_a_missing_parent_is_named_with_file_and_line(tmp_path: Path) -> None:
    write(tmp_path, "a")
    write(tmp_path, "c", "b")
    write(tmp_path, "d", "c")
    graph = read_graph(tmp_path, [FOLDER])
    (problem,) = graph.problems
    assert (problem.kind, problem.path, problem.line, problem.revision) == (
        "missing_parent",
        f"{FOLDER}/c.py",
        3,
        "c",
    )
    assert "'b'" in problem.message
    assert ids(graph) == ["a", "c", "d"]
    assert graph.heads == ("a",)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("b.py", "def upgrade(:"),
        ("b_add_bio.py", "<<<<<<< HEAD\n"),
        ("0001_add_bio.py", 'revision: str = "b"\ndef upgrade(:'),
        ("0001_add_bio.py", '"""add bio\n\nRevision ID: b\nRevises: a\n"""\ndef upgrade(:'),
        ("0001_add_bio.py", 'revision = "b"\n'),
        ("0001_b.py", "down_revision = None\n"),
    ],
)
def test_a_parent_that_cannot_be_read_is_not_missing(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, "a")
    write(tmp_path, "c", "b")
    (tmp_path / FOLDER / name).write_text(text, encoding="utf-8")
    (problem,) = read_graph(tmp_path, [FOLDER]).problems
    assert problem.kind != "missing_parent"
    assert problem.path == f"{FOLDER}/{name}"


def test_an_abbreviated_parent_is_missing_and_the_message_gives_the_whole_id(tmp_path: Path) -> None:
    write(tmp_path, "5e6010613113")
    write(tmp_path, "b", "5e601061")
    (problem,) = read_graph(tmp_path, [FOLDER]).problems
    assert problem.kind == "missing_parent"
    assert "Write the whole id: '5e6010613113'" in problem.message
    assert alembic_says(tmp_path) is None


def test_a_cycle(tmp_path: Path) -> None:
    write(tmp_path, "a")
    write(tmp_path, "b", "d")
    write(tmp_path, "c", "b")
    write(tmp_path, "d", "c")
    write(tmp_path, "after", "d")
    graph = read_graph(tmp_path, [FOLDER])
    (problem,) = graph.problems
    assert problem.kind == "cycle"
    assert all(name in problem.message for name in ("b", "c", "d"))
    assert graph.heads == ("a",)
    assert ids(graph) == ["a", "after", "b", "c", "d"]


def test_a_revision_that_is_its_own_parent(tmp_path: Path) -> None:
    write(tmp_path, "a", "a")
    graph = read_graph(tmp_path, [FOLDER])
    assert kinds(graph) == ["cycle"]
    assert "names itself" in graph.problems[0].message


def test_duplicate_ids(tmp_path: Path) -> None:
    write(tmp_path, "a", name="a1")
    write(tmp_path, "a", name="a2")
    graph = read_graph(tmp_path, [FOLDER])
    (problem,) = graph.problems
    assert (problem.kind, problem.path, problem.revision) == ("duplicate_id", f"{FOLDER}/a1.py", "a")
    assert f"{FOLDER}/a2.py" in problem.message
    assert [item.path for item in graph.revisions] == [f"{FOLDER}/a2.py", f"{FOLDER}/a1.py"]


def test_dependencies_order_revisions_and_may_be_labels(tmp_path: Path) -> None:
    write(tmp_path, "a", extra="depends_on = 'label'\n")
    write(tmp_path, "b", extra="branch_labels = ('label',)\n")
    graph = read_graph(tmp_path, [FOLDER])
    assert ids(graph) == ["b", "a"]
    assert kinds(graph) == ["several_heads", "several_bases"]


def test_a_missing_dependency(tmp_path: Path) -> None:
    write(tmp_path, "a", extra="depends_on = 'gone'\n")
    (problem,) = read_graph(tmp_path, [FOLDER]).problems
    assert (problem.kind, problem.line) == ("missing_parent", 4)
    assert "depends_on" in problem.message


def test_a_syntax_error_leaves_the_rest_readable(tmp_path: Path) -> None:
    write(tmp_path, "a")
    (tmp_path / FOLDER / "b.py").write_text("revision = 'b'\ndef upgrade(:\n")
    graph = read_graph(tmp_path, [FOLDER])
    (problem,) = graph.problems
    assert (problem.kind, problem.path, problem.line) == ("syntax_error", f"{FOLDER}/b.py", 2)
    assert graph.head == "a"


def test_five_hundred_files(tmp_path: Path) -> None:
    for number in range(500):
        write(tmp_path, f"r{number}", f"r{number - 1}" if number else None)
    graph = read_graph(tmp_path, [FOLDER])
    assert ids(graph) == [f"r{number}" for number in range(500)]
    assert graph.problems == ()


def alembic_says(root: Path) -> tuple[set[str], set[str]] | None:
    """Heads and bases as Alembic sees them; None when it refuses the files."""
    script = ScriptDirectory(str(root / "alembic"))
    with warnings.catch_warnings(), contextlib.suppress(RevisionError, KeyError):
        # Duplicate ids and missing parents are warnings in Alembic.
        warnings.simplefilter("ignore")
        return set(script.revision_map.heads), set(script.revision_map.bases)
    return None


def alembic_history(root: Path) -> dict[str, str]:
    """What `alembic history` lists; it may never end on a graph with a cycle."""
    return {item.revision: item.doc for item in ScriptDirectory(str(root / "alembic")).walk_revisions()}


IDS = ("a", "b", "c", "d", "e")


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(IDS), st.lists(st.sampled_from((*IDS, "gone")), max_size=2)),
        max_size=6,
        unique_by=lambda item: item[0],
    )
)
def test_alembic_agrees(chain: list[tuple[str, list[str]]]) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / FOLDER).mkdir(parents=True)
        for identifier, parents in chain:
            write(root, identifier, tuple(parents) or None)
        graph = read_graph(root, [FOLDER])
        if "cycle" in kinds(graph):
            # Alembic overlooks a circle between a base and a head, and then walks it for ever.
            return
        expected = alembic_says(root)
        assert (expected is None) == ("missing_parent" in kinds(graph))
        if expected is None:
            return
        assert (set(graph.heads), set(graph.bases)) == expected
        if graph.revisions:
            assert {item.id: item.message for item in graph.revisions} == alembic_history(root)
    seen: set[str] = set()
    for revision in graph.revisions:
        assert seen.issuperset(revision.parents)
        seen.add(revision.id)


@pytest.mark.parametrize("name", ["ä ö.py", "a & b.py", "new\nline.py"])
def test_odd_file_names(tmp_path: Path, name: str) -> None:
    write(tmp_path, "a", name=name.removesuffix(".py"))
    graph = read_graph(tmp_path, [FOLDER])
    assert ids(graph) == (["a"] if "\n" not in name else [])


def test_a_cycle_that_alembic_does_not_detect(tmp_path: Path) -> None:
    write(tmp_path, "a")
    write(tmp_path, "b", "d")
    write(tmp_path, "c", "b")
    write(tmp_path, "d", ("a", "b"))
    assert alembic_says(tmp_path) is not None
    assert kinds(read_graph(tmp_path, [FOLDER])) == ["cycle"]


NAMES = st.sampled_from(
    ["a", "b", "c", "heads", "", " ", "a@b", "x" * 40, "é", "\u202e", "\ud800", "\0", "-1", "a\nb"]
)
LITERALS = st.recursive(
    st.none() | NAMES | st.integers() | st.booleans() | st.binary(max_size=3) | st.just(...),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(NAMES, inner, max_size=2)
    ),
    max_leaves=4,
)
FIELDS = ("revision", "down_revision", "depends_on", "branch_labels")


@settings(max_examples=150)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), LITERALS), max_size=6), st.booleans())
def test_any_values_are_a_graph_or_problems(files: list[dict[str, object]], annotated: bool) -> None:
    kind = ": object" if annotated else ""
    sources = [
        "\n".join(f"{name}{kind} = {value!r}" for name, value in item.items()) + BODY for item in files
    ]
    made = [
        read_revision(f"{FOLDER}/{number}.py", source.encode("utf-8", "surrogatepass"))
        for number, source in enumerate(sources)
    ]
    graph = make_graph(made, [FOLDER])
    known = {item.id for item in graph.revisions}
    assert known >= {*graph.heads, *graph.bases}
    assert graph.revisions or graph.problems
    assert repr(graph).encode("utf-8")
    for problem in graph.problems:
        problem.message.encode("utf-8")


def test_chains_without_end_are_not_graded(tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    for number in range(MOST_REVISIONS + 1):
        parent = f'"{number - 1:012x}"' if number else None
        text = f'"""one more"""\nrevision = "{number:012x}"\ndown_revision = {parent}\n'
        (versions / f"{number:012x}_.py").write_text(text)

    with pytest.raises(BrokenSubmission, match=f"501 revision files; at most {MOST_REVISIONS} are graded"):
        read_graph(tmp_path, ["versions"])

    (versions / f"{MOST_REVISIONS:012x}_.py").unlink()
    assert len(read_graph(tmp_path, ["versions"]).revisions) == MOST_REVISIONS
