/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which application begins like this? Told from the first bytes of one
 * direction, by content. Pure; the same code in BPF and in user space. Reads a
 * fixed buffer of APP_PREFIX bytes, zero-padded, so that no bound depends on
 * foreign lengths.
 */
#ifndef PARSE_APP_H
#define PARSE_APP_H

#include "cordon_event.h"
#include "cordon_lists.h"
#include "parse/cursor.h"

#define APP_PREFIX 64

struct app_prefix {
	__u8 b[APP_PREFIX];
};

/*
 * In BPF each application is a global function, verified once: inlined into
 * one, their branches multiply beyond the verifier's limit. Such a function
 * must test a pointer it is given, or Linux 6.1 refuses it.
 */
#ifdef __bpf__
#define APP_FN __attribute__((weak, noinline))
#else
#define APP_FN static inline __attribute__((unused))
#endif

static __always_inline __u32 app_be32(const __u8 *p)
{
	return (__u32)p[0] << 24 | (__u32)p[1] << 16 | (__u32)p[2] << 8 | p[3];
}

static __always_inline __u32 app_be16(const __u8 *p)
{
	return (__u32)p[0] << 8 | p[1];
}

/* four letters as the number app_be32() reads */
#define APP_4(a, b, c, d) ((__u32)(a) << 24 | (__u32)(b) << 16 | (__u32)(c) << 8 | (d))

/* 1 when @x is not 0; arithmetic, since a comparison would be a branch for the verifier to follow
 * twice */
static __always_inline __u32 app_differs(__u32 x)
{
	__u32 minus = 0 - x;

	/* or clang sees the comparison and makes it a branch again */
	__asm__ volatile("" : "+r"(minus));
	return (x | minus) >> 31;
}

/* mask of those of the first four bytes that are there */
static __always_inline __u32 app_have4(__u32 n)
{
	return n >= 4 ? 0xffffffffu : ~(0xffffffffu >> (8 * n));
}

/* Does @p (n bytes) begin with the four bytes of @word? 1 yes, 0 no, -1: so far, but it ends before
 * the fourth. */
static __always_inline int app_begins(const __u8 *p, __u32 n, __u32 word)
{
	if ((app_be32(p) ^ word) & app_have4(n))
		return 0;
	return n >= 4 ? 1 : -1;
}

/* HTTP methods (RFC 9110 section 9.3, RFC 5789, RFC 4918, UPnP), by their first four bytes: X(a, b,
 * c, d) */
#define APP_HTTP_METHODS(X)                                                                        \
	X('G', 'E', 'T', ' ')                                                                      \
	X('P', 'O', 'S', 'T') X('H', 'E', 'A', 'D') X('P', 'U', 'T', ' ') X('D', 'E', 'L', 'E')    \
		X('O', 'P', 'T', 'I') X('C', 'O', 'N', 'N') X('T', 'R', 'A', 'C')                  \
			X('P', 'A', 'T', 'C') X('P', 'R', 'O', 'P') X('M', 'K', 'C', 'O')          \
				X('C', 'O', 'P', 'Y') X('M', 'O', 'V', 'E') X('L', 'O', 'C', 'K')  \
					X('U', 'N', 'L', 'O') X('S', 'U', 'B', 'S')                \
						X('U', 'N', 'S', 'U') X('N', 'O', 'T', 'I')        \
							X('S', 'E', 'A', 'R')                      \
								X('R', 'E', 'P', 'O')

/* 1: begins with an HTTP method; 0: no; -1: not yet to say. The space behind the token is for
 * app_request(). */
static __always_inline int app_http_method(const __u8 *p, __u32 n)
{
	__u32 w = app_be32(p), have = app_have4(n), none = 1;

#define APP_X_METHOD(a, b, c, d) none &= app_differs((w ^ APP_4(a, b, c, d)) & have);
	APP_HTTP_METHODS(APP_X_METHOD)
#undef APP_X_METHOD
	if (none)
		return 0;
	return n >= 4 ? 1 : -1;
}

