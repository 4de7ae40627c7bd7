/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command rows, in the order `cordon --help` shows them. A command is one
 * file cmd_<file>.c that defines, for its row's id,
 *   int cmd_<id>(const struct args *a);
 *   const struct cli_option cmd_<id>_options[] = { ..., { 0 } };
 * X(id, name, group, words, help): words name what is not an option, for the
 * usage line; rows of one group stand together.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#define COMMAND_LIST(X)                                                                            \
	X(run, "run", "daemon", "", "the daemon, in the foreground")                               \
	X(reload, "reload", "daemon", "", "read the configuration, its rules and feeds again")     \
	X(attach, "attach", "daemon", "IF --role R", "attach to one more interface")               \
	X(detach, "detach", "daemon", "IF | --all", "take the programs off an interface; also without a daemon") \
	X(status, "status", "daemon", "", "is it enforcing, is it inspecting")                     \
	X(stats, "stats", "daemon", "", "every counter")                                           \
	X(events, "events", "daemon", "", "the last events, or with --follow those to come")       \
	X(config_check, "config check", "daemon", "FILE", "check a configuration file")            \
	X(config_show, "config show", "daemon", "[FILE]",                                          \
	  "print the defaults or the configuration FILE gives, as a file to start from")           \
	X(device_list, "device list", "device", "", "the devices that were seen")                  \
	X(device_show, "device show", "device", "DEVICE", "all that is known of one: by id, MAC, address or name") \
	X(device_name, "device name", "device", "DEVICE NAME", "call a device by a name")          \
	X(device_group, "device group", "device", "DEVICE GROUP", "put a device into a group, \"\" takes it out") \
	X(device_contract, "device contract", "device", "DEVICE [--enforce | --allow APP | --forbid APP | --off]",   \
	  "the applications a device talks, and those it may")                                     \
	X(why, "why", "device", "DEVICE | FLOW | NAME",                                            \
	  "which entry acts on a device, a flow, a name or an address, and what led to it")        \
	X(quarantine_add, "quarantine add", "quarantine", "DEVICE", "cut a device off")            \
	X(quarantine_release, "quarantine release", "quarantine", "DEVICE", "let a device back in") \
	X(quarantine_list, "quarantine list", "quarantine", "", "who is cut off, why and for how long") \
	X(quarantine_confirm, "quarantine confirm", "quarantine", "DEVICE", "begin what waits for a person") \
	X(quarantine_refuse, "quarantine refuse", "quarantine", "DEVICE", "forget what waits for a person") \
	X(quarantine_breaker_status, "quarantine breaker status", "quarantine", "",                \
	  "are automatic quarantines on, and what was held back")                                  \
	X(quarantine_breaker_reset, "quarantine breaker reset", "quarantine", "", "automatic quarantines are on again") \
	X(guard_add, "guard add", "guard", "WHAT", "never deny this MAC, address or prefix")       \
	X(guard_remove, "guard remove", "guard", "WHAT", "remove an entry that was added by hand") \
	X(guard_list, "guard list", "guard", "", "what is never denied, and why")                  \
	X(threat_add, "threat add", "threat", "ip|net|domain VALUE", "list an address, prefix or domain") \
	X(threat_remove, "threat remove", "threat", "VALUE", "take an entry off that was added by hand") \
	X(threat_list, "threat list", "threat", "", "what was listed by hand")                     \
	X(threat_lookup, "threat lookup", "threat", "VALUE", "what the lists in force say of an address or name") \
	X(feed_add, "feed add", "feed", "NAME FORMAT FILE|ADDRESS", "add a threat feed")           \
	X(feed_update, "feed update", "feed", "[NAME]", "read one feed's file again, or all of them") \
	X(feed_remove, "feed remove", "feed", "NAME", "remove a feed that was added by hand")      \
	X(feed_list, "feed list", "feed", "", "the feeds and how they are")                        \
	X(feed_show, "feed show", "feed", "NAME", "one feed: its generations, what it refused and why") \
	X(feed_rollback, "feed rollback", "feed", "NAME [GENERATION]", "an earlier generation is in force again") \
	X(feed_promote, "feed promote", "feed", "NAME", "out of observe: its entries do what they ask for") \
	X(feed_known, "feed known", "feed", "", "public feeds that Cordon knows of, with licence and interval")  \
	X(feed_accept, "feed accept", "feed", "NAME", "add one of them; read its publisher's terms first") \
	X(feed_keygen, "feed keygen", "feed", "FILE", "a new key to sign bundles with, into FILE; prints its public half") \
	X(feed_export, "feed export", "feed", "NAME|--all FILE", "what is in force as a signed bundle")  \
	X(feed_import, "feed import", "feed", "FILE", "take a signed bundle in, as a new feed or as news of one") \
	X(feed_check, "feed check", "feed", "[FORMAT:]FILE",                                       \
	  "read a feed as the daemon would: its format, what is accepted, what is refused and why") \
	X(rules_load, "rules load", "rules", "FILE...", "make these files the rules of the running daemon") \
	X(rules_list, "rules list", "rules", "", "the rules in force")                             \
	X(rules_show, "rules show", "rules", "SID", "a rule's text, state and what it did so far")      \
	X(rules_enable, "rules enable", "rules", "SID|re:TEXT|group:NAME",                          \
	  "rules that are commented out, disabled or suppressed are in force, also after updates")     \
	X(rules_disable, "rules disable", "rules", "SID|re:TEXT|group:NAME", "these rules are not loaded, also after updates") \
	X(rules_suppress, "rules suppress", "rules", "SID|re:TEXT|group:NAME",                      \
	  "these rules match in silence, always or for an address")                                   \
	X(rules_profile, "rules profile", "rules", "", "what each rule costs and found, the dearest first") \
	X(rules_check, "rules check", "rules", "FILE...",                                          \
	  "read rule files as the daemon would: what loads, what is refused and why, what is expensive") \
	X(replay, "replay", "offline", "PCAP...",                                                  \
	  "run captures through the real programs and rules: alerts, statistics")                  \
	X(version, "version", "other", "", "print version and build")

#endif
