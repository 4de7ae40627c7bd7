/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures: pcap and pcapng, plain or gzip, read as a stream within bounds. */
#ifndef REPLAY_PCAP_H
#define REPLAY_PCAP_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/str.h"

/* longest packet and longest block read; libpcap's MAXIMUM_SNAPLEN, and room for options */
#define PCAP_PACKET_MAX 262144
#define PCAP_BLOCK_MAX (PCAP_PACKET_MAX + 65536)
/* interfaces of one pcapng section */
#define PCAP_IFACES_MAX 4096

struct pcap_packet {
	uint64_t ts_ns;	   /* since 1970; as the capture says, may step back */
	uint32_t linktype; /* LINKTYPE_* as in the file */
	uint32_t cap_len, wire_len;
	const uint8_t *data; /* cap_len bytes, valid until the next call */
};

struct pcap;

/* 0; -ENOENT and the like; -EINVAL: no capture; -EOPNOTSUPP: a known format that is not read. @err has the words. */
int pcap_open(const char *path, struct pcap **ret, struct strbuf *err);
int pcap_open_fd(int fd, const char *name, struct pcap **ret, struct strbuf *err); /* takes @fd */
/* 1 with *ret; 0 at the end; -EBADMSG when the file ends or breaks here: @err has the place */
int pcap_next(struct pcap *p, struct pcap_packet *ret, struct strbuf *err);
void pcap_close(struct pcap *p);
DEFINE_CLEANUP(struct pcap, pcap_close)

#endif