/* RTSP methods that HTTP has not (RFC 7826 section 13): DESCRIBE, SETUP, PLAY, ANNOUNCE */
static __always_inline int app_rtsp_method(const __u8 *p, __u32 n)
{
	__u32 w = app_be32(p), have = app_have4(n);
	__u32 none = app_differs((w ^ APP_4('D', 'E', 'S', 'C')) & have) &
		     app_differs((w ^ APP_4('S', 'E', 'T', 'U')) & have) &
		     app_differs((w ^ APP_4('P', 'L', 'A', 'Y')) & have) &
		     app_differs((w ^ APP_4('A', 'N', 'N', 'O')) & have);

	if (none)
		return 0;
	return n >= 4 ? 1 : -1;
}

/* offset of the space that ends the first token, at most 12 bytes in; 0: none there */
static __always_inline __u32 app_token_end(const __u8 *p)
{
	__u32 end = 0;

	for (__u32 i = 12; i >= 1; i--) {
		__u32 is_space = app_differs(p[i] ^ ' ') - 1; /* all ones, or 0 */

		end = (end & ~is_space) | (i & is_space);
	}
	return end & 15;
}

/* a request: HTTP, or RTSP when its URI says so */
APP_FN int app_request(const struct app_prefix *x, __u32 n)
{
	int http, rtsp, uri;
	__u32 end;

	if (!x)
		return CORDON_APP_NONE;
	http = app_http_method(x->b, n);
	rtsp = app_rtsp_method(x->b, n);
	if (!http && !rtsp)
		return CORDON_APP_NONE;
	if (http < 0 || rtsp < 0)
		return CORDON_APP_UNDECIDED;
	end = app_token_end(x->b);
	if (!end || end >= n)
		return n > 12 ? CORDON_APP_NONE : CORDON_APP_UNDECIDED;
	/* of HTTP's methods OPTIONS, NOTIFY and SUBSCRIBE are others' as well */
	if (http && x->b[0] != 'O' && x->b[0] != 'N' && x->b[0] != 'S')
		return CORDON_APP_HTTP;
	uri = app_begins(x->b + end + 1, n - end - 1, APP_4('r', 't', 's', 'p'));
	if (uri)
		return uri > 0 ? CORDON_APP_RTSP : CORDON_APP_UNDECIDED;
	uri = app_begins(x->b + end + 1, n - end - 1, APP_4('s', 'i', 'p', ':'));
	if (uri)
		return uri > 0 ? CORDON_APP_SIP : CORDON_APP_UNDECIDED;
	return http ? CORDON_APP_HTTP : CORDON_APP_NONE;
}

APP_FN int app_response(const struct app_prefix *x, __u32 n)
{
	int r;

	if (!x)
		return CORDON_APP_NONE;
	r = app_begins(x->b, n, APP_4('H', 'T', 'T', 'P'));
	if (r)
		return r < 0 ? CORDON_APP_UNDECIDED : CORDON_APP_HTTP;
	r = app_begins(x->b, n, APP_4('R', 'T', 'S', 'P'));
	if (r)
		return r < 0 ? CORDON_APP_UNDECIDED : CORDON_APP_RTSP;
	return CORDON_APP_NONE;
}

APP_FN int app_ssh(const struct app_prefix *x, __u32 n)
{
	int r = x ? app_begins(x->b, n, APP_4('S', 'S', 'H', '-')) : 0; /* RFC 4253 section 4.2 */

	return !r ? CORDON_APP_NONE : r < 0 ? CORDON_APP_UNDECIDED : CORDON_APP_SSH;
}

/* RFC 8446 section 5.1 and 4: handshake record with a ClientHello or ServerHello */
APP_FN int app_tls(const struct app_prefix *x, __u32 n, __u32 dir)
{
	__u32 len;

	if (!x || x->b[0] != 0x16 || (n > 1 && x->b[1] != 3) || (n > 2 && x->b[2] > 4))
		return CORDON_APP_NONE;
	if (n < 6)
		return CORDON_APP_UNDECIDED;
	len = app_be16(x->b + 3);
	if (len < 4 || len > 16640 || x->b[5] != (dir == CORDON_TO_SERVER ? 1 : 2))
		return CORDON_APP_NONE;
	return CORDON_APP_TLS;
}

