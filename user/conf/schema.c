// SPDX-License-Identifier: BSD-2-Clause
/* The option rows. `cordon config show --options` prints this file as a table. */
#include "conf/schema.h"

#include "cordon_limits.h"
#include "cordon_lists.h"

#define X_NAME(id, name, ...) name,

static const char *const modes[] = { CORDON_MODE_LIST(X_NAME) NULL };
static const char *const roles[] = { CORDON_ROLE_LIST(X_NAME) NULL };
static const char *const actions[] = { CORDON_ACTION_LIST(X_NAME) NULL };
static const char *const feed_actions[] = { CORDON_ACTION_LIST(X_NAME) "auto", NULL };
static const char *const apps[] = { CORDON_APP_LIST(X_NAME) NULL };
static const char *const levels[] = { CORDON_LEVEL_LIST(X_NAME) NULL };
static const char *const responses[] = { "auto", "confirm", "suggest", NULL };
static const char *const log_levels[] = { "error", "warn", "info", "debug", NULL };
static const char *const webhook_formats[] = { "cordon", "slack", NULL };
#define X_SIM(id, ...) #id,
static const char *const sim_providers[] = { "none", CONF_SIM_LIST(X_SIM) NULL };
static const char *const stream_policies[] = { CONF_STREAM_POLICIES, NULL };
static const char *const sim_actions[] = { "group", "deactivate", NULL };
static const char *const xdp_modes[] = { "native", "generic", NULL };

#define PATH_BYTES 4095
#define TO_TEXT_(x) #x
#define TO_TEXT(x) TO_TEXT_(x)

#define AT(field) .offset = offsetof(struct conf, field)
#define PATH(field, least) .type = CONF_TEXT, AT(field), .min = least, .max = PATH_BYTES, .unit = "path"

