#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""again.py send|count ADDRESS PORT, at interface eth0.

send: a segment through a real connection, then at its place the same one again, and one with other bytes.
count: answers one such connection and prints how many of each came, until all have or three seconds are silent.
"""
import socket
import struct
import sys

FIRST, OTHER = b"first-as-it-was", b"other-at-its-pl"
ETH_IP_TCP = 34  # an Ethernet header and an IPv4 one without options


def tap():
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind(("eth0", 3))
    return s


def checksum(data):
    data += b"\0" * (len(data) % 2)
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n >> 16) + (n & 0xFFFF)
    return ~n & 0xFFFF


def with_payload(frame, payload):
    segment = bytearray(frame[ETH_IP_TCP : -len(FIRST)] + payload)
    segment[16:18] = b"\0\0"
    pseudo = frame[26:34] + struct.pack("!HH", 6, len(segment))
    segment[16:18] = struct.pack("!H", checksum(pseudo + bytes(segment)))
    return frame[:ETH_IP_TCP] + bytes(segment)


def send(where):
    wire = tap()
    wire.settimeout(5)
    s = socket.create_connection(where, 5)
    s.send(FIRST)
    frame = b""
    while not frame.endswith(FIRST):
        frame = wire.recv(2000)
    if s.recv(3) != b"got":
        sys.exit("the first one did not arrive")
    for payload in FIRST, OTHER:
        wire.send(with_payload(frame, payload))
    s.recv(1)  # the other side ends


def count(where):
    wire = tap()
    server = socket.create_server(where)
    server.settimeout(10)
    c, _ = server.accept()
    c.settimeout(10)
    if c.recv(len(FIRST)) == FIRST:
        c.send(b"got")
    wire.settimeout(3)
    n = {FIRST: 0, OTHER: 0}
    try:
        while n != {FIRST: 2, OTHER: 1}:
            end = wire.recv(2000)[-len(FIRST) :]
            if end in n:
                n[end] += 1
    except socket.timeout:
        pass
    print(n[FIRST], n[OTHER])


{"send": send, "count": count}[sys.argv[1]]((sys.argv[2], int(sys.argv[3])))
