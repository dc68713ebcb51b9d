/* replay [--max-version V] [--delay MS] [--core N] FILE... --listen ADDRESS:PORT [FILE...] ...
 *
 * Serves the answers that record.py recorded, from one epoll thread, as fast as a core goes: what is left to measure is the
 * client. Protocol v4 and v5. Files before the first --listen serve every listener, those behind one only that one, and first
 * (so system.local and system.peers can differ by host). The row of a one-row read by one bound int carries the key that was
 * bound, so that a client's rows can be checked. --delay holds every answer back that long.
 * Prints "ready" when all listeners stand. What it cannot answer is named on stderr and answered with an error.
 */
#define _GNU_SOURCE
#include "crc.h"
#include "records.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SEGMENT = 131071, READ_ROOM = 262144, MAX_LISTENERS = 256, MAX_PENDING = 64 << 20 };

typedef struct { int fd; Records *own; } Listener;
typedef struct { uint8_t *p; size_t n, cap; } Buf;
typedef struct {
  int fd, listening, framed, dead, n_delayed;
  uint32_t interest;
  uint8_t version;
  Listener *listener;
  Buf in, inner, out, wire;          /* received; v5 payloads; answers; answers as they go to the socket */
  size_t sent, released;             /* of `wire`: written, and allowed to be written */
} Conn;
typedef struct { uint64_t due; Conn *conn; size_t bytes; } Delayed;

static int max_version = 5, ep, pinned;
static uint64_t delay_ns;
static Records *common;
static Delayed *delayed;             /* a ring: one delay for all, so that due times are in order */
static size_t delayed_first, delayed_n, delayed_room;

static uint64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }

static uint8_t *room(Buf *b, size_t more) {
  if (b->n + more > b->cap) {
    while (b->cap < b->n + more) b->cap = b->cap ? b->cap * 2 : 65536;
    if (!(b->p = realloc(b->p, b->cap))) { perror("replay"); exit(1); }
  }
  return b->p + b->n;
}
static void drop(Buf *b, size_t n) { if (n) memmove(b->p, b->p + n, b->n - n); b->n -= n; }

/* ---- answers ---- */

static uint8_t *reply(Conn *c, const uint8_t *stream, uint8_t flags, uint8_t opcode, const uint8_t *body, uint32_t n) {
  uint8_t *o = room(&c->out, 9 + n);
  o[0] = 0x80 | c->version; o[1] = flags; o[2] = stream[0]; o[3] = stream[1]; o[4] = opcode;
  put32(o + 5, n);
  memcpy(o + 9, body, n);
  c->out.n += 9 + n;
  return o + 9;
}
static void refuse(Conn *c, const uint8_t *stream, uint32_t code, const char *text) {
  uint8_t body[256];
  size_t n = strlen(text);
  put32(body, code);
  body[4] = n >> 8; body[5] = n;
  memcpy(body + 6, text, n);
  reply(c, stream, 0, ERROR, body, 6 + n);
}

/* Of an EXECUTE: the key of its record (prepared id, skip-metadata flag), and in `bound` its value when it is one of 4 bytes. */
static uint32_t execute_key(uint8_t version, const uint8_t *body, uint32_t n, uint8_t *key, const uint8_t **bound) {
  const uint8_t *end = body + n, *p = body;
  uint32_t id = n >= 2 ? be16(p) : 0;
  if (!id || id > 255 || n < id + 2) return 0;
  memcpy(key, p, id + 2);
  p += id + 2;
  if (version >= 5) { if (end - p < 2 || end - p < 2 + (long)be16(p)) return 0; p += 2 + be16(p); }
  long width = version >= 5 ? 4 : 1;
  if (end - p < 2 + width) return 0;
  uint8_t flags = p[1 + width];
  key[id + 2] = flags & 2;
  p += 2 + width;
  if (flags & 1 && end - p >= 2 && be16(p) == 1) {
    p += 2;
    if (flags & 0x40) { if (end - p < 2 || end - p < 2 + (long)be16(p)) return 0; p += 2 + be16(p); }
    if (end - p >= 8 && be32(p) == 4) *bound = p + 4;
  }
  return id + 3;
}