const struct conf_row conf_rows[] = {
	{ .name = "mode", .type = CONF_ENUM, AT(mode), .names = modes, .def = "react",
	  .help = "what interfaces without a mode of their own do" },
	{ .name = "strict", .type = CONF_BOOL, AT(strict), .def = "no",
	  .help = "where Cordon could not look: drop instead of pass" },
	{ .name = "exact_books", .type = CONF_BOOL, AT(exact_books), .def = "no",
	  .help = "count the packets that pass for each device, too, at the cost of a longer way for every packet" },
	{ .name = "first_run", .type = CONF_BOOL, AT(first_run), .def = "yes",
	  .help = "a few built-in names to try Cordon with, and old command servers, alert (feeds/first_run.conf)" },
	{ .name = "state_dir", PATH(state_dir, 1), .def = "/var/lib/cordon",
	  .help = "leases, manual threats and device names, kept over restarts" },
	{ .name = "run_dir", PATH(run_dir, 1), .def = CONF_RUN_DIR, .help = "control socket and lock" },
	{ .name = "bpffs", PATH(bpffs, 1), .def = "/sys/fs/bpf",
	  .help = "where the BPF file system is, or is to be, mounted" },
	{ .name = "user", .type = CONF_TEXT, AT(user), .min = 1, .max = 32, .def = "nobody",
	  .help = "whom the daemon and the inspector become; better a user of their own" },
	{ .name = "eve_file", PATH(eve_file, 0), .def = "/var/log/cordon/eve.json",
	  .help = "events as EVE JSON, a line each; empty: none" },
	{ .name = "eve_size", .type = CONF_SIZE, AT(eve_bytes), .max = 2147483648u, .def = "1073741824",
	  .help = "from this size on eve_file becomes FILE.1, in place of the one before; what does not fit into twice of it is lost, "
		  "and counted; 0: no bound" },
	{ .name = "flow_events", .type = CONF_BOOL, AT(flow_events), .def = "no",
	  .help = "an event of type flow for each flow with payload, when it has ended" },
	{ .name = "classification_file", PATH(classification_file, 0), .def = "",
	  .help = "Suricata's classification.config; empty: built-in priorities" },
	{ .name = "webhook.url", .type = CONF_TEXT, AT(webhook_url), .max = 2048, .def = "",
	  .unit = "http or https URL", .help = "quarantines are posted here; empty: nowhere" },
	{ .name = "webhook.secret_file", PATH(webhook_secret_file, 0), .def = "",
	  .help = "its first line is the key of the signature" },
	{ .name = "webhook.format", .type = CONF_ENUM, AT(webhook_format), .names = webhook_formats, .def = "cordon",
	  .help = "cordon: the event; slack: its summary as {\"text\": ...}, which chat services take" },
	{ .name = "mqtt.host", .type = CONF_TEXT, AT(mqtt_host), .max = 255, .def = "",
	  .help = "quarantines are published at this broker; empty: nowhere" },
	{ .name = "mqtt.port", .type = CONF_U16, AT(mqtt_port), .min = 1, .max = 65535, .def = "1883",
	  .help = "8883 is usual with TLS" },
	{ .name = "mqtt.topic", .type = CONF_TEXT, AT(mqtt_topic), .min = 1, .max = 128, .def = "cordon",
	  .help = "events go to TOPIC/quarantine_begin and the like; give each gateway its own" },
	{ .name = "mqtt.user", .type = CONF_TEXT, AT(mqtt_user), .max = 255, .def = "", .help = "empty: none" },
	{ .name = "mqtt.password_file", PATH(mqtt_password_file, 0), .def = "", .help = "its first line" },
	{ .name = "mqtt.ca_file", PATH(mqtt_ca_file, 0), .def = "",
	  .help = "authorities whose brokers are trusted; empty: no TLS" },
	{ .name = "syslog.socket", PATH(syslog_socket, 0), .def = "",
	  .help = "alerts and quarantines go there, usually /dev/log; empty: not" },
	{ .name = "command.run", .type = CONF_TEXT, AT(command_run), .max = 1024, .def = "",
	  .help = "program and arguments, separated by spaces, no shell: run on quarantines with the event on its standard "
		  "input, one at a time; taken at the start; empty: none" },
	{ .name = "command.user", .type = CONF_TEXT, AT(command_user), .max = 32, .def = "",
	  .help = "whom that program runs as; better not the user above" },
	{ .name = "command.timeout", .type = CONF_TIME, AT(command_timeout_ns), .min = 1000000000ULL, .max = 60 * 1000000000ULL, .def = "10s",
	  .help = "then it is killed, with what it has started, and tried again" },
	{ .name = "sim.provider", .type = CONF_ENUM, AT(sim_provider), .names = sim_providers, .def = "none",
	  .help = "whose API moves the SIM of a quarantined device, for mobile networks and mirror interfaces" },
	{ .name = "sim.url", .type = CONF_TEXT, AT(sim_url), .max = 1024, .def = "", .unit = "https URL",
	  .help = "base of the API; empty: the provider's own" },
	{ .name = "sim.key_file", PATH(sim_key_file, 0), .def = "",
	  .help = "two lines, the key's id and the key; the key should allow listing, group and state of SIMs only" },
	{ .name = "sim.ca_file", PATH(sim_ca_file, 0), .def = "", .help = "certificates to trust instead of the system's" },
	{ .name = "sim.action", .type = CONF_ENUM, AT(sim_action), .names = sim_actions, .def = "group",
	  .help = "group: into sim.group until the lease ends; deactivate: no service at all until then" },
	{ .name = "sim.group", .type = CONF_TEXT, AT(sim_group), .max = 63, .def = "",
	  .help = "id of the group with restricted egress" },
	{ .name = "sim.level", .type = CONF_ENUM, AT(sim_level), .names = levels, .def = "local",
	  .help = "quarantines of this level and above are also enforced at the SIM" },
	{ .name = "stream.depth", .type = CONF_SIZE, AT(stream_depth), .min = 1, .max = 1u << 30,
	  .def = TO_TEXT(1048576), .help = "bytes inspected of each direction of a flow" },
	{ .name = "stream.midstream", .type = CONF_BOOL, AT(stream_midstream), .def = "no",
	  .help = "take up TCP flows whose handshake was not seen" },
	{ .name = "stream.async-oneside", .type = CONF_BOOL, AT(stream_async_oneside), .def = "no",
	  .help = "the path shows one side of connections: a client's data is a stream although no server answers" },
	{ .name = "stream.policy", .type = CONF_ENUM, AT(stream_policy), .names = stream_policies, .def = "linux",
	  .help = "the devices' system: which bytes count where segments overlap; as Suricata's host-os-policy" },
	{ .name = "stream.checksums", .type = CONF_BOOL, AT(stream_checksums), .def = "yes",
	  .help = "ignore packets with a bad checksum, as their receiver does" },
	{ .name = "alerts.per_packet", .type = CONF_U32, AT(alerts_per_packet), .min = 1, .max = 255,
	  .def = TO_TEXT(15), .unit = "alerts",
	  .help = "of one packet the first in the order of rules are told; as Suricata's packet-alert-max" },
	{ .name = "evidence.dir", PATH(evidence_dir, 0), .def = "",
	  .help = "a small capture of what led to it is kept there for each alert; empty: none" },
	{ .name = "evidence.files", .type = CONF_U32, AT(evidence_files), .min = 1, .max = 1000000, .def = "1000",
	  .unit = "captures", .help = "the oldest go" },
	{ .name = "evidence.size", .type = CONF_SIZE, AT(evidence_bytes), .min = 65536, .max = 1u << 31,
	  .def = "67108864", .help = "of all captures of evidence; the oldest go" },
	{ .name = "hold.wait", .type = CONF_TIME, AT(hold_wait_ns), .min = 1000000, .max = 10 * 1000000000ULL,
	  .def = "1s", .help = "mode hold: longest wait for a verdict; then the packet passes, with strict it is dropped" },
	{ .name = "quarantine.lease", .type = CONF_TIME, AT(quarantine_lease_ns),
	  .min = 1000000000ULL, .max = 366 * 86400 * 1000000000ULL, .def = "10m",
	  .help = "of the first offence; the next ones last longer" },
	{ .name = "quarantine.breaker_per_min", .type = CONF_U32, AT(quarantine_breaker_per_min),
	  .min = 1, .max = 1000000, .def = "10", .unit = "devices",
	  .help = "more automatic quarantines in a minute wait for a person" },
	{ .name = "quarantine.limit_rate", .type = CONF_SIZE, AT(quarantine_limit_rate), .min = 1024,
	  .max = 1u << 30, .def = "65536", .unit = "bytes a second",
	  .help = "what a device at level limit may send, and receive" },
	{ .name = "quarantine.min_severity", .type = CONF_U8, AT(quarantine_min_severity), .min = 0,
	  .max = 255, .def = "1",
	  .help = "rules of this priority or a lower number (1 is worst) quarantine; 0: none does" },
	{ .name = "behaviour.scan", .type = CONF_U32, AT(behaviour_scan), .max = 1000, .def = "100",
	  .unit = "endpoints in 10 s", .help = "tried by TCP, most without an answer: quarantines as class scan; 0: off" },
	{ .name = "behaviour.flood", .type = CONF_U32, AT(behaviour_flood), .max = 100000000, .def = "20000",
	  .unit = "flows in 10 s", .help = "begun by one device: quarantines as class flood; 0: off" },
	{ .name = "behaviour.spoof", .type = CONF_U32, AT(behaviour_spoof), .max = 1000000, .def = "3",
	  .unit = "claims", .help = "of addresses that are another's: class address-spoof, a person is asked; 0: off" },
	{ .name = "behaviour.rogue", .type = CONF_U32, AT(behaviour_rogue), .max = 1000000, .def = "3",
	  .unit = "messages", .help = "as a router or DHCP server: class rogue-ra, rogue-dhcp, a person is asked; 0: off" },
	{ .name = "behaviour.flow_flood", .type = CONF_U32, AT(behaviour_flow_flood), .max = 1000000000, .def = "50000",
	  .unit = "packets in 10 s", .help = "from one device to one address, of answered flows one for each 16 KiB, or without data and unasked: class flow-flood, a "
					     "person is asked; 0: off" },
	{ .name = "behaviour.upload", .type = CONF_U32, AT(behaviour_upload), .max = 1000000, .def = "8", .unit = "times",
	  .help = "what a device sent in its fullest minute of the last 7 days, sent in one: class upload, a person is asked; 0: off" },
	{ .name = "behaviour.upload_floor", .type = CONF_SIZE, AT(behaviour_upload_floor), .min = 1, .max = 1u << 31,
	  .def = "33554432", .help = "bytes in a minute that are never remarkable" },
	{ .name = "behaviour.upload_learn", .type = CONF_TIME, AT(behaviour_upload_learn_ns), .min = 1000000000ULL,
	  .max = 366 * 86400 * 1000000000ULL, .def = "1d", .help = "for so long a device is watched first" },
	{ .name = "inventory.router_addresses", .type = CONF_U32, AT(inventory_router_addresses), .max = 1000000,
	  .def = "32", .unit = "addresses", .help = "a MAC that converses from more is a router, its addresses are the devices; 0: never" },
	{ .name = "inventory.forget", .type = CONF_TIME, AT(inventory_forget_ns), .min = 60000000000ULL,
	  .max = 3650 * 86400 * 1000000000ULL, .def = "30d", .help = "a device unseen for so long is forgotten, unless it has a name" },
	{ .name = "inventory.oui_file", PATH(inventory_oui_file, 0), .def = "/usr/share/ieee-data/oui.txt",
	  .help = "who made which MAC, as in Debian's ieee-data; empty: no vendors" },
	{ .name = "flows.buckets", .type = CONF_U32, AT(flow_buckets), .min = 256, .max = 1u << 22,
	  .def = TO_TEXT(CORDON_FLOW_BUCKETS), .unit = "four flows, 512 bytes", .power_of_two = true,
	  .help = "size of the flow table" },
	{ .name = "recorder.slots", .type = CONF_U32, AT(recorder_slots), .min = 16, .max = 65536,
	  .def = TO_TEXT(CORDON_REC_SLOTS), .unit = "young TCP flows, 10 KiB", .power_of_two = true,
	  .help = "flows whose first bytes are kept at a time" },
	{ .name = "ring.size", .type = CONF_SIZE, AT(ring_bytes), .min = 1u << 17, .max = 1u << 30,
	  .def = "16777216", .power_of_two = true, .help = "ring between kernel and inspector" },
	{ .name = "watchdog", .type = CONF_TIME, AT(watchdog_ns), .min = 2000000000ULL, .max = 3600 * 1000000000ULL,
	  .def = "20s", .help = "a process of Cordon that makes no progress for so long is started again" },
	{ .name = "log.level", .type = CONF_ENUM, AT(log_level), .names = log_levels, .def = "info",
	  .help = "what goes to stderr" },
	{ 0 },
};
_Static_assert(CORDON_STREAM_DEPTH == 1048576, "the default of stream.depth is written out");
_Static_assert(CORDON_RING_BYTES == 16777216, "the default of ring.size is written out");

