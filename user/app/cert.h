/* SPDX-License-Identifier: BSD-2-Clause */
/* A certificate's fields as text, in the forms rules expect. */
#ifndef APP_CERT_H
#define APP_CERT_H

#include <stdint.h>

#include "base/str.h"
#include "parse/x509.h"

#define CERT_FINGERPRINT_LEN 59 /* 20 bytes of SHA-1, two digits each, colons between */

struct cert {
	struct strbuf subject, issuer; /* "C=US, O=Example, CN=cam.example" */
	struct strbuf serial;	       /* "00:F1:23": the INTEGER's bytes, a leading zero byte included */
	char fingerprint[CERT_FINGERPRINT_LEN + 1]; /* SHA-1 of the whole, lower case; "": not to be had */
	__s64 not_before, not_after;		    /* seconds since 1970 UTC */
	bool has_times;
};

/*
 * cert_read() - the fields of one certificate
 * @ret: must be zero or cert_clear()ed; cert_done() frees what it holds
 * Return: 0; -EBADMSG: not a certificate; -ENOMEM
 */
int cert_read(struct cert *ret, const uint8_t *der, uint32_t len);
void cert_done(struct cert *c);

#endif
