"""The documentation is complete: whatever the code has a name for, the docs explain."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest

import grader.cli
from docs.generate import catalogue, command_line, diagnoses, diagnosis_examples, site, trials
from docs.generate.catalogue import RIGHT, changed_paths, files_of, pair
from docs.generate.criteria import criteria_table, shown_files, worth
from docs.generate.kinds import kinds_page
from docs.generate.operators import operators_page
from docs.generate.trials import EXAMPLES
from grader import errors
from grader.assignment import schema
from grader.assignment.model import CriterionSettings
from grader.cli import main as cli
from grader.errors import EXIT_CODES, GraderError
from grader.judging.diagnosis import DIAGNOSES
from grader.judging.flags import FLAGS
from grader.judging.kinds import KINDS
from tests.catalogue import CASES, case_named
from tests.catalogue.follow import WAYS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ASSIGNMENT = trials.exercise()


def written(name: str) -> str:
    """A page of `docs/` as the site shows it."""
    return site.finished((DOCS / name).read_text(encoding="utf-8"), name)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """The pages of the diagnoses."""
    return dict(diagnoses.diagnosis_pages(diagnosis_examples.examples()))


# Criteria


@pytest.mark.parametrize("item", ASSIGNMENT.criteria, ids=lambda item: item.id)
def test_every_criterion_has_an_example_that_fails_it(item: CriterionSettings) -> None:
    example = EXAMPLES[item.id]
    assert item.id in case_named(example.wrong).failed
    path, right_path = shown_files(item)
    assert path in changed_paths(example.wrong, example.corrected)
    assert right_path in files_of(example.corrected)


def test_the_table_in_the_rubric_is_up_to_date() -> None:
    table = criteria_table(ASSIGNMENT)
    assert table in (DOCS / "rubric.md").read_text(encoding="utf-8"), f"docs/rubric.md needs:\n{table}"
    for item in ASSIGNMENT.criteria:
        row = next(line for line in table.splitlines() if line.startswith(f"| `{item.id}` |"))
        assert worth(item) in row
        assert all(f"`{name}`" in row for name in item.requires)


def test_the_rubric_leads_to_the_pages_of_the_criteria() -> None:
    text = written("rubric.md")
    for item in ASSIGNMENT.criteria:
        assert f"[`{item.id}`](criteria/{item.id}.md)" in text


def test_what_a_criterion_is_worth() -> None:
    stated = {item.id: worth(item) for item in ASSIGNMENT.criteria}
    assert stated["upgrade_head"] == "20 points"
    assert stated["username_length"] == "bonus, 5 points"
    assert stated["reapply"] == "practice, no points as delivered"


# Pairs of a wrong and a right file


def test_a_small_mistake_is_shown_as_a_difference() -> None:
    (path,) = changed_paths("wrong_avatar_length")
    text = pair("wrong_avatar_length", path)
    assert "-    op.add_column" in text
    assert "+    op.add_column" in text
    assert "length=255" in text
    assert "down_revision" not in text


def test_files_that_have_little_in_common_stand_one_after_the_other() -> None:
    item = next(item for item in ASSIGNMENT.criteria if EXAMPLES[item.id].corrected != RIGHT)
    path, right_path = shown_files(item)
    text = pair(EXAMPLES[item.id].wrong, path, EXAMPLES[item.id].corrected, right_path)
    assert text.index("wrong: ") < text.index("right: ")
    assert "Revision ID" not in text


# Diagnoses


def test_every_diagnosis_has_a_page_with_cause_and_fix(pages: dict[str, str]) -> None:
    assert set(pages) == {"diagnoses/index.md", *(f"diagnoses/{name}.md" for name in DIAGNOSES)}
    for name in DIAGNOSES:
        text = pages[f"diagnoses/{name}.md"]
        for part in (f"# `{name}`", "## What triggers it", "**Cause.**", "**Fix.**"):
            assert part in text
        trigger = text.partition("## What triggers it")[2].partition("## An example")[0]
        assert trigger.strip(), f"{name}: nothing says what triggers it"


def test_every_diagnosis_can_be_linked_to_in_the_index(pages: dict[str, str]) -> None:
    index = pages["diagnoses/index.md"]
    assert re.findall(r'\{ id="(\w+)" \}', index) == [
        name for names in diagnoses.by_family().values() for name in names
    ]
    assert len(re.findall(r'\{ id="', index)) == len(DIAGNOSES)


def test_every_diagnosis_belongs_to_one_family() -> None:
    listed = [name for names in diagnoses.by_family().values() for name in names]
    assert sorted(listed) == sorted(DIAGNOSES)


def test_a_page_shows_how_the_hint_is_followed(pages: dict[str, str]) -> None:
    for name in WAYS:
        section = pages[f"diagnoses/{name}.md"].partition("## How it is put right")[2].partition("\n## ")[0]
        assert section.count("In [`") == len(WAYS[name]), name
    text = pages["diagnoses/url_option_missing.md"]
    assert '```diff title="alembic/env.py"' in text
    assert '\n+config.set_main_option("sqlalchemy.url", os.environ["DIRECT_URL"])' in text
    assert "$ git rm --cached .env" in pages["diagnoses/committed_env.md"]
    assert "$ alembic check   # fails" in pages["diagnoses/models_differ.md"]
    assert "saved again, as UTF-8" in pages["diagnoses/file_not_utf8.md"]


def test_an_error_text_can_be_searched_for(pages: dict[str, str]) -> None:
    assert 'relation "users" already exists' in pages["diagnoses/table_exists.md"]


# Submissions


def test_every_submission_is_on_the_page_that_others_link_to(pages: dict[str, str]) -> None:
    page = catalogue.submissions_page()
    assert "](submissions.md)" in written("rubric.md")
    linked = {
        anchor
        for text in (*pages.values(), written("reports.md"))
        for anchor in re.findall(r"submissions\.md#([\w-]+)", text)
    }
    assert len(linked) > 100
    anchors = re.findall(r'<span id="([\w-]+)">', page)
    assert len(set(anchors)) == len(anchors) == len(CASES)
    assert linked <= set(anchors)


# Flags, exit codes, commands


def test_every_flag_is_documented() -> None:
    text = written("reports.md")
    for flag in FLAGS:
        assert f'id="{flag.id}"' in text
        assert flag.meaning.split("`")[0] in text


def test_there_are_no_other_flags() -> None:
    assert {flag for case in CASES for flag in case.flags} == {flag.id for flag in FLAGS}


def exit_codes_in_code() -> set[int]:
    """Those of the exceptions, and those that the commands name."""
    modules = [
        cli,
        *(importlib.import_module(m.name) for m in pkgutil.walk_packages(grader.cli.__path__, "grader.cli.")),
    ]
    named = {
        value
        for module in modules
        for name, value in vars(module).items()
        if name.startswith("EXIT_") and isinstance(value, int)
    }
    raised = {
        item.exit_code
        for _, item in inspect.getmembers(errors, inspect.isclass)
        if issubclass(item, GraderError)
    }
    return {0} | named | raised


def test_every_exit_code_is_documented_and_no_other() -> None:
    assert exit_codes_in_code() == set(EXIT_CODES)
    text = written("commands.md")
    for code in EXIT_CODES:
        assert f"\n| {code} | " in text


def test_help_lists_the_exit_codes() -> None:
    text = cli.parser().format_help()
    for meaning in EXIT_CODES.values():
        assert meaning in text


def test_every_option_of_every_command_is_documented() -> None:
    text = written("commands.md")
    for command in command_line.commands().values():
        assert command.heading in text
        section = text.partition(command.heading)[2].partition("\n## ")[0]
        for action in command_line.actions(command.parser):
            for option in action.option_strings or [str(action.metavar)]:
                assert f"`{option}" in section, f"{command.name}: {option}"


def test_options_say_nothing_about_the_machine_that_the_site_is_built_on() -> None:
    jobs = next(line for line in command_line.options("grade").splitlines() if "--jobs" in line)
    assert not re.search(r"\d", jobs)


# assignment.toml


def keys_that_are_read() -> set[str]:
    """Every key that an assignment file may hold, besides the ids of criteria."""
    whole = schema.json_schema(KINDS)
    tables = (whole, *whole["$defs"].values())
    return {key for table in tables for key in table.get("properties", ())}


def test_the_page_of_the_kinds_is_up_to_date() -> None:
    hint = "write it anew: python -m docs.generate.kinds > docs/kinds.md"
    assert (DOCS / "kinds.md").read_text(encoding="utf-8") == kinds_page(), hint


def test_the_page_of_the_operators_is_up_to_date() -> None:
    hint = "write it anew: python -m docs.generate.operators > docs/operators.md"
    assert (DOCS / "operators.md").read_text(encoding="utf-8") == operators_page(), hint


def test_every_key_of_an_assignment_is_documented() -> None:
    keys = keys_that_are_read()
    assert {"max_score", "minimum_revisions", "step_seconds"} <= keys
    text = written("assignment.md") + written("kinds.md")
    # A table is named in brackets: `[limits]`.
    named = {word for span in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"\w+", span)}
    assert keys - named == set()


def test_no_documented_table_is_unknown() -> None:
    text = (DOCS / "assignment.md").read_text(encoding="utf-8").partition("## All keys")[2]
    data = tomllib.loads((ROOT / "reference_solution" / "assignment.toml").read_text(encoding="utf-8"))
    for table in re.findall(r"`\[+(\w+)", text):
        assert table in data or table in keys_that_are_read(), table


# Parts of written pages, navigation, requests


def test_a_part_takes_the_place_of_what_stands_between_its_comments() -> None:
    page = "above\n<!-- generated: exit codes -->\nlook there\n<!-- end -->\nbelow\n"
    text = site.finished(page, "x.md")
    assert "look there" not in text
    assert text.startswith("above\n| code | meaning |")
    assert text.endswith("\nbelow\n")


def test_a_part_that_there_is_not_is_named() -> None:
    with pytest.raises(LookupError, match=r"x\.md asks for 'exit cods'.*exit codes"):
        site.finished("<!-- generated: exit cods -->\n<!-- end -->\n", "x.md")


def test_a_file_can_be_shown_whole() -> None:
    text = site.finished("<!-- generated: file tests/catalogue/__init__.py -->\n<!-- end -->\n", "x.md")
    assert text.startswith('```py title="__init__.py"\n"""The submissions')


