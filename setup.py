"""Builds the compiled core: every .pyx below src/aiocql becomes one extension module.

Set ``AIOCQL_SANITIZE=1`` to build with AddressSanitizer and UndefinedBehaviorSanitizer.
"""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

SANITIZE = os.environ.get("AIOCQL_SANITIZE") == "1"
COMPILE = (
    ["-O1", "-g", "-fsanitize=address,undefined", "-fno-omit-frame-pointer"] if SANITIZE else ["-O2", "-g0"]
)
LINK = ["-fsanitize=address,undefined"] if SANITIZE else []


def extensions() -> list[Extension]:
    """One extension for each .pyx, named after its place in the package."""
    paths = sorted(Path("src").rglob("*.pyx"))
    return [
        Extension(
            ".".join(path.relative_to("src").with_suffix("").parts),
            [str(path)],
            extra_compile_args=COMPILE,
            extra_link_args=LINK,
        )
        for path in paths
    ]


setup(
    ext_modules=cythonize(
        extensions(),
        include_path=["src"],
        nthreads=int(os.environ.get("AIOCQL_BUILD_JOBS", os.cpu_count() or 1)),
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "initializedcheck": False,
            "embedsignature": True,
            "freethreading_compatible": True,
        },
    )
)
