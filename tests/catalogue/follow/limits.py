"""How hints about limits, and about errors that nobody knows, are followed."""

from __future__ import annotations

from tests.catalogue.case import CATEGORIES, ENV, INITIAL, replace
from tests.catalogue.follow.way import Ways, way
from tests.catalogue.wrong_limits import LONG_COMMENTS, WAIT

WAYS: Ways = {
    "time_limit": (
        way(
            "wrong_endless_loop",
            replace(CATEGORIES, ("    while True:\n        pass\n", "")),
            says="Look for an endless loop",
        ),
    ),
    "output_limit": (
        way(
            "wrong_output_flood",
            replace(CATEGORIES, ('    while True:\n        print("x" * 65536)\n', "")),
            says="Take print() out of loops",
        ),
    ),
    "memory_limit": (
        way(
            "wrong_memory",
            replace(CATEGORIES, ("    bytearray(2**46)\n", "")),
            says="Read rows in portions",
        ),
    ),
    "killed": (
        way(
            "wrong_kill",
            replace(CATEGORIES, ("    import os\n\n    os.kill(os.getpid(), 9)\n", "")),
            says="Take out whatever ends processes (os.kill",
        ),
    ),
    "schema_too_large": (
        way(
            "wrong_schema_too_large",
            replace(CATEGORIES, (LONG_COMMENTS, "")),
            says="take loops that make others out of the revisions",
        ),
    ),
    "trial_limit": (
        way(
            "wrong_slow_chain",
            replace(INITIAL, (WAIT, "")),
            says="Take whatever waits (time.sleep",
            elsewhere=(INITIAL,),
        ),
    ),
    "stopped_early": (
        way(
            "wrong_silent_stop",
            replace(ENV, ("sys.exit(1)\n", "")),
            says="Take sys.exit(), exit() and os._exit() out of",
        ),
    ),
    "unrecognised_error": (
        way(
            "wrong_own_exception",
            replace(ENV, ('raise RuntimeError("not today")\n', "")),
            says=('The line is: `raise RuntimeError("not today")`', "Start from that line of yours"),
        ),
    ),
}
