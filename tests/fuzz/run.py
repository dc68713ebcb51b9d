"""`make fuzz`: many inputs for each target. One that fails is named by target and number, and can be run alone.

::

    python -m tests.fuzz.run --inputs 100000
    python -m tests.fuzz.run --target segments --first 4711 --inputs 1
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.fuzz.targets import TARGETS

import aiocql

__all__ = ["fuzz", "seed_of"]


def seed_of(name: str, number: int) -> str:
    """Makes the same input on every machine."""
    return f"{name} {number}"


def fuzz(
    name: str, first: int, count: int, before: Callable[[int], None] = lambda number: None
) -> list[tuple[int, Exception]]:
    """Gives `count` inputs to a target; the numbers of those that failed, and how."""
    target, failed = TARGETS[name], []
    for number in range(first, first + count):
        before(number)
        try:
            target(Random(seed_of(name, number)))
        except Exception as error:
            failed.append((number, error))
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--target", action="append", choices=list(TARGETS), help="only this one; may be repeated"
    )
    parser.add_argument("--inputs", type=int, default=100_000, help="for each target")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--note", type=Path, help="a file that has the input under way, for after a crash")
    args = parser.parse_args()
    print(f"the core in {Path(aiocql.__file__).parent}", flush=True)
    failures = 0
    for name in args.target or TARGETS:
        start = time.monotonic()
        note = (
            (lambda number, name=name: args.note.write_text(f"{name} {number}\n"))
            if args.note
            else (lambda n: None)
        )
        failed = fuzz(name, args.first, args.inputs, note)
        seconds = time.monotonic() - start
        print(f"{name:14}{args.inputs:10,} inputs{len(failed):5} failed{seconds:8.1f} s", flush=True)
        for number, error in failed[:20]:
            print(f"  --target {name} --first {number}: {str(error)[:400]}")
        failures += len(failed)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