def test_commands_without_a_section_get_one() -> None:
    text = site.finished("## `grader grade`\n\n<!-- generated: other commands -->\n<!-- end -->\n", "x.md")
    assert text.count("## `grader grade`") == 1
    assert "## `grader image build`" in text
    assert "It takes no options." in text


def test_folders_in_the_navigation_are_written_out(tmp_path: Path) -> None:
    (tmp_path / "decisions").mkdir()
    for name in ("b.md", "a.md"):
        (tmp_path / "decisions" / name).touch()
    nav = site.navigation(["index.md", {"Why": ["decisions/*"]}, "criteria/*", "diagnoses/*"], tmp_path)

    assert nav[:2] == ["index.md", {"Why": ["decisions/a.md", "decisions/b.md"]}]
    assert {"Upgrade to head": "criteria/upgrade_head.md"} in nav
    assert {"Everything else": [{"unrecognised_error": "diagnoses/unrecognised_error.md"}]} in nav


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://unpkg.com/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        "<img alt='' src=http://example.org/a.png>",
        '@import "https://example.org/a.css";',
        "a { background: url(https://example.org/a.png) }",
    ],
)
def test_what_would_be_fetched_from_elsewhere_is_found(text: str) -> None:
    (found,) = site.fetched_from_elsewhere(text)
    assert "//" in found


