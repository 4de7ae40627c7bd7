/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration as the rest of the program sees it. One row per option in
 * conf/schema.c (name, type, offset here, range, default, unit, help); file,
 * command line and --set go through the same rows.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/str.h"
#include "base/vec.h"

/* where the control socket is looked for when nobody says otherwise */
#define CONF_RUN_DIR "/run/cordon"

enum { CONF_WEBHOOK_CORDON, CONF_WEBHOOK_SLACK };

/* whose bytes count where segments overlap, in the order of stream/tcp.h: Suricata's host-os-policy */
#define CONF_STREAM_POLICIES                                                                      \
	"first", "last", "bsd", "old-linux", "linux", "solaris", "hpux10", "hpux11", "irix", "macos", "windows", "vista", \
		"windows2k3"

/* who manages SIMs, or ports: X(id, enforcer); each has a file user/out/sim_<id>.c */
#define CONF_SIM_LIST(X) \
	X(soracom, "sim") \
	X(unifi, "switch")
#define CONF_X_SIM(id, ...) CONF_SIM_##id,
enum { CONF_SIM_NONE, CONF_SIM_LIST(CONF_X_SIM) CONF_SIM_PROVIDERS };
/* what is done with the SIM of a quarantined device */
enum { CONF_SIM_GROUP, CONF_SIM_DEACTIVATE };

struct conf_iface {
	char name[16]; /* IFNAMSIZ */
	uint8_t role;  /* CORDON_ROLE_* */
	uint8_t mode;  /* CORDON_MODE_*; from `mode` when not given */
	bool has_mode; /* it was given: a later `mode` leaves it alone */
	uint16_t zone; /* stable number; default: 0 */
	bool generic;  /* XDP generic asked for */
};

struct conf_feed {
	char *name, *format, *source; /* source: a file, or an address that is fetched */
	uint8_t action;		      /* CORDON_ACTION_*; CORDON_ACTIONS: by its category */
	uint8_t confidence;	      /* 0 ... 100 */
	char *category;
	bool observe;
	uint32_t min_entries, max_entries; /* of a new generation */
	uint8_t max_removed;		   /* percent of the last one */
	uint8_t alert_below;		   /* confidence */
	uint64_t valid_ns;		   /* of entries without an end of their own; 0: as long as they are listed */
	uint64_t refresh_ns;		   /* a source that is fetched */
	char *ca_file, *proxy, *auth_file;
	char *key; /* who signs it; NULL: nobody */
};

/* what is done about a category of indicators, whatever its feeds ask for: one row of `categories:` */
struct conf_category {
	char category[65]; /* "": any */
	char group[64];	   /* of the device; "": any */
	uint8_t action;	   /* CORDON_ACTION_* */
};

/* who may not use an application: one row of `policy:` */
struct conf_policy {
	char *device; /* MAC, address or name; NULL: any */
	char *group;  /* NULL: any */
	uint8_t app;  /* CORDON_APP_* */
	bool deny;
};

/* what follows when a device deserves quarantine by one class of evidence: one row of `responses:` */
enum { CONF_RESPONSE_AUTO, CONF_RESPONSE_CONFIRM, CONF_RESPONSE_SUGGEST };
struct conf_response {
	char *class; /* a rule's classtype, "threat", "behaviour" or a behaviour's name; NULL: any */
	uint8_t response; /* CONF_RESPONSE_* */
	uint8_t level;	  /* CORDON_LEVEL_* */
};

struct conf_var {
	char *name, *value; /* HOME_NET, "[10.0.0.0/8]" */
};

struct conf {
	VEC(struct conf_iface) ifaces;
	VEC(struct conf_feed) feeds;
	VEC(struct conf_policy) policies;
	VEC(struct conf_category) categories;
	VEC(struct conf_var) vars;
	VEC(char *) rules;  /* rule files */
	VEC(char *) guards; /* MAC, address or prefix; text */
	VEC(struct prefix) home;
	VEC(struct prefix) update; /* where a device at level update may go */
	VEC(struct conf_response) responses;

