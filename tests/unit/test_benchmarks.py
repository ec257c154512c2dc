"""What the benchmarks work out by themselves: chains, ratios, goals, tables, counting."""

from __future__ import annotations

import ast
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from benchmarks.__main__ import FULL, QUICK, write
from benchmarks.chains import chain_files, write_class, write_files
from benchmarks.contenders import CONFINED, FLOOR, NAIVE, NAIVE_BETWEEN, PROOF, Task, answers_of_proof
from benchmarks.goals import Goal, as_ratio, goals
from benchmarks.measuring import Finished, Run, peak_in
from benchmarks.page import page, table
from benchmarks.planted import chosen_cases, detection, is_right, planted_in
from benchmarks.projects import find_project
from benchmarks.pytest_alembic_run import DID_NOT_RUN, failed_checks
from benchmarks.results import Detection, Figure, Planted, Results
from benchmarks.speed import Stopwatch, Workload
from grader.submission.revision_graph import read_graph

MACHINE = {"date": "2026-01-31", "machine": "2 cores"}


def figure(
    contender: str,
    *seconds: float,
    revisions: int = 3,
    submissions: int = 1,
    jobs: int = 1,
    peak: int | None = 50 * 1024**2,
) -> Figure:
    runs = tuple(Run(value, peak) for value in seconds)
    return Figure(contender, revisions, submissions, jobs, runs)


def goal(results: Results, what: str) -> Goal:
    (found,) = [item for item in goals(results) if what in item.what]
    return found


# --- chains -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [3, 4, 5, 6, 30, 120])
def test_a_chain_is_one_line_from_base_to_head(length: int, tmp_path: Path) -> None:
    graph = read_graph(write_files(tmp_path, chain_files(length)), ["alembic/versions"])
    assert graph.problems == ()
    assert len(graph.revisions) == length
    assert len(graph.bases) == len(graph.heads) == 1
    assert all(later.parents == (earlier.id,) for earlier, later in pairwise(graph.revisions))


def test_every_revision_of_a_chain_changes_something_and_has_a_way_back() -> None:
    for path, data in chain_files(30).items():
        if path.startswith("alembic/versions/"):
            bodies = {
                node.name: node.body for node in ast.parse(data).body if isinstance(node, ast.FunctionDef)
            }
            assert not any(isinstance(line, ast.Pass) for body in bodies.values() for line in body), path
            assert set(bodies) == {"upgrade", "downgrade"}, path


def test_the_models_of_a_chain_have_what_its_revisions_make() -> None:
    files = chain_files(9)
    revisions = b"".join(data for path, data in files.items() if "/versions/" in path).decode()
    for name in ("shelf_0", "note_1", "note_2", "shelf_3", "note_4", "note_5"):
        assert f'"{name}"' in revisions
        assert f'"{name}"' in files["app.py"].decode()


def test_a_right_answer_has_three_revisions_at_least() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        chain_files(2)


def test_no_two_submissions_of_a_class_are_the_same(tmp_path: Path) -> None:
    folders = sorted(write_class(tmp_path, 4).iterdir())
    assert len(folders) == 4
    assert len({(folder / "NOTES.md").read_bytes() for folder in folders}) == 4
    assert len({(folder / "app.py").read_bytes() for folder in folders}) == 1


# --- figures and goals ------------------------------------------------------------------------------------


def test_figures_are_medians_a_submission() -> None:
    item = figure(NAIVE, 8.0, 2.0, 4.0, submissions=2)
    assert (item.seconds, item.each, item.fastest, item.slowest) == (4.0, 2.0, 1.0, 4.0)


def test_the_memory_of_a_figure_is_the_most_of_all_runs() -> None:
    item = Figure(NAIVE, 3, 1, 1, (Run(1, 5), Run(1, None), Run(1, 7)))
    assert item.peak_bytes == 7
    assert figure(NAIVE, 1.0, peak=None).peak_bytes is None


@pytest.mark.parametrize(
    ("ratio", "text"), [(1 / 6, "1/6.0"), (0.1, "1/10.0"), (1.0, "1.00 times"), (45.0, "45.00 times")]
)
def test_ratios_are_written_as_one_says_them(ratio: float, text: str) -> None:
    assert as_ratio(ratio) == text


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert {item.met for item in goals(Results(MACHINE))} == {None}


@pytest.mark.parametrize(("seconds", "met"), [(2.0, True), (2.1, False)])
def test_goal_against_the_naive_script(seconds: float, met: bool) -> None:
    results = Results(MACHINE, (figure(CONFINED.name, seconds), figure(NAIVE, 12.0)))
    assert goal(results, "one submission, against the naive").met is met
    assert goal(results, "one submission, against the floor").met is None


