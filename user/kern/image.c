// SPDX-License-Identifier: BSD-2-Clause
/*
 * Images: the threat set and the prefilter are built in a new map that nobody
 * sees yet, mmap-ed, and put in force with one update of the outer slot. The
 * old image goes when the last packet that reads it is through.
 */
#include "kern/internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sys/mman.h>

static int image_new(const char *name, uint32_t flags, uint32_t value, uint32_t entries, int *ret_fd, void **ret_mem)
{
	LIBBPF_OPTS(bpf_map_create_opts, o, .map_flags = BPF_F_MMAPABLE | flags);
	_cleanup_close_ int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(uint32_t), value, entries, &o);
	void *p;

	if (fd < 0)
		return -errno;
	p = mmap(NULL, (size_t)value * entries, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	*ret_mem = p;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int image_swap(const struct kern *k, unsigned int map, int fd)
{
	uint32_t zero = 0;

	return bpf_map_update_elem(k->fds[map], &zero, &fd, BPF_ANY) ? -errno : 0;
}

int kern_threat_new(uint32_t lines, int *ret_fd, struct cordon_line **ret_mem)
{
	void *p;
	int r = image_new("threat_image", BPF_F_INNER_MAP, sizeof(struct cordon_line), lines, ret_fd, &p);

	if (!r)
		*ret_mem = p;
	return r;
}

void kern_threat_unmap(struct cordon_line *mem, uint32_t lines)
{
	munmap(mem, (size_t)lines * sizeof(*mem));
}

int kern_threat_swap(struct kern *k, int fd)
{
	int r = image_swap(k, KERN_MAP_threat, fd);

	/* behind the swap: a flow looked up in between is looked up once more than it need be */
	if (!r && k->state)
		__atomic_add_fetch(&k->state->threat_swaps, 1, __ATOMIC_RELEASE);
	return r;
}

int kern_prefilter_new(int *ret_fd, struct cordon_prefilter **ret_mem)
{
	void *p;
	int r = image_new("pf_image", 0, sizeof(struct cordon_pf_part), CORDON_PF_PARTS, ret_fd, &p);

	if (!r)
		*ret_mem = p;
	return r;
}

void kern_prefilter_unmap(struct cordon_prefilter *mem)
{
	munmap(mem, sizeof(*mem));
}

/* is anything looked for in DNS datagrams to the server? */
static bool looks_at_dns(const struct cordon_prefilter *pf)
{
	const unsigned int cls = CORDON_CLASS_UDP, at = 2 * cls + CORDON_TO_SERVER;
	bool r = false;

	for (unsigned int i = 0; i < CORDON_PF_ENDS; i++)
		r |= pf->always_pkt[cls][CORDON_TO_SERVER][i][CORDON_APP_DNS][0] ||
		     pf->always_pkt[cls][CORDON_TO_SERVER][i][CORDON_APP_DNS][1];
	for (unsigned int i = 0; i < CORDON_PF_KINDS; i++)
		r |= pf->need[at][i].apps >> CORDON_APP_DNS & 1;
	for (unsigned int i = 0; i < CORDON_PF_HEADS; i++)
		r |= pf->heads_used >> i & 1 && pf->heads[i].classes >> at & 1 && pf->heads[i].apps >> CORDON_APP_DNS & 1;
	return r;
}

/* struct cordon_state's copy of what asks for much */
static uint32_t any_bits(const struct cordon_prefilter *pf)
{
	uint32_t bits = 0;

	for (unsigned int i = 0; i < 2 * CORDON_CLASSES; i++)
		bits |= pf->any[i / 2][i % 2] ? 1U << i : 0;
	for (unsigned int dir = 0; dir < 2; dir++)
		bits |= pf->any_header[dir] ? 1U << (CORDON_PF_ANY_HEADER + dir) : 0;
	bits |= looks_at_dns(pf) ? 1U << CORDON_PF_ANY_DNS : 0;
	if (pf->any_state)
		bits |= 1U << CORDON_PF_ANY_STATE | 3U << CORDON_PF_ANY_HEADER | 3U << (2 * CORDON_CLASS_TCP_CTL);
	bits |= pf->any_options ? 1U << CORDON_PF_ANY_OPTIONS : 0;
	return bits;
}

/* what either image asks for is asked for while they are swapped */
int kern_prefilter_swap(struct kern *k, int fd)
{
	struct cordon_prefilter *pf = mmap(NULL, sizeof(*pf), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct cordon_state none = { .net_tag = 0 }, *st = k->state ? k->state : &none;
	uint32_t bits;
	int r;

	if (pf == MAP_FAILED)
		return -errno;
	bits = any_bits(pf);
	/* by another image's networks a record's ends are nothing: each image has a tag of its own */
	st->net_tag = pf->net_tag = st->net_tag % CORDON_PF_NET_TAGS + 1;
	munmap(pf, sizeof(*pf));
	__atomic_or_fetch(&st->pf_any, bits, __ATOMIC_SEQ_CST);
	r = image_swap(k, KERN_MAP_prefilter, fd);
	if (!r)
		__atomic_store_n(&st->pf_any, bits, __ATOMIC_SEQ_CST);
	return r;
}
