/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this folder share; nobody else includes it. */
#ifndef KERN_INTERNAL_H
#define KERN_INTERNAL_H

#include <stdarg.h>

#include "base/cleanup.h"
#include "kern/kern.h"

struct cordon_bpf; /* the skeleton, known to load.c only */
struct bpf_object;
struct bpf_program;

#define KERN_PATH_MAX 512
#define KERN_ELDERS_MAX 8

/* another layout version whose pins lie beside ours; see inherit.c */
struct elder {
	char dir[KERN_PATH_MAX];
	uint32_t counters_id; /* map id; 0: none */
	int attached_fd;      /* its map `attached`, or negative */
};

struct kern {
	struct kern_opts opts; /* sizes as loaded; pin_dir is own_pin_dir */
	char *own_pin_dir;     /* NULL: nothing is pinned */
	int fds[KERN_MAPS];
	int xdp_fd, tc_fd; /* programs; -1 in a process that has maps only */
	/* dispatchers with our program alone, by ifindex & (CORDON_IFACE_MAX - 1); see xdp_keep() */
	struct {
		int ifindex; /* 0: none */
		uint32_t prog_id;
	} kept[CORDON_IFACE_MAX];
	int attached_fd;   /* hash, ifindex -> struct attached; see attach.c */
	char note[160];
	int pin_lock; /* of the directory that all versions share; -1 */
	struct elder elders[KERN_ELDERS_MAX];
	size_t n_elders;

	/* mmap-ed, NULL where the kernel refused */
	struct cordon_state *state;
	struct cordon_deny_filter *filter;
	struct cordon_deny_line *index;
	struct cordon_flow_bucket *flows;
	uint32_t flow_slots;

	/* keys of the deny map behind each bit of the filter; read from the map at the first change */
	uint32_t *deny_keys; /* CORDON_DENY_FILTER_BITS of them */
	uint32_t deny_count;
	uint32_t index_used; /* slots of the index; counted with them */
	bool learned_counted; /* state->learned agrees with the map */
};

/* --- load.c: the skeleton --- */

/* the skeleton, opened with sizes, settings and every map of k->fds that is there; not loaded */
int kern_skel_open(const struct kern *k, struct cordon_bpf **ret, struct strbuf *err);
struct bpf_object *kern_skel_object(struct cordon_bpf *s);
/* only xdp_ingress will be loaded, by libxdp */
void kern_skel_xdp_only(struct cordon_bpf *s);
void kern_skel_free(struct cordon_bpf *s);
DEFINE_CLEANUP(struct cordon_bpf, kern_skel_free)
/* load programs and the maps that are missing, fill fds, xdp_fd and tc_fd */
int kern_load(struct kern *k, struct strbuf *err);
/* does an open map fit what @s would load? */
bool kern_map_fits(const struct kern *k, const struct cordon_bpf *s, unsigned int map, int fd);
/* of the object's bytes, the settings and the sizes; never 0 */
uint64_t kern_build(const struct kern *k);
const char *kern_map_name(unsigned int map);

/* --- pin.c --- */

int kern_pin_prepare(struct kern *k, struct strbuf *err); /* bpffs is there, and the directory in it */
char *kern_pin_path(const struct kern *k, const char *name, char ret[KERN_PATH_MAX]);
int kern_pin_open(const struct kern *k, const char *name); /* descriptor or -errno */
int kern_pin_replace(const struct kern *k, const char *name, int fd);
void kern_pin_remove(const struct kern *k, const char *name);

/* --- libbpf.c: messages of libbpf and libxdp --- */

void kern_print_to_log(void); /* no capture, but nothing on stderr either */
void kern_capture_begin(void);
void kern_capture_end(void);
/* "cannot WHAT: error; the cure", with the first lines of what the libraries said since kern_capture_begin(); ends the capture */
void kern_explain(struct strbuf *err, const char *what, int error);

/* --- attach.c: what the pinned map `attached` keeps for each interface --- */

struct attached {
	uint32_t xdp_id; /* of our program there */
	uint32_t flags;	 /* ATTACHED_* */
	uint64_t build;	 /* of that program, see kern_build() */
};

/* --- deny.c --- */

void kern_deny_forget(struct kern *k);
/* the guards have changed: who is in the index of cut MACs is judged again */
/* a guard has come or gone: entries of its MAC leave the index of cut devices, or come back */
void kern_deny_guard_changed(struct kern *k, const struct cordon_guard_key *guard);

/* --- denyidx.c: the index of cut MACs, in step with the deny map --- */

/* a key that is not in it; before the first one of a process deny_index_learn() */
void deny_index_learn(struct kern *k);
void deny_index_set(struct kern *k, const struct cordon_deny_key *key, const struct cordon_deny *val);
/* what its slot has counted is added to @val (which may be NULL) */
void deny_index_del(struct kern *k, const struct cordon_deny_key *key, struct cordon_deny *val);
int deny_index_each(const struct kern *k, int (*cb)(const struct kern_deny_count *, void *), void *ctx);
void deny_index_counts(const struct kern *k, const struct cordon_deny_key *key, struct cordon_deny *val);

/* --- xdp.c --- */

/* what is at the XDP hook of an interface */
struct xdp_there {
	uint32_t prog_id; /* of the program or of the dispatcher; 0: none */
	uint32_t ours_id; /* of our program there; 0: not ours. Ours: it uses our counters. */
	bool other_cordon; /* an xdp_ingress of another Cordon */
	bool dispatcher, generic;
	bool others;	   /* programs of others in the dispatcher */
	char name[16];	  /* of the program prog_id */
};
int xdp_look(const struct kern *k, int ifindex, struct xdp_there *ret);
bool xdp_is_taken(const struct xdp_there *there); /* by somebody who leaves no place; never forced out */
int xdp_attach(struct kern *k, struct kern_attach *a, const struct xdp_there *there, struct strbuf *err);
int xdp_detach(struct kern *k, int ifindex, const struct xdp_there *there, struct strbuf *err);
/*
 * xdp_keep() - what is there is put back as it is when somebody takes it off: a dispatcher is pinned, with our program
 * in it, until libxdp takes it apart, so nothing has to be loaded again, which takes the verifier seconds on a slow
 * processor. Not with programs of others in it: whoever took them off may have meant them.
 */
void xdp_keep(struct kern *k, int ifindex, const struct xdp_there *there);

/* --- tc.c --- */

/* 1: a program is in our place at the egress hook, 2: the one loaded now, 0: none, negative errno */
int tc_look(const struct kern *k, int ifindex, bool tcx);
int tc_attach(struct kern *k, struct kern_attach *a, bool *ret_qdisc, struct strbuf *err);
int tc_detach(struct kern *k, int ifindex, bool tcx, bool qdisc, struct strbuf *err);

/* --- offload.c --- */

#define OFFLOAD_RXVLAN (1u << 0)
#define OFFLOAD_LRO (1u << 1)
/* turns off what XDP cannot see through; *ret_off: OFFLOAD_* that were on before */
int offload_off(const char *ifname, uint32_t *ret_off, struct strbuf *err);
int offload_restore(const char *ifname, uint32_t off);
/* a driver's name, "" when unknown */
void offload_driver(const char *ifname, char ret[32]);

#endif
