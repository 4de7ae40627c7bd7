# SPDX-License-Identifier: BSD-2-Clause
"""bare_acks.py ADDR PORT COUNT: a connection, and then COUNT packets of it without data, from a raw socket."""
import socket
import struct
import sys

addr, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
s = socket.create_connection((addr, port), timeout=10)
s.sendall(b"GET / HTTP/1.0\r\n")  # the request is not over: the connection stays
src, sport = s.getsockname()


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def segment(seq):
    head = struct.pack("!HHIIBBHHH", sport, port, seq, 1, 5 << 4, 0x10, 1000, 0, 0)
    pseudo = socket.inet_aton(src) + socket.inet_aton(addr) + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(head))
    return head[:16] + struct.pack("!H", checksum(pseudo + head)) + head[18:]


raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
packets = [segment(i * 7919) for i in range(64)]
for i in range(count):
    raw.sendto(packets[i % 64], (addr, 0))
print(count)