#undef AT
#define AT(field) .offset = offsetof(struct conf_iface, field)
const struct conf_row conf_iface_rows[] = {
	{ .name = "name", .type = CONF_CHARS, AT(name), .min = 1, .max = 15, .help = "as in ip link" },
	{ .name = "role", .type = CONF_ENUM, AT(role), .names = roles,
	  .help = "device: faces the devices; uplink: the network; mirror: sees both" },
	{ .name = "mode", .type = CONF_ENUM, AT(mode), .names = modes, .def = "react",
	  .help = "when not given: the mode above" },
	{ .name = "zone", .type = CONF_U16, AT(zone), .max = 65535, .def = "0",
	  .help = "a number that stays, also when the interface is renamed" },
	{ .name = "xdp", .type = CONF_ENUM, AT(generic), .names = xdp_modes, .def = "native",
	  .help = "generic is slower, for drivers without XDP" },
	{ 0 },
};

#undef AT
#define AT(field) .offset = offsetof(struct conf_feed, field)
const struct conf_row conf_feed_rows[] = {
	{ .name = "name", .type = CONF_TEXT, AT(name), .min = 1, .max = 64, .help = "of your choice, once" },
	{ .name = "format", .type = CONF_TEXT, AT(format), .min = 1, .max = 31, .def = "auto",
	  .help = "as cordon feed check says; auto: found out" },
	{ .name = "source", .type = CONF_TEXT, AT(source), .min = 1, .max = PATH_BYTES, .unit = "path",
	  .help = "the file, or an https address" },
	{ .name = "action", .type = CONF_ENUM, AT(action), .names = feed_actions, .def = "auto",
	  .help = "what an entry of this feed asks for; auto: by the feed's category, see feeds/README.md" },
	{ .name = "confidence", .type = CONF_U8, AT(confidence), .max = 100, .def = "50", .help = "0 to 100" },
	{ .name = "category", .type = CONF_TEXT, AT(category), .min = 1, .max = 64, .def = "threat",
	  .help = "shown in alerts" },
	{ .name = "observe", .type = CONF_BOOL, AT(observe), .def = "no",
	  .help = "say what would have been done, do nothing" },
	{ .name = "alert_below", .type = CONF_U8, AT(alert_below), .max = 100, .def = "50",
	  .help = "entries of less confidence alert only" },
	{ .name = "valid_for", .type = CONF_TIME, AT(valid_ns), .max = 3650 * 86400 * 1000000000ULL, .def = "0",
	  .help = "an entry without an end of its own ends so long after the source last listed it; 0: when it lists it no more" },
	{ .name = "min_entries", .type = CONF_U32, AT(min_entries), .max = CORDON_FEED_ENTRIES, .def = "0",
	  .help = "a new version with fewer is refused" },
	{ .name = "max_entries", .type = CONF_U32, AT(max_entries), .min = 1, .max = CORDON_FEED_ENTRIES, .def = "8000000",
	  .help = "a new version with more is refused" },
	{ .name = "max_removed", .type = CONF_U8, AT(max_removed), .min = 1, .max = 100, .def = "50", .unit = "percent",
	  .help = "a new version without so many of the last one's entries is refused" },
	{ .name = "refresh", .type = CONF_TIME, AT(refresh_ns), .min = 1000000000ULL, .max = 30 * 86400 * 1000000000ULL,
	  .def = "1h", .help = "how often a source that is an address is fetched; see what its publisher allows" },
	{ .name = "ca_file", .type = CONF_TEXT, AT(ca_file), .max = PATH_BYTES, .def = "", .unit = "path",
	  .help = "certificates to trust instead of the system's" },
	{ .name = "proxy", .type = CONF_TEXT, AT(proxy), .max = 255, .def = "", .help = "URL of a proxy" },
	{ .name = "auth_file", .type = CONF_TEXT, AT(auth_file), .max = PATH_BYTES, .def = "", .unit = "path",
	  .help = "one line: a header (Auth-Key: ...), or a bearer token; readable by the daemon's user" },
	{ .name = "key", .type = CONF_TEXT, AT(key), .max = 44, .def = "", .unit = "Ed25519, base64",
	  .help = "its content must be signed by this key, the signature beside it as SOURCE.sig; a bundle needs one" },
	{ 0 },
};

