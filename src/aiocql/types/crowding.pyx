"""Whether a `set` or `dict` of some values would be slow, because somebody chose their hashes.

Python hashes integers, and what is made of them (UUIDs, addresses, tuples), by a rule that everybody knows, and looks a
hash up by a rule that everybody knows (`Objects/setobject.c`, `Objects/dictobject.c`). A writer can choose values whose
hashes are equal, or whose places in the table are taken one after the other: each value is then compared with many
before it. Both are found here by following the rules with the hashes alone, for each size that the table may have, up
to a number of steps in proportion to the values.
"""

from libc.stdint cimport uint8_t
from libc.stdlib cimport calloc, free, qsort
from libc.string cimport memset

cdef extern from "Python.h":
    Py_hash_t PyObject_Hash(object value) except? -1

cdef enum:
    LINEAR_PROBES = 9  # places that a set looks at beside each other
    STEPS = 160        # for each value; multiples of a power of two take half as many
    FEW = 64           # the smallest table that is looked at
    EQUAL = 16         # values that may have one hash


def is_crowded(values):
    """Return whether a `set` or `dict` of the values would be slow.

    It is if more than 16 of them have one hash, for each of these is compared with all before it by its ``==``; or if a
    value is looked up in more than some 160 steps, twice what multiples of a power of two take.
    """
    cdef list items = list(values)
    cdef Py_ssize_t i, n = len(items), size = FEW
    cdef Py_hash_t* hashes
    cdef uint8_t* table
    cdef bint crowded = False
    while size < 8 * n:
        size *= 2
    hashes = <Py_hash_t*> calloc(n + 1, sizeof(Py_hash_t))
    table = <uint8_t*> calloc(size, 1)
    if hashes == NULL or table == NULL:
        free(hashes)
        free(table)
        raise MemoryError()
    try:
        # The list is this function's own, so that a __hash__ of the user's cannot change it.
        for i in range(n):
            hashes[i] = PyObject_Hash(items[i])
        while size >= FEW and not crowded:
            crowded = _is_slow(hashes, n, table, size, True) or _is_slow(hashes, n, table, size, False)
            size //= 2
        return crowded or _is_repeated(hashes, n)
    finally:
        free(hashes)
        free(table)


cdef int _compare(const void* a, const void* b) noexcept nogil:
    cdef Py_hash_t left = (<const Py_hash_t*> a)[0], right = (<const Py_hash_t*> b)[0]
    return (left > right) - (left < right)


cdef bint _is_repeated(Py_hash_t* hashes, Py_ssize_t n) noexcept nogil:
    """Sort the hashes, and look for one that too many values have."""
    cdef Py_ssize_t i
    qsort(hashes, n, sizeof(Py_hash_t), &_compare)
    for i in range(EQUAL, n):
        if hashes[i] == hashes[i - EQUAL]:
            return True
    return False


cdef bint _is_slow(
    const Py_hash_t* hashes, Py_ssize_t n, uint8_t* table, Py_ssize_t size, bint of_a_set
) noexcept nogil:
    """Put the hashes into an empty table, at most so many that a table of this size has room for them."""
    cdef Py_ssize_t i, steps = 0, most
    if n > size * 2 // 3:
        n = size * 2 // 3
    most = STEPS * n + FEW * STEPS
    memset(table, 0, size)
    for i in range(n):
        steps += _put(<size_t> hashes[i], table, size - 1, of_a_set, most - steps)
        if steps >= most:
            return True
    return False


cdef Py_ssize_t _put(size_t hash_, uint8_t* table, size_t mask, bint of_a_set, Py_ssize_t most) noexcept nogil:
    """Take the first free place; the number of places that were seen until then."""
    cdef size_t perturb = hash_, i = hash_ & mask, k, probes
    cdef Py_ssize_t steps = 0
    while steps < most:
        probes = LINEAR_PROBES if of_a_set and i + LINEAR_PROBES <= mask else 0
        for k in range(i, i + probes + 1):
            steps += 1
            if not table[k]:
                table[k] = 1
                return steps
        perturb >>= 5
        i = (i * 5 + perturb + 1) & mask
    return steps
