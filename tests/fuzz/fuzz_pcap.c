// SPDX-License-Identifier: BSD-2-Clause
/* Any bytes as a capture: read to its end, each packet made a frame, its ends looked up. */
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "replay/link.h"
#include "replay/pcap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void each_packet(struct pcap *p, struct strbuf *err)
{
	static uint8_t buf[LINK_FRAME_MAX];
	struct pcap_packet pkt;
	struct link_ends ends;
	char name[64];
	uint32_t len;

	while (pcap_next(p, &pkt, err) == 1) {
		if (link_supported(pkt.linktype, name, sizeof(name)))
			continue;
		const uint8_t *frame = link_frame(&pkt, buf, &len);

		link_ends(frame, len, &ends);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf err = { 0 };
	struct pcap *p = NULL;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char path[32];

	if (fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, size) == (ssize_t)size && !pcap_open(path, &p, &err))
		each_packet(p, &err);
	pcap_close(p);
	close(fd);
	strbuf_done(&err);
	return 0;
}
