// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: QUIC datagrams. The input is taken as it is, and as the
 * frames of Initials that are properly protected: behind the protection no
 * bytes at random would ever come.
 */
#include "app/app.h"
#include "fuzz/fuzz.h"
#include "harness/quic.h"

static int on_msg(const struct app_msg *m, void *ctx)
{
	uint32_t *n = ctx;

	must(app_get(m, APP_BUFFER_QUIC_VERSION).len == 4);
	for (unsigned int i = 0; i < APP_BUFFERS; i++)
		for (uint32_t k = 0; app_has(m, i) && k < m->buf[i].len; k++)
			*n += m->buf[i].p[k];
	return 0;
}

static void give(void *flow, uint8_t dir, const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n + 1);
	uint32_t sum = 0;

	must(copy);
	memcpy(copy, p, n);
	must(!app_row(CORDON_APP_QUIC)->flow_datagram(flow, copy, (uint32_t)n, dir, on_msg, &sum));
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t cid[] = "\x83\x94\xc8\xf0\x3e\x51\x57\x08";
	static uint8_t wire[9000];
	void *flow = app_row(CORDON_APP_QUIC)->flow_open();
	uint8_t pn = 0;

	must(flow);
	give(flow, 0, data, size);
	while (size) {
		uint8_t how = take8(&data, &size), dir = how & 1;
		size_t n = 1 + take8(&data, &size) * 8u;

		n = n < size ? n : size;
		give(flow, dir, wire, quic_seal(wire, how & 2 ? QUIC_V2 : QUIC_V1, cid, cid, dir, pn++, data, n));
		data += n;
		size -= n;
	}
	app_row(CORDON_APP_QUIC)->flow_close(flow);
	return 0;
}
