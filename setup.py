"""Builds the compiled core: every .pyx below src/aiocql becomes one extension module.

``AIOCQL_SANITIZE=1`` builds with AddressSanitizer and UndefinedBehaviorSanitizer, ``AIOCQL_OPTIMIZE=0`` quickly rather
than well, ``AIOCQL_BUILD_JOBS=1`` one file at a time, ``AIOCQL_EXTENSIONS=0`` nothing: `make build` then builds what
changed.
"""

import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

SANITIZE = os.environ.get("AIOCQL_SANITIZE") == "1"
OPTIMIZE = os.environ.get("AIOCQL_OPTIMIZE", "2")
JOBS = int(os.environ.get("AIOCQL_BUILD_JOBS", os.cpu_count() or 1))
# These commands only ask what there is: translating to C would be for nothing, and C is no source of an sdist.
ASKS_ONLY = not {"egg_info", "dist_info", "sdist"}.isdisjoint(sys.argv)
COMPILE = (
    ["-O1", "-g", "-fsanitize=address,undefined", "-fno-omit-frame-pointer"]
    if SANITIZE
    else [f"-O{OPTIMIZE}", "-g0"]
)
LINK = ["-fsanitize=address,undefined"] if SANITIZE else []


def extensions() -> list[Extension]:
    """One extension for each .pyx, named after its place in the package."""
    paths = sorted(Path("src").rglob("*.pyx")) if os.environ.get("AIOCQL_EXTENSIONS") != "0" else []
    return [
        Extension(
            ".".join(path.relative_to("src").with_suffix("").parts),
            [str(path)],
            extra_compile_args=COMPILE,
            extra_link_args=LINK,
        )
        for path in paths
    ]


def translated() -> list[Extension]:
    """The extensions as C."""
    return cythonize(
        extensions(),
        include_path=["src"],
        nthreads=JOBS,
        quiet=True,
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "initializedcheck": False,
            "embedsignature": True,
            "freethreading_compatible": True,
        },
    )


# Without this guard the processes that translate, which are not forked from Python 3.14 on, would set up once more.
if __name__ == "__main__":
    setup(ext_modules=extensions() if ASKS_ONLY else translated(), options={"build_ext": {"parallel": JOBS}})
