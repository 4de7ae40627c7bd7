/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One direction of a TCP connection: segments in any order -> bytes in order.
 * Bytes that are next go out at once; what is early waits. Bytes that have gone
 * out stay; of those that wait and come again the receiver's policy says which
 * count. A hole is given up
 * by bytes and segments waiting behind it, never by time, so that the result
 * depends on the segments alone.
 */
#ifndef STREAM_TCP_H
#define STREAM_TCP_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon_limits.h"

/*
 * Which bytes of an overlap a receiver takes: X(id, name), Suricata's host-os-policy.
 * FIRST is 0: the earlier ones, always.
 */
#define TCP_POLICY_LIST(X)                                                                        \
	X(FIRST, "first") X(LAST, "last") X(BSD, "bsd") X(OLD_LINUX, "old-linux") X(LINUX, "linux") \
	X(SOLARIS, "solaris") X(HPUX10, "hpux10") X(HPUX11, "hpux11") X(IRIX, "irix") X(MACOS, "macos") \
	X(WINDOWS, "windows") X(VISTA, "vista") X(WINDOWS2K3, "windows2k3")
#define TCP_POLICY_X(id, name) TCP_POLICY_##id,
enum { TCP_POLICY_LIST(TCP_POLICY_X) TCP_POLICIES };

struct tcp_early; /* bytes that wait for what is before them */

/* memory of all directions together, and what was refused; the owner keeps bytes <= its limit by letting flows go */
struct tcp_pool {
	uint64_t bytes;
	uint64_t segments_dropped;
};

struct tcp_dir {
	uint64_t next;	/* stream offset of the next byte to go out */
	uint8_t *held;	/* the last bytes that went out, at least min(CORDON_WINDOW, all since the last gap) */
	uint32_t held_len, held_cap;
	struct tcp_early *early; /* by offset, no overlaps */
	uint32_t early_bytes, early_segments;
	uint8_t policy; /* TCP_POLICY_*, of who receives this direction */
};

struct tcp_sink {
	/*
	 * Bytes [fresh, start + len) are new; those before are the at most
	 * CORDON_WINDOW bytes that went out last. Valid during the call.
	 */
	void (*bytes)(void *ctx, unsigned int dir, const uint8_t *window, uint32_t len, uint64_t start, uint64_t fresh);
	/* @len bytes are missing: what comes does not join what went out */
	void (*gap)(void *ctx, unsigned int dir, uint64_t len);
	void *ctx;
	unsigned int dir;
	struct tcp_pool *pool;
};

/* stream offset of @seq, which may lie up to 2^31 on either side of what is next; negative: before the stream */
int64_t tcp_offset(const struct tcp_dir *d, uint32_t base_seq, uint32_t seq);
void tcp_segment(struct tcp_dir *d, const struct tcp_sink *sink, int64_t off, const uint8_t *p, uint32_t len);
/* do the bytes say other than those that wait at the same offsets, or went out there, as far back as CORDON_WINDOW? */
bool tcp_contradicts(const struct tcp_dir *d, uint64_t off, const uint8_t *p, uint32_t len);
/* bytes before @off will not come */
void tcp_skip(struct tcp_dir *d, const struct tcp_sink *sink, uint64_t off);
/* nothing more will come: what waits goes out over the gaps */
void tcp_flush(struct tcp_dir *d, const struct tcp_sink *sink);
void tcp_done(struct tcp_dir *d, struct tcp_pool *pool);

#endif
