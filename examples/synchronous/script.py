"""A plain script: one session, many writes, one read.

python examples/synchronous/script.py 127.0.0.1
"""

import sys

import aiocql.sync


def main(contact_point: str) -> None:
    with aiocql.sync.connect(contact_point) as session:
        row = session.execute("SELECT cluster_name, release_version FROM system.local").one()
        print(f"{row.cluster_name} runs Cassandra {row.release_version}")


if __name__ == "__main__":
    main(sys.argv[1])
