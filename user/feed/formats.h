/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The feed formats. Detection takes the one that most lines fit, of equals the
 * first. A format is its file fmt_<name>.c and its row here.
 * X(name, file suffix, by line, help); functions are fmt_<name>_detect, fmt_<name>_parse. By line: each line stands for
 * itself, wherever it stands, and none spoils the rest; such a file may be parsed in pieces.
 */
#ifndef FEED_FORMATS_H
#define FEED_FORMATS_H

#include "feed/parse.h"

#define FEED_FORMAT_LIST(X)                                                                        \
	X(hosts, ".hosts", true,                                                                         \
	  "hosts file: a sink address and names; the names only, not what is below")               \
	X(ipset, ".ipset", false, "FireHOL ipset or netset, or what `ipset save` prints")                 \
	X(plain, ".txt", true,                                                                           \
	  "one address, prefix, range, name or URL a line; names with all below them")             \
	X(iprep, ".list", false, "Suricata reputation list: address or prefix, category, score")          \
	X(dshield, ".dshield", false, "DShield's block list: first and last address, prefix length, and more")    \
	X(csv, ".csv", false,                                                                             \
	  "columns, with a header or one of them full of values (abuse.ch, CrowdSec)")             \
	X(dataset, ".lst", false, "Suricata dataset: values in base64, a reputation behind them")         \
	X(adblock, ".adblock", true, "Adblock rules for whole names, and their exceptions")              \
	X(dnsmasq, ".dnsmasq", true, "dnsmasq: address=, server= and local= without a server")           \
	X(rpz, ".rpz", false, "response policy zone")                                                     \
	X(bundle, ".bundle", false, "Cordon's own: what `cordon feed export` writes, with its signature")   \
	X(warninglist, ".warninglist", false,                                                             \
	  "MISP warning list: what no feed may block; no threats, but a guard against feeds")      \
	X(stix, ".stix", false, "STIX 2.1 bundle or TAXII 2.1 envelope: indicators")                      \
	X(misp, ".misp", false, "MISP events: attributes for detection")                                  \
	X(crowdsec, ".crowdsec", false, "CrowdSec decisions, alerts or a stream of them")                 \
	X(json, ".json", false,                                                                           \
	  "JSON records with a known member (abuse.ch, Spamhaus), or a list of values")

/* X: what users call it, the row */
#define FEED_ALIASES                                                                               \
	{"ip", "plain"}, {"cidr", "plain"}, {"range", "plain"}, {"domain", "plain"},               \
		{"url", "plain"}, {"netset", "ipset"}, {"firehol", "ipset"}, {"dnsbl", "rpz"},     \
		{"taxii", "stix"}, {"datarep", "dataset"}, {"ndjson", "json"},                     \
	{                                                                                          \
		"adguard", "adblock"                                                               \
	}

#define FEED_X_DECLARE(n, ...)                                                                     \
	size_t fmt_##n##_detect(const struct feed_sample *s);                                      \
	int fmt_##n##_parse(struct feed_parser *p, const char *data, size_t len);
FEED_FORMAT_LIST(FEED_X_DECLARE)

#endif
