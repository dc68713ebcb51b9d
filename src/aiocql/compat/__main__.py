"""Run a program that is written for cassandra-driver on aiocql.

python -m aiocql.compat PROGRAM [ARGUMENTS]      a file, or a command on the path
python -m aiocql.compat -m MODULE [ARGUMENTS]    a module
"""

from __future__ import annotations

import runpy
import shutil
import sys

from aiocql.compat.import_hook import install


def main() -> None:
    """Run the program that the command line names."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help") or arguments == ["-m"]:
        print(__doc__.strip())
        sys.exit(0 if arguments[:1] in (["-h"], ["--help"]) else 2)
    install()
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        return
    sys.argv = arguments
    runpy.run_path(shutil.which(arguments[0]) or arguments[0], run_name="__main__")


if __name__ == "__main__":
    main()
