"""Memory that columns live in: aligned to 64 bytes, counted atomically, freed without the GIL."""

from libc.stdint cimport int64_t, uint8_t


cdef extern from *:
    """
    #ifndef AIOCQL_BLOCK
    #define AIOCQL_BLOCK
    #include <stdint.h>
    #include <stdlib.h>
    #include <string.h>

    #define AIOCQL_ALIGNMENT 64

    typedef struct {
        long references;
        int64_t size;
        int64_t capacity;
        uint8_t *data;
    } aiocql_block;

    /* `capacity` bytes, with one reference; NULL where there is no memory. */
    static inline aiocql_block *aiocql_block_new(int64_t capacity) {
        aiocql_block *block;
        size_t rounded;
        if (capacity < 0 || capacity > INT64_MAX - AIOCQL_ALIGNMENT)
            return NULL;
        block = (aiocql_block *)malloc(sizeof(aiocql_block));
        if (block == NULL)
            return NULL;
        rounded = ((size_t)capacity + AIOCQL_ALIGNMENT - 1) & ~(size_t)(AIOCQL_ALIGNMENT - 1);
        if (rounded == 0)
            rounded = AIOCQL_ALIGNMENT;
        block->data = (uint8_t *)aligned_alloc(AIOCQL_ALIGNMENT, rounded);
        if (block->data == NULL) {
            free(block);
            return NULL;
        }
        block->references = 1;
        block->size = 0;
        block->capacity = (int64_t)rounded;
        return block;
    }

    static inline void aiocql_block_acquire(aiocql_block *block) {
        __atomic_fetch_add(&block->references, 1, __ATOMIC_RELAXED);
    }

    static inline void aiocql_block_release(aiocql_block *block) {
        if (block != NULL && __atomic_sub_fetch(&block->references, 1, __ATOMIC_ACQ_REL) == 0) {
            free(block->data);
            free(block);
        }
    }

    /* Room for `extra` bytes after `size`; 0 where there is no memory. Only before the block is shared. */
    static inline int aiocql_block_grow(aiocql_block *block, int64_t extra) {
        int64_t wanted;
        size_t rounded;
        uint8_t *data;
        if (extra <= block->capacity - block->size)
            return 1;
        if (extra < 0 || extra > INT64_MAX / 4 - block->size)
            return 0;
        wanted = block->size + extra;
        if (wanted < block->capacity * 2)
            wanted = block->capacity * 2;
        rounded = ((size_t)wanted + AIOCQL_ALIGNMENT - 1) & ~(size_t)(AIOCQL_ALIGNMENT - 1);
        data = (uint8_t *)aligned_alloc(AIOCQL_ALIGNMENT, rounded);
        if (data == NULL)
            return 0;
        memcpy(data, block->data, (size_t)block->size);
        free(block->data);
        block->data = data;
        block->capacity = (int64_t)rounded;
        return 1;
    }

    /* Gives memory back where more than a quarter is unused, and clears what is left after the content. */
    static inline void aiocql_block_fit(aiocql_block *block) {
        size_t rounded = ((size_t)block->size + AIOCQL_ALIGNMENT - 1) & ~(size_t)(AIOCQL_ALIGNMENT - 1);
        if (rounded == 0)
            rounded = AIOCQL_ALIGNMENT;
        if (rounded < (size_t)block->capacity - (size_t)block->capacity / 4) {
            uint8_t *data = (uint8_t *)aligned_alloc(AIOCQL_ALIGNMENT, rounded);
            if (data != NULL) {
                memcpy(data, block->data, (size_t)block->size);
                free(block->data);
                block->data = data;
                block->capacity = (int64_t)rounded;
            }
        }
        memset(block->data + block->size, 0, rounded - (size_t)block->size);
    }
    #endif
    """
    ctypedef struct Block "aiocql_block":
        int64_t size
        int64_t capacity
        uint8_t* data

    Block* block_new "aiocql_block_new"(int64_t capacity) noexcept nogil
    void block_acquire "aiocql_block_acquire"(Block* block) noexcept nogil
    void block_release "aiocql_block_release"(Block* block) noexcept nogil
    bint block_grow "aiocql_block_grow"(Block* block, int64_t extra) noexcept nogil
    void block_fit "aiocql_block_fit"(Block* block) noexcept nogil


cdef inline bint get_bit(const uint8_t* bits, int64_t i) noexcept nogil:
    return bits[i >> 3] >> (i & 7) & 1


cdef inline void set_bit(uint8_t* bits, int64_t i) noexcept nogil:
    bits[i >> 3] |= <uint8_t>(1 << (i & 7))


cdef inline void clear_bit(uint8_t* bits, int64_t i) noexcept nogil:
    bits[i >> 3] &= <uint8_t>~(1 << (i & 7))


cdef class Buffer:
    """Bytes of a column; it owns one reference to its block."""

    cdef Block* block


cdef Buffer take_block(Block* block)


cdef class ArrayData:
    """One array: the values of a column, or of a part of one, as Arrow lays them out."""

    cdef readonly object layout        # aiocql.columns.layout.Layout
    cdef readonly int64_t length
    cdef readonly int64_t offset       # where the array begins in its buffers
    cdef readonly int64_t null_count
    cdef readonly tuple buffers        # of Buffer, or None for a validity bitmap without nulls
    cdef readonly tuple children       # of ArrayData
    cdef readonly ArrayData dictionary

    cdef const uint8_t* data(self, Py_ssize_t i) noexcept
    cdef bint is_null(self, int64_t i) noexcept
    cdef ArrayData slice_fixed_list(self, int64_t start, int64_t length)


cdef ArrayData make_array(
    object layout, int64_t length, int64_t null_count, tuple buffers, tuple children, ArrayData dictionary
)
