#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Quarantine as its users meet it: every level seen from both ends, what waits for a person, leases
# over crashes, and a quarantined device that changes its addresses, its VLAN and its EtherTypes:
# what leaks is counted where it would arrive, and the neighbour loses nothing.
# shellcheck disable=SC2016,SC2217
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "quarantine"
daemon_begin quar
CLOUD=198.18.9.3 # another address of the server

local_probe() { in_ns device ping -q -c1 -W1 10.77.0.20; } # the neighbour, over the bridge
cloud_probe() { in_ns device ping -q -c1 -W1 $CLOUD; }
gone_for() { cor -j quarantine list | jq -e ".quarantines[] | select(.level == \"$1\")"; }
waiting() { cor -j quarantine list | jq -e ".waiting | length == ${1:-1}"; }
needle() { in_ns device timeout $((3 * patience)) "$HOST" get $SERVER 80 "/$1" >/dev/null 2>&1; :; }
why_is() { cor -j why "$1" | tee "$W/why" | jq -e ".verdict == \"$2\"" || { cat "$W/why"; return 1; }; }
level() { cor quarantine add "$MAC" --level "$1" --for 1h; }
release() { cor quarantine release "$MAC" "$@"; }

cat >"$W/q.rules" <<'R'
alert tcp any any -> any 80 (msg:"asks"; flow:established,to_server; content:"needle-ask"; classtype:trojan-activity; priority:1; sid:9000021;)
alert tcp any any -> any 80 (msg:"auto"; flow:established,to_server; content:"needle-auto"; classtype:attempted-admin; priority:1; sid:9000022;)
R
daemon_config "home:" "  - 10.77.0.0/24" "update:" "  - $CLOUD" "rules:" "  - $W/q.rules" \
	"quarantine:" "  lease: 5s" "  limit_rate: 8KiB" \
	"responses:" "  - class: trojan-activity" "    response: confirm"
ok "network" home_network || { tap_done; exit 1; }
in_ns server ip addr add $CLOUD/24 dev eth0
ok "cordon runs" daemon_start gateway --device dev0 --device dev1 || { tap_done; exit 1; }

ok "local: quarantine" level local
ok "local: the server is not reached" not probe
ok "local: the server does not reach it" not back
ok "local: a neighbour is" local_probe
ok "local: why says so" why_is "$MAC" local
ok "local: the neighbour has the server" near
ok "update: quarantine" level update
ok "update: a server that is not listed is not reached" not probe
ok "update: the listed one is" cloud_probe
ok "update: the neighbour is not" not local_probe
ok "update: the gateway is, it is router and resolver" in_ns device ping -q -c1 -W1 10.77.0.1
ok "limit: quarantine" level limit
ok "limit: a small exchange passes" probe
ok "limit: a flood does not" eval 'in_ns device ping -q -f -c 200 -s 1000 -W1 $SERVER | grep -q "[5-9][0-9]*\(\.[0-9]*\)\?% packet loss"'
ok "limit: what passed and what did not is counted" eval 'gone_for limit | jq -e ".packets > 20 and .passed > 5"'
ok "watch: quarantine" level watch
ok "watch: everything passes" eval 'sleep 1.2; probe && back'
ok "release" release
ok "after the release all passes" eval 'probe && back && local_probe'

needle needle-ask
ok "a class that asks: it waits" wait_for 5 waiting
ok "a class that asks: the device still passes" probe
ok "waiting is shown by why" eval 'cor why "$MAC" | grep -q "waits for confirm or refuse"'
ok "waiting is an event" eve_has '.cordon.what == "quarantine_waits"'
ok "refuse" cor quarantine refuse "$MAC"
ok "refused twice is exit 4" code 4 cor quarantine refuse "$MAC"
needle needle-ask
ok "the next time it waits again" wait_for 5 waiting
ok "confirm" cor quarantine confirm "$MAC"
ok "confirmed: it is cut" not probe 300
ok "why names the rule" eval 'cor why "$MAC" | grep -q "rule 9000021"'
ok "history has the alert" eval 'cor -j why "$MAC" | jq -e ".history | any(.alert.signature_id == 9000021)"'
ok "the lease ends by itself" wait_for 10 probe 300
ok "the end is an event" wait_for 3 eve_has '.cordon.what == "quarantine_end"'
needle needle-auto
ok "a class that does not ask: it is cut" wait_for 5 gone_for cut
ok "the second offence has the longer lease" eval 'gone_for cut | jq -e ".offence == 2 and .left_s > 3000"'
ok "breaker status" eval 'cor -j quarantine breaker status | jq -e ".tripped == false and .limit == 10 and .in_this_minute >= 1"'
ok "the gateway is not quarantined by hand" code 1 cor quarantine add 10.77.0.1
ok "breaker reset" cor quarantine breaker reset
ok "release with a hold-off" release --hold-off 1h
needle needle-auto
ok "nothing automatic happens while it runs" eval 'wait_for 5 eve_has ".alert.signature_id == 9000022"; sleep 0.5; not gone_for cut'
ok "why says so" eval 'cor why "$MAC" | grep -q "nothing automatic"'
ok "group" eval 'cor device group "$MAC" cameras && cor -j device show "$MAC" | jq -e ".device.group == \"cameras\""'
ok "why of an address: guarded" eval 'cor why 10.77.0.1 | grep -q "never denied"'
ok "why of a name nobody lists" why_is nobody.example "not listed"

