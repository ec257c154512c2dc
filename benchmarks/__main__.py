"""`python -m benchmarks [PART ...]` measures all tools and prints the tables."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.goals import goals
from benchmarks.machine import describe
from benchmarks.page import page
from benchmarks.planted import SAMPLE
from benchmarks.results import Results
from benchmarks.session import PARTS, BenchmarkSession, Plan

FULL = Plan(
    rounds=5,
    chains=(30, 120),
    others_up_to=30,
    classes=(20, 200),
    all_forms=True,
    cases=None,
    proofs=(20, 60),
    whole_proof=True,
    regraded=1000,
    cold_rounds=3,
)
QUICK = Plan(
    rounds=2,
    chains=(30,),
    others_up_to=3,
    classes=(20,),
    all_forms=False,
    cases=SAMPLE,
    proofs=(20,),
    whole_proof=False,
    regraded=200,
    cold_rounds=1,
)
_INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compares the grader with what people would use instead.",
    )
    top.add_argument(
        "parts", nargs="*", type=part, metavar="PART", help=f"of {', '.join(PARTS)}; default: all"
    )
    top.add_argument("--quick", action="store_true", help="less of everything, in about five minutes")
    top.add_argument(
        "--sample", action="store_true", help="use a sample of the catalogue instead of all of it"
    )
    top.add_argument("--out", type=Path, metavar="DIR", help="write results.json and results.md there")
    return top


def part(text: str) -> str:
    """One of the parts."""
    if text not in PARTS:
        raise argparse.ArgumentTypeError(f"there is no part {text!r}; use any of {', '.join(PARTS)}")
    return text


def main() -> None:
    """Measure the parts, print the tables, and write the files."""
    arguments = parser().parse_args()
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # so that servers and containers are stopped, too
    began = time.monotonic()

    def log(line: str) -> None:
        sys.stderr.write(f"[{time.monotonic() - began:4.0f} s] {line}\n")

    machine = describe()
    with TemporaryDirectory(prefix="benchmarks-", ignore_cleanup_errors=True) as scratch:
        plan = QUICK if arguments.quick else FULL
        if arguments.sample:
            plan = replace(plan, cases=SAMPLE)
        session = BenchmarkSession(plan, Path(scratch), log)
        code = 0
        try:
            for name in arguments.parts or PARTS:
                session.measure(name)
        except KeyboardInterrupt:  # the figures so far are still shown
            code = _INTERRUPTED
    minutes = (time.monotonic() - began) / 60
    results = session.results(
        machine | {"this run": f"{minutes:.0f} minutes, {' '.join(sys.argv[1:]) or 'all of it'}"}
    )
    shown = page(results)
    sys.stdout.write(shown)
    if arguments.out is not None:
        write(arguments.out, results, shown)
    sys.exit(code)


def write(folder: Path, results: Results, shown: str) -> None:
    """Write the results for people and for programs."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {**msgspec.to_builtins(results), "goals": msgspec.to_builtins(goals(results))}
    (folder / "results.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"
    )
    (folder / "results.md").write_text(shown, encoding="utf-8")


if __name__ == "__main__":
    main()