/*
 * RFC 1035 section 4.1.1: header of a query or an answer; @at: where it begins
 * (2 behind TCP's length). Away from a known port everything must fit: one
 * question that begins with a label, Z bit clear, no answers in a query.
 */
APP_FN int app_dns(const struct app_prefix *x, __u32 n, __u32 at, __u32 known_port)
{
	__u32 flags, qd, an, ns, ar, response;
	const __u8 *p;

	if (!x || n < at + 12)
		return CORDON_APP_NONE;
	p = x->b + (at ? 2 : 0);
	flags = app_be16(p + 2);
	qd = app_be16(p + 4);
	an = app_be16(p + 6);
	ns = app_be16(p + 8);
	ar = app_be16(p + 10);
	response = flags >> 15;
	if ((flags & 0x7800) >> 11 > 5)
		return CORDON_APP_NONE;
	if (known_port)
		return qd <= 32 && ar <= 512 && (response || (an <= 32 && ns <= 32))
			       ? CORDON_APP_DNS
			       : CORDON_APP_NONE;
	if (flags & 0x7840 || qd != 1 || !p[12] || p[12] > 63 || ar > 8)
		return CORDON_APP_NONE;
	if (response)
		return an <= 64 && ns <= 64 && (flags & 15) <= 10 ? CORDON_APP_DNS
								  : CORDON_APP_NONE;
	return !an && !ns && !(flags & 0x868f) && ar <= 2 ? CORDON_APP_DNS : CORDON_APP_NONE;
}

/*
 * RFC 9000 section 17.2: a long header, of version 1 or 2 (RFC 9369), a draft
 * or Google's, and connection ids of a length that these allow.
 */
APP_FN int app_quic(const struct app_prefix *x, __u32 n)
{
	__u32 version, known;

	if (!x || n < 16 || (x->b[0] & 0xc0) != 0xc0)
		return CORDON_APP_NONE;
	version = app_be32(x->b + 1);
	known = version == 1 || version == 0x6b3343cf || (version & 0xffffff00) == 0xff000000;
	if (known)
		return x->b[5] <= 20 ? CORDON_APP_QUIC : CORDON_APP_NONE;
	/* "Q" and three digits: 046, 050 */
	return (version & 0xfff0f0f0) == 0x51303030 ? CORDON_APP_QUIC : CORDON_APP_NONE;
}

static __always_inline int app_dns_port(__u16 sport, __u16 dport)
{
	return sport == 53 || dport == 53;
}

/*
 * What is built like DNS and is not: names of the link (RFC 6762, RFC 4795) and NetBIOS's (RFC 1002). Whoever asks for
 * recursion asks a resolver, on whatever port: the bit is 0 in the others' questions (RFC 6762 18.6, RFC 4795 2.1.1).
 */
static __always_inline int app_link_name(const struct app_prefix *x, __u16 sport, __u16 dport)
{
	if ((x->b[2] & 0x81) == 1 && sport != 137 && dport != 137)
		return CORDON_APP_UNDECIDED;
	if (sport == 5353 || dport == 5353)
		return CORDON_APP_MDNS;
	return sport == 5355 || dport == 5355 || sport == 137 || dport == 137 ? CORDON_APP_NONE : CORDON_APP_UNDECIDED;
}

/* MQTT 3.1.1 and 5.0 section 3.1: CONNECT; section 3.2: CONNACK */
APP_FN int app_mqtt(const struct app_prefix *x, __u32 n, __u32 dir)
{
	__u32 at = 2, len, word;

	if (!x || x->b[0] != (dir == CORDON_TO_CLIENT ? 0x20 : 0x10))
		return CORDON_APP_NONE;
	if (n < (dir == CORDON_TO_CLIENT ? 4 : 13))
		return CORDON_APP_UNDECIDED;
	if (dir == CORDON_TO_CLIENT)
		return x->b[1] >= 2 && !(x->b[2] & 0xfe) ? CORDON_APP_MQTT : CORDON_APP_NONE;
	if (x->b[1] & 0x80)
		at = x->b[2] & 0x80 ? (x->b[3] & 0x80 ? 5 : 4) : 3;
	len = app_be16(x->b + at);
	word = app_be32(x->b + at + 2);
	if ((len == 4 && word == APP_4('M', 'Q', 'T', 'T')) ||
	    (len == 6 && word == APP_4('M', 'Q', 'I', 's')))
		return CORDON_APP_MQTT;
	return CORDON_APP_NONE;
}