static const Record *find(const Conn *c, uint8_t opcode, const uint8_t *key, uint32_t n) {
  const Record *r = records_find(c->listener->own, c->version, opcode, key, n);
  return r ? r : records_find(common, c->version, opcode, key, n);
}

static void answer_text(Conn *c, const uint8_t *frame, uint32_t n) {
  static uint8_t text[65536];
  uint32_t len = n >= 4 ? be32(frame + 9) : 0;
  if (n < 4 || len > n - 4 || len > sizeof text) { refuse(c, frame + 2, 0x0A, "malformed"); return; }
  len = normalise(frame + 13, len, text);
  const Record *r = find(c, frame[4], text, len);
  if (!r && frame[4] == QUERY && !(r = records_project(c->listener->own, c->version, text, len)))
    r = records_project(common, c->version, text, len);
  if (r) { reply(c, frame + 2, r->reply_flags, r->reply_opcode, r->reply, r->reply_len); return; }
  fprintf(stderr, "replay: v%d %s not recorded: %.*s\n", c->version, frame[4] == QUERY ? "QUERY" : "PREPARE", (int)len, text);
  refuse(c, frame + 2, 0x2200, "not recorded");
}

static void answer_execute(Conn *c, const uint8_t *frame, uint32_t n) {
  uint8_t key[260];
  const uint8_t *bound = NULL;
  uint32_t len = execute_key(c->version, frame + 9, n, key, &bound);
  const Record *r = find(c, EXECUTE, key, len);
  if (!r && len) { key[len - 1] ^= 2; r = find(c, EXECUTE, key, len); if (r && key[len - 1]) r = NULL; }
  if (!r) {
    fprintf(stderr, "replay: v%d EXECUTE of a statement that was not recorded\n", c->version);
    refuse(c, frame + 2, 0x2200, "not recorded");
    return;
  }
  uint8_t *body = reply(c, frame + 2, r->reply_flags, r->reply_opcode, r->reply, r->reply_len);
  if (bound && r->echo_at) memcpy(body + r->echo_at, bound, 4);
}

static void answer(Conn *c, const uint8_t *frame, uint32_t n) {
  uint8_t opcode = frame[4];
  c->version = frame[0] > max_version ? max_version : frame[0];
  if (frame[0] > max_version || frame[0] < 4) {
    refuse(c, frame + 2, 0x0A, "Invalid or unsupported protocol version; supported versions are (4/v4, 5/v5)");
    return;
  }
  if (opcode == EXECUTE) { answer_execute(c, frame, n); return; }
  if (opcode == QUERY || opcode == PREPARE) { answer_text(c, frame, n); return; }
  const Record *r = find(c, opcode, frame + 9, opcode == BATCH && n > 3 ? 3 : 0);
  if (r) reply(c, frame + 2, r->reply_flags, r->reply_opcode, r->reply, r->reply_len);
  else if (opcode == STARTUP || opcode == REGISTER) reply(c, frame + 2, 0, READY, frame, 0);
  else {
    fprintf(stderr, "replay: v%d opcode %02x not recorded\n", c->version, opcode);
    refuse(c, frame + 2, 0x2200, "not recorded");
  }
}

/* ---- framing ---- */

static void segment(Conn *c, const uint8_t *p, uint32_t n, int self_contained) {
  uint8_t *o = room(&c->wire, n + 10);
  uint32_t header = n | (uint32_t)self_contained << 17, check = header_crc(header), crc = payload_crc(p, n);
  for (int i = 0; i < 3; i++) { o[i] = header >> 8 * i; o[3 + i] = check >> 8 * i; }
  memcpy(o + 6, p, n);
  for (int i = 0; i < 4; i++) o[6 + n + i] = crc >> 8 * i;
  c->wire.n += n + 10;
}

