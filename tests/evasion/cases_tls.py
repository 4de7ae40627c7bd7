# SPDX-License-Identifier: BSD-2-Clause
"""The hello of TLS, cut and dressed (RFC 8446, 6066). The receiver is OpenSSL: it tells the name that it found."""
import socket
import ssl
import struct

from case import NAME, case, event
from wire import KERNEL, VICTIM, datagrams, talk

EVIL = NAME.encode()


def named(got):
    return b"name " + EVIL in got.lower()


def tls(number, name, allowed, receiver="tls", **more):
    return case(number, name, receiver, allowed, rules="tls", **{"taken": named, **more})


def vector(size, data):
    return len(data).to_bytes(size, "big") + data


def extension(kind, data):
    return struct.pack(">H", kind) + vector(2, data)


def server_name(*names):
    return extension(0, vector(2, b"".join(b"\0" + vector(2, n) for n in names)))


def client_hello(*extensions, version=0x0303):
    """A handshake message that OpenSSL takes for TLS 1.2"""
    groups = extension(10, vector(2, b"\0\x1d\0\x17")) + extension(11, vector(1, b"\0")) + extension(
        13, vector(2, b"\4\1\4\3\5\1\6\1\x08\4\x08\5"))
    body = struct.pack(">H", version) + b"R" * 32 + b"\0" + vector(2, b"\xc0\x2f\xc0\x30\0\x9c\0\x2f\0\xff") + vector(1, b"\0") + vector(
        2, b"".join(extensions) + groups)
    return b"\1" + vector(3, body)


def records(message, size=16384):
    return [b"\x16\3\1" + vector(2, message[i:i + size]) for i in range(0, len(message), size)]


HELLO = client_hello(server_name(EVIL))


def cut(data, pieces):
    size = -(-len(data) // pieces)
    return [data[i:i + size] for i in range(0, len(data), size)]


@tls("L01", "the hello in two segments, cut in the name", "CATCH")
def l01(w, port):
    one, = records(HELLO)
    at = one.index(b"needle")
    talk(w, port, one[:at], one[at:])


@tls("L01b", "in 20 segments", "CATCH")
def l01b(w, port):
    talk(w, port, *cut(records(HELLO)[0], 20))


@tls("L02", "one byte a record", "CATCH")
def l02(w, port):
    talk(w, port, b"".join(records(HELLO, 1)))


@tls("L03", "records and segments cut, with pauses", "CATCH")
def l03(w, port):
    talk(w, port, *cut(b"".join(records(HELLO, 7)), 9), pause=0.05)


@tls("L04", "a hello of 20 KB, the name last", "CATCH")
def l04(w, port):
    filler = extension(16, vector(2, vector(1, b"x" * 250) * 70)) + extension(0x1234, b"p" * 1700)
    talk(w, port, *records(client_hello(filler, server_name(EVIL))))


for _n, (_name, _hello, _allowed) in enumerate((
        ("in capitals", client_hello(server_name(EVIL.upper())), "CATCH"),
        ("with a dot at its end", client_hello(server_name(EVIL + b".")), "CATCH FLAG"),
        ("with a NUL", client_hello(server_name(EVIL + b"\0.shop.example")), "CATCH FLAG"),
        ("and another in one list", client_hello(server_name(b"shop.example", EVIL)), "CATCH FLAG IGNORE"),
        ("twice as extension", client_hello(server_name(b"shop.example"), server_name(EVIL)), "CATCH FLAG IGNORE"))):
    @tls("L05" + "abcde"[_n], "name " + _name, _allowed)
    def l05(w, port, hello=_hello):
        talk(w, port, *records(hello))


def connect(w, port, name, data=b"", **options):
    """OpenSSL's own client"""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for k, v in options.items():
        setattr(context, k, v)
    s = context.wrap_socket(socket.create_connection((VICTIM, port), 3, (KERNEL, 0)), server_hostname=name,
                            session=None)
    talk(w, port, data, sock=s)


@tls("L06", "no name, but the certificate tells it", "CATCH", "tls12", taken=lambda got: b"name none" in got)
def l06(w, port):
    connect(w, port, None, b"hello", maximum_version=ssl.TLSVersion.TLSv1_2)


@tls("L07", "an encrypted hello beside the outer name", "CATCH")
def l07(w, port):
    ech = extension(0xfe0d, b"\0\0\1\0\1\7" + vector(2, b"k" * 32) + vector(2, b"c" * 200))
    talk(w, port, *records(client_hello(ech, server_name(EVIL))))


@tls("L08", "early data behind the hello", "CATCH")
def l08(w, port):
    one = records(client_hello(server_name(EVIL), extension(42, b"")))[0]
    talk(w, port, one[:60], one[60:] + b"\x17\3\3" + vector(2, b"e" * 100))


@tls("L09", "another Host within the encryption", "FLAG", taken=lambda got: EVIL in got, flag=event("tls", sni="shop.example"))
def l09(w, port):
    connect(w, port, "shop.example", b"GET / HTTP/1.1\r\nHost: " + EVIL + b"\r\n\r\n")


@tls("L10", "the hello behind STARTTLS", "CATCH", "smtp")
def l10(w, port):
    s = socket.create_connection((VICTIM, port), 3, (KERNEL, 0))
    s.settimeout(3)
    for line, until in ((b"", b"ESMTP"), (b"EHLO shop.example\r\n", b"250 STARTTLS"), (b"STARTTLS\r\n", b"220 go")):
        s.sendall(line)
        got = b""
        while until not in got:
            got += s.recv(4096) or until
    talk(w, port, *records(HELLO), sock=s)


@case("L11", "the hello of DTLS in fragments", "udp", "FLAG", rules="unread", taken=lambda got: b"needle" in got)
def l11(w, port):
    body, parts = HELLO[4:], []
    for n, at in enumerate(range(0, len(body), 40)):
        part = b"\1" + len(body).to_bytes(3, "big") + b"\0\0" + at.to_bytes(3, "big") + vector(3, body[at:at + 40])
        parts.append(b"\x16\xfe\xfd\0\0" + n.to_bytes(6, "big") + vector(2, part))
    datagrams(w, port, *parts)
