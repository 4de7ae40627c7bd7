#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/cli/test_feed_replay.sh - what DNS answers of listed names lead to, in a capture: which packets are hits, counted by
# hand, and the same with every packet in user space.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/harness/tap.sh
. tests/harness/tap.sh
B=$(realpath -m "${B:-build}")
CORDON=${CORDON:-$B/cordon}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
echo evil.example >"$tmp/list"

python3 - "$tmp/dns.pcap" <<'E'
import socket, struct, sys

RESOLVER, CAM, METER = "192.0.2.53", "10.0.0.2", "10.0.0.3"
out = open(sys.argv[1], "wb")
out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
now = 1000.0


def packet(src, dst, proto, data):
    global now
    now += 0.01
    home = src if src.startswith("10.") else dst
    cam = bytes([2, 0, 0, 0, 0, int(home.rsplit(".", 1)[1])])
    gateway = bytes([2, 0, 0, 0, 0, 1])
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 1, 0, 64, proto, 0, socket.inet_aton(src), socket.inet_aton(dst))
    frame = (gateway + cam if home == src else cam + gateway) + b"\x08\0" + ip + data
    out.write(struct.pack("<IIII", int(now), int(now % 1 * 1e6), len(frame), len(frame)) + frame)


def udp(src, sport, dst, dport, data):
    packet(src, dst, 17, struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data)


def tcp(src, sport, dst, dport, seq, ack, flags, data=b""):
    packet(src, dst, 6, struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 8192, 0, 0) + data)


def name(text):
    return b"".join(bytes([len(x)]) + x.encode() for x in text.split(".")) + b"\0"


def rr(owner, kind, data, ttl=5):
    return name(owner) + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def message(asked, *answers):
    return struct.pack(">HHHHHH", 7, 0x8180 if answers else 0x0100, 1, len(answers), 0, 0) + name(asked) + b"\0\1\0\1" + b"".join(answers)


def a(owner, addr):
    return rr(owner, 1, socket.inet_aton(addr))


def ask(who, port, asked, *answers):
    udp(who, port, RESOLVER, 53, message(asked))
    udp(RESOLVER, 53, who, port, message(asked, *answers))


def connect(who, port, to, data=b"hello, what is new?"):
    tcp(who, port, to, 8080, 99, 0, 2)
    tcp(to, 8080, who, port, 499, 100, 0x12)
    tcp(who, port, to, 8080, 100, 500, 0x10)
    if data:
        tcp(who, port, to, 8080, 100, 500, 0x18, data)
        tcp(to, 8080, who, port, 500, 100 + len(data), 0x18, b"nothing, go on")


ask(CAM, 3001, "good.example", a("good.example", "198.18.1.1"))
connect(CAM, 4001, "198.18.1.1")
ask(CAM, 3002, "www.evil.example", a("www.evil.example", "198.18.2.2"))
connect(CAM, 4002, "198.18.2.2")
connect(METER, 4002, "198.18.2.2")
# the listed name stands in the chain only, in an order no resolver would choose
ask(CAM, 3003, "shop.example", a("cdn.evil.example", "198.18.3.3"), rr("x.example", 5, name("cdn.evil.example")), rr("shop.example", 5, name("x.example")))
connect(CAM, 4003, "198.18.3.3", None)
# a record of another name is nobody's
ask(CAM, 3004, "calm.example", rr("calm.example", 5, name("b.example")), a("b.example", "198.18.4.4"), a("evil.example", "198.18.4.5"))
connect(CAM, 4004, "198.18.4.4")
connect(CAM, 4005, "198.18.4.5")
# HTTPS (RFC 9460) with a target and an address beside it
ask(CAM, 3005, "svc.example", rr("svc.example", 65, b"\0\1" + name("h.evil.example") + struct.pack(">HH", 4, 4) + socket.inet_aton("198.18.5.5")))
connect(CAM, 4006, "198.18.5.5", None)
# over TCP, the answer in two segments
q, r = (struct.pack(">H", len(m)) + m for m in (message("far.example"), message("far.example", rr("far.example", 5, name("t.evil.example")), a("t.evil.example", "198.18.6.6"))))
tcp(METER, 3006, RESOLVER, 53, 99, 0, 2)
tcp(RESOLVER, 53, METER, 3006, 499, 100, 0x12)
tcp(METER, 3006, RESOLVER, 53, 100, 500, 0x10)
tcp(METER, 3006, RESOLVER, 53, 100, 500, 0x18, q)
tcp(RESOLVER, 53, METER, 3006, 500, 100 + len(q), 0x18, r[:30])
tcp(RESOLVER, 53, METER, 3006, 530, 100 + len(q), 0x18, r[30:])
connect(METER, 4007, "198.18.6.6", None)
# what nobody asked for is no answer
udp(RESOLVER, 53, CAM, 3999, message("any.example", rr("any.example", 5, name("evil.example")), a("evil.example", "198.18.7.7")))
connect(CAM, 4008, "198.18.7.7")
# who answers may not have the resolver of the world blocked
ask(CAM, 3007, "trap.example", rr("trap.example", 5, name("evil.example")), a("evil.example", "8.8.8.8"))
connect(CAM, 4009, "8.8.8.8")
now += 61
connect(CAM, 4010, "198.18.3.3")
E

# what was hit, a line each: how often, the device, the other end, the name that led there or in which it was listed, what was done
hits() { # MODE [OPTION...]
	local eve
	eve=$(mktemp -p "$tmp")
	"$CORDON" replay --feed "plain:$tmp/list" --mode "$@" --eve "$eve" --stats "$tmp/stats" "$tmp/dns.pcap" >/dev/null || return 1
	jq -r 'select(.event_type == "alert") | (if .src_ip | startswith("10.") then [.src_ip, .dest_ip] else [.dest_ip, .src_ip] end)
		+ [.cordon.learned_from // "asked " + .dns.rrname, .cordon.decision] | join(" ")' "$eve" | LC_ALL=C sort | uniq -c | sed 's/^ *//'
}
asked='10.0.0.2 192.0.2.53 asked cdn.evil.example
10.0.0.2 192.0.2.53 asked evil.example
10.0.0.2 192.0.2.53 asked h.evil.example
10.0.0.2 192.0.2.53 asked www.evil.example
10.0.0.2 198.18.3.3 cdn.evil.example
10.0.0.2 198.18.5.5 h.evil.example
10.0.0.3 192.0.2.53 asked t.evil.example
10.0.0.3 198.18.6.6 t.evil.example'
# in react the question for www.evil.example gets no answer, so nothing is learned of it
want() { [ "$1" = react ] && echo "$asked" || LC_ALL=C sort <<<"$asked
10.0.0.2 198.18.2.2 www.evil.example"; }
same() { diff <(hits "$1" | cut -d' ' -f2- | sed -E 's/ [a-z_]+$//' | LC_ALL=C sort -u) <(want "$1"); }
for mode in observe react; do
	ok "$mode: hits are those counted by hand" same $mode
	ok "$mode: the same with every packet in user space" eval "diff <(hits $mode) <(hits $mode --full)"
done
dropped() { hits react >/dev/null && jq -e '.reasons.threat_learned >= 9 and .packets == .passed + .dropped' "$tmp/stats"; }
ok "react: every packet to what was learned is dropped" dropped
ok "nobody is quarantined for what an answer says" jq -e '.quarantines == 0' "$tmp/stats"
tap_done
