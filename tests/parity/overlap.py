# SPDX-License-Identifier: BSD-2-Clause
"""overlap.py --cache DIR --cordon BINARY: which bytes of an overlap count, for each policy, as Suricata says.

One capture: for each policy a server, for each way two segments may lie a connection. Behind a hole come segment A, then B
with other bytes, then the rest and the hole. The bytes stand in a request's URI, so that a rule tells whose were taken.
Suricata is told the policy of each server (host-os-policy), Cordon one after the other (stream.policy).
"""
import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile

from engines import Suricata, one

HERE = os.path.dirname(os.path.abspath(__file__))
POLICIES = ["bsd", "old-linux", "linux", "solaris", "hpux10", "hpux11", "irix", "macos", "windows", "vista", "windows2k3"]
UNIT, BEGIN, END = 8, b"GET /", b" HTTP/1.1\r\nHost: a.example\r\n\r\n"
# units of the URI that A and B cover, [from, to); unit 0 is the hole
WAYS = [((2, 4), (2, 4)), ((2, 4), (2, 5)), ((2, 4), (2, 3)), ((2, 4), (1, 3)), ((2, 4), (1, 4)), ((2, 4), (1, 5)),
        ((2, 5), (3, 4)), ((2, 5), (3, 5)), ((2, 4), (3, 5)), ((2, 4), (0, 3)), ((2, 4), (0, 5))]
UNITS = 6
CLIENT = bytes([10, 0, 0, 2])


def text(who, way, unit):
    return b"%c%02d-%du--" % (who, way, unit)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    s = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    s = (s & 0xffff) + (s >> 16)
    return ~(s + (s >> 16)) & 0xffff


class Wire:
    def __init__(self, path):
        self.out, self.n = open(path, "wb"), 0  # pylint: disable=consider-using-with
        self.out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))

    def tcp(self, src, dst, sport, dport, seq, ack, flags, data=b""):
        tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 65535, 0, 0) + data
        pseudo = src + dst + struct.pack(">BBH", 0, 6, len(tcp))
        tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), self.n & 0xffff, 0, 64, 6, 0) + src + dst
        ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
        frame = b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip + tcp
        self.n += 1
        self.out.write(struct.pack("<IIII", 1700000000 + self.n // 1000, self.n % 1000 * 1000, len(frame), len(frame)) + frame)


def connection(wire, server, sport, way):
    (a0, a1), (b0, b1) = WAYS[way]
    up, down = (CLIENT, server, sport, 80), (server, CLIENT, 80, sport)
    base, theirs, at = 1000, 5000, len(BEGIN)

    def data(who, first, last, tail=b""):
        body = b"".join(text(who, way, i) for i in range(first, last)) + tail
        wire.tcp(*up, base + 1 + at + first * UNIT, theirs + 1, 0x18, body)

    wire.tcp(*up, base, 0, 0x02)
    wire.tcp(*down, theirs, base + 1, 0x12)
    wire.tcp(*up, base + 1, theirs + 1, 0x10)
    wire.tcp(*up, base + 1, theirs + 1, 0x18, BEGIN)
    wire.tcp(*down, theirs + 1, base + 1 + at, 0x10)
    rest = max(a1, b1)
    data(ord("r"), rest, UNITS, END)
    data(ord("a"), a0, a1)
    data(ord("b"), b0, b1)
    if b0:
        data(ord("h"), 0, min(a0, b0))
    end = base + 1 + at + UNITS * UNIT + len(END)
    wire.tcp(*down, theirs + 1, end, 0x18, b"HTTP/1.1 204 No Content\r\n\r\n")
    wire.tcp(*up, end, theirs + 28, 0x11)
    wire.tcp(*down, theirs + 28, end + 1, 0x11)
    wire.tcp(*up, end + 1, theirs + 29, 0x10)


def server_of(policy):
    return bytes([192, 0, 2, 10 + POLICIES.index(policy)])


def write(capture, rules):
    wire = Wire(capture)
    for policy in POLICIES:
        for way in range(len(WAYS)):
            connection(wire, server_of(policy), 40000 + way, way)
    wire.out.close()
    with open(rules, "w", encoding="ascii") as f:
        for way in range(len(WAYS)):
            for unit in range(UNITS):
                for who in b"ab":
                    f.write('alert http any any -> any any (http.uri; content:"%s"; sid:%d;)\n'
                            % (text(who, way, unit).decode(), sid_of(who, way, unit)))


def sid_of(who, way, unit):
    return 1000 * (1 + b"ab".index(who)) + way * 10 + unit


def taken(found, policy):
    """way -> whose bytes each unit shows, as far as A and B had some: "aabb"."""
    server = ".".join(str(x) for x in server_of(policy))
    out = {}
    for way, ((a0, a1), (b0, b1)) in enumerate(WAYS):
        units = sorted({*range(a0, a1), *range(b0, b1)})
        out[way] = "".join("".join(chr(who) for who in b"ab" if any(
            k[0] == sid_of(who, way, unit) and server in (k[1], k[3]) and 40000 + way in (k[2], k[4]) for k in found)) or "-"
                           for unit in units)
    return out


def cordon(binary, rules, capture, policy, tmp):
    eve = os.path.join(tmp, "cordon.eve")
    subprocess.run([binary, "replay", "-j", "--rules", rules, "--eve", eve, "--set", "stream.policy=" + policy, capture],
                   stdout=subprocess.DEVNULL, check=True)
    return one(eve)


def main():
    ap = argparse.ArgumentParser(prog="overlap", description=__doc__)
    ap.add_argument("--cache", required=True, help="where deps.sh put Suricata")
    ap.add_argument("--cordon", required=True)
    o = ap.parse_args()
    with open(os.path.join(HERE, "settings.json"), encoding="utf-8") as f:
        settings = json.load(f)
    with tempfile.TemporaryDirectory(prefix="overlap-") as tmp:
        capture, rules = os.path.join(tmp, "overlap.pcap"), os.path.join(tmp, "overlap.rules")
        write(capture, rules)
        told = ["host-os-policy.%s.0=%s" % (p, ".".join(str(x) for x in server_of(p))) for p in POLICIES]
        theirs = Suricata(o.cache, settings, tmp, told).alerts(rules, [capture], True)[capture]
        bad = 0
        for policy in POLICIES:
            ours = taken(cordon(o.cordon, rules, capture, policy, tmp), policy)
            for way, want in taken(theirs, policy).items():
                if ours[way] != want or "-" in want:
                    bad += 1
                    print("%s, A %s then B %s: Suricata takes %s, Cordon %s" % (policy, *WAYS[way], want, ours[way]))
        print("%d policies, %d overlaps each, %d differ" % (len(POLICIES), len(WAYS), bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
