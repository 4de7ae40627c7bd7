# SPDX-License-Identifier: BSD-2-Clause
"""invent.py SEED COUNT FOLDER PCAP...: a rule set made up from what captures hold, as FOLDER/invented.rules.

Every rule takes its contents from a payload that is there, with conditions drawn at random, so that most rules fire
somewhere and the two engines have something to differ about. The same seed gives the same rules.
"""
import os
import random
import struct
import sys

L2 = {1: 14, 12: 0, 14: 0, 101: 0, 113: 16, 276: 20, 0: 4}


def frames(path):
    with open(path, "rb") as f:
        data = f.read()
    if len(data) < 24 or data[:4] not in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4"):
        return
    order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xffff
    at = 24
    while at + 16 <= len(data):
        n = struct.unpack_from(order + "I", data, at + 8)[0]
        yield link, data[at + 16:at + 16 + n]
        at += 16 + n


def packet(link, frame):
    """(protocol, source port, destination port, payload, tcp flags, ttl) of plain IPv4 and IPv6, else None."""
    at = L2.get(link)
    if at is None or len(frame) < at + 20:
        return None
    if link == 1:
        kind = struct.unpack_from(">H", frame, 12)[0]
        while kind in (0x8100, 0x88a8) and len(frame) > at + 4:
            kind = struct.unpack_from(">H", frame, at + 2)[0]
            at += 4
        if kind not in (0x800, 0x86dd):
            return None
    ip = frame[at:]
    if len(ip) < 20:
        return None
    if ip[0] >> 4 == 4:
        proto, off, end, ttl = ip[9], (ip[0] & 15) * 4, struct.unpack_from(">H", ip, 2)[0], ip[8]
        if struct.unpack_from(">H", ip, 6)[0] & 0x3fff:
            return None
    elif ip[0] >> 4 == 6 and len(ip) >= 40:
        proto, off, end, ttl = ip[6], 40, 40 + struct.unpack_from(">H", ip, 4)[0], ip[7]
    else:
        return None
    seg = ip[off:end]
    if proto == 6 and len(seg) >= 20:
        return "tcp", *struct.unpack_from(">HH", seg), seg[(seg[12] >> 4) * 4:], seg[13], ttl
    if proto == 17 and len(seg) >= 8:
        return "udp", *struct.unpack_from(">HH", seg), seg[8:], 0, ttl
    if proto in (1, 58) and len(seg) >= 8:
        return "icmp", 0, 0, seg[8:], 0, ttl
    return None


def text(part):
    out = ""
    for b in part:
        out += chr(b) if 32 < b < 127 and chr(b) not in '"|;:\\' else "|%02x|" % b
    return out.replace("||", " ")


class Inventor:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def chance(self, p):
        return self.r.random() < p

    def content(self, payload, at, n):
        """One content that is there, with modifiers that hold, or just not."""
        part = payload[at:at + n]
        o = 'content:"%s"; ' % text(part)
        if self.chance(0.3):
            o += "nocase; "
        slip = self.r.choice([0, 0, 0, 0, 1])
        kind = self.r.randrange(8)
        if kind == 0:
            o += "depth:%d; " % max(n, at + n - slip)
        elif kind == 1:
            o += "offset:%d; " % (at + slip)
        elif kind == 2:
            o += "offset:%d; depth:%d; " % (max(0, at - 2), n + 2 + self.r.randrange(3))
        elif kind == 3 and at == 0:
            o += "startswith; "
        return o, at + n

    def body(self, payload):
        n = self.r.randrange(3, 12)
        at = self.r.randrange(max(1, min(len(payload), 400) - n)) if self.chance(0.6) else 0
        o, end = self.content(payload, at, n)
        if self.chance(0.4) and end + 4 < len(payload):
            gap, m = self.r.randrange(min(20, len(payload) - end - 3)), self.r.randrange(1, 6)
            o += 'content:"%s"; ' % text(payload[end + gap:end + gap + m])
            if self.chance(0.7):
                o += "distance:%d; " % self.r.choice([0, gap, gap, gap + 1])
            if self.chance(0.5):
                o += "within:%d; " % (gap + m + self.r.choice([0, 0, 5, -1]))
                o = o.replace("within:0", "within:1")
            end += gap + m
        if self.chance(0.15):
            o += 'content:!"%s"; ' % text(bytes(self.r.randrange(97, 123) for _ in range(2)))
        if self.chance(0.1):
            o += "isdataat:%d%s; " % (self.r.randrange(1, 40), ",relative" if self.chance(0.6) else "")
        if self.chance(0.12):
            o += "dsize:%s; " % self.r.choice(["%d" % len(payload), ">%d" % (len(payload) // 2), "<%d" % (len(payload) + 1)])
        if self.chance(0.1) and end < len(payload):
            o += "byte_test:1,%s,%d,0,relative; " % (self.r.choice("=<>"), payload[end])
        if self.chance(0.12):
            o += 'pcre:"/%s/%s"; ' % ("".join("\\x%02x" % b for b in payload[at:at + 3]), self.r.choice(["", "s", "i"]))
        return o

    def rule(self, sid, p):
        proto, sport, dport, payload, flags, ttl = p
        o = ""
        if len(payload) >= 4 and self.chance(0.97):
            o += self.body(payload)
        elif proto == "tcp":
            o += "flags:%s; " % ("".join(c for c, b in zip("FSRPA", (1, 2, 4, 8, 16)) if flags & b) or "0")
        else:
            o += "ttl:%d; " % ttl
        if proto == "tcp":
            o = self.r.choice(["", "", "flow:established; ", "flow:established,to_server; ", "flow:to_client; ",
                               "flow:established,from_server; ", "flow:to_server; ", "flow:stateless; ",
                               "flow:established,only_stream; ", "flow:established,no_stream; "]) + o
        elif self.chance(0.3):
            o = self.r.choice(["flow:to_server; ", "flow:to_client; ", "flow:established; "]) + o
        if self.chance(0.1):
            o += "threshold:type %s, track %s, count %d, seconds 60; " % (
                self.r.choice(["limit", "threshold", "both"]), self.r.choice(["by_src", "by_dst"]), self.r.randrange(1, 4))
        head = self.r.choice([proto, proto, proto, "ip"]) if self.chance(0.9) else proto
        if head == "ip" and proto == "tcp" and "flags" in o:
            head = "tcp"
        ports = [str(sport), str(dport)] if proto != "icmp" and head != "ip" else ["any", "any"]
        ports = [x if self.chance(0.3) else "any" for x in ports]
        ends = self.r.choice([("any", "any"), ("any", "any"), ("$HOME_NET", "any"), ("any", "$HOME_NET"),
                              ("$EXTERNAL_NET", "$HOME_NET"), ("$HOME_NET", "$EXTERNAL_NET")])
        arrow = "<>" if self.chance(0.05) else "->"
        return 'alert %s %s %s %s %s %s (msg:"invented %d"; %ssid:%d; rev:1;)' % (
            head, ends[0], ports[0], arrow, ends[1], ports[1], sid, o, sid)


def main():
    seed, count, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    inventor = Inventor(seed)
    found = []
    for path in sys.argv[4:]:
        here = [p for p in (packet(*f) for f in frames(path)) if p]
        found += inventor.r.sample(here, min(40, len(here)))
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "invented.rules"), "w", encoding="ascii") as f:
        for i in range(count):
            f.write(inventor.rule(3000000 + i, inventor.r.choice(found)) + "\n")


if __name__ == "__main__":
    main()
