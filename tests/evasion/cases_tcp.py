# SPDX-License-Identifier: BSD-2-Clause
"""TCP streams that two readers may put together differently (RFC 9293)."""
import socket

from case import LINE, MILD, case, counted, shuffled
from wire import ACK, FIN, KERNEL, MSS, PSH, RST, SYN, URG, VICTIM, Conn, Passive, talk


@case("T01", "segments of one byte", "tcp", "CATCH")
def t01(w, port):
    c = Conn(w, port).open()
    for i in range(len(LINE)):
        c.data(i, LINE[i:i + 1])
    c.fin(len(LINE))


@case("T01/6", "segments of one byte over IPv6", "tcp", "CATCH")
def t01_6(w, port):
    c = Conn(w, port, 6).open()
    for i in range(len(LINE)):
        c.data(i, LINE[i:i + 1])
    c.fin(len(LINE))


@case("T02", "segments shuffled, some again", "tcp", "CATCH")
def t02(w, port):
    c = Conn(w, port).open()
    parts = list(range(0, len(LINE), 5))
    for i in shuffled(5)(parts + parts[::3]):
        c.data(i, LINE[i:i + 5])
    c.fin(len(LINE))


@case("T03", "the SYN again with another number", "tcp", "CATCH")
def t03(w, port):
    c = Conn(w, port)
    c.syn(isn=77)
    c.syn()
    w.settle()
    w.kept and c.send(w.tcp(4, c.sport, port, 78, 0, RST))
    w.settle()
    Conn.next_port -= 1
    d = Conn(w, port).open()
    d.data(0, LINE)
    d.fin(len(LINE))


@case("T04", "data in the SYN", "tcp", "CATCH NORM FLAG")
def t04(w, port):
    c = Conn(w, port)
    c.syn(data=LINE[:14])
    c.synack()
    c.send(c.segment(c.isn + 1, ACK))
    c.data(0, LINE)
    c.fin(len(LINE))


def overlap(w, port, first, second):
    """behind a hole, twice the same numbers; then the hole is filled"""
    c = Conn(w, port).open()
    c.data(10, first[10:])
    c.data(10, second[10:])
    c.data(0, LINE[:10])
    c.fin(len(LINE))


@case("T06", "overlap, the later bytes are evil", "tcp", "CATCH NORM FLAG IGNORE")
def t06(w, port):
    overlap(w, port, MILD, LINE)


@case("T06b", "overlap, the earlier bytes are evil", "tcp", "CATCH NORM FLAG")
def t06b(w, port):
    overlap(w, port, LINE, MILD)


@case("T06c", "a longer segment over a shorter one, other bytes", "tcp", "CATCH NORM FLAG IGNORE")
def t06c(w, port):
    c = Conn(w, port).open()
    c.data(12, MILD[12:20])
    c.data(4, LINE[4:])
    c.data(0, LINE[:4])
    c.fin(len(LINE))


@case("T07", "other bytes after the acknowledgement", "tcp", "IGNORE FLAG")
def t07(w, port):
    c = Conn(w, port).open()
    c.data(0, MILD)
    w.settle()
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T08", "junk with a bad checksum before the true bytes", "tcp", "CATCH")
def t08(w, port):
    c = Conn(w, port).open()
    c.data(0, MILD, bad=True)
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T09", "a segment far out of the window", "tcp", "IGNORE FLAG")
def t09(w, port):
    c = Conn(w, port).open()
    c.data(1 << 20, LINE)
    c.data(0, MILD)
    c.fin(len(MILD))


@case("T10", "a reset out of the window and one with a bad checksum", "tcp", "CATCH")
def t10(w, port):
    c = Conn(w, port).open()
    c.send(c.segment(c.isn + (1 << 21), RST))
    c.send(c.segment(c.isn + 1, RST, bad=True))
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T11", "a reset in the window, not at its begin", "tcp", "CATCH")
def t11(w, port):
    c = Conn(w, port).open()
    c.send(c.segment(c.isn + 500, RST))
    w.settle()
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T12", "data behind the FIN", "tcp", "IGNORE FLAG")
def t12(w, port):
    c = Conn(w, port).open()
    c.data(0, MILD)
    c.fin(len(MILD))
    c.data(len(MILD) + 1, LINE)


