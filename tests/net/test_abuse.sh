#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How an attacker would use quarantine as the weapon: forged victims, the gateway, the resolver, masses of
# offenders, a needle that a server reflects. Not one wrong quarantine; and who really scans is cut, who spoofs
# waits for a person. The attacker is on a port of its own, beside the victim.
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "abuse of quarantine"
daemon_begin abuse
EVIL=$NEAR_MAC # the neighbour is the attacker, the device its victim
NEEDLE=evil-needle-77

quarantined() { cor -j quarantine list | jq -r '.quarantines[].device'; }
waits() { cor -j quarantine list | jq -r '.waiting[].device'; }
nobody() { [ -z "$(quarantined)" ] || { quarantined; return 1; }; }
only_evil() { [ "$(quarantined)" = "z0-v0-$EVIL" ] || { quarantined; return 1; }; }
seen() { wait_for 5 eve_has "$1"; }
raw() { in_ns neighbour python3 "$W/raw.py" "$@"; } # frames of any kind from the attacker's port

cat >"$W/raw.py" <<'P'
import random, socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0))
VICTIM, GW, OWN = (bytes.fromhex(x) for x in ("020000007710", sys.argv[2].replace(":", ""), "020000007720"))
def cs(b):
    b += b"\0" * (len(b) & 1)
    c = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while c >> 16: c = (c >> 16) + (c & 0xffff)
    return ~c & 0xffff
def ip(src, dst, proto, l4):
    h = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(l4), 1, 0, 64, proto, 0, socket.inet_aton(src), socket.inet_aton(dst))
    return h[:10] + struct.pack("!H", cs(h)) + h[12:] + l4
def udp(src, dst, sp, dp, data):
    return ip(src, dst, 17, struct.pack("!HHHH", sp, dp, 8 + len(data), 0) + data)
def tcp(src, dst, sp, dp, flags, data=b"", seq=1):
    t = struct.pack("!HHIIBBHHH", sp, dp, seq, 0, 0x50, flags, 64240, 0, 0) + data
    p = socket.inet_aton(src) + socket.inet_aton(dst) + struct.pack("!BBH", 0, 6, len(t))
    return ip(src, dst, 6, t[:16] + struct.pack("!H", cs(p + t)) + t[18:])
def eth(mac, payload, kind=0x0800): s.send(GW + mac + struct.pack("!H", kind) + payload)
N, SRV = b"GET /evil-needle-77 HTTP/1.0\r\n\r\n", "198.18.9.2"
what = sys.argv[1]
if what == "victim-mac":      # everything of the victim's, on the wrong port
    for i in range(20):
        eth(VICTIM, udp("10.77.0.10", SRV, 4000 + i, 9, N))
        eth(VICTIM, tcp("10.77.0.10", SRV, 4000 + i, 80, 0x18, N))
elif what == "victim-ip":     # the victim's address, one packet from each of many made-up MACs
    for i in range(50):
        eth(bytes([6, 1, 0, 0, 0, i]), udp("10.77.0.10", SRV, 4000, 9, N))
elif what == "sources":       # made-up sources, one packet each
    for i in range(5000):
        m = bytes([6, 2, 0, 0, i >> 8, i & 255])
        eth(m, udp("10.77.%d.%d" % (random.randrange(256), random.randrange(1, 255)), SRV, 4000, 9, N))
elif what == "infra":         # gateway, resolver, broadcast, multicast, as source and by their MAC
    for k, src in enumerate(("10.77.0.1", "198.18.9.1", "255.255.255.255", "224.0.0.251", "0.0.0.0", "127.0.0.1")):
        for i in range(3):
            eth(bytes([6, 3, 0, 0, i, k]), udp(src, SRV, 4000 + i, 9, N))
            eth(GW, udp(src, SRV, 4000, 9, N))
elif what == "victim-scan":   # a scan under the victim's MAC
    for i in range(600):
        eth(VICTIM, tcp("10.77.0.10", "198.18.%d.%d" % (i >> 8, i & 255), 5000, 23, 2))
elif what == "arp":           # claims the victim's and the gateway's address under its own MAC
    for a in ("10.77.0.10", "10.77.0.1") * 4:
        eth(OWN, struct.pack("!HHBBH6s4s6s4s", 1, 0x800, 6, 4, 2, OWN, socket.inet_aton(a), b"\xff" * 6, socket.inet_aton(a)), 0x0806)
