/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the three processes say to each other, over SOCK_SEQPACKET pairs made
 * by the keeper before it forks. Fixed structs; the receiver checks length,
 * number and ranges of everything, whoever the sender is.
 *
 *   rpc       daemon -> keeper, one request, one reply: the fixed list of what
 *             needs rights
 *   verdicts  daemon -> keeper: what becomes of a held packet; whose ends are told that they were rejected
 *             (struct finding_reject, known by its length)
 *   notify    keeper -> daemon: configuration, the descriptors of an inspector
 *   control   daemon -> inspector: rules; its answers
 *   findings  inspector -> daemon: struct finding
 */
#ifndef PROC_MSG_H
#define PROC_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cordon_limits.h"

#define MSG_FILES_MAX 250 /* Linux passes at most 253 (SCM_MAX_FD) */
#define PORTS_MAX 64	  /* interfaces one daemon serves */

/* --- rpc --- */

enum { RPC_ATTACH = 1, RPC_DETACH, RPC_NEW_THREAT, RPC_NEW_PREFILTER, RPC_STATUS, RPC_READY, RPC_RELOAD, RPC_STOP, RPC_MARKS, RPC_LAST };

struct rpc_request {
	uint32_t op;
	uint32_t lines; /* NEW_THREAT: of 64 bytes */
	char ifname[16];
	uint16_t zone;
	uint8_t role, mode, generic;
	uint8_t unload; /* STOP: take the programs off as well */
	uint8_t pad[2];
};

/* one interface as the keeper sees it */
struct port_status {
	char ifname[16];
	int32_t ifindex; /* 0: not there */
	uint16_t zone;
	uint8_t role, mode;
	uint8_t enforcing; /* our programs are attached */
	uint8_t generic, dispatcher, tcx;
	uint8_t passed_by; /* 1 << KERN_XDP, KERN_TC: packets go by without that program */
	uint8_t asked[2], proven[2]; /* XDP, TC: seconds of the last minute in which packets could, and did, prove it */
	uint64_t unseen;   /* packets that came in and its XDP program did not see */
	char note[160];	   /* what fell back, or why it is not enforcing */
};

/* mode hold: packets taken, and what became of them */
struct hold_counts {
	uint64_t held, cleared, denied;
	uint64_t late;	 /* no verdict in time, or no room to wait: by the policy, counted below or above as well */
	uint64_t failed; /* cleared, but could not be sent on */
};

/* packets of reject rules; limited: more than CORDON_REJECTS_S */
struct reject_counts {
	uint64_t sent, failed, limited;
};

struct rpc_reply {
	int32_t result; /* 0 or negative errno */
	uint32_t n_ports;
	uint32_t keeper_pid, inspector_pid;
	uint32_t inspector_restarts, daemon_restarts;
	struct hold_counts hold;
	struct reject_counts reject;
	char text[256]; /* why, with the cure; or a note */
	struct port_status ports[PORTS_MAX]; /* n_ports of them are sent */
};

/*
 * RPC_MARKS: frames for the loaded programs, see user/kern/run.c; the keeper does not look into them. A message of its
 * own, known by its length, which is above that of struct rpc_request.
 */
#define MARKS_MOST 768
#define MARKS_BYTES 98304

struct mark_head {
	uint32_t ifindex;
	uint16_t len; /* bytes of the frame that follows */
	uint8_t hook, pad;
};

struct rpc_marks {
	uint32_t op, n;
	uint8_t data[MARKS_BYTES]; /* n times a head and a frame, without gaps */
};

struct rpc_marks_reply {
	int32_t result;
	uint32_t n;
	uint32_t answer[MARKS_MOST]; /* CORDON_MARK_*; 0: the interface is none of ours, or it could not be run */
};

/* --- verdicts --- */

struct verdict {
	uint32_t ticket;
	uint32_t is_denied;
};

/* --- notify --- */

enum {
	NOTIFY_CONFIG = 1,
	NOTIFY_INSPECTOR,
	NOTIFY_NET,	 /* addresses or routes of this host changed */
	NOTIFY_ENFORCING, /* lost or back on an interface: text says which and why */
	NOTIFY_EVE	  /* the event file was moved away: another one comes with this */
};

/* files that only the operator may read, copied by the keeper; see handover.c */
enum { SECRET_WEBHOOK, SECRET_MQTT, SECRET_SIM, SECRETS };

/* files of the configuration, opened by the keeper: only paths that the configuration names */
struct notify {
	uint32_t type;
	uint32_t n_rules, n_feeds;
	uint8_t has_eve, has_classification, is_reload;
	uint8_t has_secret[SECRETS];
	uint8_t is_lost; /* ENFORCING */
	char text[240];
	int32_t rule_err[MSG_FILES_MAX]; /* 0: its descriptor follows; else the errno of opening */
	int32_t feed_err[MSG_FILES_MAX];
	/* descriptors: configuration text, event file, secrets, classification, rules, feeds; or findings, control */
};

/* --- control --- */

enum { CONTROL_LOAD = 1, CONTROL_LIST, CONTROL_SHOW, CONTROL_PROFILE };

#define CONTROL_TEXT_MAX 65536

/* descriptors: where the answer is written, then LOAD: prefilter map, classification, rule files */
struct control_request {
	uint32_t type, token, generation;
	uint32_t n_files, n_vars;
	uint8_t has_classification;
	uint8_t is_edit; /* LOAD: the last line of RULE_FILE_BY_HAND is new, and must fit a rule */
	uint8_t pad[2];
	uint32_t gid, sid; /* SHOW */
	uint32_t text_len;
	char text[CONTROL_TEXT_MAX]; /* names of the files, then name and value of each variable, each terminated */
};

struct control_reply {
	uint32_t type, token, generation;
	int32_t result; /* 0: done */
	uint32_t loaded, refused;
	uint32_t len; /* bytes of JSON in the answer's file */
	char text[256];
};

/* --- transport --- */

/* a socket pair, close on exec; 0 or -errno */
int msg_pair(int ret[2]);
/* bytes that may wait to be read from the other end; keeper only (SO_SNDBUFFORCE) */
void msg_buffer(int fd, int bytes);
/* 0; -EAGAIN when the receiver is slow and the socket does not block; -errno */
int msg_send(int fd, const void *data, size_t len, const int *files, size_t n_files);
/*
 * msg_recv() - one message
 * @files, @ret_n_files: descriptors that came with it, owned by the caller; at most MSG_FILES_MAX
 * Return: its length; 0: the other side has closed; -EAGAIN; -EMSGSIZE when it is longer than @size; -errno
 */
ssize_t msg_recv(int fd, void *data, size_t size, int *files, size_t *ret_n_files);
void msg_close_files(int *files, size_t n);

#endif
