# SPDX-License-Identifier: BSD-2-Clause
"""MQTT, CoAP and Modbus. The receiver of MQTT is mosquitto: it tells what it delivered to one who subscribed to everything."""
import struct

from case import NEEDLE, case
from wire import datagrams, talk


def packet(kind, body, long=False):
    n, size = len(body), b""
    while True:
        n, low = n >> 7, n & 127
        size += bytes([low | (0x80 if n else 0)])
        if not n:
            break
    if long:  # one byte more than the size needs and than MQTT allows
        size = size[:-1] + bytes([size[-1] | 0x80]) + b"\x80\x80\x80\0"
    return bytes([kind]) + size + body


def text(data):
    return struct.pack(">H", len(data)) + data


CONNECT = packet(0x10, text(b"MQTT") + b"\4\2\0\x3c" + text(b"camera"))
CONNECT5 = packet(0x10, text(b"MQTT") + b"\5\2\0\x3c\0" + text(b"camera"))


def publish(topic, message, properties=b""):
    return packet(0x30, text(topic) + properties + message)


@case("M01", "every packet in segments of one byte", "mosquitto", "CATCH")
def m01(w, port):
    stream = CONNECT + publish(b"home/door", NEEDLE)
    talk(w, port, *[stream[i:i + 1] for i in range(len(stream))])


@case("M02", "a length of five bytes", "mosquitto", "IGNORE FLAG")
def m02(w, port):
    talk(w, port, CONNECT, packet(0x30, text(b"home/door") + NEEDLE, long=True))


@case("M03", "after 2,000 other topics", "mosquitto", "CATCH")
def m03(w, port):
    flood = b"".join(publish(b"t/%d/%s" % (i, b"x" * 50), b"1") for i in range(2000))
    talk(w, port, CONNECT, flood, publish(b"home/door", NEEDLE))


@case("M04", "version 5, properties before the message, cut in the needle", "mosquitto", "CATCH")
def m04(w, port):
    properties = b"".join(b"\x26" + text(b"key") + text(b"value") for _ in range(9))
    whole = publish(b"home/door", NEEDLE, bytes([len(properties)]) + properties)
    at = whole.index(b"needle")
    talk(w, port, CONNECT5, whole[:at + 3], whole[at + 3:])


@case("M05", "CoAP, the needle over blocks", "udp:5683", "FLAG", rules="unread", taken=lambda got: b"evil-" in got and b"suite" in got)
def m05(w, port):
    parts = [NEEDLE[i:i + 16] for i in range(0, len(NEEDLE), 16)]
    datagrams(w, port, *[b"\x44\3" + struct.pack(">H", i) + b"tokn" + b"\xb3fwr" + b"\xd1\3" +
                         bytes([i << 4 | (8 if i + 1 < len(parts) else 0)]) + b"\xff" + p for i, p in enumerate(parts)])


@case("M06", "Modbus whose length lies, the needle behind it", "tcp", "CATCH")
def m06(w, port):
    talk(w, port, struct.pack(">HHHBBHH", 1, 0, 6, 1, 3, 0, 10), struct.pack(">HHHBB", 2, 0, 254, 1, 16) + NEEDLE[:10], NEEDLE[10:])


@case("M06b", "5,000 requests that nobody answers, then the needle", "tcp", "CATCH")
def m06b(w, port):
    talk(w, port, *[struct.pack(">HHHBBHH", i, 0, 6, 1, 3, 0, 10) * 100 for i in range(50)], NEEDLE)
