/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may be asked of the daemon: one row each, X(id, text, acts). `acts` 1:
 * only root, the daemon's user and its group. A handler answers through
 * verbs_reply(), verbs_done() or verbs_fail(), at once or later.
 */
#ifndef DAEMON_VERBS_H
#define DAEMON_VERBS_H

#include "daemon/daemon.h"

#define VERB_LIST(X)                                                                              \
	X(status, "status", 0)                                                                    \
	X(stats, "stats", 0)                                                                      \
	X(events, "events", 0)                                                                    \
	X(reload, "reload", 1)                                                                    \
	X(attach, "attach", 1)                                                                    \
	X(detach, "detach", 1)                                                                    \
	X(device_list, "device list", 0)                                                          \
	X(device_show, "device show", 0)                                                          \
	X(device_name, "device name", 1)                                                          \
	X(quarantine_add, "quarantine add", 1)                                                    \
	X(quarantine_release, "quarantine release", 1)                                            \
	X(quarantine_list, "quarantine list", 0)                                                  \
	X(quarantine_confirm, "quarantine confirm", 1)                                            \
	X(quarantine_refuse, "quarantine refuse", 1)                                              \
	X(quarantine_breaker_status, "quarantine breaker status", 0)                              \
	X(quarantine_breaker_reset, "quarantine breaker reset", 1)                                \
	X(device_group, "device group", 1)                                                        \
	X(device_contract, "device contract", 0)                                                  \
	X(device_contract_change, "device contract change", 1)                                    \
	X(why, "why", 0)                                                                          \
	X(guard_add, "guard add", 1)                                                              \
	X(guard_remove, "guard remove", 1)                                                        \
	X(guard_list, "guard list", 0)                                                            \
	X(threat_add, "threat add", 1)                                                            \
	X(threat_remove, "threat remove", 1)                                                      \
	X(threat_list, "threat list", 0)                                                          \
	X(threat_lookup, "threat lookup", 0)                                                      \
	X(feed_add, "feed add", 1)                                                                \
	X(feed_update, "feed update", 1)                                                          \
	X(feed_remove, "feed remove", 1)                                                          \
	X(feed_rollback, "feed rollback", 1)                                                      \
	X(feed_promote, "feed promote", 1)                                                        \
	X(feed_export, "feed export", 1)                                                          \
	X(feed_show, "feed show", 0)                                                              \
	X(feed_list, "feed list", 0)                                                              \
	X(rules_load, "rules load", 1)                                                            \
	X(rules_list, "rules list", 0)                                                            \
	X(rules_show, "rules show", 0)                                                            \
	X(rules_profile, "rules profile", 0)                                                      \
	X(rules_enable, "rules enable", 1)                                                        \
	X(rules_disable, "rules disable", 1)                                                      \
	X(rules_suppress, "rules suppress", 1)

#define VERB_X_DECLARE(id, ...) void verb_##id(struct daemon *d, const struct ctl_request *r);
VERB_LIST(VERB_X_DECLARE)

/* exit codes of the command line (design.md section 6) */
enum { VERB_FAILED = 1, VERB_USAGE = 2, VERB_NOTHING = 4 };

/* of a negative errno: what is not there is "nothing matched" */
int verb_code(int error);
/* answers with @err, or done when @error is 0; frees @err */
void verb_answer(struct daemon *d, const struct ctl_request *r, int error, struct strbuf *err);
/* a text member that must be there; NULL after having answered */
const char *verb_need(struct daemon *d, const struct ctl_request *r, const char *key);
/* the device that the request names; NULL after having answered */
struct device *verb_device(struct daemon *d, const struct ctl_request *r);
/* a new {"ok":true ...} left open */
void verb_begin(struct json *j);
/* what is in force and how much of it is proven (verbs_proof.c): members "enforcing" and "attestation"; "proof" of an interface */
void verb_attestation(const struct daemon *d, struct json *j, const struct rpc_reply *a);
void verb_proof(struct json *j, const struct port_status *p);
/* nanoseconds on the boot clock as local text, "" for never (~0) */
void json_instant(struct json *j, const char *key, uint64_t boot_ns);
/* when a device was seen: first_ns and first_wall_ns of it, or the last ones */
void json_seen(struct json *j, const char *key, uint64_t ns, uint64_t wall_ns);
/* names of applications; @apps: bits of CORDON_APP_* */
void json_app_set(struct json *j, const char *key, uint64_t apps);

#endif
