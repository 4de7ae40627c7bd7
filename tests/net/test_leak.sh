#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A quarantined device that changes its IPv6 address every second, renews DHCP, asks by ARP and sends unknown EtherTypes:
# what arrives is counted where it would arrive. At most one frame may leak for each change, and neighbours lose none.
# shellcheck disable=SC2016,SC2119
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "leaks"
daemon_begin leak
SECONDS_EACH=8
LEAK=$PWD/tests/net/leak.py

network6() {
	in_ns gateway ip addr add fd77::1/64 dev br0 nodad && in_ns gateway ip addr add 2001:db8:99::1/64 dev up0 nodad &&
		in_ns server ip addr add 2001:db8:99::2/64 dev eth0 nodad && in_ns server ip route add fd77::/64 via 2001:db8:99::1 &&
		in_ns gateway sysctl -qw net.ipv6.conf.all.forwarding=1
}
# counter NAME NAMESPACE ARGUMENT...: a counting process, until it is ready
counter() {
	: >"$W/$1.got"
	bg "$2" python3 "$LEAK" "${@:3}" >"$W/$1.got"
	echo $! >"$W/$1.pid"
	wait_for 10 grep -q ready "$W/$1.got"
}
# counted NAME: what it has counted; ends it
counted() {
	local p
	p=$(cat "$W/$1.pid")
	kill -TERM "$p"
	wait_for 10 gone "$p"
	tail -1 "$W/$1.got"
}
listeners() {
	counter bridge gateway listen br0 && counter near neighbour listen eth0 && counter far server listen eth0 &&
		counter heard server hear 7000
}
gateway_mac() { in_ns gateway ip -j link show br0 | jq -r ".[0].address"; }
# all at once: the device babbles, the neighbour talks
everybody() {
	in_ns neighbour python3 "$LEAK" talk "$SERVER" 7000 "$SECONDS_EACH" >"$W/talked" &
	local talker=$!
	in_ns device python3 "$LEAK" babble eth0 "$MAC" "$(gateway_mac)" "$SECONDS_EACH" >"$W/babbled" || return 1
	wait "$talker"
	read -r sent changes <"$W/babbled"
	for n in bridge near far heard; do counted "$n" >"$W/$n.n"; done
	echo "# $1: $sent frames from $changes addresses; leaked at the gateway $(cat "$W/bridge.n"), the neighbour $(cat "$W/near.n"), the server $(cat "$W/far.n"); neighbour $(cat "$W/heard.n") of $(cat "$W/talked")" >>"$W/figures"
}
n() { cat "$W/$1.n"; }
lost_none() { [ "$(n heard)" = "$(cat "$W/talked")" ] && [ "$(n heard)" -gt 100 ]; }
# at most one for each change of address, at each receiver
tight() { read -r _ changes <"$W/babbled" && for n in "$@"; do [ "$(n "$n")" -le "$changes" ] || { echo "$n: $(n "$n") of at most $changes"; return 1; }; done; }

daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "with_ipv6" network6
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1 || { tap_done; exit 1; }
ok "free_device_is_listened_to" listeners
ok "it_babbles" everybody free
ok "and_is_heard_everywhere" eval '[ "$(n bridge)" -gt 100 ] && [ "$(n near)" -gt 100 ] && [ "$(n far)" -gt 10 ]'
ok "neighbour_loses_none_beside_it" lost_none

ok "quarantine" cor quarantine add "$MAC" --for 1h
ok "cut_device_is_listened_to" listeners
ok "it_babbles_on" everybody cut
ok "nothing_leaks_for_a_change_of_address" eval 'tight bridge near far && [ "$(n bridge)" = 0 ] && [ "$(n near)" = 0 ] && [ "$(n far)" = 0 ]'
ok "neighbour_loses_none" lost_none
# the gateway asks anew; who does not answer has no MAC there
resolves() { in_ns gateway "$HOST" probe "$1" 80 700; in_ns gateway ip neigh show "$1" dev br0 | grep -q lladdr; }
in_ns gateway ip neigh flush dev br0
ok "arp_of_a_neighbour_is_answered" wait_for 5 resolves 10.77.0.20
ok "arp_is_cut_too" not resolves 10.77.0.10

ok "ease_to_local" cor quarantine add "$MAC" --for 1h --level local
ok "local_device_is_listened_to" listeners
ok "it_babbles_again" everybody local
ok "new_addresses_reach_nobody_beyond" eval 'tight far && [ "$(n far)" = 0 ]'
ok "neighbour_loses_none_of_it" lost_none
cat "$W/figures"
tap_done
