// SPDX-License-Identifier: BSD-2-Clause
/* The rows of buffers.h as tables. */
#define RULE_BUFFERS_ROWS
#include "rule/buffers.h"

#define X_BUFFER(id, name, sticky, modifier, letter, apps, side, wire, flags)                     \
	[APP_BUFFER_##id] = { name, sticky, modifier, letter, apps, APP_SIDE_##side, APP_WIRE_##wire, flags },
const struct app_buffer_row app_buffers[APP_BUFFERS] = { APP_BUFFER_LIST(X_BUFFER) };

#define X_NUMBER(id, name, apps, side, max, flags) [APP_NUMBER_##id] = { name, apps, APP_SIDE_##side, flags, max },
const struct app_number_row app_numbers[APP_NUMBERS] = { APP_NUMBER_LIST(X_NUMBER) };
