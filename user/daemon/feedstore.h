/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a feed has been: its last contents on disk, each a generation with a
 * record of its own (digest, size, when, what came of it), and which one is in
 * force. <state_dir>/feeds/NAME/ holds N.raw and N.json; the file "current"
 * names N, "next" says when its source may be asked again. A generation is there when its record is, and in force when "current"
 * says so; both are written aside, synced and renamed, so a process killed at
 * any moment leaves the old one or the new one, whole.
 */
#ifndef DAEMON_FEEDSTORE_H
#define DAEMON_FEEDSTORE_H

#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"

#define FEEDSTORE_KEPT 5 /* generations of a feed */

struct generation {
	uint32_t id; /* 1, 2, ...; 0: none */
	uint64_t bytes, wall_ns;
	uint64_t accepted, refused, added, removed;
	uint64_t version; /* of a bundle; 0: none */
	char digest[65]; /* of the content, BLAKE2b-256 in hex */
	char format[32];
	char etag[128], modified[64]; /* what the server said of it; "" */
};
typedef VEC(struct generation) generations;

/* <dir>/feeds/NAME; @ret large enough for the suffixes the store adds */
struct feedstore {
	char path[4200];
};
int feedstore_open(struct feedstore *s, const char *state_dir, const char *feed);

/* the content of @from beside the generations, digest and size into @ret; 0, -EFBIG above @max, -errno */
int feedstore_stage(const struct feedstore *s, int from, uint64_t max, struct generation *ret);
void feedstore_staged_path(const struct feedstore *s, char *ret, size_t size);
void feedstore_unstage(const struct feedstore *s);
/* what is staged becomes the next generation, and the one in force; g->id is set. Old ones leave. */
int feedstore_commit(const struct feedstore *s, struct generation *g);

/* the one in force; -ENOENT: none */
int feedstore_current(const struct feedstore *s, struct generation *ret);
int feedstore_get(const struct feedstore *s, uint32_t id, struct generation *ret);
/* -EBADMSG: the content is not what its record says */
int feedstore_verify(const struct feedstore *s, const struct generation *g);
void feedstore_raw_path(const struct feedstore *s, uint32_t id, char *ret, size_t size);
int feedstore_make_current(const struct feedstore *s, uint32_t id);
/* newest first */
int feedstore_list(const struct feedstore *s, generations *ret);
/* when its source may be asked again, over restarts; of another source than @source there is nothing */
struct fetch_plan {
	uint64_t not_before_wall_ns;
	uint32_t failures; /* in a row; 0: the last one went well */
	uint64_t confirmed_wall_ns; /* when the source last said that what is in force is all there is; 0: never */
};
int feedstore_plan_write(const struct feedstore *s, const char *source, const struct fetch_plan *p);
int feedstore_plan_read(const struct feedstore *s, const char *source, struct fetch_plan *ret);
void feedstore_remove(const struct feedstore *s);

#endif
