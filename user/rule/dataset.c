// SPDX-License-Identifier: BSD-2-Clause
/* Values of datasets: a file's lines into one table, open addressing over a seeded hash. See dataset.h. */
#include "rule/dataset.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "cordon_limits.h"
#include "rule/draft.h"

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }; /* RFC 4291 2.5.5.2 */

bool dataset_key(const struct rule_dataset *s, const uint8_t **p, uint32_t *len, uint8_t room[16])
{
	bool is_v4 = *len == 4 && (s->type == RULE_DATASET_IPV4 || s->type == RULE_DATASET_IP);

	switch (s->type) {
	case RULE_DATASET_STRING:
		return *len > 0;
	case RULE_DATASET_MD5:
		return *len == 16;
	case RULE_DATASET_SHA256:
		return *len == 32;
	default:
		if (!is_v4)
			return *len == 16 && s->type != RULE_DATASET_IPV4;
		memcpy(room, mapped, sizeof(mapped));
		memcpy(room + sizeof(mapped), *p, 4);
		*p = room;
		*len = 16;
		return true;
	}
}

const struct dataset_value *dataset_find(const struct rule_dataset *s, const uint8_t *p, uint32_t len)
{
	uint64_t hash = hash_seeded(p, len);

	if (!s->n_slots)
		return NULL;
	for (uint32_t i = (uint32_t)hash & (s->n_slots - 1); s->slot[i]; i = (i + 1) & (s->n_slots - 1)) {
		const struct dataset_value *v = &s->values.data[s->slot[i] - 1];

		if (v->hash == hash && v->len == len && !memcmp(s->bytes.data + v->at, p, len))
			return v;
	}
	return NULL;
}

static int hex(const char *t, size_t n, uint8_t *dst)
{
	for (size_t i = 0; i < n; i++) {
		char c = t[i];
		uint8_t v;

		if (!isxdigit((unsigned char)c))
			return -EINVAL;
		v = (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
		dst[i / 2] = i % 2 ? (uint8_t)(dst[i / 2] << 4 | v) : v;
	}
	return 0;
}

/* @dst: as many bytes as the text has characters, 16 at least */
static int decode(uint8_t type, const char *t, uint8_t *dst, uint32_t *ret_len)
{
	size_t n = strlen(t), bytes = type == RULE_DATASET_MD5 ? 16 : 32;
	struct addr a;

	if (type == RULE_DATASET_STRING)
		return base64_decode_all(t, n, dst, ret_len) ?: *ret_len ? 0 : -EINVAL;
	if (type == RULE_DATASET_MD5 || type == RULE_DATASET_SHA256) {
		*ret_len = (uint32_t)bytes;
		return n == 2 * bytes ? hex(t, n, dst) : -EINVAL;
	}
	if (addr_parse(t, &a) || (type != RULE_DATASET_IP && addr_is_v4(&a) != (type == RULE_DATASET_IPV4)))
		return -EINVAL;
	memcpy(dst, a.b, 16);
	*ret_len = 16;
	return 0;
}

static int add_line(struct rule_dataset *s, char *line, const char **why)
{
	char *comma = strchr(line, ',');
	struct dataset_value v = { .at = (uint32_t)s->bytes.len };
	uint64_t rep = 0;

	if (comma) {
		*comma = 0;
		*why = "the reputation is not a number from 0 to 65535";
		if (str_to_u64(text_trim(comma + 1), 0, UINT16_MAX, &rep))
			return -EINVAL;
	}
	line = text_trim(line);
	v.rep = (uint16_t)rep;
	if (vec_reserve(&s->bytes, s->bytes.len + strlen(line) + 16))
		return -ENOMEM;
	*why = s->type == RULE_DATASET_STRING ? "not base64" : "no value of the set's type";
	if (decode(s->type, line, s->bytes.data + s->bytes.len, &v.len))
		return -EINVAL;
	*why = "more than the set's memcap";
	if (s->bytes.len + v.len > s->memcap || s->values.len >= CORDON_DATASET_VALUES)
		return -EINVAL;
	v.hash = hash_seeded(s->bytes.data + v.at, v.len);
	s->bytes.len += v.len;
	return vec_push(&s->values, v);
}

static int index_values(struct rule_dataset *s)
{
	uint32_t n = 16;

	while (n < 2 * s->values.len)
		n *= 2;
	s->slot = calloc(n, sizeof(*s->slot));
	if (!s->slot)
		return -ENOMEM;
	s->n_slots = n;
	for (uint32_t v = 0; v < s->values.len; v++) {
		uint32_t i = (uint32_t)s->values.data[v].hash & (n - 1);

		while (s->slot[i])
			i = (i + 1) & (n - 1);
		s->slot[i] = v + 1;
	}
	return 0;
}

int dataset_read(struct rule_dataset *s, char *text, struct strbuf *err)
{
	uint32_t n = 0;

	for (char *next; text; text = next) {
		const char *why = "";
		int r;

		next = strchr(text, '\n');
		if (next)
			*next++ = 0;
		n++;
		text = text_trim(text);
		r = *text && *text != '#' ? add_line(s, text, &why) : 0;
		if (r == -EINVAL)
			strbuf_addf(err, "%s:%u: %s", s->file, n, why);
		if (r)
			return r;
	}
	return index_values(s);
}

void dataset_done(struct rule_dataset *s)
{
	vec_done(&s->bytes);
	vec_done(&s->values);
	free(s->slot);
}