/* MODBUS/TCP section 3.1.3: MBAP header; away from port 502 the length must be the segment's */
APP_FN int app_modbus(const struct app_prefix *x, __u32 n, __u32 known_port)
{
	__u32 len, fn;

	if (!x || (n > 3 && (x->b[2] | x->b[3])))
		return CORDON_APP_NONE;
	if (n < 8)
		return known_port ? CORDON_APP_UNDECIDED : CORDON_APP_NONE;
	len = app_be16(x->b + 4);
	fn = x->b[7] & 0x7f;
	if (len < 2 || len > 254 || !fn || fn > 43)
		return CORDON_APP_NONE;
	return known_port || len + 6 == n ? CORDON_APP_MODBUS : CORDON_APP_NONE;
}

/* RFC 854, RFC 855: IAC and a negotiation command */
APP_FN int app_telnet(const struct app_prefix *x, __u32 n)
{
	if (!x || x->b[0] != 0xff)
		return CORDON_APP_NONE;
	if (n < 3)
		return CORDON_APP_UNDECIDED;
	return x->b[1] >= 0xfa && x->b[1] <= 0xfe ? CORDON_APP_TELNET : CORDON_APP_NONE;
}

/* as app_begins(), letters of either case; @word in lower case */
static __always_inline int app_begins_nocase(const __u8 *p, __u32 n, __u32 word)
{
	if (((app_be32(p) | 0x20202020) ^ word) & app_have4(n))
		return 0;
	return n >= 4 ? 1 : -1;
}

/*
 * Mail and FTP, what clients begin with: SMTP (RFC 5321 4.1.1.1; RFC 2033: LHLO),
 * POP3 (RFC 1939, RFC 2449), FTP (RFC 959 4.1.1, RFC 2389); USER is POP3's on its port
 */
APP_FN int app_mail_client(const struct app_prefix *x, __u32 n, __u32 pop3_port)
{
	int smtp, user, feat, capa;

	if (!x)
		return CORDON_APP_NONE;
	smtp = app_begins_nocase(x->b, n, APP_4('e', 'h', 'l', 'o')) |
	       app_begins_nocase(x->b, n, APP_4('h', 'e', 'l', 'o')) |
	       app_begins_nocase(x->b, n, APP_4('l', 'h', 'l', 'o'));
	user = app_begins_nocase(x->b, n, APP_4('u', 's', 'e', 'r'));
	feat = app_begins_nocase(x->b, n, APP_4('f', 'e', 'a', 't'));
	capa = app_begins_nocase(x->b, n, APP_4('c', 'a', 'p', 'a'));
	if (!smtp && !user && !feat && !capa)
		return CORDON_APP_NONE;
	if (n < 5)
		return CORDON_APP_UNDECIDED;
	if (x->b[4] != ' ' && x->b[4] != '\r' && x->b[4] != '\n')
		return CORDON_APP_NONE;
	if (smtp)
		return CORDON_APP_SMTP;
	return capa || (user && pop3_port) ? CORDON_APP_POP3 : CORDON_APP_FTP;
}

/* the same of servers: 220 is SMTP's and FTP's, and told by the port only; elsewhere the client will say */
APP_FN int app_mail_server(const struct app_prefix *x, __u32 n, __u32 port)
{
	int ready, pop3, imap;

	if (!x)
		return CORDON_APP_NONE;
	ready = app_begins(x->b, n, APP_4('2', '2', '0', ' ')) | app_begins(x->b, n, APP_4('2', '2', '0', '-'));
	pop3 = app_begins(x->b, n, APP_4('+', 'O', 'K', ' '));
	imap = app_begins(x->b, n, APP_4('*', ' ', 'O', 'K'));
	if (!ready && !pop3 && !imap)
		return CORDON_APP_NONE;
	if (n < 4)
		return CORDON_APP_UNDECIDED;
	if (pop3 || imap)
		return pop3 ? CORDON_APP_POP3 : CORDON_APP_IMAP;
	if (port == 25 || port == 465 || port == 587 || port == 2525)
		return CORDON_APP_SMTP;
	return port == 21 ? CORDON_APP_FTP : CORDON_APP_NONE;
}

