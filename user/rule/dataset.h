/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of values that rules ask for (dataset, datarep): read once from a file
 * of the load, then immutable. What matches add or take away at run time is
 * kept beside them (match/member.h).
 */
#ifndef RULE_DATASET_H
#define RULE_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"

/* what the values are: X(id, name); addresses are kept as 16 bytes, IPv4 mapped */
#define RULE_DATASET_LIST(X) \
	X(STRING, "string") X(MD5, "md5") X(SHA256, "sha256") X(IPV4, "ipv4") X(IPV6, "ipv6") X(IP, "ip")
#define RULE_X_DATASET(id, ...) RULE_DATASET_##id,
enum { RULE_DATASET_LIST(RULE_X_DATASET) RULE_DATASETS };

struct dataset_value {
	uint64_t hash;
	uint32_t at, len; /* in bytes.data */
	uint16_t rep;	  /* datarep: 0 ... 65535 */
};

struct rule_dataset {
	const char *name, *file; /* file NULL: it begins empty */
	uint32_t index;		 /* among the ruleset's */
	uint8_t type;		 /* RULE_DATASET_* */
	uint64_t memcap;	 /* bytes of values, also those added later */
	VEC(uint8_t) bytes;
	VEC(struct dataset_value) values;
	uint32_t *slot; /* 1 + index of a value; 0: free */
	uint32_t n_slots;
};

/*
 * dataset_read() - the values of a file's text
 * @text: terminated, changed; one value a line, in base64 for strings, in hex for hashes, a reputation behind a comma
 * Return: 0, -ENOMEM, or -EINVAL with what is wrong and its line in @err
 */
int dataset_read(struct rule_dataset *s, char *text, struct strbuf *err);
/* what is looked up for the bytes of a buffer; false: they are no value of this type. @room is used where they change */
bool dataset_key(const struct rule_dataset *s, const uint8_t **p, uint32_t *len, uint8_t room[16]);
/* NULL: not among the values read */
const struct dataset_value *dataset_find(const struct rule_dataset *s, const uint8_t *p, uint32_t len);
void dataset_done(struct rule_dataset *s);

#endif
