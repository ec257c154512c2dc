"""The whole site: its generated pages, the generated parts of written pages, and the navigation.

Must not know MkDocs. A written page asks for a generated part with two comments. The text between them is for
readers of the file itself:

    <!-- generated: exit codes -->
    `grader --help` lists them.
    <!-- end -->
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from docs.generate import catalogue, command_line, criteria, diagnoses, diagnosis_examples, trials
from docs.generate.markdown import fenced

ROOT = Path(__file__).parents[2]
RUBRIC = "rubric.md"
PART = re.compile(r"<!-- generated: (?P<name>[^\n]+?) -->\n.*?<!-- end -->\n?", re.DOTALL)
OPTIONS, FILE = "options of ", "file "
OTHERS = "other commands"
CRITERION_ROW = re.compile(
    rf"^\| `({'|'.join(item.id for item in trials.exercise().criteria)})` \|", re.MULTILINE
)
"""A row of the table in the rubric. On the site it links to the page of the criterion."""
# What a browser loads by itself from another host. Links (<a>) are not loaded.
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|embed|object|video|audio|link(?![^>]*rel="?(?:canonical|prev|next)))\b"""
    r"""[^>]*?\b(?:src|href|data|srcset)\s*=\s*["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|(?:@import\s*["']|url\(["']?)((?:https?:)?//[^"')\s]+)""",
    re.IGNORECASE,
)

Nav = list[Any]


@cache
def generated_pages() -> Mapping[str, str]:
    """All generated pages, by path. They are made once in a process.

    Raises:
        GraderError: the examples cannot be graded on this machine.
    """
    written = criteria.criterion_pages(trials.exercise(), trials.trials())
    return {
        **dict(written),
        **dict(diagnoses.diagnosis_pages(diagnosis_examples.examples())),
        catalogue.PAGE: catalogue.submissions_page(),
    }


def finished(markdown: str, path: str) -> str:
    """A written page as the site shows it.

    Args:
        markdown: its text.
        path: the file, below `docs/`.

    Raises:
        LookupError: the page asks for an unknown part.
    """
    filled = PART.sub(lambda match: f"{_part(match['name'], markdown, path)}\n", markdown)
    return CRITERION_ROW.sub(r"| [`\1`](criteria/\1.md) |", filled) if path == RUBRIC else filled


def _part(name: str, markdown: str, path: str) -> str:
    if name == OTHERS:
        return command_line.sections_missing_in(markdown)
    if name.startswith(FILE):
        return _file(ROOT / name.removeprefix(FILE))
    make = parts().get(name)
    if make is None:
        raise LookupError(
            f"{path} asks for {name!r}, which is not generated. There are: {', '.join(parts())}."
        )
    return make()


def parts() -> Mapping[str, Callable[[], str]]:
    """The parts that a written page can ask for by name, besides files and `other commands`."""
    return {
        "criteria": lambda: criteria.criteria_table(trials.exercise()),
        "exit codes": command_line.exit_codes,
        "flags": command_line.flags,
        "formats": command_line.formats,
        "report files": command_line.report_files,
        "number of diagnoses": diagnoses.how_many,
        "number of submissions": catalogue.how_many,
        **{f"{OPTIONS}{name}": partial(command_line.options, name) for name in command_line.commands()},
    }


def _file(path: Path) -> str:
    """A file of the repository as a block of code."""
    return fenced(path.read_text(encoding="utf-8"), path.suffix.removeprefix("."), title=path.name)


def navigation(nav: Nav, docs: Path) -> Nav:
    """The navigation, with each `folder/*` replaced by its pages.

    Args:
        nav: the navigation in `mkdocs.yml`.
        docs: the folder of the written pages.
    """
    return [item for entry in nav for item in _entries(entry, docs)]


def _entries(entry: Any, docs: Path) -> Iterator[Any]:
    if isinstance(entry, dict):
        yield {
            title: navigation(below, docs) if isinstance(below, list) else below
            for title, below in entry.items()
        }
    elif entry == "criteria/*":
        yield from ({item.title: f"criteria/{item.id}.md"} for item in trials.exercise().criteria)
    elif entry == "diagnoses/*":
        for title, names in diagnoses.by_family().items():
            yield {title: [{name: f"diagnoses/{name}.md"} for name in names]}
    elif entry.endswith("/*"):
        yield from (path.relative_to(docs).as_posix() for path in sorted((docs / entry[:-2]).glob("*.md")))
    else:
        yield entry


def fetched_from_elsewhere(text: str) -> list[str]:
    """The addresses of other hosts that a browser would load when it opens a page or a style sheet."""
    return [match[1] or match[2] for match in FETCHED.finditer(text)]