#undef AT
#define AT(field) .offset = offsetof(struct conf_policy, field)
const struct conf_row conf_policy_rows[] = {
	{ .name = "device", .type = CONF_TEXT, AT(device), .max = 64, .def = "",
	  .help = "MAC, address or name; empty: any" },
	{ .name = "group", .type = CONF_TEXT, AT(group), .max = 63, .def = "", .help = "empty: any" },
	{ .name = "app", .type = CONF_ENUM, AT(app), .names = apps, .help = "the application" },
	{ .name = "deny", .type = CONF_BOOL, AT(deny), .def = "yes", .help = "no: allowed, the first row that fits decides" },
	{ 0 },
};

#undef AT
#define AT(field) .offset = offsetof(struct conf_response, field)
const struct conf_row conf_response_rows[] = {
	{ .name = "class", .type = CONF_TEXT, AT(class), .max = 64, .def = "",
	  .help = "classtype of a rule, threat, behaviour or a behaviour's name; empty: any" },
	{ .name = "response", .type = CONF_ENUM, AT(response), .names = responses, .def = "auto",
	  .help = "auto: quarantine; confirm: when a person agrees; suggest: only say it" },
	{ .name = "level", .type = CONF_ENUM, AT(level), .names = levels, .def = "cut",
	  .help = "level of the quarantine, the first row that fits decides" },
	{ 0 },
};

