# SPDX-License-Identifier: BSD-2-Clause
"""The cases: (number, name, tcp|udp, what may come out, function). A function gets the wire and the receiver's port.

CATCH: the receiver got the needle, a rule fired. NORM: it was dropped when in line. IGNORE: the receiver took nothing and no rule fired.
FLAG: a rule fired on what the receiver did not take. A needle taken without an alert and without a drop is a silent miss.
"""
import random
import struct

from wire import ACK, FIN, PSH, RST, SYN, URG, Conn

NEEDLE = b"evil-needle-of-the-suite"
JUNK = b"mild-needle-of-the-suite"
LINE = b"GET /a?q=" + NEEDLE + b" and some more text\r\n"
MILD = b"GET /a?q=" + JUNK + b" and some more text\r\n"
CASES = []


def case(number, name, kind, allowed):
    def add(fn):
        CASES.append((number, name, kind, allowed.split(), fn))
        return fn
    return add


def shuffled(seed):
    def order(indices):
        random.Random(seed).shuffle(indices)
        return indices
    return order


# --- fragments ---

@case("F01", "fragments of 8 bytes in order", "udp", "CATCH")
def f01(w, port):
    w.fragments4(17, w.udp(4, port, LINE), 8)


@case("F02", "fragments reversed", "udp", "CATCH")
def f02(w, port):
    w.fragments4(17, w.udp(4, port, LINE), 8, lambda i: i[::-1])


@case("F03", "fragments shuffled, each twice", "udp", "CATCH NORM")
def f03(w, port):
    w.fragments4(17, w.udp(4, port, LINE), 16, lambda i: shuffled(3)(i + i))


def overlap4(w, port, first, second):
    """the same range in two versions; Linux spoils the datagram"""
    a, b = w.udp(4, port, first), w.udp(4, port, second)
    w.ident += 1
    w.part4(17, w.ident, 0, a[:16], True)
    w.part4(17, w.ident, 16, a[16:40], True)
    w.part4(17, w.ident, 16, b[16:40], True)
    w.part4(17, w.ident, 40, b[40:], False)


@case("F04", "overlap, the later bytes are evil", "udp", "NORM IGNORE FLAG")
def f04(w, port):
    overlap4(w, port, MILD, LINE)


@case("F05", "overlap, the earlier bytes are evil", "udp", "CATCH NORM IGNORE FLAG")
def f05(w, port):
    overlap4(w, port, LINE, MILD)


@case("F06", "overlap with the same bytes", "udp", "CATCH IGNORE NORM FLAG")
def f06(w, port):
    overlap4(w, port, LINE, LINE)


@case("F07", "five overlaps that host policies resolve differently", "udp", "CATCH NORM IGNORE FLAG")
def f07(w, port):
    a, b = w.udp(4, port, LINE), w.udp(4, port, MILD)
    for first, second in ((16, 16), (8, 24), (16, 8), (24, 16), (8, 8)):
        w.ident += 1
        w.part4(17, w.ident, 0, a[:24], True)
        w.part4(17, w.ident, first, b[first:first + 24], True)
        w.part4(17, w.ident, second, a[second:second + 32], True)
        w.part4(17, w.ident, 48, a[48:], False)


@case("F08", "first fragment cuts the TCP header", "tcp", "CATCH NORM")
def f08(w, port):
    c = Conn(w, port).open()
    w.fragments4(6, c.segment(c.isn + 1, PSH | ACK, LINE), 8)
    c.fin(len(LINE))


@case("F09", "the last fragment never comes", "udp", "IGNORE FLAG")
def f09(w, port):
    body = w.udp(4, port, LINE)
    w.ident += 1
    w.part4(17, w.ident, 0, body[:40], True)


@case("F10", "a fragment that ends before it begins", "udp", "NORM IGNORE FLAG")
def f10(w, port):
    body = w.udp(4, port, LINE)
    w.ident += 1
    w.part4(17, w.ident, 0, body[:40], True)
    w.part4(17, w.ident, 24, body[24:32], False)


