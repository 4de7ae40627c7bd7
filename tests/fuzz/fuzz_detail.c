// SPDX-License-Identifier: BSD-2-Clause
/* libFuzzer target: the parsers behind app_detail() - MQTT, Modbus, RTSP, Telnet, SSH, CoAP, TFTP, NTP, SSDP, mDNS. */
#include "app/app.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char s[40];

	for (uint8_t app = 0; app < CORDON_APPS; app++) {
		memset(s, 'x', sizeof(s));
		app_detail(app, data, (uint32_t)size, s, sizeof(s));
		must(strnlen(s, sizeof(s)) < sizeof(s));
	}
	return 0;
}
