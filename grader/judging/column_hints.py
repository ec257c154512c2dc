"""What to do where a column was not changed as asked, or where the change cannot be undone."""

from __future__ import annotations

from collections.abc import Sequence

from grader.judging import hints
from grader.judging.column_states import Change, ColumnState, Seen
from grader.judging.rubric import Check
from grader.observations.model import Observations


def hint(
    observations: Observations, change: Change, seen: Seen, checks: Sequence[Check], *, bonus: bool
) -> str | None:
    """The hint of the criterion; None if all checks passed.

    Args:
        observations: what was seen of the submission.
        change: the change that is asked for.
        seen: the revision that made it.
        checks: those of the column at head, and last the one of the revision or of its downgrade.
        bonus: whether the criterion is an optional one.
    """
    *at_head, last = checks
    undone = last.id == "restored"
    wrong = next((check for check in at_head if not check.passed), None)
    if wrong is None and last.passed:
        return None
    if seen.reason is not None:
        return f"{_sentence(seen.reason)} {_rename(change)}"
    if seen.step is None:
        return _where_nothing_did(change, from_the_start=wrong is None, undone=undone, bonus=bonus)
    if wrong is not None:
        return f"At head {wrong.found}; expected {wrong.expected}. See what the revisions after it change."
    back = f"alter {change.after.name} back to {last.expected}"
    if change.renames:
        back = f"rename {change.after.name} back to {change.before.column.name}"
    advice = f"Let downgrade() of revision {seen.step.revision} {back}."
    return hints.of_step(seen.step.down, observations) or advice


def _where_nothing_did(change: Change, *, from_the_start: bool, undone: bool, bonus: bool) -> str:
    """What to do where no revision made the change."""
    if from_the_start:
        way_back = " that can be undone" if undone else ""
        return (
            f"{change.after.name} has the new {change.what} from the start. Create it {_as(change.before)} "
            f"first, and {_verb(change)} it in a revision of its own{way_back}."
        )
    if bonus:
        return f"This step is optional and costs nothing: {_to_do(change, undone=undone)} earns the bonus."
    advice = f"{_sentence(change.not_made)} Write {_to_do(change, undone=undone)}".rstrip(",") + "."
    return f"{advice} {_rename(change)}" if change.renames else advice


def _to_do(change: Change, *, undone: bool) -> str:
    """What has to be written, with a comma at its end if a part of it stands between commas."""
    name, before, types = change.after.name, change.before, change.after.column.types
    if change.renames:
        done, back = f"renames {before.name} to {change.after.column.name}", before.column.name
    else:
        done = f"makes {name} {types[0] if types else change.after.described()} (op.batch_alter_table)"
        back = before.described()
    return f"a revision that {done}" + (f", with a downgrade() back to {back}," if undone else "")


def _rename(change: Change) -> str:
    table, old, new = change.after.column.table, change.before.column.name, change.after.column.name
    return (
        f'Autogenerate takes a new name for another column. Write `op.alter_column("{table}", "{old}", '
        f'new_column_name="{new}")` into upgrade(), and the opposite into downgrade().'
    )


def _as(state: ColumnState) -> str:
    if state.column.types:
        return f"with {state.described()}"
    return f"as {state.described()}"


def _verb(change: Change) -> str:
    if change.what != "length":
        return "rename" if change.renames else "change"
    lengths = [
        int("".join(filter(str.isdigit, state.column.types[0])) or 0)
        for state in (change.before, change.after)
    ]
    return "shorten" if lengths[1] < lengths[0] else "lengthen"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