/* 1 unless @a and @b, of which @have_a and @have_b are there, are the eight letters of @text */
#define APP_DIFFERS_8(text)                                                                        \
	(app_differs((a ^ APP_4((text)[0], (text)[1], (text)[2], (text)[3])) & have_a) |           \
	 app_differs((b ^ APP_4((text)[4], (text)[5], (text)[6], (text)[7])) & have_b))

/*
 * SIP (RFC 3261 section 7.1, RFC 3262, 3311, 3428, 3515, 3903): "SIP/2.0", or a
 * method that HTTP has not, as far as its eighth byte, with the begin of a sip
 * URI where that is near enough.
 */
APP_FN int app_sip(const struct app_prefix *x, __u32 n)
{
	__u32 a, b, have_a, have_b, none;

	if (!x)
		return CORDON_APP_NONE;
	a = app_be32(x->b);
	b = app_be32(x->b + 4);
	have_a = app_have4(n);
	have_b = n > 4 ? app_have4(n - 4) : 0;
	none = APP_DIFFERS_8("INVITE s") & APP_DIFFERS_8("REGISTER") & APP_DIFFERS_8("CANCEL s") & APP_DIFFERS_8("MESSAGE ") &
	       APP_DIFFERS_8("INFO sip") & APP_DIFFERS_8("PRACK si") & APP_DIFFERS_8("UPDATE s") & APP_DIFFERS_8("REFER si") &
	       APP_DIFFERS_8("PUBLISH ") & APP_DIFFERS_8("ACK sip:") & APP_DIFFERS_8("BYE sip:") & APP_DIFFERS_8("ACK sips") &
	       APP_DIFFERS_8("BYE sips") & APP_DIFFERS_8("SIP/2.0 ");
	return none ? CORDON_APP_NONE : n < 8 ? CORDON_APP_UNDECIDED : CORDON_APP_SIP;
}

/*
 * EtherNet/IP (CIP volume 2, section 2-3): a header of 24 bytes, little endian:
 * command, length, session, status, context, options (0). Away from port 44818
 * only a session that is begun: RegisterSession, 4 bytes, version 1.
 */
APP_FN int app_enip(const struct app_prefix *x, __u32 n, __u32 known_port)
{
	__u32 cmd;

	if (!x)
		return CORDON_APP_NONE;
	cmd = x->b[0];
	if ((n > 1 && x->b[1]) || (!known_port && (cmd != 0x65 || (n > 2 && x->b[2] != 4))))
		return CORDON_APP_NONE;
	if (cmd != 0 && cmd != 4 && cmd != 0x63 && cmd != 0x64 && cmd != 0x65 && cmd != 0x66 && cmd != 0x6f && cmd != 0x70 &&
	    cmd != 0x72 && cmd != 0x73)
		return CORDON_APP_NONE;
	if (n < (known_port ? 24 : 28))
		return CORDON_APP_UNDECIDED;
	if (x->b[20] | x->b[21] | x->b[22] | x->b[23])
		return CORDON_APP_NONE;
	return known_port || (x->b[24] == 1 && !x->b[25]) ? CORDON_APP_ENIP : CORDON_APP_NONE;
}

/* TPKT (RFC 1006) with a connection request or confirm (X.224 13.3, 13.4) that has RDP's cookie or negotiation, or RDP's port */
APP_FN int app_rdp(const struct app_prefix *x, __u32 n, __u32 known_port)
{
	__u32 cookie;

	if (!x || x->b[0] != 3 || (n > 1 && x->b[1]))
		return CORDON_APP_NONE;
	if (n < 12)
		return CORDON_APP_UNDECIDED;
	if (x->b[5] != 0xe0 && x->b[5] != 0xd0)
		return CORDON_APP_NONE;
	if (known_port)
		return CORDON_APP_RDP;
	cookie = app_be32(x->b + 11);
	if (n < 15)
		return x->b[11] == 'C' || x->b[11] - 1u < 3 ? CORDON_APP_UNDECIDED : CORDON_APP_NONE;
	/* MS-RDPBCGR 2.2.1.1, 2.2.1.2: "Cookie: "; type 1, 2 or 3, flags, length 8 */
	return cookie == APP_4('C', 'o', 'o', 'k') || (x->b[11] - 1u < 3 && x->b[13] == 8 && !x->b[14]) ? CORDON_APP_RDP :
													  CORDON_APP_NONE;
}