/* Moves the answers in `out` to `wire`: as they are, or as v5 segments that each hold as many as fit. */
static void seal(Conn *c) {
  size_t start = 0, p = 0, before = c->wire.n;
  if (!c->out.n) return;
  if (!c->framed) { memcpy(room(&c->wire, c->out.n), c->out.p, c->out.n); c->wire.n += c->out.n; }
  else {
    while (p < c->out.n) {
      size_t len = 9 + (size_t)be32(c->out.p + p + 5);
      if (p + len - start > MAX_SEGMENT) {
        if (p > start) segment(c, c->out.p + start, p - start, 1);
        start = p;
        if (len > MAX_SEGMENT) {
          for (size_t o = 0; o < len; o += MAX_SEGMENT) segment(c, c->out.p + p + o, len - o < MAX_SEGMENT ? len - o : MAX_SEGMENT, 0);
          start = p + len;
        }
      }
      p += len;
    }
    if (p > start) segment(c, c->out.p + start, p - start, 1);
  }
  c->out.n = 0;
  if (!delay_ns) { c->released = c->wire.n; return; }
  if (delayed_n == delayed_room) {
    size_t more = delayed_room ? delayed_room * 2 : 1024;
    Delayed *wider = malloc(more * sizeof *wider);
    for (size_t i = 0; i < delayed_n; i++) wider[i] = delayed[(delayed_first + i) % delayed_room];
    free(delayed);
    delayed = wider; delayed_room = more; delayed_first = 0;
  }
  delayed[(delayed_first + delayed_n++) % delayed_room] = (Delayed){ now() + delay_ns, c, c->wire.n - before };
  c->n_delayed++;
}

static void envelopes(Conn *c, Buf *b) {
  size_t p = 0;
  while (b->n - p >= 9) {
    uint32_t len = be32(b->p + p + 5);
    if (b->n - p < 9 + (size_t)len) break;
    const uint8_t *frame = b->p + p;
    answer(c, frame, len);
    p += 9 + (size_t)len;
    if (frame[4] == STARTUP && frame[0] == 5 && !c->framed && max_version >= 5) { seal(c); c->framed = 1; break; }
  }
  drop(b, p);
}

static void consume(Conn *c) {
  if (!c->framed) { envelopes(c, &c->in); if (!c->framed) return; }
  size_t p = 0;
  while (c->in.n - p >= 6) {
    const uint8_t *h = c->in.p + p;
    uint32_t len = (h[0] | h[1] << 8 | h[2] << 16) & MAX_SEGMENT;
    if (c->in.n - p < len + 10) break;
    if (header_crc(h[0] | h[1] << 8 | h[2] << 16) != (uint32_t)(h[3] | h[4] << 8 | h[5] << 16)) { c->dead = 1; return; }
    memcpy(room(&c->inner, len), h + 6, len);
    c->inner.n += len;
    p += len + 10;
  }
  drop(&c->in, p);
  envelopes(c, &c->inner);
}

/* ---- sockets ---- */

static void retire(Conn *c) {
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
  c->dead = 1;
  if (c->n_delayed) return; /* the ring still names it */
  free(c->in.p); free(c->inner.p); free(c->out.p); free(c->wire.p); free(c);
}

static void flush_out(Conn *c) {
  while (!c->dead && c->sent < c->released) {
    ssize_t w = send(c->fd, c->wire.p + c->sent, c->released - c->sent, MSG_NOSIGNAL);
    if (w < 0) { if (errno != EAGAIN) c->dead = 1; break; }
    c->sent += w;
  }
  if (c->dead) { retire(c); return; }
  size_t waiting = c->wire.n - c->sent;
  uint32_t interest = (waiting < MAX_PENDING ? EPOLLIN : 0) | (c->sent < c->released ? EPOLLOUT : 0);
  if (!waiting) c->wire.n = c->sent = c->released = 0;
  else if (c->sent > 1 << 20 && c->sent > waiting) { drop(&c->wire, c->sent); c->released -= c->sent; c->sent = 0; }
  if (interest != c->interest) {
    struct epoll_event e = { c->interest = interest, { .ptr = c } };
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
  }
}

