"""One pytest run over the rubric: collects the criteria, grades what is needed, and shows the score.

Under xdist the main process chooses the backends and shows the score; the workers collect and grade. They
share a folder, so that each submission is tried once, however its criteria are distributed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from grader.errors import GraderError
from grader.files.atomic import check_writable
from grader.integrations.pytest_plugin import wording
from grader.integrations.pytest_plugin.backends import Backends, choose_backends, runner_with
from grader.integrations.pytest_plugin.items import Submission
from grader.integrations.pytest_plugin.selection import Selection, Target, selection_of
from grader.integrations.pytest_plugin.shared_reports import SharedReports
from grader.report.audience import for_student
from grader.report.formats import DEFAULT_FORMATS
from grader.report.model import GradeReport
from grader.report.render.plain_text import line
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runs.report_writer import write_class_files_from_saved, write_submission_files
from grader.runtime.workspace import workspace
from grader.submission.sources import Source

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling
    from xdist.workermanage import WorkerController

_SHARED = "migration_grader"
"""The key under which xdist's workers find what the main process sends them."""

_NO_BACKENDS = "this process was not told what to grade with"


class RubricRun:
    """The part of the plugin that is loaded only if the rubric is asked for."""

    def __init__(self, config: pytest.Config, selection: Selection) -> None:
        """Prepare a run; nothing is started yet."""
        self._config = config
        self._selection = selection
        self._open = ExitStack()
        self._runner: LocalRunner | None = None
        self._backends: Backends | None = None
        self._reports: SharedReports | None = None
        self._folder: Path | None = None
        self._session: pytest.Session | None = None
        out = config.option.grader_out
        self._out = None if out is None else config.invocation_params.dir / out

    @classmethod
    def of(cls, config: pytest.Config) -> Self:
        """The run that the settings and the command line ask for.

        Raises:
            pytest.UsageError: they are wrong.
        """
        try:
            return cls(config, selection_of(config))
        except GraderError as error:
            raise _refusal(error) from error

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Choose the backends before xdist starts its workers; a worker is told which ones."""
        self._session = session
        sent = getattr(self._config, "workerinput", {}).get(_SHARED)
        if sent is not None:
            self._backends, self._folder = Backends(**sent["backends"]), Path(sent["folder"])
        elif self._selection.targets and not self._config.option.collectonly:
            try:
                self._backends = self._choose()
            except GraderError as error:
                raise _refusal(error) from error
            self._folder = self._open.enter_context(workspace())
        if self._folder is not None:
            self._reports = SharedReports(self._folder, self._grade)

    def _choose(self) -> Backends:
        if self._out is not None:
            check_writable(self._out)
        option = self._config.option
        isolation = option.isolation or ("none" if self._selection.own else "auto")
        return choose_backends(option.postgres, isolation, self._selection, self._progress)

    def _progress(self, text: str) -> None:
        """Print a line about the choice; a student sees them only after asking for a certain PostgreSQL."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None and not (self._selection.own and self._config.option.postgres == "auto"):
            reporter.write_line(text)

    def pytest_report_header(self) -> list[str]:
        """Show what is graded, and with which backends."""
        if self._backends is None:
            return []
        count = len(self._selection.targets)
        what = "" if self._selection.own else f", {count} submission{'' if count == 1 else 's'}"
        return [f"rubric: {self._selection.assignment.id}{what}. {self._backends.header}"]

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Add the rubric to the tests that pytest collects itself."""
        report = yield
        if isinstance(collector, pytest.Session) and report.passed:
            report.result.extend(
                Submission.from_parent(
                    collector,
                    path=self._config.rootpath / target.name,
                    selection=self._selection,
                    target=target,
                    report_of=self._report_of,
                )
                for target in self._selection.targets
            )
        return report

    def _report_of(self, target: Target) -> GradeReport:
        if self._reports is None:
            raise GraderError(_NO_BACKENDS)
        return self._shown(self._reports.of(target.source))

    def _shown(self, report: GradeReport) -> GradeReport:
        """The part of a report that the user may see."""
        return for_student(report) if self._selection.own else report

    def _grade(self, source: Source) -> GradeReport:
        if self._backends is None:
            raise GraderError(_NO_BACKENDS)
        if self._runner is None:
            self._runner = self._open.enter_context(runner_with(self._backends, self._selection))
        graded = grade(source.path, source.id, self._runner)
        if self._session is not None and (problem := self._runner.problem()) is not None:
            self._session.shouldfail = problem.message  # all others would meet it, too
        if self._out is not None:
            write_submission_files(graded, self._out / source.id, DEFAULT_FORMATS)
        return graded.report

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: WorkerController) -> None:
        """Send a worker the chosen backends and the shared folder."""
        if self._backends is not None:
            node.workerinput[_SHARED] = {"backends": asdict(self._backends), "folder": str(self._folder)}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
        """Under plain `-n`, give each submission to one worker, so that no other worker waits for it."""
        if config.option.dist != "load":
            return None
        from grader.integrations.pytest_plugin import xdist_groups  # noqa: PLC0415 - xdist may not be installed

        return xdist_groups.schedule_by_submission(
            config, log, {target.name for target in self._selection.targets}
        )

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the scores."""
        made = self._made()
        if not made:
            return
        terminalreporter.section(line(self._selection.assignment.title))
        try:
            for text in self._ending(made):
                terminalreporter.write_line(text)
        except GraderError as error:
            terminalreporter.write_line(_text(error), red=True)

    def _made(self) -> list[tuple[Target, GradeReport]]:
        if self._reports is None:
            return []
        pairs = [(target, self._reports.if_made(target.source)) for target in self._selection.targets]
        return [(target, report) for target, report in pairs if report is not None]

    def _ending(self, made: Sequence[tuple[Target, GradeReport]]) -> Iterable[str]:
        reports = [self._shown(report) for _, report in made]
        if self._selection.own:
            criteria = [item.id for item in reports[0].criteria]
            yield from wording.ending(reports[0], filter(self._selection.is_optional, criteria))
        else:
            yield wording.class_table(reports, self._config.get_terminal_writer().fullwidth)
        if self._out is not None:
            if not self._selection.own:
                ids = [target.source.id for target, _ in made]
                write_class_files_from_saved(ids, self._selection.assignment, self._out, DEFAULT_FORMATS)
            yield f"Reports: {self._config.option.grader_out}"

    def pytest_unconfigure(self) -> None:
        """Stop what was started."""
        self._open.close()


def _refusal(error: GraderError) -> pytest.UsageError:
    return pytest.UsageError(_text(error))


def _text(error: GraderError) -> str:
    return "\n".join(filter(None, [error.message, error.next_step]))
