/* SPDX-License-Identifier: BSD-2-Clause */
/* Which country an address is in: a database of the load (geoip:FILE.mmdb), and the countries a rule names. */
#ifndef RULE_GEOIP_H
#define RULE_GEOIP_H

#include <stdbool.h>
#include <stddef.h>

#include "parse/mmdb.h"

struct geoip {
	struct mmdb db;
	char *data; /* the file */
};

#define GEOIP_COUNTRIES_MAX 64

struct geoip_set {
	const struct geoip *of;
	unsigned char n, code[GEOIP_COUNTRIES_MAX][2];
};

/* takes @data over; -EINVAL: no database, -ENOMEM */
int geoip_open(char *data, size_t len, struct geoip **ret);
/* is the address (IPv4 mapped) in one of them (@negated: in none of them)? One that no country is known of is never. */
bool geoip_holds(const struct geoip_set *s, const unsigned char addr[16], bool negated);
void geoip_free(struct geoip *g);

#endif
