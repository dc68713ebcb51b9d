"""``python -m aiocql.exporters.grafana FOLDER``."""

from __future__ import annotations

import sys

from aiocql.exporters.grafana import write

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m aiocql.exporters.grafana FOLDER")
    for place in write(sys.argv[1]):
        print(place)
