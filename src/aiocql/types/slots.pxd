"""Objects of Python classes with slots, made without calling the class. Inline C only, no module of its own.

For immutable values whose own constructors cost more than everything else about decoding them.
"""

cdef extern from *:
    """
    #ifndef AIOCQL_SLOTS
    #define AIOCQL_SLOTS
    static CYTHON_INLINE PyObject *aiocql_allocate(PyObject *type) {
        return ((PyTypeObject *)type)->tp_alloc((PyTypeObject *)type, 0);
    }
    /* `descriptor` is the class's own member descriptor: it checks the type, and passes by __setattr__. */
    static CYTHON_INLINE int aiocql_set_slot(PyObject *descriptor, PyObject *self, PyObject *value) {
        return Py_TYPE(descriptor)->tp_descr_set(descriptor, self, value);
    }
    #endif
    """
    object allocate "aiocql_allocate"(object type)
    int set_slot "aiocql_set_slot"(object descriptor, object self, object value) except -1
