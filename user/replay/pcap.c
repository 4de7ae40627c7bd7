// SPDX-License-Identifier: BSD-2-Clause
/*
 * A reader of captures that trusts nothing in them: every length is bounded
 * before it is used, a file that ends in the middle gives what was whole and
 * then an error with its offset. zlib reads gzip and plain files alike.
 * Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */
#include "replay/pcap.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/vec.h"

#define MAGIC_US 0xa1b2c3d4u
#define MAGIC_NS 0xa1b23c4du
#define MAGIC_MODIFIED 0xa1b2cd34u /* Kuznetzov's, with longer packet headers */
#define NG_SECTION 0x0a0d0d0au
#define NG_BYTE_ORDER 0x1a2b3c4du
#define NG_INTERFACE 1
#define NG_PACKET_OBSOLETE 2
#define NG_SIMPLE 3
#define NG_ENHANCED 6
#define OPT_END 0
#define OPT_TSRESOL 9
#define OPT_TSOFFSET 14
#define NS 1000000000ULL

struct ng_iface {
	uint32_t linktype, snaplen;
	uint64_t units; /* of time in a second */
	int64_t offset_s;
};

struct pcap {
	gzFile file;
	char *name;
	uint64_t offset;     /* bytes read, of the uncompressed capture */
	uint64_t last_ts_ns; /* a simple packet block has no time of its own */
	bool swapped, is_ng, is_ns;
	uint32_t linktype; /* pcap */
	VEC(struct ng_iface) ifaces; /* pcapng */
	uint8_t buf[PCAP_BLOCK_MAX];
};

static uint32_t u32(const struct pcap *p, const uint8_t *b)
{
	uint32_t v;

	memcpy(&v, b, sizeof(v));
	return p->swapped ? __builtin_bswap32(v) : v;
}

static uint16_t u16(const struct pcap *p, const uint8_t *b)
{
	uint16_t v;

	memcpy(&v, b, sizeof(v));
	return p->swapped ? __builtin_bswap16(v) : v;
}

static int broken(const struct pcap *p, struct strbuf *err, const char *what)
{
	strbuf_addf(err, "%s: byte %" PRIu64 ": %s", p->name, p->offset, what);
	return -EBADMSG;
}

/* exactly @n bytes; 1, 0 at a clean end (nothing read), -EBADMSG */
static int take(struct pcap *p, void *dst, uint32_t n, struct strbuf *err)
{
	uint32_t got = 0;
	int r;

	while (got < n) {
		r = gzread(p->file, (uint8_t *)dst + got, n - got);
		if (r < 0)
			return broken(p, err, "the compressed data is damaged");
		if (!r)
			break;
		got += (uint32_t)r;
	}
	if (got && got < n)
		return broken(p, err, "the file ends inside a record");
	p->offset += got;
	return got == n;
}

/* what follows must be there: a clean end is an error too */
static int take_rest(struct pcap *p, void *dst, uint32_t n, struct strbuf *err)
{
	int r = n ? take(p, dst, n, err) : 1;

	return r ? r : broken(p, err, "the file ends inside a record");
}

/* --- pcap --- */

static int pcap_header(struct pcap *p, uint32_t magic, struct strbuf *err)
{
	uint8_t h[20];
	int r = take_rest(p, h, sizeof(h), err);

	if (r < 0)
		return r;
	p->is_ns = magic == MAGIC_NS;
	if (u16(p, h) != 2) {
		strbuf_addf(err, "%s: pcap of version %u.%u; 2.4 is read", p->name, u16(p, h), u16(p, h + 2));
		return -EOPNOTSUPP;
	}
	p->linktype = u32(p, h + 16) & 0x0fffffff; /* the upper bits tell of frame check sequences */
	return 0;
}

static int pcap_record(struct pcap *p, struct pcap_packet *ret, struct strbuf *err)
{
	uint8_t h[16];
	int r = take(p, h, sizeof(h), err);

	if (r <= 0)
		return r;
	ret->cap_len = u32(p, h + 8);
	ret->wire_len = u32(p, h + 12);
	if (ret->cap_len > PCAP_PACKET_MAX)
		return broken(p, err, "a packet longer than 262144 bytes: the file is damaged");
	r = take_rest(p, p->buf, ret->cap_len, err);
	if (r < 0)
		return r;
	ret->ts_ns = u32(p, h) * NS + (uint64_t)u32(p, h + 4) * (p->is_ns ? 1 : 1000);
	ret->linktype = p->linktype;
	ret->data = p->buf;
	return 1;
}

/* --- pcapng --- */

