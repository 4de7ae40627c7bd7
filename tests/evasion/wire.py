# SPDX-License-Identifier: BSD-2-Clause
"""The sender. Frames made by hand go out on a raw socket; a case may also use the sockets of the sender's own kernel, which
has an address of its own. What is sent and what comes back is kept as a capture.
"""
import contextlib
import ipaddress
import select
import socket
import struct
import time

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
MSS = b"\x02\x04\x05\xb4"
KERNEL = "10.9.0.99"  # the address of the sender's kernel
VICTIM, BEYOND = "203.0.113.2", "198.51.100.2"


def checksum(data):
    if len(data) & 1:
        data += b"\0"
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Wire:
    def __init__(self, dev, mac, peer_mac):
        self.s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        self.s.bind((dev, 0))
        self.mac, self.peer_mac = bytes.fromhex(mac.replace(":", "")), bytes.fromhex(peer_mac.replace(":", ""))
        self.kept, self.ident, self.ends = [], 100, {}
        self.turn_to("")

    def turn_to(self, where):
        """from now on frames go to the victim, or to the host beyond it"""
        self.ends = {4: [ipaddress.ip_address(x).packed for x in ("10.9.0.77", BEYOND if where else VICTIM)],
                     6: [ipaddress.ip_address(x).packed for x in ("fd09::77", "2001:db8::2")]}

    def frame(self, kind, body):
        f = self.peer_mac + self.mac + struct.pack(">H", kind) + body
        self.s.send(f)
        self.kept.append((time.time(), f))

    def receive(self, wanted, seconds=1.0):
        """The first frame of the victim for which wanted(frame) is true; all are kept, also those of the sender's kernel."""
        end = time.monotonic() + seconds
        while select.select([self.s], [], [], max(0, end - time.monotonic()))[0]:
            f, where = self.s.recvfrom(1 << 17)
            ours = where[2] == socket.PACKET_OUTGOING
            if f[6:12] != self.mac if ours else f[:6] != self.mac:
                continue
            self.kept.append((time.time(), f))
            if not ours and wanted(f):
                return f
        return None

    def settle(self):
        self.receive(lambda f: False, 0.03)

    def save(self, path):
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
            for when, f in self.kept:
                out.write(struct.pack("<IIII", int(when), int(when % 1 * 1e6), len(f), len(f)) + f)
        self.kept = []

    # --- IPv4 ---

    def ip4(self, proto, body, ident=None, frag=0, flags=0, ttl=64, options=b"", bad_sum=False, total=None, trail=b""):
        """@frag: offset in bytes; @flags: 1 more fragments, 2 do not fragment"""
        if ident is None:
            self.ident += 1
            ident = self.ident
        n = 20 + len(options)
        head = struct.pack(">BBHHHBBH4s4s", 0x40 | n // 4, 0, n + len(body) if total is None else total, ident,
                           flags << 13 | frag // 8, ttl, proto, 0, *self.ends[4]) + options
        check = checksum(head) ^ (0x5555 if bad_sum else 0)
        self.frame(0x800, head[:10] + struct.pack(">H", check) + head[12:] + body + trail)

    def fragments4(self, proto, body, size, order=None, ident=None):
        """@body in fragments of @size bytes, in @order (default: as they come)"""
        self.ident += 1
        ident = self.ident if ident is None else ident
        parts = [(i, body[i:i + size]) for i in range(0, len(body), size)]
        for k in range(len(parts)) if order is None else order(list(range(len(parts)))):
            at, part = parts[k]
            self.ip4(proto, part, ident=ident, frag=at, flags=1 if at + len(part) < len(body) else 0)

    def part4(self, proto, ident, at, part, more, flags=0):
        self.ip4(proto, part, ident=ident, frag=at, flags=flags | (1 if more else 0))

    # --- IPv6 ---

    def ip6(self, proto, body):
        self.frame(0x86dd, struct.pack(">IHBB16s16s", 6 << 28, len(body), proto, 64, *self.ends[6]) + body)

    def part6(self, proto, ident, at, part, more):
        self.ip6(44, struct.pack(">BBHI", proto, 0, at | (1 if more else 0), ident) + part)

    # --- transport ---

    def summed(self, version, proto, body, at, bad=False):
        """@body with its checksum at @at put in"""
        src, dst = self.ends[version]
        pseudo = src + dst + (struct.pack(">BBH", 0, proto, len(body)) if version == 4 else
                              struct.pack(">IHBB", len(body), 0, 0, proto))
        check = checksum(pseudo + body) or 0xffff
        return body[:at] + struct.pack(">H", check ^ (0x5555 if bad else 0)) + body[at + 2:]

    def udp(self, version, port, data):
        return self.summed(version, 17, struct.pack(">HHHH", 4000, port, 8 + len(data), 0) + data, 6)

    def tcp(self, version, sport, port, seq, ack, flags, data=b"", options=b"", bad=False, urgent=0, window=64240):
        options += b"\1" * (-len(options) % 4)
        head = struct.pack(">HHIIBBHHH", sport, port, seq & 0xffffffff, ack & 0xffffffff, (20 + len(options)) // 4 << 4,
                           flags, window, 0, urgent)
        return self.summed(version, 6, head + options + data, 16, bad)


class Passive:
    """The serving end of one connection that the victim opens, made by hand."""

    def __init__(self, wire, port):
        self.w, self.port, self.isn = wire, port, 3000000
        f = wire.receive(lambda x: x[12:14] == b"\x08\0" and x[23] == 6 and struct.unpack_from(">H", x, 36)[0] == port
                         and x[47] == SYN, 3.0)
        if not f:
            raise RuntimeError("the victim did not call")
        self.peer_port, = struct.unpack_from(">H", f, 34)
        self.peer = struct.unpack_from(">I", f, 38)[0] + 1

    def send(self, flags, data=b"", at=0, ack=True):
        seq = self.isn if flags & SYN else self.isn + 1 + at
        self.w.ip4(6, self.w.tcp(4, self.port, self.peer_port, seq, self.peer if ack else 0, flags, data,
                                 MSS if flags & SYN else b""))
        self.w.settle()


def talk(wire, port, *chunks, pause=0.0, sock=None, first=0.0, wait=0.15):
    """A client of the sender's kernel sends @chunks, one segment each, waits up to @first seconds for an answer to begin, and
    reads until the victim is silent for @wait seconds."""
    s = sock or socket.create_connection((VICTIM, port), 3, (KERNEL, 0))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.settimeout(3)
    with contextlib.suppress(ConnectionError, TimeoutError):  # what the victim took is what counts
        for c in chunks:
            s.sendall(c)
            wire.receive(lambda f: False, pause)
        silence = first or wait
        while select.select([s], [], [], silence)[0] and s.recv(65536):
            silence = wait
    wire.settle()
    s.close()
    wire.settle()


def serve(wire, port, *chunks):
    """A server of the sender's kernel answers the victim's first request with @chunks, one segment each."""
    with socket.create_server((KERNEL, port)) as listener:
        listener.settimeout(3)
        s, _ = listener.accept()
    s.settimeout(3)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.recv(65536)
    for c in chunks:
        s.sendall(c)
        wire.receive(lambda f: False, 0)
    s.shutdown(socket.SHUT_WR)
    while s.recv(65536):
        pass
    s.close()
    wire.settle()


def datagrams(wire, port, *chunks, source=0):
    """UDP of the sender's kernel, from the port @source"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((KERNEL, source))
        for c in chunks:
            s.sendto(c, (VICTIM, port))
            wire.receive(lambda f: False, 0)
    wire.settle()


class Conn:
    """A client end of one TCP connection, as far as a case wants it."""
    next_port = 20000

    def __init__(self, wire, port, version=4, isn=1000000, timestamps=False):
        Conn.next_port += 1
        self.w, self.port, self.version, self.sport = wire, port, version, Conn.next_port
        self.isn, self.timestamps, self.peer, self.clock = isn, timestamps, 0, 5000

    def stamp(self, value=None):
        if not self.timestamps:
            return b""
        self.clock += 1
        return b"\1\1\x08\x0a" + struct.pack(">II", self.clock if value is None else value, self.echo)

    def segment(self, seq, flags, data=b"", options=b"", **more):
        return self.w.tcp(self.version, self.sport, self.port, seq, self.peer, flags, data, options, **more)

    def send(self, body):
        self.w.ip4(6, body) if self.version == 4 else self.w.ip6(6, body)

    echo = 0

    def syn(self, isn=None, data=b""):
        options = MSS + (b"\1\1\x08\x0a" + struct.pack(">II", self.clock, 0) if self.timestamps else b"")
        self.send(self.w.tcp(self.version, self.sport, self.port, self.isn if isn is None else isn, 0, SYN, data, options))

    def is_ours(self, f):
        at = 14 + (20 if self.version == 4 else 40)
        return len(f) >= at + 20 and struct.unpack_from(">HH", f, at) == (self.port, self.sport)

    def synack(self):
        f = self.w.receive(lambda x: self.is_ours(x) and x[14 + (20 if self.version == 4 else 40) + 13] == SYN | ACK)
        if not f:
            raise RuntimeError("no SYN-ACK")
        at = 14 + (20 if self.version == 4 else 40)
        self.peer = struct.unpack_from(">I", f, at + 4)[0] + 1
        i = f.find(b"\x08\x0a", at + 20)
        if self.timestamps and i > 0:
            self.echo = struct.unpack_from(">I", f, i + 2)[0]

    def open(self):
        self.syn()
        self.synack()
        self.send(self.segment(self.isn + 1, ACK, options=self.stamp()))
        return self

    def data(self, off, data, flags=PSH | ACK, stamp=None, options=b"", **more):
        self.send(self.segment(self.isn + 1 + off, flags, data, self.stamp(stamp) + options, **more))

    def fin(self, off):
        self.w.settle()
        self.send(self.segment(self.isn + 1 + off, FIN | ACK, options=self.stamp()))
