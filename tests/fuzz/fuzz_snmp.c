// SPDX-License-Identifier: BSD-2-Clause
/* libFuzzer target: an SNMP datagram; what is told lies in it. */
#include "cordon_event.h"
#include "fuzz/row.h"

struct range {
	const uint8_t *p;
	size_t n;
};

static int lies_inside(const struct app_msg *m, void *ctx)
{
	const struct range *r = ctx;

	for (int i = 0; i < APP_BUFFERS; i++)
		if (app_has(m, (unsigned int)i))
			must(m->buf[i].p >= r->p && m->buf[i].p + m->buf[i].len <= r->p + r->n);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct range r = { data, size };

	if (size)
		app_row(CORDON_APP_SNMP)->datagram(data, (uint32_t)size, CORDON_TO_SERVER, lies_inside, &r);
	return 0;
}
