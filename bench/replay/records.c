/* Recorded answers: loading, looking up, and making the answer of a SELECT from that of `SELECT *`. */
#include "records.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 256 };

struct Records { Record *all; uint32_t n, room; uint32_t *slots, mask; /* slots hold index + 1 */ };

Records *records_new(void) { return calloc(1, sizeof(Records)); }

static uint32_t hash(uint8_t version, uint8_t opcode, const uint8_t *key, uint32_t n) {
  uint32_t h = 2166136261u ^ version << 8 ^ opcode;
  for (uint32_t i = 0; i < n; i++) h = (h ^ key[i]) * 16777619u;
  return h ^ h >> 15;
}

const Record *records_find(const Records *set, uint8_t version, uint8_t opcode, const uint8_t *key, uint32_t n) {
  if (!set->n) return NULL;
  for (uint32_t at = hash(version, opcode, key, n) & set->mask;; at = (at + 1) & set->mask) {
    if (!set->slots[at]) return NULL;
    const Record *r = &set->all[set->slots[at] - 1];
    if (r->opcode == opcode && r->version == version && r->key_len == n && !memcmp(r->key, key, n)) return r;
  }
}

static void enter(Records *set, uint32_t index) {
  const Record *r = &set->all[index];
  uint32_t at = hash(r->version, r->opcode, r->key, r->key_len) & set->mask;
  while (set->slots[at]) at = (at + 1) & set->mask;
  set->slots[at] = index + 1;
}

static const Record *add(Records *set, Record r) {
  if (set->n == set->room) {
    set->room = set->room ? set->room * 2 : 256;
    set->all = realloc(set->all, set->room * sizeof(Record));
    free(set->slots);
    set->slots = calloc(set->room * 4, sizeof(uint32_t));
    set->mask = set->room * 4 - 1;
    for (uint32_t i = 0; i < set->n; i++) enter(set, i);
  }
  set->all[set->n] = r;
  enter(set, set->n++);
  return &set->all[set->n - 1];
}

uint32_t normalise(const uint8_t *text, uint32_t n, uint8_t *out) {
  uint32_t w = 0;
  uint8_t quote = 0;
  for (uint32_t i = 0; i < n; i++) {
    uint8_t c = text[i];
    if (quote) { if (c == quote) quote = 0; out[w++] = c; continue; }
    if (c == '\'' || c == '"') { quote = c; out[w++] = c; continue; }
    if (!isspace(c)) { out[w++] = tolower(c); continue; }
    while (i + 1 < n && isspace(text[i + 1])) i++;
    if (w && i + 1 < n && !strchr(",()=;<>", out[w - 1]) && !strchr(",()=;<>", text[i + 1])) out[w++] = ' ';
  }
  while (w && (out[w - 1] == ';' || out[w - 1] == ' ')) w--;
  return w;
}

/* ---- the body of a RESULT with rows: native_protocol_v4.spec, section 4.2.5.2 ---- */

typedef struct { const uint8_t *p, *end; int bad; } Reader;
typedef struct { const uint8_t *name, *spec; uint32_t name_len, spec_len; } Column; /* spec: name and type */
typedef struct { uint32_t n_columns, n_rows; const uint8_t *keyspace, *cells; uint32_t keyspace_len; Column columns[MAX_COLUMNS]; } Rows;

static const uint8_t *take(Reader *r, uint32_t n) {
  if (r->bad || (size_t)(r->end - r->p) < n) { r->bad = 1; return NULL; }
  r->p += n;
  return r->p - n;
}
static uint32_t take16(Reader *r) { const uint8_t *p = take(r, 2); return p ? be16(p) : 0; }
static uint32_t take32(Reader *r) { const uint8_t *p = take(r, 4); return p ? be32(p) : 0; }
static void skip_value(Reader *r) { int32_t n = take32(r); if (n > 0) take(r, n); }

