/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence without a rule: what the kernel counts of a device, and what it says of itself. */
#ifndef ACT_BEHAVIOUR_H
#define ACT_BEHAVIOUR_H

#include "act/act.h"

/*
 * X(id, name, severity, response unless `responses:` says otherwise, text); the name is the classtype, the number the sid
 * A threshold of 0 in the configuration turns one off.
 */
#define BEHAVIOUR_LIST(X)                                                                                       \
	X(SCAN, "scan", AUTO, "connects to many endpoints that do not answer")                                  \
	X(FLOOD, "flood", AUTO, "begins more flows than any device needs")                                      \
	X(SPOOF, "address-spoof", CONFIRM, "claims addresses that are another's")                               \
	X(ROGUE_RA, "rogue-ra", CONFIRM, "sends router advertisements")                                         \
	X(ROGUE_DHCP, "rogue-dhcp", CONFIRM, "answers as a DHCP server")                                        \
	X(UPLOAD, "upload", CONFIRM, "sends far more than it ever does")                                        \
	X(FLOW_FLOOD, "flow-flood", CONFIRM, "floods one address")
#define BEHAVIOUR_X(id, ...) BEHAVIOUR_##id,
enum { BEHAVIOUR_LIST(BEHAVIOUR_X) BEHAVIOURS };

/*
 * act_identity() - a FINDING_IDENTITY: what the device says goes into its record
 * Return: true when that is evidence; *ret is then an alert for act_finding()
 */
bool act_identity(struct act *a, const struct finding *f, struct finding *ret);
/* what `behaviour:` says of uploads */
struct habit_rule behaviour_habit_rule(const struct conf *c);
/* looks at the kernel's counts of all devices; @cb is given an alert for each that is over a threshold, once a minute */
void act_poll(struct act *a, uint64_t now_ns, void (*cb)(const struct finding *, void *), void *ctx);
/* endpoints behind @set of the bits of struct cordon_device.fan: linear counting (Whang et al. 1990) */
uint32_t behaviour_endpoints(unsigned int set);

#endif
