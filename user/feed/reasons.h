/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a value of a feed is refused, or a feed as a whole: X(id, name, text). The
 * name is what tools count by and stays; several ids may share one. A reason is
 * one row here.
 */
#ifndef FEED_REASONS_H
#define FEED_REASONS_H

#define FEED_REASON_LIST(X)                                                                        \
	X(OK, "", "")                                                                              \
	X(NO_VALUE, "no_value", "no value")                                                        \
	X(NOT_A_VALUE, "not_a_value", "neither an address nor a name")                             \
	X(BAD_IPV6, "not_a_value", "not an IPv6 address or prefix")                                \
	X(BRACKET, "not_a_value", "bracket not closed, or no port behind it")                      \
	X(PREFIX_LEN, "prefix_length", "prefix length not in 0 ... 32")                            \
	X(RANGE_ORDER, "range_order", "range ends before it begins")                               \
	X(HASH, "file_hash", "a hash of a file, which is not on the wire")                         \
	X(URL_NO_SCHEME, "url_without_scheme", "a URL without its scheme")                         \
	X(URL_SCHEME, "url_scheme", "a URL that is neither http nor https")                        \
	X(URL_BAD, "url_malformed", "a URL without a host, with a password, or with bad bytes")    \
	X(URL_LONG, "url_too_long", "a URL longer than 2048 bytes")                                \
	/* space */                                                                                \
	X(V4_SHORT, "prefix_too_short", "shorter than /8")                                         \
	X(V6_SHORT, "prefix_too_short", "shorter than /19")                                        \
	X(THIS_NET, "this_network", "this network (0.0.0.0/8, RFC 791)")                           \
	X(PRIVATE_10, "private_space", "private space (10.0.0.0/8, RFC 1918)")                     \
	X(PRIVATE_172, "private_space", "private space (172.16.0.0/12, RFC 1918)")                 \
	X(PRIVATE_192, "private_space", "private space (192.168.0.0/16, RFC 1918)")                \
	X(CARRIER_NAT, "carrier_nat", "carrier NAT space (100.64.0.0/10, RFC 6598)")               \
	X(LOOPBACK, "loopback", "loopback (127.0.0.0/8)")                                          \
	X(LINK_LOCAL, "link_local", "link-local space (169.254.0.0/16, RFC 3927)")                 \
	X(PROTOCOLS, "special_purpose", "protocol assignments (192.0.0.0/24, RFC 6890)")           \
	X(DOC_1, "documentation", "documentation space (192.0.2.0/24, RFC 5737)")                  \
	X(DOC_2, "documentation", "documentation space (198.51.100.0/24, RFC 5737)")               \
	X(DOC_3, "documentation", "documentation space (203.0.113.0/24, RFC 5737)")                \
	X(MULTICAST, "multicast", "multicast (224.0.0.0/4)")                                       \
	X(RESERVED, "reserved", "reserved and broadcast (240.0.0.0/4, RFC 1112)")                  \
	X(V6_LOCAL, "private_space", "unique local space (fc00::/7, RFC 4193)")                    \
	X(V6_LINK_LOCAL, "link_local", "link-local space (fe80::/10, RFC 4291)")                   \
	X(V6_MULTICAST, "multicast", "multicast (ff00::/8, RFC 4291)")                             \
	X(V6_ZERO, "loopback", "unspecified, loopback or compatible (::/64, RFC 4291)")            \
	X(NAT64, "special_purpose", "NAT64 (64:ff9b::/96, RFC 6052): list the IPv4 address")       \
	X(V6_DOC, "documentation", "documentation space (2001:db8::/32, RFC 3849)")                \
	X(V6_DOC_2, "documentation", "documentation space (3fff::/20, RFC 9637)")                  \
	X(V6_NOT_GLOBAL, "reserved", "not global unicast space (2000::/3, RFC 4291)")              \
	/* names */                                                                                \
	X(SINGLE_LABEL, "single_label", "a single label would cover a whole top-level domain")     \
	X(LOCAL_NAME, "local_name", "a local name, not in the public DNS (RFC 6761)")              \
	X(PUBLIC_SUFFIX, "public_suffix", "a public suffix: it would cover the names of others")   \
	/* checks against what this network needs */                                               \
	X(GUARDED, "guarded", "on, around or below an entry of the list of what no feed may block")    \
	X(LEFT_OUT, "guarded",                                                                     \
	  "touches what is guarded here: gateway, resolver, own address, home, or listed so")      \
	X(POPULAR, "too_popular", "a name or address too many rely on to be blocked by a feed")    \
	X(WARNINGLIST, "warninglist", "on a warning list of values that are no threat")            \
	/* lines */                                                                                \
	X(LINE_LENGTH, "line_too_long", "line longer than 64 KiB")                                 \
	X(BINARY, "binary_data", "binary data")                                                    \
	X(SEVERAL, "several_values", "more than one value on the line")                            \
	X(HTML, "web_page", "a web page, nothing like any known format")                           \
	X(NO_FORMAT, "unknown_format", "nothing like any known format")                            \
	/* formats */                                                                              \
	X(NO_ADDRESS, "no_sink", "does not begin with an address")                                 \
	X(NO_NAME, "no_name", "no name behind the address")                                        \
	X(REAL_ADDRESS, "redirect", "sent to a real address, which is not a block")                \
	X(RANGE_COLUMNS, "range_columns", "first address, last address and prefix length do not agree")  \
	X(FEW_COLUMNS, "missing_column", "fewer columns than the header")                          \
	X(NO_COLUMN, "missing_column",                                                             \
	  "no header with a known column, and no column of addresses or names")                    \
	X(NO_INDICATOR, "no_indicator", "has no address, name or URL")                             \
	X(COSMETIC, "cosmetic_rule", "hides parts of a page: nothing to block on the wire")        \
	X(PATTERN, "url_pattern", "a pattern over URLs, not a whole name")                         \
	X(OPTION, "option_unsupported", "has an option that cannot be honoured")                   \
	X(DIRECTIVE, "unknown_directive", "a line this format has no use for")                     \
	X(FORWARD, "forward", "sent to a resolver, which is not a block")                          \
	X(ZONE_SYNTAX, "zone_syntax", "not a record of a zone file")                               \
	X(ZONE_TYPE, "zone_type", "a record type that no action is made of")                       \
	X(ZONE_OUT, "out_of_zone", "not below the zone's origin")                                  \
	X(CLIENT, "client_trigger", "is about the client, not about what it talks to")             \
	X(CATEGORY_ROW, "category_row", "a category of a reputation list, not an address")         \
	X(SCORE, "bad_score", "category not in 1 ... 60, or score not in 0 ... 127")               \
	X(BASE64, "bad_base64", "neither base64 of a value nor a value")                           \
	X(JSON_SYNTAX, "json_syntax", "broken JSON: nothing of the feed is taken")                 \
	X(JSON_DEPTH, "json_depth", "JSON nested deeper than 32: nothing of the feed is taken")    \
	X(JSON_MEMBERS, "json_members", "an object with more than 64 members")                     \
	X(JSON_LONG, "value_too_long", "a value longer than 4096 bytes")                           \
	X(NOT_TO_IDS, "not_to_ids", "not meant for detection (to_ids is false)")                   \
	X(TYPE, "type_not_on_wire", "a type that is not seen on the wire")                         \
	X(DELETED, "deleted", "deleted by its publisher")                                          \
	X(MANIFEST, "manifest", "an index of events: give the directory or the address of all")    \
	X(SCOPE, "scope_unsupported", "a scope that is neither address, range nor domain")         \
	X(REVOKED, "revoked", "revoked by its publisher")                                          \
	X(EXPIRED, "expired", "its validity is over")                                              \
	X(NOT_YET, "not_yet_valid", "its validity has not begun")                                  \
	X(PATTERN_TYPE, "pattern_type", "a pattern in another language than STIX")                 \
	X(STIX_PATTERN, "stix_pattern", "a pattern of more than equality joined by OR, or one value AND ports")            \
	X(FILTER_LIST, "filter_list",                                                              \
	  "a warning list, of values that are no threat: its format is warninglist")           \
	X(WARN_SUBSTRING, "warninglist_substring", "a part of a name that is no suffix: cannot guard")   \
	X(WARN_REGEX, "warninglist_regex", "an expression that is more than a name or a suffix")     \
	X(WARN_TYPE, "warninglist_type", "a warning list of another type than string, hostname, substring, cidr, regex") \
	X(BUNDLE_HEAD, "bundle_head", "does not begin with {\"cordon_bundle\":1, \"version\": ..., \"entries\": ...}") \
	X(BUNDLE_COUNT, "bundle_count", "fewer or more entries than its head says")                \
	X(PARTS, "broken_frame", "several files in one that are not framed as Cordon does it")     \
	X(ASN, "autonomous_system", "an autonomous system: list its prefixes")                     \
	X(NO_DECISION, "no_decision", "an alert without a decision")                               \
	X(DECISION, "unknown_decision", "a decision that is neither ban, captcha, throttle nor whitelist") \
	X(KIND, "unknown_kind", "a kind that is not known")

#define FEED_X_REASON(id, ...) FEED_##id,
enum { FEED_REASON_LIST(FEED_X_REASON) FEED_REASONS };

const char *feed_reason_name(unsigned int reason);
const char *feed_reason_text(unsigned int reason);

#endif