static void skip_type(Reader *r, int depth) {
  uint32_t id = take16(r), n = 0;
  if (depth > 16) r->bad = 1;
  if (r->bad) return;
  if (id == 0x00) take(r, take16(r));
  else if (id == 0x20 || id == 0x22) skip_type(r, depth + 1);
  else if (id == 0x21) { skip_type(r, depth + 1); skip_type(r, depth + 1); }
  else if (id == 0x31) for (n = take16(r); n-- && !r->bad;) skip_type(r, depth + 1);
  else if (id == 0x30) {
    take(r, take16(r));
    take(r, take16(r));
    for (n = take16(r); n-- && !r->bad;) { take(r, take16(r)); skip_type(r, depth + 1); }
  }
}

/* Reads metadata and row count; 0 when the body is no complete Rows result with global table spec. */
static int parse_rows(const Record *rec, Rows *rows) {
  Reader r = { rec->reply, rec->reply + rec->reply_len, 0 };
  if (rec->reply_opcode != RESULT || rec->reply_flags || take32(&r) != 2) return 0;
  uint32_t flags = take32(&r);
  rows->n_columns = take32(&r);
  if (r.bad || rows->n_columns > MAX_COLUMNS) return 0;
  if (flags & 2) skip_value(&r);
  if (flags & 8) take(&r, take16(&r));
  if (!(flags & 4)) {
    if (!(flags & 1)) return 0;
    rows->keyspace = r.p;
    take(&r, take16(&r));
    take(&r, take16(&r));
    rows->keyspace_len = r.p - rows->keyspace;
    for (uint32_t i = 0; i < rows->n_columns; i++) {
      Column *c = &rows->columns[i];
      c->spec = r.p;
      c->name_len = take16(&r);
      c->name = take(&r, c->name_len);
      skip_type(&r, 0);
      c->spec_len = r.p - c->spec;
    }
  }
  rows->n_rows = take32(&r);
  rows->cells = r.p;
  return !r.bad;
}

/* Where the answer of a one-row read keeps its first column, if that has the four bytes of an int. */
static uint32_t echo_offset(const Record *rec) {
  static Rows rows;
  if (rec->opcode != EXECUTE || !parse_rows(rec, &rows) || rows.n_rows != 1 || !rows.n_columns) return 0;
  if (rec->reply + rec->reply_len - rows.cells < 8 || be32(rows.cells) != 4) return 0;
  return rows.cells + 4 - rec->reply;
}

static const uint8_t *skip_words(const uint8_t *p, const uint8_t *end, const char *words) {
  size_t n = strlen(words);
  return (size_t)(end - p) >= n && !memcmp(p, words, n) ? p + n : NULL;
}

static const Record *find_star(const Records *set, uint8_t version, const uint8_t *table, uint32_t n) {
  uint8_t text[128];
  if (n > 64) return NULL;
  uint32_t len = sprintf((char *)text, "select * from %.*s", (int)n, table);
  for (uint32_t i = 0; i < set->n; i++) {
    const Record *r = &set->all[i];
    if (r->opcode == QUERY && r->version == version && r->key_len >= len && !memcmp(r->key, text, len) &&
        (r->key_len == len || r->key[len] == ' ') && r->reply_opcode == RESULT) return r;
  }
  return NULL;
}

static int pick_columns(const Rows *rows, const uint8_t *p, const uint8_t *end, uint32_t *picked) {
  uint32_t n = 0;
  if (end - p == 1 && *p == '*') { while (n < rows->n_columns) { picked[n] = n; n++; } return n; }
  while (p < end && n < MAX_COLUMNS) {
    const uint8_t *comma = memchr(p, ',', end - p);
    uint32_t len = (comma ? comma : end) - p, i = 0;
    while (i < rows->n_columns && !(rows->columns[i].name_len == len && !memcmp(rows->columns[i].name, p, len))) i++;
    if (i == rows->n_columns) return 0;
    picked[n++] = i;
    p = comma ? comma + 1 : end;
  }
  return n;
}

static uint8_t *append(uint8_t *out, const uint8_t *p, uint32_t n) { memcpy(out, p, n); return out + n; }

