"""What other codecs use of the numbers: the checks of floats."""

from aiocql.types.codec cimport Codec


cdef class FloatCodec(Codec):
    pass


cdef class DoubleCodec(Codec):
    pass


cdef double float_value(Codec codec, object value) except? -1.0
cdef float float32_value(Codec codec, object value) except? -1.0
