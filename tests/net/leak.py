# SPDX-License-Identifier: BSD-2-Clause
"""A quarantined device that tries everything to be heard, and those who listen.

leak.py babble IF OWN_MAC GATEWAY_MAC SECONDS   each second a new IPv6 address, and from it: neighbour discovery, UDP to
    far and near, ARP, DHCP, unknown EtherTypes, an 802.3 frame, an IPv6 header that does not parse. Prints frames sent.
leak.py listen IF                               counts frames with our mark until SIGTERM; prints "ready", then the count.
leak.py talk ADDRESS PORT SECONDS               numbered datagrams, 200 a second; prints how many.
leak.py hear PORT                               counts different numbers until SIGTERM; prints "ready", then the count.
"""
import fcntl
import selectors
import signal
import socket
import struct
import sys
import time

MARK = b"cordon-leak-mark"
ETH_P_ALL = 3
SIOCGIFHWADDR = 0x8927


def raw(iface):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    s.bind((iface, 0))
    return s


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def checksum(data):
    total = sum(struct.unpack("!%dH" % ((len(data) + 1) // 2), data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp4(src, dst, sport, dport, data):
    udp = struct.pack("!4H", sport, dport, 8 + len(data), 0) + data
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, socket.inet_aton(src), socket.inet_aton(dst))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + udp


def ip6(src, dst, proto, data, at):
    """data with its checksum at byte @at"""
    s, d = socket.inet_pton(socket.AF_INET6, src), socket.inet_pton(socket.AF_INET6, dst)
    c = checksum(s + d + struct.pack("!II", len(data), proto) + data)
    data = data[:at] + struct.pack("!H", c or 0xFFFF) + data[at + 2:]
    return struct.pack("!IHBB", 0x60000000, len(data), proto, 255) + s + d + data


def frames(own, gateway, n):
    src = "fd77::%x" % (0x1000 + n)
    every = b"\xff" * 6
    target = socket.inet_pton(socket.AF_INET6, src)
    udp6 = struct.pack("!4H", 5000, 9, 8 + len(MARK), 0) + MARK
    arp = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, own, socket.inet_aton("10.77.0.10"), bytes(6), socket.inet_aton("10.77.0.1"))
    dhcp = struct.pack("!BBBBIHH16s6s202s4s", 1, 1, 6, 0, n, 0, 0x8000, bytes(16), own, bytes(202), b"\x63\x82\x53\x63")
    dhcp += b"\x35\x01\x03\x32\x04\x0a\x4d\x00" + bytes([100 + n % 100]) + b"\xff" + MARK
    yield b"\x33\x33\xff" + target[13:] + own + b"\x86\xdd" + ip6("::", "ff02::1:ff00:%x" % (0x1000 + n), 58,
        struct.pack("!BBHI", 135, 0, 0, 0) + target + b"\x0e\x03" + MARK + bytes(6), 2)  # duplicate address detection
    yield gateway + own + b"\x86\xdd" + ip6(src, "2001:db8:99::2", 17, udp6, 6)
    yield b"\x33\x33\0\0\0\x01" + own + b"\x86\xdd" + ip6(src, "ff02::1", 17, udp6, 6)
    yield gateway + own + b"\x86\xdd" + b"\x60\0\0\0\xff\xff\0\xff" + MARK  # says it is longer than it is
    yield gateway + own + b"\x08\0" + udp4("10.77.0.%d" % (100 + n % 100), "198.18.9.2", 5000, 9, MARK)
    yield every + own + b"\x08\x06" + arp + MARK
    yield gateway + own + b"\x08\x06" + arp[:6] + b"\0\x02" + arp[8:] + MARK
    yield every + own + b"\x08\0" + udp4("0.0.0.0", "255.255.255.255", 68, 67, dhcp)
    for ethertype in (0x88B5, 0x9999, 0x88CC, 0x0842, 0xFFFF):
        yield every + own + struct.pack("!H", ethertype) + MARK + bytes(40)
    yield every + own + struct.pack("!H", 46) + b"\xaa\xaa\x03" + MARK + bytes(27)


def babble(iface, own, gateway, seconds):
    s, sent, end, n = raw(iface), 0, time.monotonic() + float(seconds), 0
    wait = selectors.DefaultSelector()
    while time.monotonic() < end:
        for _ in range(5):  # of each address
            for frame in frames(mac(own), mac(gateway), n):
                s.send(frame.ljust(60, b"\0"))
                sent += 1
            wait.select(0.2)
        n += 1
    print(sent, n)


def until_term(sock, on_packet):
    r, w = socket.socketpair()
    w.setblocking(False)
    signal.set_wakeup_fd(w.fileno())
    signal.signal(signal.SIGTERM, lambda *_: None)
    wait = selectors.DefaultSelector()
    wait.register(sock, selectors.EVENT_READ)
    wait.register(r, selectors.EVENT_READ)
    sock.setblocking(False)
    print("ready", flush=True)
    ended = False
    while not ended:
        ended = any(key.fileobj is r for key, _ in wait.select())
        try:  # what has arrived before the end counts
            while True:
                on_packet(sock.recv(65536))
        except BlockingIOError:
            pass


def listen(iface):
    seen = []
    sock = raw(iface)
    own = fcntl.ioctl(sock, SIOCGIFHWADDR, struct.pack("256s", iface.encode()))[18:24]  # /sys may be of another namespace

    def take(frame):
        if MARK in frame and frame[6:12] != own:
            seen.append(frame)
    until_term(sock, take)
    print(len(seen))
    for frame in seen[:5]:
        print(frame[:40].hex(), file=sys.stderr)


def talk(address, port, seconds):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end, n, start = time.monotonic() + float(seconds), 0, time.monotonic()
    wait = selectors.DefaultSelector()
    while time.monotonic() < end:
        while n < (time.monotonic() - start) * 200:
            s.sendto(struct.pack("!I", n), (address, int(port)))
            n += 1
        wait.select(0.005)
    print(n)


def hear(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    s.bind(("", int(port)))
    numbers = set()
    until_term(s, lambda data: numbers.add(data))
    print(len(numbers))


if __name__ == "__main__":
    {"babble": babble, "listen": listen, "talk": talk, "hear": hear}[sys.argv[1]](*sys.argv[2:])
