/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buffers rules may look at: X(id, name as the rule keyword spells it).
 * The rule language names them, app/ fills them, match/ searches them.
 */
#ifndef RULE_BUFFERS_H
#define RULE_BUFFERS_H

#define APP_BUFFER_LIST(X)                                                                        \
	X(PAYLOAD, "payload") /* packet or stream bytes: no sticky buffer */                      \
	X(DNS_QUERY, "dns.query")                                                                 \
	X(TLS_SNI, "tls.sni")                                                                     \
	X(HTTP_METHOD, "http.method")                                                             \
	X(HTTP_URI, "http.uri")                                                                   \
	X(HTTP_HOST, "http.host")                                                                 \
	X(HTTP_USER_AGENT, "http.user_agent")                                                     \
	X(HTTP_REQUEST_BODY, "http.request_body")
#define APP_X_BUFFER(id, ...) APP_BUFFER_##id,
enum { APP_BUFFER_LIST(APP_X_BUFFER) APP_BUFFERS };

#endif