/* what four bytes tell: HTTP/2 with prior knowledge (RFC 9113 3.4), RFB (RFC 6143 7.1.1), DNP3 (IEEE 1815 9.2) */
APP_FN int app_signs(const struct app_prefix *x, __u32 n)
{
	int r;

	if (!x)
		return CORDON_APP_NONE;
	r = app_begins(x->b, n, APP_4('P', 'R', 'I', ' '));
	if (r)
		return r < 0 || n < 8 ? CORDON_APP_UNDECIDED :
		       app_be32(x->b + 4) == APP_4('*', ' ', 'H', 'T') ? CORDON_APP_HTTP2 : CORDON_APP_NONE;
	r = app_begins(x->b, n, APP_4('R', 'F', 'B', ' '));
	if (r)
		return r < 0 ? CORDON_APP_UNDECIDED : CORDON_APP_RFB;
	if (x->b[0] != 5 || (n > 1 && x->b[1] != 0x64))
		return CORDON_APP_NONE;
	return n < 3 ? CORDON_APP_UNDECIDED : x->b[2] >= 5 ? CORDON_APP_DNP3 : CORDON_APP_NONE;
}

/* RFC 1157 4, RFC 3412 6: SEQUENCE, version 0, 1 or 3, and what must follow it; @at: behind the SEQUENCE's length */
static __always_inline int app_snmp_at(const __u8 *p)
{
	return p[0] == 2 && p[1] == 1 && (p[2] == 3 ? p[3] == 0x30 : p[2] < 2 && p[3] == 4);
}

/* what a service on a known port sends: RFC 2131 2, RFC 5905 7.3 (and control, private: RFC 9327 2), RFC 1350 5, RFC 7252 3 */
static __always_inline int app_of_port(const struct app_prefix *x, __u32 n, __u16 sport, __u16 dport)
{
	__u32 mode = x->b[0] & 7, version = x->b[0] >> 3 & 7;

	if ((dport == 67 || dport == 68) && x->b[0] - 1u < 2 && x->b[1] == 1 && x->b[2] == 6 && n >= 44)
		return CORDON_APP_DHCP;
	if ((dport == 123 || sport == 123) && version - 1 < 4 && mode && n >= (mode < 6 ? 48 : 8))
		return CORDON_APP_NTP;
	if (dport == 69 && !x->b[0] && x->b[1] - 1u < 2 && x->b[2] > ' ' && n >= 4)
		return CORDON_APP_TFTP;
	if ((dport == 5683 || sport == 5683) && x->b[0] >> 6 == 1 && (x->b[0] & 15) <= 8 && n >= 4 &&
	    (x->b[1] >> 5 == 0 || x->b[1] >> 5 == 2 || x->b[1] >> 5 == 4 || x->b[1] >> 5 == 5))
		return CORDON_APP_COAP;
	return CORDON_APP_NONE;
}

/* datagrams that are told by content; then those that need their port */
APP_FN int app_datagram(const struct app_prefix *x, __u32 n, __u16 sport, __u16 dport)
{
	__u32 word;

	if (!x)
		return CORDON_APP_NONE;
	word = app_be32(x->b);
	/* UPnP Device Architecture 1.3: M-SEARCH, NOTIFY *, and answers */
	if (word == APP_4('M', '-', 'S', 'E') || word == APP_4('H', 'T', 'T', 'P') ||
	    (word == APP_4('N', 'O', 'T', 'I') && x->b[7] == '*'))
		return CORDON_APP_SSDP;
	if (x->b[0] == 0x30 && n >= 10 && (app_snmp_at(x->b + 2) || app_snmp_at(x->b + 3) || app_snmp_at(x->b + 4)))
		return CORDON_APP_SNMP;
	/* RFC 6347 4.1, RFC 9147 4: handshake, epoch 0, ClientHello, ServerHello or HelloVerifyRequest */
	if (x->b[0] == 0x16 && x->b[1] == 0xfe && x->b[2] >= 0xfc && !x->b[3] && !x->b[4] && x->b[13] - 1u < 3 && n >= 25)
		return CORDON_APP_DTLS;
	return app_of_port(x, n, sport, dport);
}

