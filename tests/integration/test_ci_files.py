"""The workflows, the action and the template for GitLab: valid, linted, audited, and what the docs show."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.integration.command import CHECKOUT
from tests.integration.composite import load

PROGRAMS = Path(sys.executable).parent
ACTION = CHECKOUT / ".github" / "actions" / "grade" / "action.yml"
WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted((CHECKOUT / "ci" / "github").glob("*.yml"))
GITLAB = CHECKOUT / "ci" / "gitlab" / "grade.yml"
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
OURS = ("OWNER/REPO/", "$/")
PLACEHOLDER = re.compile(r"\$\{\{.*?\}\}|\$\[\[.*?\]\]", re.DOTALL)


def checked(program: str, *arguments: str | Path) -> None:
    """Run a program that ends with 0 if all is well."""
    done = subprocess.run(
        [PROGRAMS / program, *arguments], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def gitlab_documents() -> list[dict[str, Any]]:
    """The header of the template, and its jobs."""
    return list(YAML(typ="safe").load_all(GITLAB))


def jobs(path: Path) -> Iterator[dict[str, Any]]:
    """The jobs of a workflow."""
    yield from load(path)["jobs"].values()


def ran_by_workflows() -> Iterator[tuple[str, str]]:
    """Every script of our own workflows that `bash` runs, with where it is from."""
    for path in WORKFLOWS:
        for name, job in load(path)["jobs"].items():
            for step in job.get("steps", ()):
                if "run" in step and step.get("shell", "bash") == "bash":
                    yield f"{path.name}: {name}", step["run"]


def scripts() -> Iterator[tuple[str, str]]:
    """Every script that a CI system runs, with where it is from."""
    for step in load(ACTION)["runs"]["steps"]:
        if "run" in step:
            yield f"{ACTION.name}: {step['name']}", step["run"]
    job = gitlab_documents()[1]["grade migrations"]
    yield GITLAB.name, "\n".join([*job["before_script"], *job["script"]])


def test_files_are_there() -> None:
    assert [path.name for path in WORKFLOWS] == ["grade.yml", "nightly.yml", "release.yml", "tests.yml"]
    assert [path.name for path in EXAMPLES] == ["classroom.yml", "course.yml", "student.yml"]


def test_they_are_valid(tmp_path: Path) -> None:
    checked("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS, *EXAMPLES)
    checked("check-jsonschema", "--builtin-schema", "vendor.github-actions", ACTION)
    for number, document in enumerate(gitlab_documents()):
        part = tmp_path / f"{number}.yml"
        with part.open("wb") as file:
            YAML().dump(document, file)
        checked("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", part)


def test_an_auditor_has_nothing_to_say(tmp_path: Path) -> None:
    copies = []
    for path in EXAMPLES:  # as whoever copies them should fill them in: with a commit
        copies.append(tmp_path / path.name)
        text = re.sub(r"(OWNER/REPO/\S+)@v1", rf"\1@{'0' * 40} # v1", path.read_text(encoding="utf-8"))
        copies[-1].write_text(text, encoding="utf-8")
    checked("zizmor", "--offline", "--no-progress", "--quiet", ACTION, *WORKFLOWS, *copies)


def test_the_scripts_are_clean(tmp_path: Path) -> None:
    checked("shellcheck", "--exclude=SC2015", *sorted((CHECKOUT / ".ci").iterdir()))
    for number, (_, script) in enumerate([*scripts(), *ran_by_workflows()]):
        path = tmp_path / f"{number}.sh"
        path.write_text(script, encoding="utf-8")
        # Backticks in a message are to be shown; the variables come from the step's `env`.
        checked("shellcheck", "--shell=bash", "--exclude=SC2016,SC2153", path)


def test_nothing_is_written_into_a_script() -> None:
    """What an input or a name holds gets to a script as a variable, never as a part of it."""
    for where, script in [*scripts(), *ran_by_workflows()]:
        assert not PLACEHOLDER.search(script), where


def test_actions_of_others_are_pinned() -> None:
    used = [step["uses"] for step in load(ACTION)["runs"]["steps"] if "uses" in step]
    for path in (*WORKFLOWS, *EXAMPLES):
        for job in jobs(path):
            used += [job["uses"]] if "uses" in job else []
            used += [step["uses"] for step in job.get("steps", ()) if "uses" in step]
    assert len(used) > 6
    for name in used:
        assert PINNED.fullmatch(name) or name.startswith(OURS), name


@pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=lambda path: path.stem)
def test_no_workflow_has_more_rights_than_it_needs(path: Path) -> None:
    workflow = load(path)
    assert not {"pull_request_target", "workflow_run"} & set(workflow["on"])
    wanted = {"contents": "read"}
    if path.name == "classroom.yml":
        wanted |= {"actions": "read", "checks": "write"}
    assert workflow["permissions"] == wanted
    for name, job in workflow["jobs"].items():
        images = path.name == "release.yml" and job.get("environment") == "images"
        assert images or "secrets." not in repr(job), name
        publishes = (path.name, name) == ("release.yml", "publish")
        assert job.get("permissions") == ({"id-token": "write"} if publishes else None)
        for step in job.get("steps", ()):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_every_step_of_the_action_is_out_of_reach_of_what_is_checked_out() -> None:
    for step in load(ACTION)["runs"]["steps"]:
        if "run" in step and "github.event_name" not in step.get("if", ""):
            assert step["working-directory"] == "${{ runner.temp }}", step["name"]
            for line in step["run"].splitlines():
                assert '/python"' not in line or '/python" -I ' in line, line
                assert '"$PYTHON"' not in line or '"$PYTHON" -I ' in line, line


def test_the_reusable_workflow_passes_all_on() -> None:
    (job,) = jobs(CHECKOUT / ".github" / "workflows" / "grade.yml")
    given = job["steps"][-1]["with"]
    assert set(given) <= set(load(ACTION)["inputs"])
    inputs = load(CHECKOUT / ".github" / "workflows" / "grade.yml")["on"]["workflow_call"]["inputs"]
    assert set(inputs) == {*given, "runner", "timeout-minutes"}
    defaults = load(ACTION)["inputs"]
    assert {name: inputs[name]["default"] for name in given} == {
        name: defaults[name]["default"] for name in given
    }


def test_the_docs_name_all_there_is() -> None:
    text = (CHECKOUT / "docs" / "ci.md").read_text(encoding="utf-8")
    for path in (*EXAMPLES, GITLAB):
        assert f"`{path.relative_to(CHECKOUT).as_posix()}`" in text, path.name
    for name in (*load(ACTION)["inputs"], *load(ACTION)["outputs"]):
        assert f"`{name}`" in text, name
    for name in gitlab_documents()[0]["spec"]["inputs"]:
        assert f"`{name}`" in text, name
