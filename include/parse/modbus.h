/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Modbus/TCP: MBAP header and function code (Modbus Messaging on TCP/IP
 * Implementation Guide 1.0b, section 3.1.3), and what a request asks for
 * (Modbus Application Protocol 1.1b3, section 6).
 */
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

/* --- what a request asks for --- */

/* what it does, and to what: bits, those of Suricata's access types */
#define MODBUS_READ (1 << 0)
#define MODBUS_WRITE (1 << 1)
#define MODBUS_DISCRETES (1 << 2)
#define MODBUS_COILS (1 << 3)
#define MODBUS_INPUT (1 << 4)
#define MODBUS_HOLDING (1 << 5)
#define MODBUS_SINGLE (1 << 6)
#define MODBUS_MULTIPLE (1 << 7)

/* section 5.1: who gave the function its number; bits, so that a rule may name several */
#define MODBUS_UNASSIGNED (1 << 0)
#define MODBUS_ASSIGNED (1 << 1)
#define MODBUS_USER (1 << 2)
#define MODBUS_RESERVED (1 << 3)

enum {
	MODBUS_READ_COILS = 1, MODBUS_READ_DISCRETES, MODBUS_READ_HOLDING, MODBUS_READ_INPUT, MODBUS_WRITE_COIL,
	MODBUS_WRITE_REGISTER, MODBUS_DIAGNOSTIC = 8, MODBUS_WRITE_COILS = 15, MODBUS_WRITE_REGISTERS,
	MODBUS_MASK_REGISTER = 22, MODBUS_READ_WRITE_REGISTERS, MODBUS_MEI = 43,
};

struct modbus_request {
	__u8 access, category;	/* MODBUS_READ ..., MODBUS_ASSIGNED ... */
	__u8 has_address, has_sub;
	__u8 bad_length, bad_value; /* longer or shorter than its fields say; a quantity or value that cannot be */
	__u16 sub;		/* of a diagnostic */
	__u16 first, quantity;	/* coils or registers that are written or, when none are, read; as on the wire, from 0 */
	struct cur written;	/* values: coils eight a byte, the first in bit 0; registers in network order. pos NULL: none */
};

static inline __u8 modbus_access(__u8 function)
{
	switch (function) {
	case MODBUS_READ_COILS:
		return MODBUS_READ | MODBUS_COILS;
	case MODBUS_READ_DISCRETES:
		return MODBUS_READ | MODBUS_DISCRETES;
	case MODBUS_READ_HOLDING:
		return MODBUS_READ | MODBUS_HOLDING;
	case MODBUS_READ_INPUT:
		return MODBUS_READ | MODBUS_INPUT;
	case MODBUS_WRITE_COIL:
		return MODBUS_WRITE | MODBUS_COILS | MODBUS_SINGLE;
	case MODBUS_WRITE_REGISTER:
		return MODBUS_WRITE | MODBUS_HOLDING | MODBUS_SINGLE;
	case MODBUS_WRITE_COILS:
		return MODBUS_WRITE | MODBUS_COILS | MODBUS_MULTIPLE;
	case MODBUS_WRITE_REGISTERS:
		return MODBUS_WRITE | MODBUS_HOLDING | MODBUS_MULTIPLE;
	case MODBUS_MASK_REGISTER:
		return MODBUS_WRITE | MODBUS_HOLDING;
	case MODBUS_READ_WRITE_REGISTERS:
		return MODBUS_READ | MODBUS_WRITE | MODBUS_HOLDING | MODBUS_MULTIPLE;
	default:
		return 0;
	}
}

/* as Suricata has it: all up to 24 are assigned; of 8 and 43 what follows decides (modbus_data()) */
static inline __u8 modbus_category(__u8 function)
{
	__u8 f = function & 0x7f;

	if (!f)
		return 0;
	if (f <= 24)
		return MODBUS_ASSIGNED;
	if ((f >= 65 && f <= 72) || (f >= 100 && f <= 110))
		return MODBUS_USER;
	/* annex A: left to what old products use */
	if (f == 41 || f == 42 || f == MODBUS_MEI || f == 90 || f == 91 || f >= 125)
		return MODBUS_RESERVED;
	return MODBUS_UNASSIGNED;
}

/* address and quantity, of at most @max */
static inline int modbus_range(struct cur *c, struct modbus_request *r, __u16 max)
{
	if (cur_be16(c, &r->first) || cur_be16(c, &r->quantity)) {
		r->bad_length = 1;
		return PARSE_SHORT;
	}
	r->has_address = 1;
	r->bad_value = !r->quantity || r->quantity > max;
	return PARSE_OK;
}