@case("T13", "junk with an old timestamp", "tcp", "CATCH")
def t13(w, port):
    c = Conn(w, port, timestamps=True).open()
    c.data(0, MILD, stamp=100)
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T14", "a segment without timestamp", "tcp", "CATCH")
def t14(w, port):
    c = Conn(w, port, timestamps=True).open()
    c.data(0, LINE[:20])
    c.timestamps = False
    c.data(20, LINE[20:])
    c.fin(len(LINE))


@case("T15", "junk with a signature option", "tcp", "CATCH FLAG")
def t15(w, port):
    c = Conn(w, port).open()
    c.data(0, MILD, options=b"\x13\x12" + b"x" * 16)
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T16", "data with no flags, with FIN alone, with all flags", "tcp", "IGNORE FLAG CATCH NORM")
def t16(w, port):
    c = Conn(w, port).open()
    c.data(0, LINE, flags=0)
    c.data(0, LINE, flags=FIN)
    c.data(0, LINE, flags=FIN | PSH | URG)
    c.data(0, MILD)
    c.fin(len(MILD))


@case("T17", "data without ACK", "tcp", "IGNORE FLAG")
def t17(w, port):
    c = Conn(w, port).open()
    c.data(0, LINE, flags=PSH)
    c.data(0, MILD)
    c.fin(len(MILD))


@case("T17b", "junk without ACK before the true bytes", "tcp", "CATCH")
def t17b(w, port):
    c = Conn(w, port).open()
    c.data(0, MILD, flags=PSH)
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T18", "numbers wrap around within the needle", "tcp", "CATCH")
def t18(w, port):
    c = Conn(w, port, isn=0xffffffff - 20).open()
    for i in range(0, len(LINE), 4):
        c.data(i, LINE[i:i + 4])
    c.fin(len(LINE))


@case("T20", "an urgent byte in the needle", "tcp", "CATCH NORM FLAG")
def t20(w, port):
    c = Conn(w, port).open()
    at = LINE.index(b"needle")
    c.data(0, LINE[:at] + b"X", flags=PSH | ACK | URG, urgent=at + 1)
    c.data(at + 1, LINE[at:])
    c.fin(len(LINE) + 1)


@case("T21", "the urgent pointer is behind the data", "tcp", "CATCH NORM FLAG")
def t21(w, port):
    c = Conn(w, port).open()
    c.data(0, LINE, flags=PSH | ACK | URG, urgent=len(LINE) + 20)
    c.fin(len(LINE))


@case("T22", "many urgent bytes", "tcp", "CATCH NORM FLAG")
def t22(w, port):
    c, off = Conn(w, port).open(), 0
    for i in range(0, len(LINE), 4):
        c.data(off, LINE[i:i + 4] + b"X", flags=PSH | ACK | URG, urgent=len(LINE[i:i + 4]) + 1)
        off += len(LINE[i:i + 4]) + 1
    c.fin(off)


@case("T31", "a TCP segment in fragments, last first", "tcp", "CATCH")
def t31(w, port):
    c = Conn(w, port).open()
    w.fragments4(6, c.segment(c.isn + 1, PSH | ACK, LINE), 24, lambda i: i[::-1])
    c.fin(len(LINE))


@case("T32", "a keep-alive byte that differs, then the needle", "tcp", "CATCH")
def t32(w, port):
    c = Conn(w, port).open()
    c.data(0, LINE[:12])
    w.settle()
    c.data(11, b"~")
    c.data(12, LINE[12:])
    c.fin(len(LINE))


@case("T33", "the needle after a SYN in the open connection", "tcp", "CATCH")
def t33(w, port):
    c = Conn(w, port).open()
    c.send(c.segment(c.isn + 90000, SYN))
    w.settle()
    c.data(0, LINE)
    c.fin(len(LINE))


