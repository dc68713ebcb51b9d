#!/bin/sh
# Runs a command with the sanitized core: tools/sanitized.sh FOLDER COMMAND...
#
# Python itself is not sanitized, so that the runtimes have to be loaded before it, its allocator has to be the system's
# (or overruns inside its arenas go unseen), and what it keeps to its end is no leak. An allocation that no input of the
# fuzzer justifies stops the run, as an error of memory or undefined behaviour does.
set -eu
folder=$1
shift
compiler=${CC:-cc}
LD_PRELOAD="$($compiler -print-file-name=libasan.so):$($compiler -print-file-name=libubsan.so)"
ASAN_OPTIONS="detect_leaks=0:halt_on_error=1:abort_on_error=1:allocator_may_return_null=0:max_allocation_size_mb=64"
UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
PYTHONMALLOC=malloc
PYTHONPATH="$folder"
export LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS PYTHONMALLOC PYTHONPATH
exec "$@"