elif what == "ra":
    for _ in range(4):
        p = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
        src, dst = (socket.inet_pton(socket.AF_INET6, a) for a in ("fe80::77", "ff02::1"))
        c = cs(src + dst + struct.pack("!II", len(p), 58) + p)
        eth(OWN, struct.pack("!IHBB", 6 << 28, len(p), 58, 255) + src + dst + p[:2] + struct.pack("!H", c) + p[4:], 0x86dd)
elif what == "scan":
    for i in range(600):
        eth(OWN, tcp("10.77.0.20", "198.18.%d.%d" % (i >> 8, i & 255), 5000, 23, 2))
P
cat >"$W/a.rules" <<R
alert udp any any -> any any (msg:"needle in a datagram"; content:"$NEEDLE"; priority:1; sid:9000031;)
alert tcp any any -> any 80 (msg:"needle in a request"; content:"$NEEDLE"; priority:1; sid:9000032;)
alert tcp any 80 -> any any (msg:"needle in an answer"; flow:established,to_client; content:"$NEEDLE"; priority:1; target:dest_ip; sid:9000033;)
R
daemon_config "home:" "  - 10.77.0.0/16" "rules:" "  - $W/a.rules" "quarantine:" "  breaker_per_min: 5"
ok "network" home_network || { tap_done; exit 1; }
ok "cordon runs" daemon_start gateway --device dev0 --device dev1 || { tap_done; exit 1; }
GW=$(in_ns gateway ip -j link show br0 | jq -r '.[0].address')
asks() { in_ns "$1" timeout 5 "$HOST" get $SERVER 80 "$2" >/dev/null; }
ok "both are known, each on its port" eval 'asks device / && asks neighbour / && wait_for 5 cor device show 10.77.0.10 && wait_for 5 cor device show 10.77.0.20'

ok "victim's MAC and address, from the attacker's port" raw victim-mac "$GW"
ok "it is seen" seen '.alert.signature_id == 9000031'
ok "and quarantines nobody" nobody
ok "why tells of the other port" eval 'cor why $MAC | grep -q "while it lives on"'
ok "victim's address from many MACs" eval 'raw victim-ip "$GW"; sleep 1; nobody'
ok "five thousand made-up sources" eval 'raw sources "$GW"; sleep 1; nobody'
ok "gateway, resolver, broadcast and multicast as source" eval 'raw infra "$GW"; sleep 1; nobody'
ok "a scan under the victim's MAC" eval 'raw victim-scan "$GW"; sleep 4; nobody'
# the server answers with what it was asked for: who is sent the needle is its victim
printf 'HTTP/1.0 200 OK\r\n\r\n%s\r\n' "$NEEDLE" >"$W/answer"
ok "a needle that a server reflects" eval 'bg server timeout 10 nc -N -l $SERVER 8080 <"$W/answer" >/dev/null; sleep 0.3; in_ns device timeout 5 nc -d $SERVER 8080 >/dev/null; sleep 1; nobody'
ok "the victim still works after all that" eval 'probe && back'
ok "and so does the gateway" in_ns device ping -q -c1 -W1 10.77.0.1

ok "ARP for what is another's" raw arp "$GW"
ok "waits for a person, and is nobody else's fault" wait_for 5 eval '[ "$(waits)" = "z0-v0-$EVIL" ]'
ok "the gateway's own table is put right" eval 'in_ns gateway ip neigh flush dev br0; probe'
ok "the victim keeps its address" eval 'cor -j device show 10.77.0.10 | jq -e ".device.mac == \"$MAC\""'
ok "refused, it is forgotten" eval 'cor quarantine refuse $EVIL && nobody'
ok "router advertisements of a device" raw ra "$GW"
ok "wait for a person too" wait_for 5 eval 'cor quarantine list | grep -q "rogue-ra"'
ok "refused again" cor quarantine refuse $EVIL
ok "a scan of its own" raw scan "$GW"
ok "cuts the attacker" wait_for 6 only_evil
ok "and says how it was found" eval 'cor why $EVIL | grep -q "endpoints within 10 s"'
ok "the attacker is off" not near 300
ok "the victim is not" probe
mass() { # as many as it likes: the breaker opens
	local i
	for i in 1 2 3 4 5 6 7 8; do
		in_ns device ip link set eth0 address "02:00:00:00:78:0$i"
		in_ns device ping -q -c1 -W1 10.77.0.1
		asks device "/$NEEDLE"
		sleep 0.2
	done
	:
}
ok "mass offenders" mass
ok "open the breaker" wait_for 5 eval 'cor -j quarantine breaker status | jq -e ".tripped and .waiting >= 1"'
ok "no more than its number were cut" eval '[ "$(quarantined | wc -l)" -le 5 ]'
tap_done