/* after the block type: a section header, which sets the byte order of all that follows */
static int ng_section(struct pcap *p, struct strbuf *err)
{
	uint8_t h[8]; /* length, byte-order magic */
	uint32_t magic, len;
	int r = take_rest(p, h, sizeof(h), err);

	if (r < 0)
		return r;
	memcpy(&magic, h + 4, sizeof(magic));
	if (magic != NG_BYTE_ORDER && magic != __builtin_bswap32(NG_BYTE_ORDER))
		return broken(p, err, "a pcapng section without its byte-order magic");
	p->swapped = magic != NG_BYTE_ORDER;
	len = u32(p, h);
	if (len < 28 || len % 4 || len > PCAP_BLOCK_MAX)
		return broken(p, err, "a pcapng section header of impossible length");
	p->ifaces.len = 0;
	r = take_rest(p, p->buf, len - 12, err);
	if (r < 0)
		return r;
	if (u16(p, p->buf) != 1) {
		strbuf_addf(err, "%s: pcapng of version %u; 1 is read", p->name, u16(p, p->buf));
		return -EOPNOTSUPP;
	}
	return 1;
}

/* if_tsresol: a power of ten, or of two with the top bit set; 0: no clock counts so fast */
static uint64_t units_of(uint8_t resol)
{
	uint64_t units = 1;

	if (resol & 0x80)
		return (resol & 0x7f) < 63 ? 1ULL << (resol & 0x7f) : 0;
	if (resol > 19)
		return 0;
	while (resol--)
		units *= 10;
	return units;
}

static void ng_iface_options(const struct pcap *p, const uint8_t *o, uint32_t len, struct ng_iface *i)
{
	uint32_t lo, hi;

	while (len >= 4) {
		uint16_t code = u16(p, o), n = u16(p, o + 2);
		uint32_t step = 4 + ((n + 3u) & ~3u);

		if (code == OPT_END || step > len)
			return;
		if (code == OPT_TSRESOL && n >= 1)
			i->units = units_of(o[4]);
		if (code == OPT_TSOFFSET && n >= 8) {
			lo = u32(p, o + (p->swapped ? 8 : 4));
			hi = u32(p, o + (p->swapped ? 4 : 8));
			i->offset_s = (int64_t)((uint64_t)hi << 32 | lo);
		}
		o += step;
		len -= step;
	}
}

static int ng_interface(struct pcap *p, uint32_t len, struct strbuf *err)
{
	struct ng_iface i = { .units = 1000000 };

	if (len < 8)
		return broken(p, err, "an interface description that is too short");
	if (p->ifaces.len >= PCAP_IFACES_MAX)
		return broken(p, err, "more than 4096 interfaces in a section");
	i.linktype = u16(p, p->buf);
	i.snaplen = u32(p, p->buf + 4);
	ng_iface_options(p, p->buf + 8, len - 8, &i);
	if (!i.units)
		return broken(p, err, "a time resolution that cannot be");
	return vec_push(&p->ifaces, i);
}

static uint64_t ts_to_ns(uint64_t ts, const struct ng_iface *i)
{
	uint64_t s = ts / i->units + (uint64_t)i->offset_s;

	return s * NS + (uint64_t)((unsigned __int128)(ts % i->units) * NS / i->units);
}

static int ng_enhanced(struct pcap *p, uint32_t len, struct pcap_packet *ret, struct strbuf *err)
{
	const struct ng_iface *i;
	uint32_t n = len >= 20 ? u32(p, p->buf) : 0;

	if (len < 20 || u32(p, p->buf + 12) > len - 20)
		return broken(p, err, "a packet block that is too short for its packet");
	if (n >= p->ifaces.len)
		return broken(p, err, "a packet of an interface that was not described");
	i = &p->ifaces.data[n];
	ret->cap_len = u32(p, p->buf + 12);
	ret->wire_len = u32(p, p->buf + 16);
	ret->ts_ns = ts_to_ns((uint64_t)u32(p, p->buf + 4) << 32 | u32(p, p->buf + 8), i);
	ret->linktype = i->linktype;
	ret->data = p->buf + 20;
	return 1;
}

static int ng_simple(struct pcap *p, uint32_t len, struct pcap_packet *ret, struct strbuf *err)
{
	const struct ng_iface *i = p->ifaces.data;

	if (!p->ifaces.len)
		return broken(p, err, "a packet of an interface that was not described");
	if (len < 4)
		return broken(p, err, "a packet block that is too short");
	ret->wire_len = u32(p, p->buf);
	ret->cap_len = i->snaplen && i->snaplen < ret->wire_len ? i->snaplen : ret->wire_len;
	if (ret->cap_len > len - 4)
		return broken(p, err, "a packet block that is too short for its packet");
	ret->ts_ns = p->last_ts_ns;
	ret->linktype = i->linktype;
	ret->data = p->buf + 4;
	return 1;
}

