"""The pytest plugin: runs the rubric as tests, one for each criterion, in a repo that asks for it.

A repo asks with the setting `migration_grader` (students check their own work), a user asks with
`--submissions DIR` (other people's work). Everywhere else only this module of the plugin is loaded. So it
must import nothing but pytest, and add no option with a common name that a repo may use itself.
"""

from __future__ import annotations

from pathlib import Path

import pytest

SETTING = "migration_grader"
SUBMISSIONS = "--submissions"
OUT = "--grader-out"
_GROUP = "migration-grader"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two ways to ask for the rubric, and the option with a name that no other plugin uses."""
    parser.addini(
        SETTING, "the assignment that this repo is checked by: exercise_4_migrations, or an assignment.toml"
    )
    group = parser.getgroup(_GROUP)
    group.addoption(
        SUBMISSIONS, metavar="DIR", help="grade every submission in DIR, and collect nothing else"
    )
    group.addoption(OUT, metavar="DIR", help=f"write the rubric's reports to DIR as well; write it {OUT}=DIR")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser) -> None:
    """If the rubric is asked for, add its options, and keep submissions' files out of this process."""
    folder = early_config.known_args_namespace.submissions
    out = early_config.known_args_namespace.grader_out
    if out is not None:
        _check_out(early_config, out)
    if folder is None and not early_config.getini(SETTING):
        if out is not None:
            raise pytest.UsageError(
                f"{OUT} is given, but nothing asks for the rubric: there is no {SUBMISSIONS}, and no setting "
                f"{SETTING} in {early_config.inipath or early_config.rootpath}."
            )
        return
    group = parser.getgroup(_GROUP)
    group.addoption(
        "--postgres",
        default="auto",
        metavar="WHICH",
        help="auto, container, embedded, or the URL of a database that is empty or there for tests; "
        "default: auto",
    )
    group.addoption(
        "--isolation",
        default=None,
        metavar="WHICH",
        help="how the code is confined: auto, container, bubblewrap or none; "
        "default: none for your own repo, auto with --submissions",
    )
    if folder is not None:
        _keep_out(early_config, Path(folder))


def _check_out(config: pytest.Config, out: str) -> None:
    """Refuse a folder for reports that pytest would take for a folder of tests, with settings in it."""
    if OUT not in config.invocation_params.args:
        return
    current = config.invocation_params.dir
    place = (current / out).resolve()
    if not any(place.is_relative_to(folder.resolve()) for folder in (current, config.rootpath)):
        raise pytest.UsageError(
            f"Write {OUT}={out}, in one word: pytest takes a path outside of {current} that stands alone for "
            "one of tests."
        )


def _keep_out(config: pytest.Config, folder: Path) -> None:
    """Keep pytest from reading settings and running code of the submissions in a folder."""
    config.known_args_namespace.noconftest = True
    submissions = (config.invocation_params.dir / folder).resolve()
    if config.invocation_params.dir.resolve().is_relative_to(submissions):
        raise pytest.UsageError(
            f"{SUBMISSIONS} {folder}: pytest would take files of the submissions for its own. Run it from a "
            f"folder that is not in {submissions}, such as {submissions.parent}."
        )
    if config.inipath is not None and config.inipath.resolve().parent.is_relative_to(submissions):
        raise pytest.UsageError(
            f"{SUBMISSIONS} {folder}: pytest took its settings from {config.inipath}, which is among the "
            "submissions. Name submissions by their names only, and put your own pytest.ini beside the "
            "folder, not into it."
        )


def pytest_configure(config: pytest.Config) -> None:
    """Load the rest of the plugin if the rubric is asked for."""
    if config.option.submissions is None and not config.getini(SETTING):
        return
    from grader.errors import UnavailableError  # noqa: PLC0415 - other repos need nothing of ours
    from grader.runtime.system import refuse_unsupported  # noqa: PLC0415

    try:
        refuse_unsupported()
    except UnavailableError as error:
        raise pytest.UsageError(f"{error.message}. {error.next_step}") from error
    # Loads everything that grading needs; other repos must not wait for that.
    from grader.integrations.pytest_plugin.run import RubricRun  # noqa: PLC0415

    config.pluginmanager.register(RubricRun.of(config), "migration_grader_run")