@case("F11", "the identifier is used again while a datagram waits", "udp", "CATCH NORM IGNORE FLAG")
def f11(w, port):
    a, b = w.udp(4, port, MILD), w.udp(4, port, LINE)
    w.ident += 1
    w.part4(17, w.ident, 0, a[:24], True)
    w.part4(17, w.ident, 0, b[:24], True)
    w.part4(17, w.ident, 24, b[24:], False)


@case("F12", "offset and length beyond 65535", "udp", "NORM IGNORE FLAG")
def f12(w, port):
    w.ident += 1
    w.part4(17, w.ident, 0, w.udp(4, port, LINE)[:40], True)
    w.part4(17, w.ident, 65528, LINE, False)


@case("F14", "more fragments although fragments are forbidden", "udp", "CATCH NORM FLAG IGNORE")
def f14(w, port):
    body = w.udp(4, port, LINE)
    w.ident += 1
    w.part4(17, w.ident, 0, body[:24], True, flags=2)
    w.part4(17, w.ident, 24, body[24:], False, flags=2)


@case("F15", "40 bytes of IP options", "udp", "CATCH")
def f15(w, port):
    w.ip4(17, w.udp(4, port, LINE), options=b"\1" * 40)


@case("F16", "bad IP checksum", "udp", "IGNORE FLAG")
def f16(w, port):
    w.ip4(17, w.udp(4, port, LINE), bad_sum=True)


@case("F17", "the frame is longer than the datagram", "udp", "IGNORE CATCH")
def f17(w, port):
    w.ip4(17, w.udp(4, port, b"short"), trail=LINE)


# --- IPv6 ---

@case("V01", "hop-by-hop and destination options", "udp", "CATCH")
def v01(w, port):
    pad = b"\1\4\0\0\0\0"
    w.ip6(0, b"\x3c\0" + pad + b"\x3c\0" + pad + b"\x11\0" + pad + w.udp(6, port, LINE))


@case("V02", "twelve extension headers", "udp", "CATCH NORM")
def v02(w, port):
    pad = b"\1\4\0\0\0\0"
    w.ip6(60, (b"\x3c\0" + pad) * 11 + b"\x11\0" + pad + w.udp(6, port, LINE))


@case("V03", "an atomic fragment", "udp", "CATCH")
def v03(w, port):
    w.part6(17, 7, 0, w.udp(6, port, LINE), False)


@case("V04", "overlapping fragments", "udp", "NORM IGNORE FLAG")
def v04(w, port):
    a, b = w.udp(6, port, LINE), w.udp(6, port, MILD)
    w.part6(17, 8, 0, a[:32], True)
    w.part6(17, 8, 16, b[16:40], True)
    w.part6(17, 8, 40, a[40:], False)


@case("V05", "a fragment header within a fragment", "udp", "CATCH NORM IGNORE FLAG")
def v05(w, port):
    w.part6(44, 9, 0, struct.pack(">BBHI", 17, 0, 0, 10) + w.udp(6, port, LINE), False)


@case("V06", "the UDP header only in the second fragment", "udp", "CATCH NORM IGNORE FLAG")
def v06(w, port):
    body = b"\x11\0\1\4\0\0\0\0" + w.udp(6, port, LINE)
    w.part6(60, 11, 0, body[:8], True)
    w.part6(60, 11, 8, body[8:], False)


@case("V07", "routing header of type 0", "udp", "CATCH NORM IGNORE FLAG")
def v07(w, port):
    w.ip6(43, b"\x11\2\0\0\0\0\0\0" + w.ends[6][1] + w.udp(6, port, LINE))


@case("V11", "fragments in order and reversed", "udp", "CATCH")
def v11(w, port):
    for ident, turn in ((12, 1), (13, -1)):
        body = w.udp(6, port, LINE)
        parts = [(i, body[i:i + 16]) for i in range(0, len(body), 16)]
        for at, part in parts[::turn]:
            w.part6(17, ident, at, part, at + 16 < len(body))