def test_links_to_follow_and_own_files_are_all_right() -> None:
    text = (
        '<a href="https://alembic.sqlalchemy.org">Alembic</a><script src="assets/site.js"></script>'
        '<link rel="canonical" href="https://example.org/">'
        '<a href="x"><img src="data:image/png;base64,AA//AA"></a>'
    )
    assert site.fetched_from_elsewhere(text) == []


# Paths of files


WRITTEN_PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "student_template/EXERCISE.md")),
    *sorted(DOCS.rglob("*.md")),
]
FILE_PATH = re.compile(r"(?<![\w./-])(?:grader|tests|benchmarks|docs|ci|reference_solution)/[\w./-]*\w")


@pytest.mark.parametrize("page", WRITTEN_PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    named = set(FILE_PATH.findall(page.read_text(encoding="utf-8")))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_file_that_a_comment_or_docstring_names_exists() -> None:
    pattern = re.compile(r"`(?:grader|tests|benchmarks|docs)/[\w./-]*\w\.(?:py|md)`")
    sources = [
        path for top in ("grader", "benchmarks", "docs", "tests") for path in (ROOT / top).rglob("*.py")
    ]
    missing = {
        f"{source.relative_to(ROOT)}: {name}"
        for source in sources
        for name in pattern.findall(source.read_text(encoding="utf-8"))
        if not (ROOT / name.strip("`")).is_file()
    }
    assert missing == set()