static uint32_t write_picked(const Rows *rows, const uint8_t *end, const uint32_t *picked, uint32_t n, uint8_t *out) {
  uint8_t *w = out;
  put32(w, 2); put32(w + 4, 1); put32(w + 8, n);
  w = append(w + 12, rows->keyspace, rows->keyspace_len);
  for (uint32_t i = 0; i < n; i++) w = append(w, rows->columns[picked[i]].spec, rows->columns[picked[i]].spec_len);
  put32(w, rows->n_rows);
  w += 4;
  Reader r = { rows->cells, end, 0 };
  for (uint32_t row = 0; row < rows->n_rows; row++) {
    const uint8_t *cell[MAX_COLUMNS + 1];
    for (uint32_t i = 0; i < rows->n_columns; i++) { cell[i] = r.p; skip_value(&r); }
    cell[rows->n_columns] = r.p;
    if (r.bad) return 0;
    for (uint32_t i = 0; i < n; i++) w = append(w, cell[picked[i]], cell[picked[i] + 1] - cell[picked[i]]);
  }
  return w - out;
}

const Record *records_project(Records *set, uint8_t version, const uint8_t *text, uint32_t n) {
  static Rows rows;
  uint32_t picked[MAX_COLUMNS], n_picked;
  const uint8_t *end = text + n, *columns = skip_words(text, end, "select "), *from = columns;
  if (!columns) return NULL;
  while (from < end && !skip_words(from, end, " from ")) from++;
  if (from >= end) return NULL;
  const uint8_t *table = from + 6, *stop = table;
  while (stop < end && *stop != ' ') stop++;
  const Record *star = find_star(set, version, table, stop - table);
  if (!star || !parse_rows(star, &rows) || !rows.keyspace) return NULL;
  if (!(n_picked = pick_columns(&rows, columns, from, picked))) return NULL;
  Record r = *star;
  uint8_t *key = malloc(n), *body = malloc(star->reply_len * (size_t)n_picked + 64);
  memcpy(key, text, n);
  r.key = key;
  r.key_len = n;
  r.reply = body;
  r.reply_flags = 0;
  r.reply_len = write_picked(&rows, star->reply + star->reply_len, picked, n_picked, body);
  if (!r.reply_len) { free(key); free(body); return NULL; }
  return add(set, r);
}

/* ---- files ---- */

static uint8_t *slurp(const char *path, size_t *n) {
  FILE *f = fopen(path, "rb");
  if (!f) { perror(path); exit(1); }
  fseek(f, 0, SEEK_END);
  *n = ftell(f);
  rewind(f);
  uint8_t *data = malloc(*n + 1);
  if (fread(data, 1, *n, f) != *n) { perror(path); exit(1); }
  fclose(f);
  return data;
}

static void text_key(Record *r) {
  if (r->key_len < 4) return;
  uint8_t *text = malloc(r->key_len);
  r->key_len = normalise(r->key + 4, r->key_len - 4, text);
  r->key = text;
}

void records_load(Records *set, const char *path) {
  size_t n;
  uint8_t *data = slurp(path, &n);
  Reader in = { data, data + n, 0 };
  while (in.p < in.end) {
    Record r = { 0 };
    const uint8_t *head = take(&in, 2);
    r.key_len = take32(&in);
    r.key = take(&in, r.key_len);
    const uint8_t *answer = take(&in, 2);
    r.reply_len = take32(&in);
    r.reply = take(&in, r.reply_len);
    if (in.bad) { fprintf(stderr, "replay: %s is damaged\n", path); exit(1); }
    r.version = head[0]; r.opcode = head[1]; r.reply_opcode = answer[0]; r.reply_flags = answer[1];
    if (r.opcode == QUERY || r.opcode == PREPARE) text_key(&r);
    r.echo_at = echo_offset(&r);
    if (!records_find(set, r.version, r.opcode, r.key, r.key_len)) add(set, r);
  }
}