/* a positive answer ends the search, UNDECIDED waits for more bytes */
#define APP_TRY(call)                                                                              \
	do {                                                                                       \
		int try_ = (call);                                                                 \
		if (try_ > CORDON_APP_NONE)                                                        \
			return try_;                                                               \
		wait |= try_ == CORDON_APP_UNDECIDED;                                              \
	} while (0)

static __always_inline int app_detect_tcp(const struct app_prefix *x, __u32 n, __u8 dir,
					  __u16 sport, __u16 dport)
{
	int wait = 0, modbus = sport == 502 || dport == 502;

	APP_TRY(app_tls(x, n, dir));
	APP_TRY(dir == CORDON_TO_SERVER ? app_request(x, n) : app_response(x, n));
	APP_TRY(app_ssh(x, n));
	APP_TRY(app_mqtt(x, n, dir));
	APP_TRY(app_telnet(x, n));
	APP_TRY(dir == CORDON_TO_SERVER ? app_mail_client(x, n, dport == 110) : app_mail_server(x, n, sport));
	if (sport == 53 || dport == 53) { /* RFC 1035 section 4.2.2: a length in front, which may be another's sign */
		if (n < 14)
			return CORDON_APP_UNDECIDED;
		APP_TRY(app_dns(x, n, 2, 1));
	}
	APP_TRY(app_sip(x, n));
	APP_TRY(app_signs(x, n));
	APP_TRY(app_rdp(x, n, sport == 3389 || dport == 3389));
	APP_TRY(app_enip(x, n, sport == 44818 || dport == 44818));
	APP_TRY(app_modbus(x, n, modbus));
	return wait && n < APP_PREFIX ? CORDON_APP_UNDECIDED : CORDON_APP_NONE;
}

/* a datagram is all there is to decide on */
static __always_inline int app_detect_udp(const struct app_prefix *x, __u32 n, __u16 sport, __u16 dport)
{
	int wait = 0, link = app_link_name(x, sport, dport);

	if (link)
		return link;
	APP_TRY(app_dns(x, n, 0, app_dns_port(sport, dport)));
	APP_TRY(app_quic(x, n));
	/* RFC 3261 18.1.1: a message is whole in its datagram */
	APP_TRY(app_request(x, n) == CORDON_APP_SIP ? CORDON_APP_SIP : app_sip(x, n));
	if (sport == 44818 || dport == 44818)
		APP_TRY(app_enip(x, n, 1));
	(void)wait;
	return app_datagram(x, n, sport, dport);
}

/**
 * app_detect() - application of one direction of a flow
 * @p:	   APP_PREFIX bytes, zero behind the first @n: how the direction begins
 * @n:	   bytes known, 1 ... APP_PREFIX (longer is taken as APP_PREFIX)
 * @dir:   CORDON_TO_SERVER or CORDON_TO_CLIENT
 * @proto: IPPROTO_TCP or IPPROTO_UDP; others: NONE
 * @sport, @dport: host order, of the packet
 * Return: CORDON_APP_*; UNDECIDED when @n is too short to say, NONE when nothing fits
 */
static __always_inline int app_detect(const __u8 *p, __u32 n, __u8 dir, __u8 proto, __u16 sport,
				      __u16 dport)
{
	const struct app_prefix *x = (const struct app_prefix *)p;

	if (!n)
		return CORDON_APP_UNDECIDED;
	if (proto == 17)
		return app_detect_udp(x, n, sport, dport);
	return proto == 6 ? app_detect_tcp(x, n, dir, sport, dport) : CORDON_APP_NONE;
}

#endif