/* the body of a block into buf, its trailing length checked; its length or -EBADMSG */
static int ng_body(struct pcap *p, uint32_t total, struct strbuf *err)
{
	uint8_t tail[4];
	int r;

	if (total < 12 || total % 4 || total > PCAP_BLOCK_MAX)
		return broken(p, err, "a pcapng block of impossible length");
	r = take_rest(p, p->buf, total - 12, err);
	if (r > 0)
		r = take_rest(p, tail, sizeof(tail), err);
	if (r < 0)
		return r;
	if (u32(p, tail) != total)
		return broken(p, err, "the two lengths of a pcapng block differ");
	return (int)(total - 12);
}

/* one block; 2: nothing in it for us */
static int ng_block(struct pcap *p, struct pcap_packet *ret, struct strbuf *err)
{
	uint8_t h[8];
	int r = take(p, h, 4, err), len;

	if (r <= 0)
		return r;
	if (u32(p, h) == NG_SECTION) { /* a palindrome: its byte order stands behind it */
		r = ng_section(p, err);
		return r < 0 ? r : 2;
	}
	r = take_rest(p, h + 4, 4, err);
	len = r < 0 ? r : ng_body(p, u32(p, h + 4), err);
	if (len < 0)
		return len;
	switch (u32(p, h)) {
	case NG_INTERFACE:
		r = ng_interface(p, (uint32_t)len, err);
		return r ? r : 2;
	case NG_ENHANCED:
		return ng_enhanced(p, (uint32_t)len, ret, err);
	case NG_SIMPLE:
		return ng_simple(p, (uint32_t)len, ret, err);
	case NG_PACKET_OBSOLETE:
		return broken(p, err, "an obsolete pcapng packet block; convert the file with editcap");
	default:
		return 2;
	}
}

/* --- both --- */

int pcap_next(struct pcap *p, struct pcap_packet *ret, struct strbuf *err)
{
	int r;

	do
		r = p->is_ng ? ng_block(p, ret, err) : pcap_record(p, ret, err);
	while (r == 2);
	if (r == 1) {
		p->last_ts_ns = ret->ts_ns;
		if (ret->wire_len < ret->cap_len)
			ret->wire_len = ret->cap_len;
	}
	return r;
}

static int no_capture(const struct pcap *p, struct strbuf *err)
{
	strbuf_addf(err, "%s: neither pcap nor pcapng", p->name);
	return -EINVAL;
}

static int read_magic(struct pcap *p, struct strbuf *err)
{
	struct strbuf why = { 0 };
	uint32_t magic, native;
	int r = take(p, &magic, sizeof(magic), &why);

	strbuf_done(&why);
	if (r <= 0)
		return no_capture(p, err);
	if (magic == NG_SECTION) {
		p->is_ng = true;
		r = ng_section(p, err);
		return r < 0 ? r : 0;
	}
	native = __builtin_bswap32(magic);
	p->swapped = native == MAGIC_US || native == MAGIC_NS || native == MAGIC_MODIFIED;
	if (!p->swapped)
		native = magic;
	if (native == MAGIC_MODIFIED) {
		strbuf_addf(err, "%s: 'modified' pcap (magic a1b2cd34); convert it with editcap -F pcap", p->name);
		return -EOPNOTSUPP;
	}
	if (native != MAGIC_US && native != MAGIC_NS)
		return no_capture(p, err);
	return pcap_header(p, native, err);
}

int pcap_open_fd(int fd, const char *name, struct pcap **ret, struct strbuf *err)
{
	_cleanup_(pcap_close) struct pcap *p = calloc(1, sizeof(*p));
	int r;

	if (p)
		p->name = strdup(name);
	if (p && p->name)
		p->file = gzdopen(fd, "rb");
	if (!p || !p->file) {
		close(fd);
		return -ENOMEM;
	}
	gzbuffer(p->file, 1 << 18);
	r = read_magic(p, err);
	if (!r)
		*ret = TAKE_PTR(p);
	return r;
}

int pcap_open(const char *path, struct pcap **ret, struct strbuf *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = fd < 0 ? -errno : 0;
	struct stat st;

	if (!r && fstat(fd, &st))
		r = -errno;
	if (!r && S_ISDIR(st.st_mode))
		r = -EISDIR;
	if (!r)
		return pcap_open_fd(fd, path, ret, err);
	strbuf_addf(err, "%s: %s", path, strerror(-r));
	if (fd >= 0)
		close(fd);
	return r;
}

void pcap_close(struct pcap *p)
{
	if (!p)
		return;
	if (p->file)
		gzclose(p->file);
	vec_done(&p->ifaces);
	free(p->name);
	free(p);
}
