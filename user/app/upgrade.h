/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS inside another application, from some byte on (STARTTLS: RFC 3207, RFC 4217): the row that saw it hands the rest of
 * its stream to TLS's. What is told then is TLS's.
 */
#ifndef APP_UPGRADE_H
#define APP_UPGRADE_H

#include <errno.h>

#include "app/rows.h"

#define UPGRADE_BEGIN 0x16 /* a handshake record (RFC 8446 5.1): no letter, no digit */

struct upgrade {
	void *tls; /* state of app_tls; NULL: not begun, or over */
	bool is_on;
};

/* 0, or -ENOMEM; what is no TLS any more is passed over */
static inline int upgrade_feed(struct upgrade *u, uint8_t dir, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	int r;

	if (!u->is_on) {
		u->is_on = true;
		u->tls = app_tls.open(dir);
		if (!u->tls)
			return -ENOMEM;
	}
	r = u->tls ? app_tls.feed(u->tls, p, len, cb, ctx) : 0;
	if (r == -EBADMSG) {
		app_tls.close(u->tls);
		u->tls = NULL;
		r = 0;
	}
	return r;
}

static inline bool upgrade_pending(const struct upgrade *u)
{
	return u->tls && app_tls.pending(u->tls);
}

static inline void upgrade_close(struct upgrade *u)
{
	if (u->tls)
		app_tls.close(u->tls);
}

#endif
