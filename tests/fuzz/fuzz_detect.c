// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: application by content and names in plain sight. Of TCP, a
 * shorter prefix is undecided or says the same: how a stream is cut must not
 * change what it is. Modbus away from its port is the exception: there the
 * length of the segment is the evidence.
 */
#include "fuzz/fuzz.h"
#include "parse/app.h"
#include "parse/name.h"

static int detect(const uint8_t *p, size_t n, uint8_t dir, uint16_t port)
{
	uint8_t b[APP_PREFIX] = {0};
	int app;

	n = n < sizeof(b) ? n : sizeof(b);
	memcpy(b, p, n);
	app = dir == CORDON_TO_SERVER ? app_detect(b, (uint32_t)n, dir, 6, 40000, port) : app_detect(b, (uint32_t)n, dir, 6, port, 40000);
	return app == CORDON_APP_MODBUS && port != 502 ? CORDON_APP_UNDECIDED : app;
}

static void cuts(const uint8_t *p, size_t n, uint8_t dir, uint16_t port)
{
	int whole = detect(p, n, dir, port);

	for (size_t i = 1; i < n && i < APP_PREFIX; i++) {
		int app = detect(p, i, dir, port);

		must(app == CORDON_APP_UNDECIDED || app == whole || whole == CORDON_APP_UNDECIDED);
	}
}

/* a datagram is all there is to decide on, at each port that is a sign of something, from and to it */
static void datagram(const uint8_t *p, size_t n)
{
	static const uint16_t ports[] = { 9, 53, 67, 69, 123, 137, 161, 546, 1900, 5060, 5353, 5355, 5683, 44818 };
	uint8_t b[APP_PREFIX] = {0};

	n = n < sizeof(b) ? n : sizeof(b);
	memcpy(b, p, n);
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		must(app_detect(b, (uint32_t)n, CORDON_TO_SERVER, 17, 40000, ports[i]) < CORDON_APPS);
		must(app_detect(b, (uint32_t)n, CORDON_TO_CLIENT, 17, ports[i], 40000) < CORDON_APPS);
	}
}

static void text_is_sane(struct name_info *ni)
{
	must(ni->len <= NAME_TEXT_MAX);
	for (size_t i = 0; i < ni->len; i++)
		must(ni->text[i] < 'A' || ni->text[i] > 'Z');
	name_hash(7, ni);
	name_chain(ni);
	must(ni->labels <= NAME_TEXT_LABELS && !ni->labels == !ni->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *b = malloc(sizeof(struct name_buf));
	uint32_t n = size < CORDON_NAME_SCAN ? (uint32_t)size : CORDON_NAME_SCAN, off = 0, len = 0;
	struct name_info ni = { .seed = 7 };
	static const uint16_t ports[] = { 21, 25, 53, 110, 502, 3389, 44818 };

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		cuts(data, size, CORDON_TO_SERVER, ports[i]);
		cuts(data, size, CORDON_TO_CLIENT, ports[i]);
	}
	datagram(data, size);
	memset(b, 0x5a, sizeof(struct name_buf));
	memcpy(b, data, n);
	if (name_dns(b, n, &ni) == PARSE_OK)
		text_is_sane(&ni);
	must(name_dns_leads_on((const struct name_buf *)b, n) <= 1);
	if (name_tls(b, n, &off, &len) == PARSE_OK && len) {
		must(off + len <= n);
		must(name_copy((struct name_buf *)b, off, len, &ni) == PARSE_OK);
		text_is_sane(&ni);
	}
	off = len = 0;
	if (name_host(b, n, &off, &len) == PARSE_OK && len) {
		must(off + len <= n && len <= NAME_TEXT_MAX);
		must(name_copy((struct name_buf *)b, off, len, &ni) == PARSE_OK);
		text_is_sane(&ni);
	}
	free(b);
	return 0;
}
