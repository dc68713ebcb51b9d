"""Where rows live: the memory of those that are gone is kept for the next ones, as CPython keeps that of tuples.

A page of thousands of rows is read, looked at and dropped, again and again. Each row of it would be asked of the
allocator, counted by the garbage collector (which then looks at all that is young, although a page has nothing for it),
and given back through the general end of an instance of a class.

Rules:

- a row without a value that the collector knows is not known to it either, and holds no row: its end cannot nest;
- AIOCQL_KEPT_BYTES are kept at most, of rows of at most AIOCQL_WIDEST columns; where they are full of rows of other
  widths, those make room;
- without a global lock nothing is kept, and nothing under AddressSanitizer, which is to see what is used after its end.
"""

from cpython.ref cimport PyTypeObject


cdef extern from *:
    """
    #define AIOCQL_WIDEST 20
    #define AIOCQL_KEPT_BYTES (1 << 20)
    #if defined(Py_GIL_DISABLED) || defined(__SANITIZE_ADDRESS__)
    #define AIOCQL_KEEPS_ROWS 0
    #else
    #define AIOCQL_KEEPS_ROWS 1
    #endif

    static PyTupleObject *aiocql_kept_rows[AIOCQL_WIDEST + 1];  /* by their columns, linked by their first place */
    static Py_ssize_t aiocql_kept_bytes;
    static Py_ssize_t aiocql_kept_bytes_of[AIOCQL_WIDEST + 1];

    static inline Py_ssize_t aiocql_row_bytes(Py_ssize_t n) {
        return (Py_ssize_t)(sizeof(PyTupleObject) + (n + 2) * sizeof(PyObject *));  /* with the collector's two words */
    }

    static inline PyTupleObject *aiocql_take_row(Py_ssize_t n) {
        PyTupleObject *row = aiocql_kept_rows[n];
        aiocql_kept_rows[n] = (PyTupleObject *)row->ob_item[0];
        aiocql_kept_bytes -= aiocql_row_bytes(n);
        aiocql_kept_bytes_of[n] -= aiocql_row_bytes(n);
        return row;
    }

    /* Gives back one row that is not of n columns: what is kept is what is used. */
    static void aiocql_give_up_other_row(Py_ssize_t n) {
        for (Py_ssize_t other = 1; other <= AIOCQL_WIDEST; other++)
            if (other != n && aiocql_kept_rows[other] != NULL) {
                PyTupleObject *row = aiocql_take_row(other);
                Py_SET_TYPE(row, &PyTuple_Type);  /* its own class may be gone, and the allocator looks at it */
                PyObject_GC_Del(row);
                return;
            }
    }

    static inline int aiocql_keep_row(PyTupleObject *row, Py_ssize_t n) {
        Py_ssize_t size = aiocql_row_bytes(n);
        if (!AIOCQL_KEEPS_ROWS || n < 1 || n > AIOCQL_WIDEST || aiocql_kept_bytes_of[n] + size > AIOCQL_KEPT_BYTES)
            return 0;
        while (aiocql_kept_bytes + size > AIOCQL_KEPT_BYTES)
            aiocql_give_up_other_row(n);
        row->ob_item[0] = (PyObject *)aiocql_kept_rows[n];
        aiocql_kept_rows[n] = row;
        aiocql_kept_bytes += size;
        aiocql_kept_bytes_of[n] += size;
        return 1;
    }

    /* A row of n empty places, of a class of tuples without fields: the collector does not see it yet. */
    static PyObject *aiocql_row_alloc(PyTypeObject *type, Py_ssize_t n) {
        PyTupleObject *row = NULL;
        if (n <= AIOCQL_WIDEST && aiocql_kept_rows[n] != NULL) {
            row = aiocql_take_row(n);
            PyObject_InitVar((PyVarObject *)row, type, n);
        } else if ((row = PyObject_GC_NewVar(PyTupleObject, type, n)) == NULL) {
            return NULL;
        }
    #if PY_VERSION_HEX >= 0x030E0000
        row->ob_hash = -1;
    #endif
        for (Py_ssize_t i = 0; i < n; i++)
            row->ob_item[i] = NULL;
        return (PyObject *)row;
    }

    static void aiocql_row_dealloc(PyObject *self);

    static void aiocql_row_end(PyObject *self) {
        PyTypeObject *type = Py_TYPE(self);
        PyTupleObject *row = (PyTupleObject *)self;
        Py_ssize_t n = Py_SIZE(self);
        for (Py_ssize_t i = n; --i >= 0;)
            Py_XDECREF(row->ob_item[i]);
        /* A class derived from a row's is the user's: its instances may be larger. */
        if (type->tp_dealloc != aiocql_row_dealloc || !aiocql_keep_row(row, n))
            type->tp_free(self);
        Py_DECREF(type);
    }

    static void aiocql_row_dealloc(PyObject *self) {
        if (!PyObject_GC_IsTracked(self)) {
            aiocql_row_end(self);
            return;
        }
        PyObject_GC_UnTrack(self);
        Py_TRASHCAN_BEGIN(self, aiocql_row_dealloc)
        aiocql_row_end(self);
        Py_TRASHCAN_END
    }

    /* Of a class that was just made: instances end as above, and not as those of any class. */
    static void aiocql_keep_rows_of(PyObject *type) {
    #ifndef Py_GIL_DISABLED
        ((PyTypeObject *)type)->tp_dealloc = aiocql_row_dealloc;
    #endif
    }
    """
    object aiocql_row_alloc(PyTypeObject* type, Py_ssize_t n)
    void aiocql_keep_rows_of(object type) noexcept
