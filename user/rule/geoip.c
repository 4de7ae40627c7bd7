// SPDX-License-Identifier: BSD-2-Clause
/* See geoip.h. The format is MaxMind's, read by parse/mmdb.h. */
#include "rule/geoip.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int geoip_open(char *data, size_t len, struct geoip **ret)
{
	struct geoip *g = calloc(1, sizeof(*g));
	int r = !g ? -ENOMEM : len > UINT32_MAX || mmdb_open((const __u8 *)data, (__u32)len, &g->db) ? -EINVAL : 0;

	if (r) {
		free(g);
		free(data);
		return r;
	}
	g->data = data;
	*ret = g;
	return 0;
}

bool geoip_holds(const struct geoip_set *s, const unsigned char addr[16], bool negated)
{
	unsigned char code[2];

	if (mmdb_country(&s->of->db, addr, code))
		return false;
	for (unsigned int i = 0; i < s->n; i++)
		if (!memcmp(s->code[i], code, 2))
			return !negated;
	return negated;
}

void geoip_free(struct geoip *g)
{
	if (!g)
		return;
	free(g->data);
	free(g);
}