@case("T05", "fast open: the needle in the SYN of the second connection", "tfo", "CATCH")
def t05(w, port):
    for data in (MILD, LINE):
        s = socket.socket()
        s.bind((KERNEL, 0))
        s.sendto(data, socket.MSG_FASTOPEN, (VICTIM, port))
        talk(w, port, sock=s)


@case("T19", "a window that closes; the needle beyond it, then again", "slow", "CATCH")
def t19(w, port):
    talk(w, port, *[b"x" * 500] * 12, LINE, wait=1.5)


@case("T23", "split handshake: the server answers a SYN with its own SYN", "dial", "CATCH")
def t23(w, port):
    p = Passive(w, port)
    p.send(SYN, ack=False)
    p.send(ACK)
    p.send(PSH | ACK, LINE)


@case("T23b", "split handshake in five: an ACK before the SYN", "dial", "CATCH IGNORE")
def t23b(w, port):
    p = Passive(w, port)
    p.send(ACK)
    p.send(SYN, ack=False)
    p.send(ACK)
    p.send(PSH | ACK, LINE)


@case("T24", "both open at once: SYN, SYN, SYN-ACK, SYN-ACK", "dial", "CATCH")
def t24(w, port):
    p = Passive(w, port)
    p.send(SYN, ack=False)
    p.send(SYN | ACK)
    p.send(PSH | ACK, LINE)


def begun_before(w, port):
    """a connection whose begin Cordon has not seen"""
    c = Conn(w, port).open()
    c.data(0, MILD)
    w.settle()
    w.kept = []
    return c


@case("T25", "a connection older than Cordon, the needle in one segment", "tcp", "CATCH")
def t25(w, port):
    c = begun_before(w, port)
    c.data(len(MILD), LINE)
    c.fin(len(MILD + LINE))


@case("T25b", "a connection older than Cordon, the needle cut, stream.midstream: yes", "tcp", "CATCH",
      settings=("--set", "stream.midstream=yes"))
def t25b(w, port):
    c = begun_before(w, port)
    for i in range(0, len(LINE), 5):
        c.data(len(MILD) + i, LINE[i:i + 5])
    c.fin(len(MILD + LINE))


def cut_stream(w, port):
    c = Conn(w, port).open()
    for i in range(0, len(LINE), 5):
        c.data(i, LINE[i:i + 5])
    c.fin(len(LINE))


def one_way(w, port):
    cut_stream(w, port)
    w.settle()
    w.kept = [x for x in w.kept if x[1][6:12] == w.mac]


@case("T26", "only what the client sends passes here", "tcp", "FLAG", flag=counted("one_sided"))
def t26(w, port):
    one_way(w, port)


@case("T26b", "only what the client sends passes here, stream.async-oneside: yes", "tcp", "CATCH",
      settings=("--set", "stream.async-oneside=yes"))
def t26b(w, port):
    one_way(w, port)


@case("T27", "2 MiB before the needle", "tcp", "CATCH FLAG", flag=counted("depth"))
def t27(w, port):
    talk(w, port, *[b"x" * 60000] * 35, LINE)


@case("T28", "segments of 9000 bytes", "tcp", "CATCH")
def t28(w, port):
    c = Conn(w, port).open()
    c.data(0, b"x" * 8000 + LINE[:14])
    c.data(8014, LINE[14:] + b"x" * 8000)
    c.fin(8000 + len(LINE) + 8000)


@case("T29", "50,000 SYN between the two halves of the needle", "tcp", "CATCH")
def t29(w, port):
    c = Conn(w, port).open()
    c.data(0, LINE[:20])
    for i in range(50000):
        w.ip4(6, w.tcp(4, 1024 + i % 60000, 50000 + i // 60000, 1, 0, SYN, b"", MSS))
    c.data(20, LINE[20:])
    c.fin(len(LINE))


@case("T30", "MPTCP", "mptcp", "CATCH")
def t30(w, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)  # IPPROTO_MPTCP
    s.bind((KERNEL, 0))
    s.connect((VICTIM, port))
    talk(w, port, LINE[:20], LINE[20:], sock=s)