# --- evasion: what the device sends while it is cut is counted at the gateway and at the neighbour ---
ok "cut" level cut
in_ns neighbour ip -6 addr add fd77::20/64 dev eth0 nodad
arrived() { # NAMESPACE: frames from the device's MAC, whatever is in them
	in_ns "$1" timeout "$2" tcpdump -nn -i "$3" -Q in "ether src $MAC" 2>/dev/null | grep -c .
}
changes() { # a new IPv6 address a second, DHCP, EtherTypes nobody knows, tags
	local i
	for i in 1 2 3 4 5; do
		in_ns device ip -6 addr add "fd77::1:$i/64" dev eth0 nodad
		in_ns device ping -6 -q -c1 -W1 -I "fd77::1:$i" fd77::20 >/dev/null 2>&1
		in_ns device ip addr add "10.77.0.1$i/24" dev eth0
		in_ns device python3 - "$i" <<-'P'
			import socket, struct, sys
			i = int(sys.argv[1])
			s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
			s.bind(("eth0", 0))
			mac = bytes.fromhex("020000007710")
			for dst in (b"\xff" * 6, bytes.fromhex("020000007720")):
			    for kind in (0x88b5, 0x0806, 0x8863, 0x22f0, 0x86dd, 0x0800, 0x88a8):
			        s.send(dst + mac + struct.pack("!H", kind) + bytes([i]) * 60)
			    s.send(dst + mac + struct.pack("!HHHHH", 0x8100, 0, 0x8100, 0, 0x88b5) + bytes(50))
			dhcp = struct.pack("!BBBBI", 1, 1, 6, 0, i) + bytes(20) + mac + bytes(202) + b"\x63\x82\x53\x63\x35\x01\x03\xff"
			udp = struct.pack("!HHHH", 68, 67, 8 + len(dhcp), 0) + dhcp
			ip = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, 0, 0xffffffff)
			c = sum(struct.unpack("!10H", ip)); c = (c >> 16) + (c & 0xffff); c = ~(c + (c >> 16)) & 0xffff
			s.send(b"\xff" * 6 + mac + b"\x08\x00" + ip[:10] + struct.pack("!H", c) + ip[12:] + udp)
		P
		sleep 0.5
	done
}
evades() {
	local near_got gw_got before lost
	before=$(gone_for cut | jq .packets)
	arrived neighbour 8 eth0 >"$W/near" &
	arrived gateway 8 br0 >"$W/gw" &
	in_ns neighbour ping -q -i 0.05 -c 120 $SERVER >"$W/ping" 2>&1 &
	sleep 1
	changes
	wait %1 %2 %3 2>/dev/null
	wait
	near_got=$(cat "$W/near") gw_got=$(cat "$W/gw")
	lost=$(grep -o '[0-9]*% packet loss' "$W/ping")
	echo "leaked: $near_got to the neighbour, $gw_got to the gateway; neighbour: $lost; dropped $(($(gone_for cut | jq .packets) - before))"
	[ "$near_got" = 0 ] && [ "$gw_got" = 0 ] && [ "$lost" = "0% packet loss" ] &&
		[ $(($(gone_for cut | jq .packets) - before)) -ge 80 ]
}
if command -v tcpdump >/dev/null; then
	ok "address, DHCP and EtherType changes of a cut device leak nothing, the neighbour loses nothing" evades
else
	skip "address, DHCP and EtherType changes of a cut device leak nothing" "no tcpdump"
fi
ok "a crash of everything changes nothing" eval 'daemon_kill; not probe 300'
ok "cordon runs again" daemon_start gateway --device dev0 --device dev1
ok "its counts go on" eval '[ "$(gone_for cut | jq .packets)" -ge 80 ]'
ok "offences survive" eval 'release && cor why "$MAC" | grep -q "free again after 2 offences"'
tap_done
