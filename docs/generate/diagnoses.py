"""A page for every diagnosis, and an index of them by area: what triggers it, cause, fix, an example."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from docs.generate.catalogue import RIGHT, changed_paths, files_of, linked, pair
from docs.generate.diagnosis_examples import Example, Examples
from docs.generate.markdown import code, fenced, folded, page, table, text
from grader.judging.diagnosis import (
    DIAGNOSES,
    chain,
    configuration,
    connection,
    effects,
    files,
    imports,
    limits,
    models,
    python_code,
    row_data,
    rules,
    schema_changes,
    schema_names,
    server,
)
from grader.judging.diagnosis.clue import Location, described
from tests.catalogue import CASES
from tests.catalogue.case import Case


@dataclass(frozen=True)
class Area:
    """A group of diagnoses, as its module is one."""

    title: str
    anchor: str
    module: ModuleType

    @property
    def about(self) -> str:
        """What the module says of itself."""
        return (self.module.__doc__ or "").strip().split("\n", maxsplit=1)[0]

    @property
    def ids(self) -> tuple[str, ...]:
        """The diagnoses that the module makes, in its order."""
        declared = (rule.id for rule in getattr(self.module, "RULES", ()) if self.module is not rules)
        return tuple(dict.fromkeys((*declared, *getattr(self.module, "SUMMARIES", ()))))


AREAS = (
    Area("Files", "files", files),
    Area("Alembic's set-up", "set-up", configuration),
    Area("The way to the database", "connection", connection),
    Area("Imports and the Flask app", "imports", imports),
    Area("Revisions and their order", "revisions", chain),
    Area("Names that clash or lead nowhere", "names", schema_names),
    Area("Changes of the schema", "schema", schema_changes),
    Area("Rows in the tables", "rows", row_data),
    Area("Models", "models", models),
    Area("What the server refuses", "server", server),
    Area("What the runs show", "runs", effects),
    Area("Python", "python", python_code),
    Area("Limits", "limits", limits),
    Area("Everything else", "else", rules),
)
"""In the order in which a student meets them. A diagnosis belongs to the first area that has it."""


_BY_FUNCTIONS = frozenset(files.SUMMARIES) - {kind.id for kind in files.KINDS.values()}
_CASES = 5
"""So many submissions are named on a page."""


def by_area() -> dict[str, tuple[str, ...]]:
    """The ids of each area, by its title; every id once."""
    taken: set[str] = set()
    found = {}
    for area in AREAS:
        found[area.title] = tuple(name for name in area.ids if name not in taken)
        taken.update(found[area.title])
    return found


def how_many() -> str:
    """A sentence for the rubric's page."""
    return f"There are [{len(DIAGNOSES)} diagnoses](diagnoses/index.md), each with an example."


def diagnosis_pages(examples: Examples) -> Iterator[tuple[str, str]]:
    """The path and the text of each page, the index first."""
    yield "diagnoses/index.md", _index()
    for area in AREAS:
        for name in by_area()[area.title]:
            yield f"diagnoses/{name}.md", _page(name, area, examples[name])


def _index() -> str:
    return page(
        "# Diagnoses",
        f"What the report can name as the cause of a mistake: {len(DIAGNOSES)} of them, by area. The id is "
        "what the class page counts by. Looking for an error message? The search at the top of the page "
        "finds its words.",
        *(block for area in AREAS for block in _area(area)),
    )


def _area(area: Area) -> tuple[str, ...]:
    rows = [
        (f'[{code(name)}]({name}.md){{ id="{name}" }}', text(DIAGNOSES[name]))
        for name in by_area()[area.title]
    ]
    return (
        f"## {area.title} {{ #{area.anchor} }}",
        text(area.about),
        table(("diagnosis", "what it means"), rows),
    )


def _page(name: str, area: Area, examples: tuple[Example, ...]) -> str:
    first, *more = examples
    cases = [case for case in CASES if name in case.diagnoses]
    return page(
        f"# {code(name)}",
        f"**{text(DIAGNOSES[name])}**",
        f"Area: [{area.title}](index.md#{area.anchor})",
        "## What triggers it",
        *_trigger(name, area),
        "## An example",
        *_example(first),
        *_more(more),
        *_submissions(cases),
    )


def _trigger(name: str, area: Area) -> Iterator[str]:
    patterns = [pattern for rule in rules.RULES if rule.id == name for pattern in rule.patterns]
    kinds = [kind for kind in files.KINDS.values() if kind.id == name]
    if patterns:
        yield (
            "An error of a command, by its text, if no other diagnosis fits better. The place is the "
            "innermost line of your own code that the error came through."
        )
        yield folded(
            "info",
            "What is looked for in the error's text (regular expressions)",
            fenced("\n".join(patterns), "text"),
        )
    if kinds:
        blocks = any(kind.blocks for kind in kinds)
        yield "The files alone show it, before anything runs." + (
            " The chain cannot run as it is." if blocks else " The chain may run all the same."
        )
    if name in _BY_FUNCTIONS:
        yield "The functions in a revision file show it, before anything runs."
    if name in effects.SUMMARIES:
        yield "No command need complain: the database shows it afterwards."
    if name in limits.SUMMARIES:
        yield "How a command ended shows it, whatever it printed."
    if area.module is rules:
        yield "A command failed, and none of the other diagnoses knows its error."


def _example(example: Example) -> Iterator[str]:
    if example.shown:
        yield fenced(example.shown, "text")
    else:
        yield "There is no error message."
    found = example.diagnosis
    yield f"**Cause.** {text(found.cause)}"
    yield f"**Fix.** {text(found.fix)}"
    if found.path is not None:
        yield f"The report points to {text(described(Location(found.path, found.line, found.revision)))}."


def _more(examples: list[Example]) -> Iterator[str]:
    if examples:
        yield "## The same, in other words"
    for example in examples:
        yield folded("example", example.headline.replace('"', "&quot;"), *_example(example))


def _submissions(cases: list[Case]) -> Iterator[str]:
    """Submissions of the catalogue in which it is found; the first small difference is shown."""
    if not cases:
        return
    yield "## In a submission"
    rows = [(linked(case.name, "../"), text(case.why)) for case in cases[:_CASES]]
    yield table(("submission", "what is special about it"), rows)
    plain = next((case for case in cases if _is_plain(case)), None)
    if plain is not None:
        yield f"From {code(plain.name)}, the mistake and how it is put right:"
        yield pair(plain.name, changed_paths(plain.name)[0])


def _is_plain(case: Case) -> bool:
    """True for a mistake in one file that the right submissions have as well."""
    paths = changed_paths(case.name)
    return len(paths) == 1 and paths[0] in case.files() and paths[0] in files_of(RIGHT)