	uint8_t mode; /* CORDON_MODE_* for interfaces without their own */
	bool strict;
	bool first_run; /* the built-in list is in force */
	char *state_dir, *run_dir, *bpffs, *user; /* user: whom the daemon and the inspector become */
	char *eve_file, *webhook_url, *webhook_secret_file, *classification_file; /* NULL: none */
	uint8_t webhook_format;							  /* CONF_WEBHOOK_* */
	char *mqtt_host, *mqtt_topic, *mqtt_user, *mqtt_password_file, *mqtt_ca_file;
	uint16_t mqtt_port;
	char *syslog_socket;
	char *command_run, *command_user; /* NULL: none */
	uint64_t command_timeout_ns;
	uint8_t sim_provider, sim_action, sim_level; /* CONF_SIM_*, CORDON_LEVEL_*: this one and those above */
	char *sim_url, *sim_key_file, *sim_ca_file, *sim_group;

	uint32_t stream_depth; /* bytes */
	bool stream_midstream, stream_async_oneside, stream_checksums;
	bool exact_books;
	uint8_t stream_policy; /* of CONF_STREAM_POLICIES */
	uint32_t alerts_per_packet;
	char *evidence_dir; /* NULL or "": none */
	bool flow_events;
	uint32_t eve_bytes; /* of the event file; 0: no bound */
	uint32_t evidence_files, evidence_bytes;
	uint64_t hold_wait_ns; /* mode hold: longest wait for a verdict */
	uint64_t quarantine_lease_ns; /* of the first offence */
	uint32_t quarantine_breaker_per_min;
	uint64_t watchdog_ns;
	uint32_t behaviour_scan, behaviour_flood, behaviour_spoof, behaviour_rogue; /* thresholds; 0: off */
	uint32_t behaviour_flow_flood, behaviour_upload;
	uint32_t behaviour_upload_floor;    /* bytes a minute */
	uint64_t behaviour_upload_learn_ns;
	uint32_t inventory_router_addresses;
	uint64_t inventory_forget_ns;
	char *inventory_oui_file; /* NULL: none */
	uint32_t quarantine_limit_rate; /* level limit: bytes a second, each direction */
	uint32_t flow_buckets, recorder_slots, ring_bytes;
	uint8_t quarantine_min_severity; /* rules of this priority number or lower (1 is worst) quarantine */
	uint8_t log_level;
};

/* what enforces a quarantine where we cannot: "sim", "switch", "nobody" */
const char *conf_sim_enforcer(uint8_t provider);

/* defaults of every row; conf_done() frees contents */
int conf_init(struct conf *c);
void conf_done(struct conf *c);

/*
 * conf_load_file() - read a file in the strict YAML subset
 * @c:   from conf_init(); becomes the defaults and what the file says
 * @err: one line: "FILE:LINE: unknown key 'moed' (did you mean 'mode'?)"
 * Return: 0; -EINVAL with @err; -errno of reading. @c is untouched on failure.
 */
int conf_load_file(struct conf *c, const char *path, struct strbuf *err);

/* one scalar option by its dotted name ("stream.depth", "64KiB"); -ENOENT with the nearest name in @err, -EINVAL */
int conf_set(struct conf *c, const char *name, const char *value, struct strbuf *err);

/*
 * One more interface, for the command line: @mode -1: that of `mode`, also when this is set later.
 * -EINVAL with @err: no such name, or named twice.
 */
int conf_add_iface(struct conf *c, const char *name, uint8_t role, int mode, bool generic, struct strbuf *err);

/* "10.0.0.0/8,2001:db8::/32" added to c->home; -EINVAL with @err */
int conf_add_home(struct conf *c, const char *list, struct strbuf *err);

/* the @i-th home network: of `home`, or where that is empty of private space; -ENOENT after the last */
int conf_home(const struct conf *c, size_t i, struct prefix *ret);

/* effective configuration as YAML that conf_load_file() accepts */
void conf_show(const struct conf *c, struct strbuf *out);

/* "a.b  type, range, default: help" for each row, for --help and the reference page */
void conf_help(struct strbuf *out);

#endif