@pytest.mark.parametrize(("seconds", "met"), [(24.0, True), (24.5, False)])
def test_goal_for_a_class_is_judged_by_each_submission(seconds: float, met: bool) -> None:
    in_class = figure(CONFINED.name, seconds, submissions=20, jobs=2)
    results = Results(MACHINE, (in_class, figure(NAIVE, 99.0), figure(NAIVE_BETWEEN, 12.0)))
    assert goal(results, "each of 20, two at once").met is met
    assert goal(Results(MACHINE, (in_class, figure(NAIVE, 12.0))), "each of 20, two at once").met is None


@pytest.mark.parametrize(("seconds", "met"), [(3.0, True), (3.1, False)])
def test_goal_against_the_floor(seconds: float, met: bool) -> None:
    results = Results(MACHINE, (figure(CONFINED.name, seconds), figure(FLOOR, 2.0)))
    assert goal(results, "against the floor").met is met


@pytest.mark.parametrize(("seconds", "met"), [(90.0, True), (90.5, False)])
def test_goal_for_long_chains(seconds: float, met: bool) -> None:
    results = Results(MACHINE, (figure(CONFINED.name, 2.0), figure(CONFINED.name, seconds, revisions=120)))
    assert goal(results, "120 revisions").met is met


@pytest.mark.parametrize(
    ("seconds", "peak", "linear", "small", "flat"),
    [
        (200.0, 60 * 1024**2, True, True, False),
        (220.0, 55 * 1024**2, True, True, True),
        (221.0, 200 * 1024**2, False, False, False),
    ],
)
def test_goals_for_a_large_class(seconds: float, peak: int, linear: bool, small: bool, flat: bool) -> None:
    figures = (
        figure(CONFINED.name, 20.0, submissions=20, jobs=2),
        figure(CONFINED.name, seconds, submissions=200, jobs=2, peak=peak),
    )
    results = Results(MACHINE, figures)
    assert goal(results, "each of 200").met is linear
    assert goal(results, "memory of the grader's process").met is small
    assert goal(results, "that memory").met is flat


@pytest.mark.parametrize(("seconds", "met"), [(60.0, True), (61.0, False)])
def test_goal_for_the_answers_of_a_proof(seconds: float, met: bool) -> None:
    figures = (figure(PROOF, seconds, submissions=60, jobs=2), figure(NAIVE_BETWEEN, 10.0))
    assert goal(Results(MACHINE, figures), "answers of a proof").met is met


@pytest.mark.parametrize(("peak", "met"), [(55, True), (60, False)])
def test_goal_for_the_memory_of_a_proof(peak: int, met: bool) -> None:
    fewer = figure(PROOF, 1.0, submissions=20, jobs=2, peak=50)
    results = Results(MACHINE, (fewer, figure(PROOF, 1.0, submissions=60, jobs=2, peak=peak)))
    assert goal(results, "memory of that proof").met is met


@pytest.mark.parametrize(("seconds", "met"), [(179.0, True), (181.0, False)])
def test_goal_for_a_whole_proof(seconds: float, met: bool) -> None:
    results = Results(MACHINE, (figure(PROOF, seconds, submissions=answers_of_proof(), jobs=2),))
    assert goal(results, "whole proof").met is met


def test_goals_for_detection() -> None:
    planted = Planted({"kind": ("a", "b")}, ("r",), whole_catalogue=True)
    perfect = Results(MACHINE, planted=planted, detections=(Detection("grader", ("a", "b"), ()),))
    assert goal(perfect, "planted faults").met is True
    assert goal(perfect, "right answers").met is True
    poor = Results(MACHINE, planted=planted, detections=(Detection("grader", ("a",), ("r",)),))
    assert goal(poor, "planted faults").met is False
    assert goal(poor, "right answers").measured == "1 of 1"


def test_the_full_plan_measures_what_all_goals_need() -> None:
    assert {20, 200} <= set(FULL.classes)
    assert 120 in FULL.chains
    assert FULL.cases is None
    assert {20, 60} <= set(FULL.proofs)
    assert FULL.whole_proof
    assert 20 in QUICK.classes


# --- what is planted --------------------------------------------------------------------------------------


def test_every_wrong_submission_is_of_one_kind() -> None:
    cases = chosen_cases(None)
    planted = planted_in(cases)
    counted = [name for names in planted.faults.values() for name in names]
    assert sorted(counted) == sorted(case.name for case in cases if not is_right(case))
    assert planted.whole_catalogue


def test_the_sample_has_right_answers_and_every_kind_of_fault() -> None:
    sample = planted_in(chosen_cases(QUICK.cases))
    assert sample.right
    assert sample.faults.keys() == planted_in(chosen_cases(None)).faults.keys()
    assert not sample.whole_catalogue


def test_a_name_that_is_not_in_the_catalogue() -> None:
    with pytest.raises(ValueError, match="wrong_nonsense"):
        chosen_cases(["wrong_nonsense"])


def test_complaints_are_counted_as_found_or_as_false() -> None:
    cases = chosen_cases(["right_reference", "right_raw_sql", "wrong_stamped", "wrong_syntax"])
    complains = {
        "right_reference": False,
        "right_raw_sql": True,
        "wrong_stamped": False,
        "wrong_syntax": True,
    }
    assert detection("tool", cases, complains) == Detection("tool", ("wrong_syntax",), ("right_raw_sql",))