static void accept_all(Listener *l) {
  int fd, one = 1;
  while ((fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    Conn *c = calloc(1, sizeof *c);
    c->fd = fd; c->version = 4; c->listener = l; c->interest = EPOLLIN;
    struct epoll_event e = { EPOLLIN, { .ptr = c } };
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
  }
}

static void serve(Conn *c, uint32_t events) {
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
    ssize_t r = recv(c->fd, room(&c->in, READ_ROOM), READ_ROOM, 0);
    if (r > 0) { c->in.n += r; consume(c); seal(c); }
    else if (r == 0 || errno != EAGAIN) c->dead = 1;
  }
  flush_out(c);
}

static void release_due(void) {
  uint64_t t = now();
  while (delayed_n && delayed[delayed_first].due <= t) {
    Delayed d = delayed[delayed_first];
    delayed_first = (delayed_first + 1) % delayed_room;
    delayed_n--;
    d.conn->n_delayed--;
    d.conn->released += d.bytes;
    flush_out(d.conn);
  }
}

/* Waits for events, with a delay at most until the next answer is due. On a core of its own it does not sleep while
   answers are held back: being woken takes a virtual machine up to a millisecond, which would count as delay. */
static int wait_events(struct epoll_event *events, int n) {
  if (!delayed_n) return epoll_wait(ep, events, n, -1);
  if (pinned) return epoll_wait(ep, events, n, 0);
  uint64_t t = now(), due = delayed[delayed_first].due, left = due > t ? due - t : 0;
  struct timespec timeout = { left / 1000000000ull, left % 1000000000ull };
  return epoll_pwait2(ep, events, n, &timeout, NULL);
}

static int listen_on(char *where) {
  char *colon = strrchr(where, ':');
  struct sockaddr_in a = { .sin_family = AF_INET };
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  if (colon) { *colon = 0; a.sin_port = htons(atoi(colon + 1)); }
  if (!colon || inet_pton(AF_INET, where, &a.sin_addr) != 1) { fprintf(stderr, "replay: not ADDRESS:PORT: %s\n", where); exit(2); }
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (void *)&a, sizeof a) || listen(fd, 1024)) { fprintf(stderr, "replay: cannot listen on %s:%s: %s\n", where, colon + 1, strerror(errno)); exit(1); }
  return fd;
}

static void pin(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof set, &set)) perror("replay: --core");
  else pinned = 1;
}

int main(int argc, char **argv) {
  static Listener listeners[MAX_LISTENERS];
  int n = 0;
  signal(SIGPIPE, SIG_IGN);
  crc32_init();
  common = records_new();
  for (int i = 1; i < argc; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : "";
    if (!strcmp(argv[i], "--max-version")) { max_version = atoi(value); i++; }
    else if (!strcmp(argv[i], "--delay")) { delay_ns = (uint64_t)(atof(value) * 1e6); i++; }
    else if (!strcmp(argv[i], "--core")) { pin(atoi(value)); i++; }
    else if (!strcmp(argv[i], "--listen")) {
      if (n == MAX_LISTENERS || i + 1 == argc) return 2;
      listeners[n++] = (Listener){ listen_on(argv[++i]), records_new() };
    }
    else records_load(n ? listeners[n - 1].own : common, argv[i]);
  }
  if (!n) { fprintf(stderr, "usage: replay [--max-version V] [--delay MS] [--core N] FILE... --listen ADDRESS:PORT [FILE...] ...\n"); return 2; }
  ep = epoll_create1(0);
  for (int i = 0; i < n; i++) {
    struct epoll_event e = { EPOLLIN, { .ptr = &listeners[i] } };
    epoll_ctl(ep, EPOLL_CTL_ADD, listeners[i].fd, &e);
  }
  puts("ready");
  fflush(stdout);
  struct epoll_event events[256];
  for (;;) {
    int got = wait_events(events, 256);
    for (int i = 0; i < got; i++) {
      void *it = events[i].data.ptr;
      if ((Listener *)it >= listeners && (Listener *)it < listeners + n) accept_all(it);
      else serve(it, events[i].events);
    }
    if (delay_ns) release_due();
  }
}
