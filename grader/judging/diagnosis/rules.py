"""The one table of all rules on error texts, in the order in which they are tried.

The order is part of the meaning: what names a cause goes before what names a symptom, what belongs to Alembic
and the database before plain Python errors, and the catch-alls of SQLAlchemy and Python come last.
"""

from __future__ import annotations

from collections.abc import Iterator

from grader.judging.diagnosis import (
    chain,
    configuration,
    connection,
    imports,
    models,
    python_code,
    row_data,
    schema_changes,
    schema_names,
    server,
)
from grader.judging.diagnosis.clue import Clue, shortened
from grader.judging.diagnosis.interface import Advice, Diagnosis, Rule, diagnosis
from grader.judging.diagnosis.limits import silent_advice
from grader.judging.diagnosis.traceback_text import errors
from grader.observations.model import Observations, StepRecord

RULES: tuple[Rule, ...] = (
    *connection.RULES,
    *configuration.RULES,
    *imports.RULES,
    *chain.RULES,
    *row_data.RULES,
    *server.RULES,
    *schema_names.RULES,
    *schema_changes.RULES,
    *models.RULES,
    *python_code.RULES,
)
UNRECOGNISED = "unrecognised_error"
SUMMARIES = {
    UNRECOGNISED: "An error that none of the rules knows: its last line and the student's innermost frame"
}


def error_diagnosis(step: StepRecord, observations: Observations) -> Diagnosis:
    """Why a command failed, from what it printed: the first rule that knows one of its errors.

    The error that ended the command is asked first, then those that led to it, then the whole output.
    """
    clues = tuple(_clues(step, observations))
    for clue in clues:
        for rule in RULES:
            found = rule.apply(clue)
            if found is not None:
                return found
    if len(clues) == 1:
        return diagnosis("stopped_early", silent_advice(clues[0]))
    return _unrecognised(clues[0])


def _clues(step: StepRecord, observations: Observations) -> Iterator[Clue]:
    found = errors(step.output)
    for item in found:
        yield Clue(step, observations, item, found[0].frames)


def _unrecognised(clue: Clue) -> Diagnosis:
    frame = clue.own_frame
    source = f" The line is: `{shortened(frame.source, 120)}`." if frame is not None and frame.source else ""
    advice = Advice(
        f"`{clue.step.command}` ended with: {shortened(clue.found.headline, 240)}{clue.here}.{source}",
        "Start from that line of yours and run the same command on an empty database of your own; the "
        "evidence shows the whole output.",
    )
    return diagnosis(UNRECOGNISED, advice, clue.place)
