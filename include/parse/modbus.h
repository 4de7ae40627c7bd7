/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Modbus/TCP: MBAP header and function code (Modbus Messaging on TCP/IP Implementation Guide 1.0b, section 3.1.3). */
#ifndef PARSE_MODBUS_H
#define PARSE_MODBUS_H

#include "parse/cursor.h"

/* the header and a function code */
#define MODBUS_HEADER 8
/* bytes the length field may count: unit, function and at most 252 of data */
#define MODBUS_LENGTH_MAX 254
/* set in the function code of an answer that reports an error */
#define MODBUS_EXCEPTION 0x80

struct modbus_adu {
	__u16 transaction;
	__u16 length; /* bytes behind the length field: unit, function, data */
	__u8 unit;
	__u8 function; /* MODBUS_EXCEPTION included */
};

/* PARSE_OK with @c behind the function code; PARSE_SHORT; PARSE_BAD: protocol is not 0 or the length cannot be */
static inline int modbus_parse(struct cur *c, struct modbus_adu *ret)
{
	const __u8 *p = cur_take(c, MODBUS_HEADER);
	__u16 length;

	if (!p)
		return PARSE_SHORT;
	length = (__u16)(p[4] << 8 | p[5]);
	if (p[2] || p[3] || length < 2 || length > MODBUS_LENGTH_MAX)
		return PARSE_BAD;
	ret->transaction = (__u16)(p[0] << 8 | p[1]);
	ret->length = length;
	ret->unit = p[6];
	ret->function = p[7];
	return PARSE_OK;
}

#endif