# --- TCP ---

@case("T01", "segments of one byte", "tcp", "CATCH")
def t01(w, port):
    c = Conn(w, port).open()
    for i in range(len(LINE)):
        c.data(i, LINE[i:i + 1])
    c.fin(len(LINE))


@case("T01/6", "segments of one byte over IPv6", "tcp", "CATCH")
def t01_6(w, port):
    c = Conn(w, port, 6).open()
    for i in range(len(LINE)):
        c.data(i, LINE[i:i + 1])
    c.fin(len(LINE))


@case("T02", "segments shuffled, some again", "tcp", "CATCH")
def t02(w, port):
    c = Conn(w, port).open()
    parts = list(range(0, len(LINE), 5))
    for i in shuffled(5)(parts + parts[::3]):
        c.data(i, LINE[i:i + 5])
    c.fin(len(LINE))


@case("T03", "the SYN again with another number", "tcp", "CATCH")
def t03(w, port):
    c = Conn(w, port)
    c.syn(isn=77)
    c.syn()
    w.settle()
    w.kept and c.send(w.tcp(4, c.sport, port, 78, 0, RST))
    w.settle()
    Conn.next_port -= 1
    d = Conn(w, port).open()
    d.data(0, LINE)
    d.fin(len(LINE))


@case("T04", "data in the SYN", "tcp", "CATCH NORM FLAG")
def t04(w, port):
    c = Conn(w, port)
    c.syn(data=LINE[:14])
    c.synack()
    c.send(c.segment(c.isn + 1, ACK))
    c.data(0, LINE)
    c.fin(len(LINE))


def overlap(w, port, first, second):
    """behind a hole, twice the same numbers; then the hole is filled"""
    c = Conn(w, port).open()
    c.data(10, first[10:])
    c.data(10, second[10:])
    c.data(0, LINE[:10])
    c.fin(len(LINE))


@case("T06", "overlap, the later bytes are evil", "tcp", "CATCH NORM FLAG IGNORE")
def t06(w, port):
    overlap(w, port, MILD, LINE)


@case("T06b", "overlap, the earlier bytes are evil", "tcp", "CATCH NORM FLAG")
def t06b(w, port):
    overlap(w, port, LINE, MILD)


@case("T06c", "a longer segment over a shorter one, other bytes", "tcp", "CATCH NORM FLAG IGNORE")
def t06c(w, port):
    c = Conn(w, port).open()
    c.data(12, MILD[12:20])
    c.data(4, LINE[4:])
    c.data(0, LINE[:4])
    c.fin(len(LINE))


@case("T07", "other bytes after the acknowledgement", "tcp", "IGNORE FLAG")
def t07(w, port):
    c = Conn(w, port).open()
    c.data(0, MILD)
    w.settle()
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T08", "junk with a bad checksum before the true bytes", "tcp", "CATCH")
def t08(w, port):
    c = Conn(w, port).open()
    c.data(0, MILD, bad=True)
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T09", "a segment far out of the window", "tcp", "IGNORE FLAG")
def t09(w, port):
    c = Conn(w, port).open()
    c.data(1 << 20, LINE)
    c.data(0, MILD)
    c.fin(len(MILD))


@case("T10", "a reset out of the window and one with a bad checksum", "tcp", "CATCH")
def t10(w, port):
    c = Conn(w, port).open()
    c.send(c.segment(c.isn + (1 << 21), RST))
    c.send(c.segment(c.isn + 1, RST, bad=True))
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T11", "a reset in the window, not at its begin", "tcp", "CATCH")
def t11(w, port):
    c = Conn(w, port).open()
    c.send(c.segment(c.isn + 500, RST))
    w.settle()
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T12", "data behind the FIN", "tcp", "IGNORE FLAG")
def t12(w, port):
    c = Conn(w, port).open()
    c.data(0, MILD)
    c.fin(len(MILD))
    c.data(len(MILD) + 1, LINE)


