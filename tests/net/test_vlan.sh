#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# One MAC on three networks of a cable: untagged, VLAN 10 and VLAN 20, real VLAN devices at both ends.
# At XDP the tag is in the frame, at TC egress in the skb's metadata: both must see it, and a
# quarantine on VLAN 10 cuts both directions there and nothing elsewhere. (That receive VLAN offload
# is off while attached, and restored, is shown by tests/prog/test_attach.c.)
# shellcheck disable=SC2217 # bg hands its standard input on
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
[ "$(id -u)" = 0 ] || { skip "VLAN devices" "needs root"; tap_done; exit; }
daemon_begin vlan
SRV=198.18.97.2 MAC=02:00:00:00:97:10 GW_MAC=02:00:00:00:97:01
SRV_MAC=02:00:00:00:97:02 UP_MAC=02:00:00:00:97:03
UP=Cordon-Vlan-Test-Up1 DOWN=Cordon-Vlan-Test-Dn2

ns_add dev gw srv && veth dev eth0 gw d0 && veth gw u0 srv eth0
if ! in_ns gw ip link add link d0 name d0.10 type vlan id 10 2>/dev/null; then
	skip "VLAN devices" "this kernel has no 8021q"
	tap_done
	exit
fi

# the third byte of the addresses is the VLAN; neighbours are permanent, so that nothing is broadcast
vlan() { # SIDE INTERFACE VLAN: what `ip -batch` must do on that side of the cable
	local dev=$2 own=1 peer=10 peer_mac=$MAC
	[ "$1" = dev ] && own=10 peer=1 peer_mac=$GW_MAC
	if [ "$3" != 0 ]; then
		dev=$2.$3
		echo "link add link $2 name $dev type vlan id $3"
		echo "link set $dev up"
	fi
	echo "addr add 10.97.$3.$own/24 dev $dev"
	echo "neigh replace 10.97.$3.$peer lladdr $peer_mac dev $dev nud permanent"
	[ "$1" = dev ] || return 0
	echo "route add default via 10.97.$3.1 dev $dev table $((100 + $3))"
	echo "rule add from 10.97.$3.10 table $((100 + $3))"
}
network() {
	local n v
	for n in dev gw srv; do in_ns "$n" sysctl -qw net.ipv6.conf.all.disable_ipv6=1; done
	in_ns gw sysctl -qw net.ipv4.ip_forward=1
	in_ns dev ethtool -K eth0 txvlan off >/dev/null || return 1
	{
		echo "link set eth0 address $MAC"
		for v in 0 10 20; do vlan dev eth0 $v; done
	} | in_ns dev ip -batch - || return 1
	{
		echo "link del d0.10"
		echo "link set d0 address $GW_MAC"
		for v in 0 10 20; do vlan gw d0 $v; done
		echo "link set u0 address $UP_MAC"
		echo "addr add 198.18.97.1/24 dev u0"
		echo "neigh replace $SRV lladdr $SRV_MAC dev u0 nud permanent"
	} | in_ns gw ip -batch - || return 1
	in_ns srv ip -batch - <<-E || return 1
		link set eth0 address $SRV_MAC
		addr add $SRV/24 dev eth0
		neigh replace 198.18.97.1 lladdr $UP_MAC dev eth0 nud permanent
		route add default via 198.18.97.1
	E
	for v in 0 10 20; do reaches $v && is_reached $v || return 1; done
}
reaches() { in_ns dev ping -q -c1 -W2 -I "10.97.$1.10" $SRV; }       # the device, to the server
is_reached() { in_ns srv ping -q -c1 -W2 "10.97.$1.10"; }             # and back
received() { # NAMESPACE INTERFACE: packets
	in_ns "$1" ip -j -s link show "$2" | jq '.[0].stats64.rx.packets'
}
# nothing NAMESPACE INTERFACE COMMAND...: the command fails, and no packet came in by the interface meanwhile
nothing() {
	local before after
	before=$(received "$1" "$2")
	if "${@:3}"; then echo "went through: ${*:3}"; return 1; fi
	after=$(received "$1" "$2")
	echo "$2 received $before, then $after"
	[ "$before" = "$after" ]
}

# both literals in one connection of the device from its address on VLAN $1
listens() { in_ns srv ss -Hltn "sport = :$1" | grep -q .; }
talk() {
	local p=$((7000 + $1)) pid
	bg srv nc -N -l $SRV $p <"$W/down" >"$W/up.got"
	pid=$!
	wait_for 10 listens $p && in_ns dev timeout $((20 * patience)) nc -N -s "10.97.$1.10" $SRV $p <"$W/up" >"$W/down.got" &&
		wait "$pid" && cmp "$W/up" "$W/up.got" && cmp "$W/down" "$W/down.got"
}
# alert SID VLAN TAGS: of that VLAN's connection, with exactly these tags
alert_has() {
	local p=$((7000 + $2))
	wait_for 10 eve_has ".event_type == \"alert\" and .alert.signature_id == $1 and (.src_port == $p or .dest_port == $p)
		and .vlan == $3 and .cordon.mac == \"$MAC\"" || { cor -j stats && cat "$W/eve.json" && return 1; }
}
on_vlan() { cor quarantine "$1" "z0-v$2-$MAC" "${@:3}"; }

echo "$UP" >"$W/up"
echo "$DOWN" >"$W/down"
cat >"$W/vlan.rules" <<E
alert tcp any any -> any any (msg:"up"; flow:established,to_server; content:"$UP"; sid:201; rev:1;)
alert tcp any any -> any any (msg:"down"; flow:established,to_client; content:"$DOWN"; sid:202; rev:1;)
E
daemon_config "home:" "  - 10.97.0.0/16" "rules:" "  - $W/vlan.rules"

ok "a device with one MAC, untagged and on two VLANs" network || { tap_done; exit 1; }
ok "cordon runs" daemon_start gw --device d0 || { tap_done; exit 1; }
for v in 0 10 20; do
	tags="[$v]"
	[ "$v" = 0 ] && tags=null
	ok "VLAN $v: a connection works" talk "$v"
	ok "VLAN $v: the tag in the frame is in the alert (XDP)" alert_has 201 "$v" "$tags"
	ok "VLAN $v: so is the tag in the skb's metadata (TC egress)" alert_has 202 "$v" "$tags"
done
for v in 10 0; do
	ok "VLAN $v: quarantine" on_vlan add "$v" --for 1h --reason test
	ok "VLAN $v: the quarantined device cannot send" nothing srv eth0 in_ns dev ping -q -c2 -W1 -I "10.97.$v.10" $SRV
	ok "VLAN $v: nor is anything delivered to it" nothing dev "$([ "$v" = 0 ] && echo eth0 || echo "eth0.$v")" in_ns srv ping -q -c2 -W1 "10.97.$v.10"
	for other in 0 10 20; do
		[ "$other" = "$v" ] && continue
		ok "VLAN $v is cut: the same MAC on VLAN $other still sends" reaches "$other"
		ok "VLAN $v is cut: the same MAC on VLAN $other is still reached" is_reached "$other"
	done
	ok "VLAN $v: release" on_vlan release "$v"
	ok "VLAN $v: the device works again" wait_for 5 reaches "$v"
done
tap_done
