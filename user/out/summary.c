// SPDX-License-Identifier: BSD-2-Clause
/* One line for a person, of what an event says; printable whatever the bytes it is about. */
#include <string.h>

#include "base/addr.h"
#include "out/out.h"

static void add_printable(struct strbuf *b, const char *s)
{
	char shown[512];

	strbuf_adds(b, str_escape(shown, sizeof(shown), s, strlen(s)));
}

static void add_end(struct strbuf *b, const uint8_t addr[16], __be16 port)
{
	char text[ADDR_STR_MAX];
	struct addr a;

	memcpy(a.b, addr, sizeof(a.b));
	strbuf_adds(b, addr_str(text, sizeof(text), &a));
	if (port)
		strbuf_addf(b, " port %u", be16toh(port));
}

void out_summary_alert(struct strbuf *b, const struct finding *f, const struct decision *d, const struct device *dev)
{
	strbuf_adds(b, "alert: ");
	add_printable(b, f->msg[0] ? f->msg : d->why);
	if (f->sid)
		strbuf_addf(b, " [%u:%u:%u]", f->gid, f->sid, f->rev);
	strbuf_adds(b, ", ");
	add_end(b, f->facts.saddr, f->facts.sport);
	strbuf_adds(b, " to ");
	add_end(b, f->facts.daddr, f->facts.dport);
	if (dev) {
		strbuf_adds(b, ", device ");
		add_printable(b, dev->name[0] ? dev->name : dev->id);
	}
}

void out_summary_notice(struct strbuf *b, const char *what, const struct quarantine *q, const char *text)
{
	strbuf_adds(b, what);
	if (q)
		strbuf_addf(b, ": device %s", q->device);
	if (q && q->reason[0]) {
		strbuf_adds(b, ": ");
		add_printable(b, q->reason);
	}
	if (text && text[0] && !(q && !strcmp(text, q->reason))) {
		strbuf_adds(b, ": ");
		add_printable(b, text);
	}
}