@case("T13", "junk with an old timestamp", "tcp", "CATCH")
def t13(w, port):
    c = Conn(w, port, timestamps=True).open()
    c.data(0, MILD, stamp=100)
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T14", "a segment without timestamp", "tcp", "CATCH")
def t14(w, port):
    c = Conn(w, port, timestamps=True).open()
    c.data(0, LINE[:20])
    c.timestamps = False
    c.data(20, LINE[20:])
    c.fin(len(LINE))


@case("T15", "junk with a signature option", "tcp", "CATCH FLAG")
def t15(w, port):
    c = Conn(w, port).open()
    c.data(0, MILD, options=b"\x13\x12" + b"x" * 16)
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T16", "data with no flags, with FIN alone, with all flags", "tcp", "IGNORE FLAG CATCH NORM")
def t16(w, port):
    c = Conn(w, port).open()
    c.data(0, LINE, flags=0)
    c.data(0, LINE, flags=FIN)
    c.data(0, LINE, flags=FIN | PSH | URG)
    c.data(0, MILD)
    c.fin(len(MILD))


@case("T17", "data without ACK", "tcp", "IGNORE FLAG")
def t17(w, port):
    c = Conn(w, port).open()
    c.data(0, LINE, flags=PSH)
    c.data(0, MILD)
    c.fin(len(MILD))


@case("T17b", "junk without ACK before the true bytes", "tcp", "CATCH")
def t17b(w, port):
    c = Conn(w, port).open()
    c.data(0, MILD, flags=PSH)
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T18", "numbers wrap around within the needle", "tcp", "CATCH")
def t18(w, port):
    c = Conn(w, port, isn=0xffffffff - 20).open()
    for i in range(0, len(LINE), 4):
        c.data(i, LINE[i:i + 4])
    c.fin(len(LINE))


@case("T20", "an urgent byte in the needle", "tcp", "CATCH NORM FLAG")
def t20(w, port):
    c = Conn(w, port).open()
    at = LINE.index(b"needle")
    c.data(0, LINE[:at] + b"X", flags=PSH | ACK | URG, urgent=at + 1)
    c.data(at + 1, LINE[at:])
    c.fin(len(LINE) + 1)


@case("T21", "the urgent pointer is behind the data", "tcp", "CATCH NORM FLAG")
def t21(w, port):
    c = Conn(w, port).open()
    c.data(0, LINE, flags=PSH | ACK | URG, urgent=len(LINE) + 20)
    c.fin(len(LINE))


@case("T22", "many urgent bytes", "tcp", "CATCH NORM FLAG")
def t22(w, port):
    c, off = Conn(w, port).open(), 0
    for i in range(0, len(LINE), 4):
        c.data(off, LINE[i:i + 4] + b"X", flags=PSH | ACK | URG, urgent=len(LINE[i:i + 4]) + 1)
        off += len(LINE[i:i + 4]) + 1
    c.fin(off)


@case("T31", "a TCP segment in fragments, last first", "tcp", "CATCH")
def t31(w, port):
    c = Conn(w, port).open()
    w.fragments4(6, c.segment(c.isn + 1, PSH | ACK, LINE), 24, lambda i: i[::-1])
    c.fin(len(LINE))


@case("T32", "a keep-alive byte that differs, then the needle", "tcp", "CATCH")
def t32(w, port):
    c = Conn(w, port).open()
    c.data(0, LINE[:12])
    w.settle()
    c.data(11, b"~")
    c.data(12, LINE[12:])
    c.fin(len(LINE))


@case("T33", "the needle after a SYN in the open connection", "tcp", "CATCH")
def t33(w, port):
    c = Conn(w, port).open()
    c.send(c.segment(c.isn + 90000, SYN))
    w.settle()
    c.data(0, LINE)
    c.fin(len(LINE))
