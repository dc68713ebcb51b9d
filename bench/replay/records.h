/* Recorded answers: loaded from the files of record.py, found again by what a request asks. */
#ifndef REPLAY_RECORDS_H
#define REPLAY_RECORDS_H
#include <stdint.h>

enum { ERROR = 0x00, STARTUP = 0x01, READY = 0x02, OPTIONS = 0x05, QUERY = 0x07, RESULT = 0x08, PREPARE = 0x09,
       EXECUTE = 0x0A, REGISTER = 0x0B, BATCH = 0x0D };

typedef struct {
  uint8_t version, opcode;      /* of the request */
  uint32_t key_len;
  const uint8_t *key;           /* what of the request decides on the answer */
  uint8_t reply_opcode, reply_flags;
  uint32_t reply_len;
  const uint8_t *reply;
  uint32_t echo_at;             /* offset in `reply` of the first column (4 bytes) of a one-row read; 0: none */
} Record;

typedef struct Records Records; /* a set of records, hashed by version, opcode and key */

Records *records_new(void);
void records_load(Records *set, const char *path); /* ends the process when the file is damaged */
const Record *records_find(const Records *set, uint8_t version, uint8_t opcode, const uint8_t *key, uint32_t key_len);

/* The text of a QUERY or PREPARE as a key: lower case outside quotes, no blanks but single ones between words,
 * no closing semicolon. Writes at most `n` bytes to `out`, returns how many. */
uint32_t normalise(const uint8_t *text, uint32_t n, uint8_t *out);

/* For `select a, b from t ...`, whose text was not recorded, makes the answer from that of `select * from t ...`, with the
 * columns asked for and all its rows (a `where` is not looked at). NULL when there is none. Kept in `set`. */
const Record *records_project(Records *set, uint8_t version, const uint8_t *text, uint32_t n);

static inline uint32_t be16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static inline uint32_t be32(const uint8_t *p) { return be16(p) << 16 | be16(p + 2); }
static inline void put32(uint8_t *p, uint32_t v) { p[0] = v >> 24; p[1] = v >> 16; p[2] = v >> 8; p[3] = v; }
#endif