def test_checks_of_pytest_alembic() -> None:
    assert failed_checks(Finished(0, ""), []) == frozenset()
    assert failed_checks(Finished(1, ""), ["test_upgrade"]) == {"upgrade"}
    assert failed_checks(Finished(4, ""), []) == {DID_NOT_RUN}
    assert failed_checks(Finished(None, ""), ["test_upgrade"]) == {"upgrade", DID_NOT_RUN}


def test_projects_are_found_as_a_script_would(tmp_path: Path) -> None:
    assert find_project(tmp_path).folder == tmp_path
    write_files(tmp_path, {"a/b/alembic.ini": b"", "a/alembic.ini": b""})
    assert find_project(tmp_path).folder == tmp_path / "a"
    flask = write_files(tmp_path / "flask", {"migrations/alembic.ini": b"", "migrations/env.py": b""})
    assert (find_project(flask).folder, find_project(flask).flask) == (flask, True)
    assert find_project(flask).command("upgrade", "head")[1:] == ["db", "upgrade", "head"]


# --- what is shown ----------------------------------------------------------------------------------------


def test_tables_are_laid_out() -> None:
    assert table(("", "seconds"), [("one", "1.25"), ("eleven", "11.50")]) == (
        "|        | seconds |\n| ------ | ------: |\n| one    |    1.25 |\n| eleven |   11.50 |"
    )


def test_a_table_has_a_cell_for_every_header() -> None:
    with pytest.raises(ValueError, match="one cell for each header"):
        table(("a", "b"), [("1",)])


def test_the_page_shows_the_goals_first_and_leaves_out_what_is_not_there() -> None:
    results = Results(
        MACHINE,
        (figure(NAIVE, 12.0, 14.0), figure(CONFINED.name, 2.0)),
        left_out=("pytest-alembic: no index\nat all",),
    )
    shown = page(results)
    titles = [line for line in shown.splitlines() if line.startswith("## ")]
    assert titles == ["## Goals", "## One submission, three revisions", "## Left out", "## Where"]
    row = next(line for line in shown.splitlines() if f"**{CONFINED.name}**" in line)
    assert [cell.strip() for cell in row.split("|")][2:5] == ["1/6.5", "", "2.00"]
    assert "12.00 to 14.00" in shown
    assert "- pytest-alembic: no index\n" in shown


def test_classes_are_held_against_what_the_script_took_between_them() -> None:
    in_class = figure(CONFINED.name, 20.0, 24.0, 22.0, submissions=20, jobs=2)
    shown = page(Results(MACHINE, (figure(NAIVE, 99.0), in_class, figure(NAIVE_BETWEEN, 11.0))))
    single, classes = (part.partition("## ")[0] for part in shown.split("three revisions")[1:3])
    assert NAIVE_BETWEEN not in single
    assert NAIVE_BETWEEN in classes
    row = next(line for line in classes.splitlines() if f"**{CONFINED.name}**" in line)
    assert [cell.strip() for cell in row.split("|")][2:5] == ["20", "2", "1/10.0"]


class Noted:
    """A contender that only notes what it was given."""

    def __init__(self, name: str, tasks: list[tuple[str, int, int]]) -> None:
        self.name = name
        self.tasks = tasks

    def run(self, task: Task) -> Run:
        """Note it."""
        self.tasks.append((self.name, task.submissions, task.jobs))
        return Run(1.0, None)


def test_everyone_runs_once_before_anyone_runs_again(tmp_path: Path) -> None:
    tasks: list[tuple[str, int, int]] = []
    one, other = Noted("one", tasks), Noted("other", tasks)
    stopwatch = Stopwatch(tmp_path, lambda _: None)
    stopwatch.take_turns([(one, Workload()), (other, Workload(submissions=2, jobs=2))], 2)
    assert tasks == [("one", 1, 1), ("other", 2, 2)] * 2
    assert [(item.contender, len(item.runs)) for item in stopwatch.figures()] == [("one", 2), ("other", 2)]


def test_results_are_written_for_people_and_for_programs(tmp_path: Path) -> None:
    results = Results(MACHINE, (figure(NAIVE, 12.0),))
    write(tmp_path / "out", results, page(results))
    assert (tmp_path / "out" / "results.md").read_text(encoding="utf-8") == page(results)
    data = (tmp_path / "out" / "results.json").read_bytes()
    assert msgspec.json.decode(data)["goals"][0]["met"] is None
    assert msgspec.convert(msgspec.json.decode(data), Results) == results


def test_the_peak_is_read_from_what_linux_says() -> None:
    assert peak_in("Name:\tpython\nVmHWM:\t   64000 kB\nVmRSS:\t 1 kB\n") == 64000 * 1024
    assert peak_in("Name:\tpython\n") is None
