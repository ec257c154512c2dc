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
from grader.integrations.pytest_plugin import OUT, last_run, wording
from grader.integrations.pytest_plugin.backends import Backends, choose_backends, runner_with
from grader.integrations.pytest_plugin.items import NOT_YET, ON_SCREEN, CriterionItem, Submission
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
        self._width = wording.WIDEST
        self._required_left = False
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
        if self._terminal is not None:
            self._width = self._config.get_terminal_writer().fullwidth
        sent = getattr(self._config, "workerinput", {}).get(_SHARED)
        if sent is not None:
            self._backends, self._folder = Backends(**sent["backends"]), Path(sent["folder"])
            self._width = sent["width"]
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
            check_writable(self._out, OUT)
        option = self._config.option
        isolation = option.isolation or ("none" if self._selection.own else "auto")
        return choose_backends(option.postgres, isolation, self._selection, self._progress)

    def _progress(self, text: str) -> None:
        """Print a line about the choice; a student sees them only after asking for a certain PostgreSQL."""
        reporter = self._terminal
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
                    width=self._width,
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
            node.workerinput[_SHARED] = {
                "backends": asdict(self._backends),
                "folder": str(self._folder),
                "width": self._width,
            }

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
        """Under plain `-n`, give each submission to one worker, so that no other worker waits for it."""
        if config.option.dist != "load":
            return None
        from grader.integrations.pytest_plugin import xdist_groups  # noqa: PLC0415 - xdist may not be installed

        return xdist_groups.schedule_by_submission(
            config, log, {target.name for target in self._selection.targets}
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add what the terminal needs to the report of a criterion."""
        report = yield
        if isinstance(item, CriterionItem):
            item.complete(report)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """Show a criterion of a later part as what it is: not due yet."""
        return ("not yet", "n", ("NOT YET", {"yellow": True})) if hasattr(report, NOT_YET) else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Let the terminal show the text that is made for it; files keep the whole."""
        self._required_left |= getattr(report, NOT_YET, False)
        text = getattr(report, ON_SCREEN, None)
        if text is not None and self._terminal is not None:  # xdist cannot send it from a worker
            report.toterminal = lambda out: out.line(text)  # type: ignore[method-assign]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        """Show the scores below everything else; required criteria that are not due yet are still left."""
        if self._required_left and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        yield
        made = self._made()
        if (terminal := self._terminal) is None or not made:
            return
        terminal.section(line(self._selection.assignment.title))
        try:
            for text in self._ending(made):
                terminal.write_line(text)
        except GraderError as error:
            terminal.write_line(_text(error), red=True)

    @property
    def _terminal(self) -> pytest.TerminalReporter | None:
        """What writes to the terminal; None in a worker of xdist, and where pytest shows nothing."""
        if hasattr(self._config, "workerinput"):
            return None
        return self._config.pluginmanager.get_plugin("terminalreporter")

    def _made(self) -> list[tuple[Target, GradeReport]]:
        if self._reports is None:
            return []
        pairs = [(target, self._reports.if_made(target.source)) for target in self._selection.targets]
        return [(target, report) for target, report in pairs if report is not None]

    def _ending(self, made: Sequence[tuple[Target, GradeReport]]) -> Iterable[str]:
        reports = [self._shown(report) for _, report in made]
        if self._selection.own:
            criteria = [item.id for item in reports[0].criteria]
            if self._out is not None:
                yield self._where
            optional = filter(self._selection.is_optional, criteria)
            changes = self._since_the_last_run(reports[0])
            yield from wording.ending(reports[0], optional, width=self._width, changes=changes)
            return
        yield wording.class_table(reports, self._width)
        if self._out is not None:
            ids = [target.source.id for target, _ in made]
            write_class_files_from_saved(ids, self._selection.assignment, self._out, DEFAULT_FORMATS)
            yield self._where

    def _since_the_last_run(self, report: GradeReport) -> str | None:
        """What changed, by pytest's cache, which then holds this run; None where there is no cache."""
        cache: pytest.Cache | None = getattr(self._config, "cache", None)
        if cache is None:
            return None
        changes = last_run.changes(cache.get(last_run.KEY, None), report)
        if (kept := last_run.remembered(report)) is not None:
            cache.set(last_run.KEY, kept)
        return changes

    @property
    def _where(self) -> str:
        return f"Reports: {self._config.option.grader_out}"

    def pytest_unconfigure(self) -> None:
        """Stop what was started."""
        self._open.close()


def _refusal(error: GraderError) -> pytest.UsageError:
    return pytest.UsageError(_text(error))


def _text(error: GraderError) -> str:
    return "\n".join(filter(None, [error.message, error.next_step]))
