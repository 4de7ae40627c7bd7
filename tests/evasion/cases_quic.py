# SPDX-License-Identifier: BSD-2-Clause
"""Initial packets of QUIC (RFC 9000, 9001, 9369), sealed here by a library that Cordon does not use. The receiver is a socket:
a server that got every datagram has the name (Q01 opens its packet again).
"""
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from case import NAME, case
from cases_tls import client_hello, extension, server_name
from wire import datagrams

V1, V2 = 1, 0x6b3343cf
SALT = {V1: "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", V2: "0dede3def700a6db819381be6e269dcbf9bd2ed9"}
LABEL = {V1: b"quic", V2: b"quicv2"}
CID, PADDING, PING = b"\x83\x94\xc8\xf0\x3e\x51\x57\x08", b"\0", b"\1"
MESSAGE = client_hello(server_name(NAME.encode()), extension(57, b"\1\4\x80\0\xea\x60"))


def keys(cid, version):
    """key, iv, header protection of what a client sends (RFC 9001 section 5.2)"""
    version = version if version in SALT else V1
    h = HMAC(bytes.fromhex(SALT[version]), SHA256())
    h.update(cid)

    def expand(secret, label, n):
        info = struct.pack(">HB", n, 6 + len(label)) + b"tls13 " + label + b"\0"
        return HKDFExpand(SHA256(), n, info).derive(secret)
    secret = expand(h.finalize(), b"client in", 32)
    return [expand(secret, LABEL[version] + x, n) for x, n in ((b" key", 16), (b" iv", 12), (b" hp", 16))]


def mask(hp, sample):
    e = Cipher(algorithms.AES(hp), modes.ECB()).encryptor()
    return e.update(sample)[:5]


def varint(n):
    return bytes([n]) if n < 64 else struct.pack(">H", 0x4000 | n)


def crypto(offset, data):
    return b"\6" + varint(offset) + varint(len(data)) + data


def nonce(iv, number):
    return iv[:8] + bytes(a ^ b for a, b in zip(iv[8:], struct.pack(">I", number)))


def initial(frames, number=0, version=V1, dcid=CID, key_cid=CID, token=b"", size=1200):
    """A sealed Initial packet, padded to @size bytes; 0: not padded"""
    key, iv, hp = keys(key_cid, version)
    kind = 0x10 if version == V2 else 0
    head = bytes([0xc3 | kind]) + struct.pack(">I", version) + bytes([len(dcid)]) + dcid + b"\4abcd" + varint(len(token)) + token
    frames += PADDING * max(0, size - len(head) - 2 - 4 - 16 - len(frames), 20 - len(frames))
    head += struct.pack(">H", 0x4000 | (4 + len(frames) + 16)) + struct.pack(">I", number)
    sealed = AESGCM(key).encrypt(nonce(iv, number), frames, head)
    m = mask(hp, sealed[:16])
    n = len(head)
    return bytes([head[0] ^ (m[0] & 15)]) + head[1:n - 4] + bytes(a ^ b for a, b in zip(head[n - 4:], m[1:])) + sealed


def read(packet, key_cid=CID):
    """The frames of an Initial made by initial(), or b"" """
    version, = struct.unpack_from(">I", packet, 1)
    at = 6 + packet[5]
    at += 1 + packet[at]
    token = packet[at] if packet[at] < 64 else struct.unpack_from(">H", packet, at)[0] & 0x3fff
    at += (1 if packet[at] < 64 else 2) + token
    length = struct.unpack_from(">H", packet, at)[0] & 0x3fff
    at += 2
    key, iv, hp = keys(key_cid, version)
    m = mask(hp, packet[at + 4:at + 20])
    head = bytes([packet[0] ^ (m[0] & 15)]) + packet[1:at] + bytes(a ^ b for a, b in zip(packet[at:at + 4], m[1:]))
    return AESGCM(key).decrypt(nonce(iv, struct.unpack(">I", head[-4:])[0]), packet[at + 4:at + length], head)


def quic(number, name, allowed, **more):
    return case(number, name, "udp", allowed, rules="quic", **{"taken": lambda got: len(got) >= 1200, **more})


@quic("Q01", "one frame", "CATCH")
def q01(w, port):
    packet = initial(crypto(0, MESSAGE))
    if MESSAGE not in read(packet):
        raise RuntimeError("a packet that a receiver could not read")
    datagrams(w, port, packet)


@quic("Q02", "frames out of order between PING and PADDING", "CATCH")
def q02(w, port):
    parts = [crypto(i, MESSAGE[i:i + 13]) for i in range(0, len(MESSAGE), 13)]
    datagrams(w, port, initial((PING + PADDING * 3).join(parts[::-1])))


@quic("Q03", "the hello over three packets, last first", "CATCH")
def q03(w, port):
    third = len(MESSAGE) // 3 + 1
    datagrams(w, port, *[initial(crypto(i * third, MESSAGE[i * third:(i + 1) * third]), i) for i in (2, 0, 1)])


@quic("Q04", "again after Retry, to the identifier that the server chose", "CATCH")
def q04(w, port):
    half = MESSAGE[:20]
    datagrams(w, port, initial(crypto(0, half)), initial(crypto(0, MESSAGE), 1, dcid=b"chosen!!", key_cid=b"chosen!!", token=b"token" * 4))


@quic("Q04b", "the second packet to the identifier that the server chose", "CATCH")
def q04b(w, port):
    at = MESSAGE.index(b"needle")
    datagrams(w, port, initial(crypto(0, MESSAGE[:at])), initial(crypto(at, MESSAGE[at:]), 1, dcid=b"chosen!!"))


@quic("Q05", "version 2", "CATCH")
def q05(w, port):
    datagrams(w, port, initial(crypto(0, MESSAGE), version=V2))


@quic("Q06", "two packets in one datagram, the name in the second", "CATCH")
def q06(w, port):
    at = MESSAGE.index(b"needle")
    datagrams(w, port, initial(crypto(0, MESSAGE[:at]), size=0) + initial(crypto(at, MESSAGE[at:]), 1))


@quic("Q06b", "early data before the hello, in one datagram", "CATCH")
def q06b(w, port):
    early = b"\xd0" + struct.pack(">I", V1) + bytes([len(CID)]) + CID + b"\4abcd" + struct.pack(">H", 0x4000 | 60) + b"e" * 60
    datagrams(w, port, early, early + initial(crypto(0, MESSAGE)))


@quic("Q07", "two frames of one place with other bytes", "CATCH FLAG NORM")
def q07(w, port):
    other = MESSAGE.replace(b"evil", b"mild")
    datagrams(w, port, initial(crypto(0, other) + crypto(0, MESSAGE)))
    datagrams(w, port, initial(crypto(0, MESSAGE), 1))
