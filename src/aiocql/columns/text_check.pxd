"""Whether bytes are UTF-8 or ASCII. Inline C only: no module."""

from libc.stdint cimport uint8_t


cdef extern from *:
    """
    #ifndef AIOCQL_TEXT_CHECK
    #define AIOCQL_TEXT_CHECK
    #include <stdint.h>
    #include <string.h>

    static inline int aiocql_is_ascii(const uint8_t *p, Py_ssize_t n) {
        uint64_t word, seen = 0;
        Py_ssize_t i = 0;
        for (; i + 8 <= n; i += 8) {
            memcpy(&word, p + i, 8);
            seen |= word;
        }
        for (; i < n; i++)
            seen |= p[i];
        return (seen & 0x8080808080808080ULL) == 0;
    }

    /* Strict: no surrogates, no overlong forms, nothing above U+10FFFF (Unicode 16, table 3-7). */
    static int aiocql_is_utf8(const uint8_t *p, Py_ssize_t n) {
        const uint8_t *end = p + n;
        while (p < end) {
            uint8_t c = *p++, low = 0x80, high = 0xBF;
            int more;
            if (c < 0x80)
                continue;
            if (c < 0xC2 || c > 0xF4)
                return 0;
            more = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
            if (end - p < more)
                return 0;
            if (c == 0xE0) low = 0xA0;
            else if (c == 0xED) high = 0x9F;
            else if (c == 0xF0) low = 0x90;
            else if (c == 0xF4) high = 0x8F;
            if (*p < low || *p > high)
                return 0;
            for (p++; --more; p++)
                if ((*p & 0xC0) != 0x80)
                    return 0;
        }
        return 1;
    }
    #endif
    """
    bint is_ascii "aiocql_is_ascii"(const uint8_t* p, Py_ssize_t n) noexcept nogil
    bint is_utf8 "aiocql_is_utf8"(const uint8_t* p, Py_ssize_t n) noexcept nogil
