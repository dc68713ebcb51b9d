#!/bin/sh
# Names everything that a command needs and this machine lacks, with the Debian package that brings it.
# usage: preflight.sh python|compiler|cassandra ...     (PYTHON and CC as in the Makefile)
set -u
PYTHON=${PYTHON:-python3}
CC=${CC:-cc}
missing=0

lacks() {
    echo "missing: $1" >&2
    echo "    install: $2" >&2
    missing=1
}

python() {
    if ! command -v "$PYTHON" >/dev/null 2>&1; then
        lacks "Python 3.11 or later ('$PYTHON' is not a command)" "apt-get install python3 python3-venv python3-dev, or name another: make PYTHON=python3.12"
    elif ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        lacks "Python 3.11 or later ('$PYTHON' is $("$PYTHON" --version 2>&1))" "apt-get install python3 python3-venv python3-dev, or name another: make PYTHON=python3.12"
    elif ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
        lacks "the venv module of $PYTHON" "apt-get install python3-venv"
    fi
}

compiler() {
    if ! command -v "$CC" >/dev/null 2>&1; then
        lacks "a C compiler ('$CC' is not a command)" "apt-get install gcc"
    fi
    if command -v "$PYTHON" >/dev/null 2>&1 &&
        ! "$PYTHON" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))'; then
        lacks "the C headers of $PYTHON (Python.h)" "apt-get install python3-dev"
    fi
}

# The major version of one java, 0 where it does not run.
java_major() {
    version=$("$1" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
    echo "${version:-0}"
}

cassandra() {
    found=""
    for java in ${JAVA_HOME:+"$JAVA_HOME/bin/java"} "$(command -v java 2>/dev/null)" "${JVM_FOLDER:-/usr/lib/jvm}"/*/bin/java; do
        [ -x "$java" ] || continue
        case $(java_major "$java") in 11 | 17) found=$java && break ;; esac
    done
    [ -n "$found" ] || lacks "a JDK 11 or 17 (Apache Cassandra 5.0 runs on these two)" "apt-get install openjdk-17-jdk-headless"
    command -v mvn >/dev/null 2>&1 || lacks "Maven, which brings Cassandra's jars" "apt-get install maven"
}

for need in "$@"; do
    case $need in
        python | compiler | cassandra) "$need" ;;
        *) echo "preflight.sh: no such need: $need" >&2 && exit 2 ;;
    esac
done
exit "$missing"
