# SPDX-License-Identifier: BSD-2-Clause
"""invent.py SEED COUNT SHARE FOLDER PCAP...: a rule set made up from what captures hold, as FOLDER/invented.rules.

Every rule takes its contents from a payload that is there, with conditions drawn at random, so that most rules fire
somewhere and the two engines have something to differ about. SHARE (0 to 1) of them look at application buffers. The same seed gives the same rules.
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


LOWER = {"http.host"}
NAMES = {b"host": "http.host", b"user-agent": "http.user_agent", b"cookie": "http.cookie", b"accept": "http.accept",
         b"accept-encoding": "http.accept_enc", b"accept-language": "http.accept_lang",
         b"content-type": "http.content_type", b"content-length": "http.content_len", b"referer": "http.referer",
         b"connection": "http.connection", b"server": "http.server", b"location": "http.location",
         b"set-cookie": "http.cookie"}
METHODS = (b"GET ", b"POST ", b"HEAD ", b"PUT ", b"OPTIONS ", b"NOTIFY ", b"SUBSCRIBE ")


def http_parts(payload):
    head, _, body = payload.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    words = lines[0].split(b" ", 2)
    if len(words) < 3:
        return None
    is_answer = lines[0].startswith(b"HTTP/")
    if is_answer:
        parts = [("http.stat_code", words[1]), ("http.stat_msg", words[2]), ("http.protocol", words[0]),
                 ("http.response_line", lines[0])]
    else:
        parts = [("http.method", words[0]), ("http.uri", words[1]), ("http.uri.raw", words[1]),
                 ("http.protocol", words[2]), ("http.request_line", lines[0])]
    fields = [x.split(b": ", 1) for x in lines[1:] if b": " in x]
    for name, value in fields:
        if name.lower() in NAMES:
            parts.append((NAMES[name.lower()], value.lower() if name.lower() == b"host" else value))
        if name.lower() not in (b"cookie", b"set-cookie"):
            parts.append(("http.header", name + b": " + value + b"\r\n"))
    parts.append(("http.header_names", b"\r\n" + b"\r\n".join(n for n, _ in fields) + b"\r\n\r\n"))
    if len(body) > 3:
        parts.append(("http.response_body" if is_answer else "http.request_body", body[:200]))
        if is_answer:
            parts.append(("file.data", body[:200]))
    return "http", "to_client" if is_answer else "to_server", parts


def dns_parts(payload):
    if len(payload) < 17 or payload[4:6] != b"\0\1" or payload[2] & 0x78:
        return None
    labels, at = [], 12
    while at < len(payload) and 0 < payload[at] < 64:
        labels.append(payload[at + 1:at + 1 + payload[at]])
        at += 1 + payload[at]
    if not labels or at >= len(payload) or payload[at]:
        return None
    return "dns", "to_server", [("dns.query", b".".join(labels))]


def tls_parts(payload):
    if payload[:2] != b"\x16\x03" or len(payload) < 60 or payload[5] != 1:
        return None
    at = payload.find(b"\0\0", 43)
    while 0 <= at < len(payload) - 9:
        n = struct.unpack_from(">H", payload, at + 7)[0]
        if payload[at + 6] == 0 and struct.unpack_from(">H", payload, at + 2)[0] == n + 5 and 3 < n < 100:
            return "tls", "to_server", [("tls.sni", payload[at + 9:at + 9 + n])]
        at = payload.find(b"\0\0", at + 1)
    return None


def message_parts(payload):
    """(application, side, [(buffer, bytes)]) of a payload that begins a message of one of three applications."""
    if payload.startswith(METHODS) or payload.startswith(b"HTTP/1"):
        return http_parts(payload)
    return tls_parts(payload) or dns_parts(payload)


class Inventor:
    def __init__(self, seed, share):
        self.r, self.share = random.Random(seed), share

    def pick(self, found, messages):
        return self.r.choice(messages if messages and self.chance(self.share) else found)

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

    def message(self, sid, payload):
        """A rule on the buffers of an HTTP message, a DNS name or a TLS server name that is there; None: no such thing."""
        parts = message_parts(payload)
        if not parts:
            return None
        app, side, parts = parts
        o = ""
        for name, value in self.r.sample(parts, min(len(parts), self.r.choice([1, 1, 2, 3]))):
            if len(value) < 2:
                continue
            n = min(len(value), self.r.randrange(2, 16))
            at = self.r.randrange(len(value) - n + 1)
            if self.chance(0.2):
                at, n = 0, len(value)
            n = min(n, 200)
            part = value[at:at + n]
            o += '%s; content:"%s"; ' % (name, text(part))
            if self.chance(0.25) and name not in LOWER:
                o += "nocase; "
            end = at + n == len(value)
            kind = self.r.randrange(8)
            if kind == 0:
                o += "startswith; "
            elif kind == 1 and end and not name.endswith("body") and name != "file.data":
                o += "endswith; "
            elif kind == 2:
                o += "depth:%d; " % (at + n + self.r.randrange(-1, 3) if at else n)
            elif kind == 3 and end:
                o += "bsize:%d; " % (len(value) if self.chance(0.8) else len(value) + 1)
            elif kind == 4:
                o += "isdataat:%s1,relative; " % self.r.choice(["", "!"])
            elif kind == 5:
                o += 'content:!"%s"; ' % text(bytes(self.r.randrange(97, 123) for _ in range(3)))
            elif kind == 6:
                o += 'pcre:"/%s/%s"; ' % ("".join("\\x%02x" % b for b in part[:4]), self.r.choice(["", "i"]))
        if not o:
            return None
        flow = self.r.choice(["", "flow:established; ", "flow:established,%s; " % side, "flow:%s; " % side])
        return 'alert %s any any -> any any (msg:"invented %d"; %s%ssid:%d; rev:1;)' % (app, sid, flow, o, sid)

    def rule(self, sid, p):
        proto, sport, dport, payload, flags, ttl = p
        if self.chance(self.share):
            made = self.message(sid, payload)
            if made:
                return made
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
    seed, count, share, folder = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    inventor = Inventor(seed, share)
    found, messages = [], []
    for path in sys.argv[5:]:
        here = [p for p in (packet(*f) for f in frames(path)) if p]
        told = [p for p in here if message_parts(p[3])]
        found += inventor.r.sample(here, min(40, len(here)))
        messages += inventor.r.sample(told, min(15, len(told)))
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "invented.rules"), "w", encoding="ascii") as f:
        for i in range(count):
            f.write(inventor.rule(3000000 + i, inventor.pick(found, messages)) + "\n")


if __name__ == "__main__":
    main()
