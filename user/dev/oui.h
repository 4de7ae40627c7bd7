/* SPDX-License-Identifier: BSD-2-Clause */
/* Who made a device, by the first three bytes of its MAC: the list of the IEEE as Debian's ieee-data has it. */
#ifndef DEV_OUI_H
#define DEV_OUI_H

#include <stddef.h>
#include <stdint.h>

struct oui;

/* reads oui.txt. 0; -ENOENT and other errors of reading; -EINVAL: nothing in it looks like an entry */
int oui_load(const char *path, struct oui **ret);
/* NULL: not listed, or a MAC nobody assigned (locally administered); @o may be NULL */
const char *oui_vendor(const struct oui *o, const uint8_t mac[6]);
size_t oui_count(const struct oui *o);
void oui_free(struct oui *o);

#endif
