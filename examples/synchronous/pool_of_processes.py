"""multiprocessing: each process of a pool connects at its first call.

python examples/synchronous/pool_of_processes.py 127.0.0.1
"""

import multiprocessing
import sys

import aiocql.sync

session = None


def connect(contact_point: str) -> None:
    """Connect once in each process; the session closes when the process ends."""
    global session
    session = aiocql.sync.connect(contact_point)


def read(number: int) -> tuple[int, str]:
    row = session.execute("SELECT release_version FROM system.local").one()
    return number, row.release_version


def main(contact_point: str) -> None:
    # "spawn" and "forkserver" work with any number of threads; "fork" works too, since a child connects anew.
    context = multiprocessing.get_context(sys.argv[2] if len(sys.argv) > 2 else "spawn")
    with context.Pool(2, initializer=connect, initargs=(contact_point,)) as pool:
        found = pool.map(read, range(10))
        pool.close()
        pool.join()
    print(len(found), "reads,", len({version for _, version in found}), "version")


if __name__ == "__main__":
    main(sys.argv[1])
