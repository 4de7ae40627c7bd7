# SPDX-License-Identifier: BSD-2-Clause
"""Questions and answers of DNS (RFC 1035, 9267). What a receiver makes of the bytes is read by dnspython."""
import contextlib
import struct

import dns.exception
import dns.message
import dns.rdatatype

from case import LISTED, NAME, case, event
from cases_tls import connect
from wire import datagrams, talk

SHOP = "shop.example"


def names(wire_bytes):
    """all names of a message, b"" where dnspython cannot read it"""
    with contextlib.suppress(dns.exception.DNSException, struct.error):
        return str(dns.message.from_wire(wire_bytes, ignore_trailing=True)).lower()
    return ""


def asked(got):
    return NAME in names(got)


def dns_case(number, name, allowed, receiver="udp", **more):
    return case(number, name, receiver, allowed, rules=more.pop("rules", "dns"), **{"taken": asked, **more})


def labels(name):
    return b"".join(bytes([len(x)]) + x for x in name.encode("latin-1").split(b".")) + b"\0"


def head(questions=1, answers=0, more=0, flags=0x0100):
    return struct.pack(">HHHHHH", 7, flags, questions, answers, 0, more)


def question(name, kind=1):
    return head() + (name if isinstance(name, bytes) else labels(name)) + struct.pack(">HH", kind, 1)


@dns_case("D01", "a name that points at itself", "IGNORE FLAG")
def d01(w, port):
    datagrams(w, port, question(b"\xc0\x0c"))


@dns_case("D01b", "a question whose name points back into another question", "CATCH", "udp:53")
def d01b(w, port):
    datagrams(w, port, head(2) + labels(NAME) + struct.pack(">HH", 1, 1) + b"\1a\xc0\x0c" + struct.pack(">HH", 1, 1))


@dns_case("D01c", "a pointer to what comes later", "IGNORE FLAG CATCH")
def d01c(w, port):
    datagrams(w, port, head() + b"\xc0\x12" + struct.pack(">HH", 1, 1) + labels(NAME))


@dns_case("D02", "a name without end", "IGNORE FLAG")
def d02(w, port):
    datagrams(w, port, head() + labels(NAME)[:-1])


@dns_case("D02b", "a name of 300 bytes", "IGNORE FLAG")
def d02b(w, port):
    datagrams(w, port, question(labels(".".join(["x" * 50] * 6) + "." + NAME)))


@dns_case("D03", "65535 answers, one there", "IGNORE FLAG CATCH")
def d03(w, port):
    datagrams(w, port, head(1, 65535, flags=0x8180) + labels(NAME) + struct.pack(">HH", 1, 1))


@dns_case("D04", "letters in random case", "CATCH")
def d04(w, port):
    datagrams(w, port, question("".join(c.upper() if i % 3 else c for i, c in enumerate(NAME))))


@dns_case("D04b", "a dot within a label", "IGNORE FLAG CATCH")
def d04b(w, port):
    datagrams(w, port, question(bytes([len(NAME)]) + NAME.encode() + b"\0"))


@dns_case("D04c", "a listed name, letters in random case", "CATCH", rules="feed")
def d04c(w, port):
    datagrams(w, port, question("www." + "".join(c.upper() if i % 2 else c for i, c in enumerate(NAME))))


def framed(message):
    return struct.pack(">H", len(message)) + message


def asked_in_tcp(got):
    while len(got) > 2:
        n, = struct.unpack_from(">H", got)
        if NAME in names(got[2:2 + n]):
            return True
        got = got[2 + n:]
    return False


@dns_case("D05", "over TCP, a byte a segment", "CATCH", "tcp:53", taken=asked_in_tcp)
def d05(w, port):
    message = framed(question(NAME))
    talk(w, port, *[message[i:i + 1] for i in range(len(message))])


@dns_case("D05b", "over TCP, two messages in one segment", "CATCH", "tcp:53", taken=asked_in_tcp)
def d05b(w, port):
    talk(w, port, framed(question(SHOP)) + framed(question(NAME)))


@dns_case("D06", "500 options of EDNS", "CATCH")
def d06(w, port):
    options = struct.pack(">HH", 12, 0) * 500
    datagrams(w, port, head(more=1) + labels(NAME) + struct.pack(">HH", 1, 1) + b"\0" + struct.pack(">HHIH", 41, 1232, 0, len(options)) + options)


def answered(*records):
    """an answer to SHOP; @records: (owner, type, ttl, data)"""
    body = b"".join(labels(owner) + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data for owner, kind, ttl, data in records)
    return head(1, len(records), flags=0x8180) + labels(SHOP) + struct.pack(">HH", 1, 1) + body


A, CNAME, HTTPS = 1, 5, 65
ADDRESS = bytes(int(x) for x in LISTED.split("."))


@dns_case("D07", "an alias to a listed name", "CATCH")
def d07(w, port):
    datagrams(w, port, answered((SHOP, CNAME, 60, labels("cdn.example")), ("cdn.example", CNAME, 60, labels(NAME)), (NAME, A, 60, ADDRESS)), source=53)


@dns_case("D08", "over TLS to the port of it", "FLAG", "tls:853", taken=lambda got: NAME.encode() in got,
          flag=event("tls", sni="resolver.example"))
def d08(w, port):
    connect(w, port, "resolver.example", NAME.encode())


@dns_case("D09", "on a port of its own", "CATCH")
def d09(w, port):
    datagrams(w, port, question(NAME))


@dns_case("D09b", "of a resolver on the port of mDNS", "CATCH", "udp:5353")
def d09b(w, port):
    datagrams(w, port, question(NAME))


@dns_case("D09c", "a listed name, of a resolver on the port of LLMNR", "CATCH", "udp:5355", rules="feed")
def d09c(w, port):
    datagrams(w, port, question(NAME))


@dns_case("D10", "200 addresses that live no second", "CATCH")
def d10(w, port):
    datagrams(w, port, answered(*[(NAME, A, 0, bytes([11, 0, 0, i])) for i in range(100)]), source=53)


@dns_case("D11", "a listed name that answers with the resolver's address", "CATCH", rules="dns")
def d11(w, port):
    datagrams(w, port, answered((SHOP, CNAME, 60, labels(NAME)), (NAME, A, 3600, bytes([10, 9, 0, 77]))), source=53)
