/* The two checksums of protocol v5 segments: CRC24 of a segment's header, CRC32 (zlib's polynomial,
 * eight bytes at a step) of its payload. native_protocol_v5.spec, section 2. */
#ifndef REPLAY_CRC_H
#define REPLAY_CRC_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static uint32_t crc32_table[8][256];

static void crc32_init(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0xEDB88320u : c >> 1;
    crc32_table[0][i] = c;
  }
  for (uint32_t i = 0; i < 256; i++)
    for (int t = 1; t < 8; t++)
      crc32_table[t][i] = crc32_table[t - 1][i] >> 8 ^ crc32_table[0][crc32_table[t - 1][i] & 0xff];
}

static uint32_t crc32_update(uint32_t crc, const uint8_t *p, size_t n) {
  crc = ~crc;
  for (; n >= 8; p += 8, n -= 8) {
    uint32_t a, b;
    memcpy(&a, p, 4); /* little-endian hosts, as everything that CPython's wheels run on here */
    memcpy(&b, p + 4, 4);
    a ^= crc;
    crc = crc32_table[7][a & 0xff] ^ crc32_table[6][a >> 8 & 0xff] ^ crc32_table[5][a >> 16 & 0xff] ^ crc32_table[4][a >> 24] ^
          crc32_table[3][b & 0xff] ^ crc32_table[2][b >> 8 & 0xff] ^ crc32_table[1][b >> 16 & 0xff] ^ crc32_table[0][b >> 24];
  }
  while (n--) crc = crc32_table[0][(crc ^ *p++) & 0xff] ^ crc >> 8;
  return ~crc;
}

/* CRC32 of a payload, begun as the protocol says with the bytes FA 2D 55 CA. */
static uint32_t payload_crc(const uint8_t *p, size_t n) {
  static uint32_t seed;
  if (!seed) seed = crc32_update(0, (const uint8_t *)"\xfa\x2d\x55\xca", 4);
  return crc32_update(seed, p, n);
}

static uint32_t header_crc(uint32_t header) {
  uint32_t crc = 0x875060;
  for (int k = 0; k < 3; k++, header >>= 8) {
    crc ^= (header & 0xff) << 16;
    for (int i = 0; i < 8; i++) {
      crc <<= 1;
      if (crc & 0x1000000) crc ^= 0x1974F0B;
    }
  }
  return crc;
}
#endif
