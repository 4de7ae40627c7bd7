#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-15: more link messages than the keeper's socket holds (ENOBUFS), and among those lost the one that an interface
# was made anew. The keeper looks at everything again, and misses nothing.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "rtnetlink overflow"
daemon_begin netlink

enforcing() { cor -j status | jq -e '[.interfaces[].enforcing] | all'; }
storm() { # addresses that come and go, until the socket of the keeper has dropped some
	local i
	for i in $(seq 1 4000); do
		echo "addr add 10.200.$((i / 250)).$((i % 250 + 1))/32 dev lo"
		echo "addr del 10.200.$((i / 250)).$((i % 250 + 1))/32 dev lo"
	done >"$W/batch"
	for i in 1 2 3 4 5 6; do
		in_ns gateway ip -batch "$W/batch" || return 1
		dropped && return
	done
	return 1
}
# the kernel's own books of the keeper's netlink sockets
dropped() { in_ns gateway awk -v p="$(cat "$W/pid")" '$2 == 0 && $9 > 0 { n++ } END { exit !n }' /proc/net/netlink; }
overflowed() { grep -q "rtnetlink overflowed" "$W/cordon.log"; }

daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason test
kill -STOP "$(cat "$W/pid")"
ok "storm" storm
in_ns gateway ip link del dev0
ok "an_interface_is_made_anew_unheard" eval 'veth gateway dev0 device eth0 && in_ns gateway ip link set dev0 master br0'
in_ns device ip link set eth0 address "$MAC" up
in_ns device ip addr add 10.77.0.10/24 dev eth0
in_ns device ip route add default via 10.77.0.1
kill -CONT "$(cat "$W/pid")"
ok "the_overflow_is_noticed" wait_for 5 overflowed
ok "everything_is_attached" wait_for 5 enforcing
ok "the_lease_holds_on_the_new_interface" not probe
ok "the_neighbour_works" near
ok "released" cor quarantine release "$MAC"
ok "the_device_works" wait_for 10 probe
ok "stop" daemon_stop
tap_done
