// SPDX-License-Identifier: BSD-2-Clause
/* From the outputs' threads to the daemon's loop; see say.h. */
#include "out/say.h"

#include <pthread.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct saying list[SAY_MAX];
static size_t first, count;

void say(const char *what, const char *device, const char *text)
{
	char shown[240];

	str_escape(shown, sizeof(shown), text, strlen(text));
	log_info("%s: %s: %s", what, device, shown);
	pthread_mutex_lock(&lock);
	if (count < SAY_MAX) {
		struct saying *s = &list[(first + count++) % SAY_MAX];

		s->what = what;
		str_copy(s->device, sizeof(s->device), device);
		str_copy(s->text, sizeof(s->text), text);
	}
	pthread_mutex_unlock(&lock);
}

bool say_take(struct saying *ret)
{
	bool has;

	pthread_mutex_lock(&lock);
	has = count > 0;
	if (has) {
		*ret = list[first];
		first = (first + 1) % SAY_MAX;
		count--;
	}
	pthread_mutex_unlock(&lock);
	return has;
}