/* values behind their count of bytes, as many of them as are there */
static inline void modbus_values(struct cur *c, struct modbus_request *r)
{
	__u8 n;

	r->bad_length = 1;
	if (cur_u8(c, &n))
		return;
	r->written = *c;
	r->bad_length = cur_left(c) != n;
	r->bad_value |= n != (r->access & MODBUS_COILS ? (r->quantity + 7) / 8 : r->quantity * 2);
	if (cur_left(c) > n)
		r->written.end = r->written.pos + n;
}

/* one address and its value */
static inline void modbus_single(struct cur *c, struct modbus_request *r)
{
	r->bad_length = cur_left(c) != 4;
	if (cur_be16(c, &r->first))
		return;
	r->has_address = 1;
	r->quantity = 1;
	if (cur_left(c) < 2)
		return;
	r->written = cur_of(c->pos, 2);
	r->bad_value = r->access & MODBUS_COILS && (c->pos[1] || (c->pos[0] && c->pos[0] != 0xff));
}

/* what has no number of its own but a subfunction that decides (sections 6.8, 6.19) */
static inline void modbus_special(struct cur *c, __u8 function, struct modbus_request *r)
{
	__u8 type;

	if (function == MODBUS_DIAGNOSTIC && !cur_be16(c, &r->sub)) {
		r->has_sub = 1;
		if ((r->sub >= 5 && r->sub <= 9) || r->sub >= 22)
			r->category = MODBUS_RESERVED;
	}
	if (function == MODBUS_MEI && !cur_u8(c, &type) && (type == 13 || type == 14))
		r->category = MODBUS_ASSIGNED;
}

static inline void modbus_data(struct cur *c, __u8 function, struct modbus_request *r)
{
	switch (function) {
	case MODBUS_WRITE_COIL:
	case MODBUS_WRITE_REGISTER:
		modbus_single(c, r);
		break;
	case MODBUS_MASK_REGISTER: /* no value: it depends on what is there */
		r->bad_length = cur_left(c) != 6;
		r->has_address = !cur_be16(c, &r->first);
		r->quantity = 1;
		break;
	case MODBUS_READ_COILS:
	case MODBUS_READ_DISCRETES:
	case MODBUS_READ_HOLDING:
	case MODBUS_READ_INPUT:
		r->bad_length = modbus_range(c, r, r->access & (MODBUS_COILS | MODBUS_DISCRETES) ? 2000 : 125) || cur_left(c);
		break;
	case MODBUS_READ_WRITE_REGISTERS:
		r->bad_length = 1;
		if (cur_skip(c, 4)) /* what it reads */
			break;
		/* fallthrough */
	case MODBUS_WRITE_COILS:
	case MODBUS_WRITE_REGISTERS:
		if (!modbus_range(c, r, r->access & MODBUS_COILS ? 1968 : 123))
			modbus_values(c, r);
		break;
	default:
		modbus_special(c, function, r);
	}
}

/* @c: behind the function code, ends with the ADU. What is cut leaves what is before it; never fails. */
static inline void modbus_request(struct cur *c, __u8 function, struct modbus_request *ret)
{
	*ret = (struct modbus_request){ .access = modbus_access(function), .category = modbus_category(function) };
	modbus_data(c, function, ret);
}

/* section 7, and 8 for files alone (6.14, 6.15) */
static inline int modbus_exception_is_known(__u8 function, __u8 code)
{
	return (code && code <= 7) || code == 10 || code == 11 || (code == 8 && ((function & 0x7f) == 20 || (function & 0x7f) == 21));
}

/*
 * The value that a request writes at @at: @access of modbus_request, @first where @p begins, both from 0. A coil is
 * 1 or 0. 0: it writes none there.
 */
static inline int modbus_written(__u8 access, __u16 first, const __u8 *p, __u32 n, __u32 at, __u16 *ret)
{
	__u32 i = at - first;

	if (at < first)
		return 0;
	if ((access & (MODBUS_COILS | MODBUS_MULTIPLE)) == (MODBUS_COILS | MODBUS_MULTIPLE)) {
		if (i / 8 >= n)
			return 0;
		*ret = p[i / 8] >> (i & 7) & 1;
		return 1;
	}
	if (i * 2 + 2 > n)
		return 0;
	*ret = (__u16)(p[i * 2] << 8 | p[i * 2 + 1]);
	if (access & MODBUS_COILS) /* section 6.5: 0xff00 sets it */
		*ret = *ret == 0xff00;
	return 1;
}

#endif
