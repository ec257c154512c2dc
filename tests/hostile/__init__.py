"""Submissions that attack the grader, its server or its other submissions, with their verdicts.

They do what they say: run them in a sandbox only. Tests write those that they need into folders of their own;
`python -m tests.hostile [FOLDER]` writes all of them.
"""

from __future__ import annotations

from tests.catalogue.case import Case
from tests.hostile.claims import CLAIMS
from tests.hostile.database import DATABASE
from tests.hostile.limits import LIMITS
from tests.hostile.network import NETWORK
from tests.hostile.outside import OUTSIDE_CASES
from tests.hostile.passes import PASSES
from tests.hostile.processes import PROCESSES
from tests.hostile.shared import SHARED
from tests.hostile.unseen import UNSEEN

CASES: tuple[Case, ...] = (
    *CLAIMS,
    *DATABASE,
    *LIMITS,
    *NETWORK,
    *OUTSIDE_CASES,
    *PASSES,
    *PROCESSES,
    *SHARED,
    *UNSEEN,
)
"""All of them; their names are unique."""
WITHIN_THEIR_PROCESS = frozenset(
    f"hostile_{name}"
    for name in (
        *("models_with_own_create_all", "models_with_listeners", "models_run_and_reflected"),
        *("outside_by_listener", "outside_cannot_leave", "outside_fills_in", "outside_if_operations"),
        *("outside_if_ran", "outside_if_source", "outside_if_statements", "outside_if_tables"),
        *("outside_on_version_apply", "outside_own_loop", "outside_reloads", "outside_undoes"),
        "patched_libraries",
    )
)
"""They change libraries, functions and models in the process of a step, and tables in its database: no file,
no other process and no setting. What confines the process plays no part in that: one sandbox shows it."""
BEYOND_THEIR_PROCESS = tuple(case for case in CASES if case.name not in WITHIN_THEIR_PROCESS)
"""All others: what they try may go well in one sandbox and badly in another."""
AT_THE_WALLS = frozenset(
    f"hostile_{name}"
    for name in (
        *("network", "leaves_things", "looks_for_things", "models_kept_in_files"),
        *("report_files", "curious", "env_file", "hard_coded_database", "own_packages"),
        *("loop", "fork_bomb", "memory", "output", "kill_all", "stopped_warden"),
        *("starve", "trace", "daemon", "recursion"),
        *("rights", "connections", "full_disk", "files", "many_tables", "hoard"),
    )
)
"""They try what confines them: files, processes, memory, the network, the rights in the server and its disk.
Every day each sandbox is tried with these. The others try it in one of them, and by `tox -e soak` in both."""