#undef AT
#define AT(field) .offset = offsetof(struct conf_category, field)
const struct conf_row conf_category_rows[] = {
	{ .name = "category", .type = CONF_CHARS, AT(category), .max = 64, .def = "",
	  .help = "of the indicator, as its feed or the feed's `category` says; empty: any" },
	{ .name = "group", .type = CONF_CHARS, AT(group), .max = 63, .def = "", .help = "of the device; empty: any" },
	{ .name = "action", .type = CONF_ENUM, AT(action), .names = actions,
	  .help = "what is done; the first row that fits decides, no row: what the feed asks for" },
	{ 0 },
};

const struct conf_section conf_sections[] = {
	[CONF_INTERFACES] = { "interfaces", CORDON_IFACE_MAX, "interfaces to attach to" },
	[CONF_FEEDS] = { "feeds", 256, "threat feeds" },
	[CONF_RULES] = { "rules", 1024, "rule files" },
	[CONF_GUARD] = { "guard", CORDON_GUARD_MAX, "MACs, addresses and prefixes that are never denied" },
	[CONF_HOME] = { "home", 1024, "home networks; none: private space" },
	[CONF_VARS] = { "vars", 1024, "rule variables, as HOME_NET: \"[10.0.0.0/8]\"" },
	[CONF_POLICY] = { "policy", 1024, "who may not use an application" },
	[CONF_UPDATE] = { "update", CORDON_ALLOW_MAX / 2, "addresses and prefixes that a device at level update may reach" },
	[CONF_RESPONSES] = { "responses", 256, "who may be quarantined without being asked, by class of evidence" },
	[CONF_CATEGORIES] = { "categories", CORDON_CATEGORY_ROWS, "what is done about listed threats, by category and group of devices" },
	[CONF_SECTIONS] = { 0 },
};
