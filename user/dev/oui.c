// SPDX-License-Identifier: BSD-2-Clause
/*
 * The IEEE's list: of its lines only those that say "28-6F-B9   (hex)\t\tName"
 * count. Sorted once, looked up by halves; 33,000 entries take 1.5 MB. Nothing
 * depends on it: a missing list means no vendor names.
 */
#include "dev/oui.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/vec.h"

#define OUI_FILE_MAX (32u << 20)
#define OUI_NAME_MAX 63

struct vendor {
	uint32_t oui;
	uint32_t name; /* offset in text */
};

struct oui {
	VEC(struct vendor) v;
	struct strbuf text; /* names, each terminated */
};

void oui_free(struct oui *o)
{
	if (!o)
		return;
	vec_done(&o->v);
	strbuf_done(&o->text);
	free(o);
}

DEFINE_CLEANUP(struct oui, oui_free)

static int hex_byte(const char *s)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *hi = s[0] ? strchr(digits, s[0]) : NULL, *lo = hi && s[1] ? strchr(digits, s[1]) : NULL;

	return lo ? (int)((hi - digits) << 4 | (lo - digits)) : -1;
}

/* "28-6F-B9   (hex)\t\tNokia Shanghai Bell Co., Ltd." */
static int take_line(struct oui *o, char *line)
{
	int a = strlen(line) > 18 ? hex_byte(line) : -1, b = a < 0 || line[2] != '-' ? -1 : hex_byte(line + 3),
	    c = b < 0 || line[5] != '-' ? -1 : hex_byte(line + 6);
	char *name = c < 0 ? NULL : strstr(line + 8, "(hex)");
	struct vendor v = { .oui = (uint32_t)(a << 16 | b << 8 | c), .name = (uint32_t)o->text.len };
	size_t n;

	if (!name)
		return 0;
	name += strlen("(hex)");
	name += strspn(name, " \t");
	n = strcspn(name, "\r\n");
	if (!n)
		return 0;
	strbuf_add(&o->text, name, n < OUI_NAME_MAX ? n : OUI_NAME_MAX);
	strbuf_add(&o->text, "", 1);
	return o->text.failed ? -ENOMEM : vec_push(&o->v, v);
}

static int compare(const void *a, const void *b)
{
	const struct vendor *x = a, *y = b;

	return x->oui < y->oui ? -1 : x->oui > y->oui;
}

int oui_load(const char *path, struct oui **ret)
{
	_cleanup_free_ char *data = NULL;
	_cleanup_(oui_free) struct oui *o = calloc(1, sizeof(*o));
	char *rest, *line;
	size_t len;
	int r = o ? file_read(path, OUI_FILE_MAX, &data, &len) : -ENOMEM;

	if (r)
		return r;
	rest = data;
	while (!r && (line = strsep(&rest, "\n")))
		r = take_line(o, line);
	if (r)
		return r;
	if (!o->v.len)
		return -EINVAL;
	qsort(o->v.data, o->v.len, sizeof(o->v.data[0]), compare);
	*ret = TAKE_PTR(o);
	return 0;
}

const char *oui_vendor(const struct oui *o, const uint8_t mac[6])
{
	struct vendor key = { .oui = (uint32_t)mac[0] << 16 | (uint32_t)mac[1] << 8 | mac[2] };
	const struct vendor *v;

	if (!o || mac[0] & 3) /* a group, or made up by the device */
		return NULL;
	v = bsearch(&key, o->v.data, o->v.len, sizeof(o->v.data[0]), compare);
	return v ? o->text.s + v->name : NULL;
}

size_t oui_count(const struct oui *o)
{
	return o ? o->v.len : 0;
}
