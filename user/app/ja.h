/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fingerprints of hellos: JA3 and JA3S (salesforce/ja3), JA4 (FoxIO's
 * specification of the TLS client fingerprint). GREASE values (RFC 8701) are
 * left out of all.
 */
#ifndef APP_JA_H
#define APP_JA_H

#include "base/str.h"
#include "parse/tls.h"

#define JA_HASH_LEN 32 /* MD5, lower-case hex */
#define JA4_LEN 36     /* t13d1516h2_8daaf6152771_e5627efa2ab1 */

/* "771,4865-4866,0-23,29-23,0": version, ciphers, extensions, groups, point formats */
void ja3_string(struct strbuf *b, const struct tls_hello *h);
/* "771,4865,43-51": version, cipher, extensions */
void ja3s_string(struct strbuf *b, const struct tls_server_hello *h);
/* MD5 of such a string, terminated; 0 or -EIO */
int ja3_hash(char ret[JA_HASH_LEN + 1], const struct strbuf *text);
/* @transport: 't' TCP, 'q' QUIC; terminated; 0, -EIO or -ENOMEM */
int ja4_hash(char ret[JA4_LEN + 1], const struct tls_hello *h, char transport);

#endif
