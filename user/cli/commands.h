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
	X(config_check, "config check", "daemon", "FILE", "check a configuration file")            \
	X(config_show, "config show", "daemon", "[FILE]",                                          \
	  "print the defaults or the configuration FILE gives, as a file to start from")           \
	X(feed_check, "feed check", "feed", "[FORMAT:]FILE",                                       \
	  "read a feed as the daemon would: its format, what is accepted, what is refused and why") \
	X(rules_check, "rules check", "rules", "FILE...",                                          \
	  "read rule files as the daemon would: what loads, what is refused and why, what is expensive") \
	X(replay, "replay", "offline", "PCAP...",                                                  \
	  "run captures through the real programs and rules: alerts, statistics")                  \
	X(version, "version", "other", "", "print version and build")

#endif
