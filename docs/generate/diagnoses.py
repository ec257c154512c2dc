"""A page for every diagnosis, and an index of them by area: what triggers it, cause, fix, an example."""

from __future__ import annotations

from collections.abc import Iterator

from docs.generate.catalogue import linked
from docs.generate.diagnosis_examples import Example, Examples
from docs.generate.followed_hints import followed
from docs.generate.markdown import code, fenced, folded, page, table, text
from grader.judging.diagnosis import DIAGNOSES
from grader.judging.diagnosis.clue import Location, described
from grader.judging.diagnosis.families import FAMILIES
from grader.judging.diagnosis.file_findings import BLOCKING
from grader.judging.diagnosis.interface import DiagnosisKind, Family
from tests.catalogue import CASES
from tests.catalogue.case import Case

_CASES = 5
"""The number of submissions that a page names at most."""


def by_family() -> dict[str, tuple[str, ...]]:
    """The ids of each family, by its title."""
    return {family.title: tuple(family.kinds) for family in FAMILIES}


def how_many() -> str:
    """A sentence for the rubric's page."""
    return f"There are [{len(DIAGNOSES)} diagnoses](diagnoses/index.md), each with an example."


def diagnosis_pages(examples: Examples) -> Iterator[tuple[str, str]]:
    """The path and the text of each page, the index first."""
    yield "diagnoses/index.md", _index()
    for family in FAMILIES:
        for name, kind in family.kinds.items():
            yield f"diagnoses/{name}.md", _page(name, kind, family, examples[name])


def _index() -> str:
    return page(
        "# Diagnoses",
        f"What the report can name as the cause of a mistake: {len(DIAGNOSES)} of them, by area. The id is "
        "what the class page counts by. Looking for an error message? The search at the top of the page "
        "finds its words.",
        *(block for family in FAMILIES for block in _section(family)),
    )


def _section(family: Family) -> tuple[str, ...]:
    rows = [
        (f'[{code(name)}]({name}.md){{ id="{name}" }}', text(kind.meaning))
        for name, kind in family.kinds.items()
    ]
    about, *_ = (family.docstring or "").strip().splitlines()
    return (
        f"## {family.title} {{ #{family.anchor} }}",
        text(about),
        table(("diagnosis", "what it means"), rows),
    )


def _page(name: str, kind: DiagnosisKind, family: Family, examples: tuple[Example, ...]) -> str:
    first, *more = examples
    cases = [case for case in CASES if name in case.diagnoses]
    return page(
        f"# {code(name)}",
        f"**{text(kind.meaning)}**",
        f"Area: [{family.title}](index.md#{family.anchor})",
        "## What triggers it",
        *_trigger(kind),
        "## An example",
        *_example(first),
        *_more(more),
        *followed(name),
        *_submissions(cases),
    )


def _trigger(kind: DiagnosisKind) -> Iterator[str]:
    if kind.patterns:
        yield (
            "An error of a command, by its text, if no other diagnosis fits better. The place is the "
            "innermost line of your own code that the error came through."
        )
        yield folded(
            "info",
            "What is looked for in the error's text (regular expressions)",
            fenced("\n".join(kind.patterns), "text"),
        )
    if kind.files:
        blocks = any(name in BLOCKING for name in kind.files)
        yield "The files alone show it, before anything runs." + (
            " The chain cannot run as it is." if blocks else " The chain may run all the same."
        )
    if kind.otherwise:
        yield kind.otherwise


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
    """Submissions of the catalogue in which it is found."""
    if cases:
        yield "## In a submission"
        rows = [(linked(case.name, "../"), text(case.why)) for case in cases[:_CASES]]
        yield table(("submission", "what is special about it"), rows)
