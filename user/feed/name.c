// SPDX-License-Identifier: BSD-2-Clause
/*
 * Names in canonical form (lower case, no trailing dot, IDNA as A-labels) and
 * the names no feed may list. The only file that knows libidn2 and libpsl.
 * The underscore is allowed: DNS names have it although host names do not.
 */
#include "feed/parse.h"

#include <idn2.h>
#include <libpsl.h>
#include <pthread.h>
#include <string.h>

#include "base/cleanup.h"

#define NAME_MAX_BYTES 253 /* RFC 1035 2.3.4, in text without trailing dot */
#define LABEL_MAX_BYTES 63

enum { BYTE_BAD, BYTE_GOOD, BYTE_UPPER };
static const uint8_t byte_kind[256] = {
	['a' ... 'z'] = BYTE_GOOD, ['0' ... '9'] = BYTE_GOOD, ['-'] = BYTE_GOOD,
	['_'] = BYTE_GOOD,	   ['.'] = BYTE_GOOD,	      ['A' ... 'Z'] = BYTE_UPPER,
};

/* canonical form of a byte of a name; 0: not allowed */
static unsigned char fold(unsigned char c)
{
	uint8_t kind = byte_kind[c];

	return kind == BYTE_BAD ? 0 : kind == BYTE_UPPER ? c | 0x20 : c;
}

bool name_byte_ok(unsigned char c)
{
	return byte_kind[c] == BYTE_GOOD;
}

size_t name_span(const char *name)
{
	size_t n = 0;

	while (byte_kind[(unsigned char)name[n]] == BYTE_GOOD)
		n++;
	return n;
}

static int canonical_ascii(const char *s, size_t len, char *dst, size_t size)
{
	size_t label = 0;

	if (!len || len > NAME_MAX_BYTES || len >= size)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = fold((unsigned char)s[i]);

		if (!c || (c == '.' && !label))
			return -EINVAL;
		label = c == '.' ? 0 : label + 1;
		if (label > LABEL_MAX_BYTES)
			return -EINVAL;
		dst[i] = (char)c;
	}
	if (!label)
		return -EINVAL;
	dst[len] = '\0';
	return 0;
}

static int canonical_idna(const char *s, size_t len, char *dst, size_t size)
{
	char in[4 * NAME_MAX_BYTES + 1];
	uint8_t *out = NULL;
	int r;

	if (len >= sizeof(in))
		return -EINVAL;
	memcpy(in, s, len);
	in[len] = '\0';
	if (idn2_lookup_u8((const uint8_t *)in, &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) !=
	    IDN2_OK)
		return -EINVAL;
	r = canonical_ascii((const char *)out, strlen((const char *)out), dst, size);
	idn2_free(out);
	return r;
}

int domain_canonical(const char *s, size_t len, char *dst, size_t size)
{
	char name[NAME_MAX_BYTES + 1];
	bool is_ascii = true;
	int r;

	if (len && s[len - 1] == '.')
		len--;
	for (size_t i = 0; i < len && is_ascii; i++)
		is_ascii = !(s[i] & 0x80);
	r = is_ascii ? canonical_ascii(s, len, name, sizeof(name))
		     : canonical_idna(s, len, name, sizeof(name));
	if (r || strlen(name) >= size)
		return -EINVAL;
	memcpy(dst, name, strlen(name) + 1);
	return 0;
}

bool domain_touches(const char *listed, bool covers, const char *name)
{
	size_t n = strlen(listed), m = strlen(name);

	if (n == m)
		return !strcmp(listed, name);
	if (n < m)
		return covers && name[m - n - 1] == '.' && !strcmp(name + m - n, listed);
	return listed[n - m - 1] == '.' && !strcmp(listed + n - m, name);
}

/* top-level names that are not in the public DNS */
static const char *const local_tops[] = {"localhost", "local", "internal", "arpa",
					 "invalid",   "onion", NULL};

static psl_ctx_t *suffixes;
static bool suffixes_owned;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static void suffixes_free(void)
{
	if (suffixes_owned)
		psl_free(suffixes);
	suffixes = NULL;
}

/* the system's list when it is newer than the one built into libpsl */
static void suffixes_open(void)
{
	suffixes = psl_latest(NULL);
	suffixes_owned = suffixes != NULL;
	if (!suffixes)
		suffixes = (psl_ctx_t *)(uintptr_t)psl_builtin();
	atexit(suffixes_free);
}

void name_prepare(void)
{
	pthread_once(&prepared, suffixes_open);
}

unsigned int name_refused(const char *name)
{
	const char *top = strrchr(name, '.');

	if (!top)
		return FEED_SINGLE_LABEL;
	for (size_t i = 0; local_tops[i]; i++)
		if (top[1] == *local_tops[i] && !strcmp(top + 1, local_tops[i]))
			return FEED_LOCAL_NAME;
	return FEED_OK;
}

unsigned int name_suffix(const char *name)
{
	name_prepare();
	if (!suffixes ||
	    !psl_is_public_suffix2(suffixes, name, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE))
		return NAME_OWN;
	return psl_is_public_suffix2(suffixes, name, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE)
		       ? NAME_SUFFIX
		       : NAME_SHARED;
}
