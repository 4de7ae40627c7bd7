#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What is attached is not yet what packets meet: a filter that somebody puts before ours at TC egress, an XDP program
# replaced by one that passes all, or taken off, native and generic. Each is told within 2 seconds and put right within 5,
# seen on real sockets. The frames that prove it are in no counter, and none of them leaves.
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "canaries"
daemon_begin canary
BEFORE=$PWD/${B:-build}/tests/net/before

status() { cor -j status | jq -e "$1"; }
iface() { cor -j status | jq -e ".interfaces[] | select(.name == \"$1\") | $2"; }
told() { eve_has ".event_type == \"cordon\" and .cordon.what == \"$1\" and (.cordon.text | test(\"$2\"))"; }
index() { in_ns gateway ip -j link show "$1" | jq '.[0].ifindex'; }
ms_since() { echo $((($(date +%s%N) - $1) / 1000000)); }
tried() { # NAME TEXT COMMAND...: done, told within 2 s, put right within 5 s
	local name=$1 text=$2 t0
	shift 2
	: >"$W/eve.json"
	ok "$name" "$@" || return
	t0=$(date +%s%N)
	ok "$name: it_is_told" wait_for 4 told enforcement_lost "$text"
	echo "# $name: told after $(ms_since "$t0") ms"
	ok "$name: within_2_s" [ "$(ms_since "$t0")" -lt $((2000 * patience)) ]
	ok "$name: it_is_put_right" wait_for 6 told enforcement_back "dev0"
	echo "# $name: put right after $(ms_since "$t0") ms"
	ok "$name: within_5_s" [ "$(ms_since "$t0")" -lt $((5000 * patience)) ]
	ok "$name: enforcing" wait_for 3 status .enforcing
	ok "$name: the_quarantine_holds" not probe 300
	ok "$name: both_ways" not back 300
}
tcx_before() {
	bg gateway "$BEFORE" tcx "$(index dev0)" >"$W/before.out"
	echo $! >"$W/before"
	wait_for 5 grep -q attached "$W/before.out"
}
hide_egress() { # somebody's classifier answers "pass" before ours is asked
	if [ "$(iface dev0 .tc)" = '"tcx"' ]; then tcx_before; else in_ns gateway tc filter add dev dev0 egress prio 2 protocol all matchall action pass; fi
}
uncover() {
	if [ -f "$W/before" ]; then kill "$(cat "$W/before")"; else in_ns gateway tc filter del dev dev0 egress prio 2; fi
}
take_off_egress() { # as `tc qdisc del` and its like: the link of tcx is closed
	if [ "$(iface dev0 .tc)" = '"tcx"' ]; then rm "$(find "$W/bpf/cordon" -name "tcx_$(index dev0)")"; else in_ns gateway tc qdisc del dev dev0 clsact; fi
}
xdp_off() { in_ns gateway ip link set dev dev0 xdp off && in_ns gateway ip link set dev dev0 xdpgeneric off; }
replace_xdp() { in_ns gateway "$BEFORE" xdp "$(index dev0)"; }
daemon_pid() { cor -j status | jq -e .processes.daemon; }
crashes() { # TIMES: of the daemon, in a row, so that the keeper pauses before it starts the next
	local old=0 i
	for ((i = 0; i < $1; i++)); do
		wait_for 10 daemon_pid || return 1
		old=$(daemon_pid)
		kill -KILL "$old" && wait_for 10 gone "$old" || return 1
	done
}
quiet() { # ten seconds of them, and the books have nothing but what real packets did
	local seen
	seen=$(iface dev0 .proof.tc.proven)
	wait_for 20 eval "[ \$(iface dev0 .proof.tc.proven) -ge $((seen + 5)) ]" || return 1
	cor -j stats | jq -e '.kernel | .packets == .passed + .dropped + .held and .reasons.unknown_ethertype == null'
}
sniffed() { # what reaches the device's end of the cable is none of them
	[ -s "$W/ready" ] && ! grep -q . "$W/canaries"
}
arrivals() { # how many frames of their type arrive, until killed
	bg device python3 -uc '
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88b5)); s.bind(("eth0", 0x88b5))
print("ready", file=open("'"$W"'/ready", "w"), flush=True)
while True: s.recv(200); print("canary", flush=True)' >"$W/canaries"
	wait_for 5 test -s "$W/ready"
}

daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "somebody_listens_for_canaries_beyond" arrivals
ok "egress_is_proven" wait_for 5 iface dev0 '.proof.tc | .proven >= 1 and .proven == .asked'
ok "what_comes_in_is_seen" wait_for 5 eval 'probe; iface dev0 ".proof | .xdp.proven >= 1 and .unseen == 0"'
ok "all_hooks_are_proven" wait_for 10 eval 'near; status ".attestation.hooks | .entries == 4 and .proven == 4"'
ok "stats_say_so_too" eval 'cor -j stats | jq -e ".enforcing and .attestation.hooks.entries == 4"'
ok "canaries_are_in_no_counter" quiet
ok "and_none_leaves" sniffed
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason test
ok "it_holds" not probe 300

tried "a_filter_before_ours_at_egress" "TC egress" hide_egress
ok "ours_stays_first_when_that_one_goes" uncover
ok "nothing_more_is_said_to_be_lost" wait_for 3 status .enforcing
tried "egress_taken_off" "dev0" take_off_egress
tried "xdp_taken_off" "dev0" xdp_off

: >"$W/eve.json"
t0=$(date +%s%N)
ok "xdp_replaced_by_one_that_passes_all" replace_xdp
ok "that_is_told" wait_for 4 told enforcement_lost dev0
ok "within_2_s" [ "$(ms_since "$t0")" -lt $((2000 * patience)) ]
ok "another_program_is_not_forced_out: not_enforcing" wait_for 3 eval 'status ".enforcing | not" && iface dev0 "(.enforcing | not) and (.note | test(\"somebody\"))"'
ok "when_it_has_gone" xdp_off
t0=$(date +%s%N)
ok "ours_is_put_back" wait_for 6 told enforcement_back dev0
echo "# put back $(ms_since "$t0") ms after it had gone"
ok "within_5_s_of_that" [ "$(ms_since "$t0")" -lt $((5000 * patience)) ]
ok "the_quarantine_holds_again" not probe 300
ok "the_neighbour_works" near
ok "nobody_is_there_to_be_told" crashes 5
: >"$W/eve.json"
ok "xdp_taken_off_meanwhile" xdp_off
ok "that_is_told_as_soon_as_somebody_is" wait_for 20 told enforcement_back dev0
ok "stop" daemon_stop

ok "generic" daemon_start gateway --device dev0 --device dev1 --xdp generic
ok "generic_xdp_is_proven_by_frames_without_traffic" wait_for 8 iface dev1 '.xdp == "generic" and .proof.xdp.proven >= 3 and .proof.xdp.proven + 1 >= .proof.xdp.asked'
tried "generic_xdp_taken_off" "dev0" xdp_off
ok "stop_again" daemon_stop
[ "$tap_failed" = 0 ] || grep -v rtnetlink "$W/cordon.log" | tail -25 | sed 's/^/# log: /'
tap_done
