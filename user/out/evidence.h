/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A directory of packet evidence: one small capture for each alert, named by
 * time, rule and flow. Bounded in files and bytes: the oldest go.
 */
#ifndef OUT_EVIDENCE_H
#define OUT_EVIDENCE_H

#include <stdint.h>

#include "base/str.h"
#include "pipeline.h"

#define EVIDENCE_NAME_MAX 96

struct evidence_dir;

/* @dir: made when it is not there; files of an earlier run count and age. 0 or -errno with @err */
int evidence_open(const char *dir, uint32_t max_files, uint64_t max_bytes, struct evidence_dir **ret, struct strbuf *err);
/* what the evidence of @f is called: 20231114T221320.123456-2024897-1234567.pcap */
char *evidence_name(const struct finding *f, char ret[EVIDENCE_NAME_MAX]);
/*
 * From then on evidence_later() hands files to a thread, which writes them in
 * order; evidence_put() is not for who started it. 0 or -errno.
 */
int evidence_start(struct evidence_dir *e);
/* takes a copy; 0; -ENOBUFS: too much waits for the disk already, counted as dropped */
int evidence_later(struct evidence_dir *e, const struct finding *f, const void *pcap, size_t len);
/* at once: 0; -errno: not written, counted */
int evidence_put(struct evidence_dir *e, const struct finding *f, const void *pcap, size_t len);
struct evidence_stats {
	uint64_t files, bytes, removed, failed;
	uint64_t dropped, waiting; /* found no room to wait; wait */
};
void evidence_stats(struct evidence_dir *e, struct evidence_stats *ret);
int evidence_fd(const struct evidence_dir *e); /* of the directory; borrowed */
/* what waits is written first */
void evidence_free(struct evidence_dir *e);

#endif
