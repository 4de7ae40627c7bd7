# SPDX-License-Identifier: BSD-2-Clause
"""Fragments, headers, tags and tunnels of IPv4 and IPv6 (RFC 791, 8200)."""
import ipaddress
import struct

from case import LINE, LISTED, MILD, case, counted, shuffled
from wire import ACK, PSH, Conn, checksum


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


@case("F17b", "the datagram is longer than the frame", "udp", "IGNORE FLAG NORM")
def f17b(w, port):
    w.ip4(17, w.udp(4, port, LINE), total=1400)


@case("F13", "20,000 datagrams whose other fragments never come, then the needle in fragments", "udp", "CATCH FLAG")
def f13(w, port):
    body = w.udp(4, port, MILD)
    for i in range(20000):
        w.part4(17, i, 0, body[:24], True)
    w.fragments4(17, w.udp(4, port, LINE), 16, ident=40000)


@case("F18", "junk whose life ends before the receiver", "tcp@beyond", "CATCH")
def f18(w, port):
    c = Conn(w, port).open()
    w.ip4(6, c.segment(c.isn + 1, PSH | ACK, MILD), ttl=1)
    c.data(0, LINE)
    c.fin(len(LINE))


def inner(w, port):
    body = w.udp(4, port, LINE)
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0, *w.ends[4])
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + body


@case("F19", "IPv4 in IPv4", "raw4", "CATCH")
def f19(w, port):
    w.ip4(4, inner(w, port))


@case("F19b", "GRE", "raw47", "CATCH")
def f19b(w, port):
    w.ip4(47, b"\0\0\x08\0" + inner(w, port))


@case("F19c", "VXLAN", "frames", "CATCH")
def f19c(w, port):
    w.ip4(17, w.udp(4, 4789, b"\x08\0\0\0\0\0\x07\0" + w.peer_mac + w.mac + b"\x08\0" + inner(w, port)))


@case("F19d", "GTP-U", "frames", "CATCH")
def f19d(w, port):
    packet = inner(w, port)
    w.ip4(17, w.udp(4, 2152, struct.pack(">BBHI", 0x30, 255, len(packet), 7) + packet))


def tagged(w, port, *tags):
    """@tags: (ethertype, control information)"""
    kinds = [t[0] for t in tags] + [0x800]
    w.frame(kinds[0], b"".join(struct.pack(">HH", t[1], kinds[i + 1]) for i, t in enumerate(tags)) + inner(w, port))


@case("F20", "two tags, 802.1ad and 802.1Q", "frames", "CATCH")
def f20(w, port):
    tagged(w, port, (0x88a8, 8), (0x8100, 9))


@case("F20b", "a tag of priority only", "frames", "CATCH")
def f20b(w, port):
    tagged(w, port, (0x8100, 0xe000))


@case("F20c", "an EtherType nobody knows before the packet", "frames", "CATCH FLAG NORM", flag=counted("unknown_ethertype"))
def f20c(w, port):
    tagged(w, port, (0x8101, 9))


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


@case("V08", "a jumbo option and padding that is not zero", "udp", "CATCH NORM IGNORE FLAG")
def v08(w, port):
    w.ip6(0, b"\x11\0\xc2\4" + struct.pack(">I", 70000) + w.udp(6, port, LINE))
    w.ip6(0, b"\x11\1\1\x0c" + b"x" * 12 + w.udp(6, port, LINE))


@case("V09", "a listed IPv4 address within NAT64", "udp", "CATCH", rules="feed", taken=lambda got: b"hello" in got)
def v09(w, port):
    w.ends[6][1] = ipaddress.ip_address("64:ff9b::" + LISTED).packed
    w.ip6(17, w.udp(6, port, b"hello"))


@case("V10", "one device, then a new address with each datagram", "tcp", "CATCH", rules="quarantine",
      inline=lambda judged: judged.dropped >= 200)
def v10(w, port):
    c = Conn(w, port, 6).open()
    c.data(0, LINE)
    c.fin(len(LINE))
    for i in range(200):
        w.ends[6][0] = ipaddress.ip_address("fd09::1:%x" % i).packed
        w.ip6(17, w.udp(6, port, MILD))


@case("V11", "fragments in order and reversed", "udp", "CATCH")
def v11(w, port):
    for ident, turn in ((12, 1), (13, -1)):
        body = w.udp(6, port, LINE)
        parts = [(i, body[i:i + 16]) for i in range(0, len(body), 16)]
        for at, part in parts[::turn]:
            w.part6(17, ident, at, part, at + 16 < len(body))
