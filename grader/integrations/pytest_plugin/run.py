"""One pytest run over the rubric: collects it, grades what is needed, and says the score at the end.

Under xdist the main process chooses what to grade with and sums up; its workers collect and grade. They share
a folder, so that each submission is tried once however its criteria are spread.
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
from grader.integrations.pytest_plugin.asking import Selection, Target, asked_of
from grader.integrations.pytest_plugin.items import Submission
from grader.integrations.pytest_plugin.means import Means, choose_means, tools_for
from grader.integrations.pytest_plugin.own_files import as_handed_in
from grader.integrations.pytest_plugin.verdicts import Verdicts
from grader.report.audience import for_student
from grader.report.formats import DEFAULT_FORMATS
from grader.report.model import GradeReport
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runs.report_writer import write_class_files_from_saved, write_submission_files
from grader.runtime.workspace import workspace
from grader.submission.sources import Source

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling
    from xdist.workermanage import WorkerController

_SHARED = "migration_grader"
"""What workers are told goes under this name."""


class RubricRun:
    """The part of the plugin that is loaded where the rubric is asked for."""

    def __init__(self, config: pytest.Config, asked: Selection) -> None:
        """Prepare a run; nothing is started yet."""
        self._config = config
        self._asked = asked
        self._open = ExitStack()
        self._tools: LocalRunner | None = None
        self._means: Means | None = None
        self._verdicts: Verdicts | None = None
        self._folder: Path | None = None
        out = config.option.grader_out
        self._out = None if out is None else config.invocation_params.dir / out

    @classmethod
    def of(cls, config: pytest.Config) -> Self:
        """The run that the settings and the command line ask for.

        Raises:
            pytest.UsageError: they cannot be followed.
        """
        try:
            return cls(config, asked_of(config))
        except GraderError as error:
            raise _refusal(error) from error

    # --- before anything is collected -----------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Choose what to grade with, before xdist starts its workers; a worker is told."""
        told = getattr(self._config, "workerinput", {}).get(_SHARED)
        if told is not None:
            self._means, self._folder = Means(**told["means"]), Path(told["folder"])
        elif self._asked.targets and not self._config.option.collectonly:
            try:
                self._means = self._choose()
            except GraderError as error:
                raise _refusal(error) from error
            self._folder = self._open.enter_context(workspace())
        if self._folder is not None:
            self._verdicts = Verdicts(self._folder, self._grade)

    def _choose(self) -> Means:
        if self._out is not None:
            check_writable(self._out)
        option = self._config.option
        isolation = option.isolation or ("none" if self._asked.own else "auto")
        return choose_means(option.postgres, isolation, own=self._asked.own, tell=self._tell)

    def _tell(self, line: str) -> None:
        """Show a line to whoever waits; at a student's desk only what was asked for is of interest."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None and not (self._asked.own and self._config.option.postgres == "auto"):
            reporter.write_line(line)

    def pytest_report_header(self) -> list[str]:
        """Say what is graded, and with what."""
        if self._means is None:
            return []
        count = len(self._asked.targets)
        what = "" if self._asked.own else f", {count} submission{'' if count == 1 else 's'}"
        return [f"rubric: {self._asked.assignment.id}{what}. {self._means.shown}"]

    # --- collecting and grading -----------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Put the rubric beside whatever pytest collects itself."""
        report = yield
        if isinstance(collector, pytest.Session) and report.passed:
            report.result.extend(
                Submission.from_parent(
                    collector,
                    path=self._config.rootpath / target.name,
                    asked=self._asked,
                    target=target,
                    judge=self._report_of,
                )
                for target in self._asked.targets
            )
        return report

    def _report_of(self, target: Target) -> GradeReport:
        if self._verdicts is None:
            raise GraderError("this process was not told what to grade with")
        return self._shown(self._verdicts.of(target.source))

    def _shown(self, report: GradeReport) -> GradeReport:
        """What whoever runs pytest may see."""
        return for_student(report) if self._asked.own else report

    def _grade(self, source: Source) -> GradeReport:
        if self._means is None:
            raise GraderError("this process was not told what to grade with")
        if self._tools is None:
            self._tools = self._open.enter_context(tools_for(self._asked.assignment, self._means))
        graded = grade(source.path, source.id, self._tools)
        if self._asked.own:
            graded = as_handed_in(graded, source.path, self._asked.assignment)
        if self._out is not None:
            write_submission_files(graded, self._out / source.id, DEFAULT_FORMATS)
        return graded.report

    # --- with xdist -----------------------------------------------------------------------------------------

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: WorkerController) -> None:
        """Tell a worker what was chosen and where to meet."""
        if self._means is not None:
            node.workerinput[_SHARED] = {"means": asdict(self._means), "folder": str(self._folder)}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
        """Under plain `-n`, give each submission to one worker, so that no other waits for it."""
        if config.option.dist != "load":
            return None
        from grader.integrations.pytest_plugin.spreading import whole_submissions  # noqa: PLC0415 - xdist need not be there

        return whole_submissions(config, log, {target.name for target in self._asked.targets})

    # --- at the end -----------------------------------------------------------------------------------------

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how it went."""
        made = self._made()
        if not made:
            return
        terminalreporter.section(wording.title(self._asked.assignment.title))
        try:
            for line in self._ending(made):
                terminalreporter.write_line(line)
        except GraderError as error:
            terminalreporter.write_line(_text(error), red=True)

    def _made(self) -> list[tuple[Target, GradeReport]]:
        if self._verdicts is None:
            return []
        pairs = [(target, self._verdicts.made(target.source)) for target in self._asked.targets]
        return [(target, report) for target, report in pairs if report is not None]

    def _ending(self, made: Sequence[tuple[Target, GradeReport]]) -> Iterable[str]:
        reports = [self._shown(report) for _, report in made]
        if self._asked.own:
            criteria = [item.id for item in reports[0].criteria]
            yield from wording.ending(reports[0], filter(self._asked.is_optional, criteria))
        else:
            yield wording.class_table(reports, self._config.get_terminal_writer().fullwidth)
        if self._out is not None:
            if not self._asked.own:
                ids = [target.source.id for target, _ in made]
                write_class_files_from_saved(ids, self._asked.assignment, self._out, DEFAULT_FORMATS)
            yield f"Reports: {self._config.option.grader_out}"

    def pytest_unconfigure(self) -> None:
        """End what was started."""
        self._open.close()


def _refusal(error: GraderError) -> pytest.UsageError:
    return pytest.UsageError(_text(error))


def _text(error: GraderError) -> str:
    return "\n".join(filter(None, [error.message, error.next_step]))
