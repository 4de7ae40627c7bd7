#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Attestation: somebody else empties the deny map, takes out one lease, shortens one, adds one of his own, takes out a
# guard or the threat image, takes the programs off. Each is told within 2 seconds and put right within 5, seen on real
# sockets; and the questions that find it out are in no counter.
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "attestation"
daemon_begin attest

pin() { find "$W/bpf/cordon" -name "$1"; }
status() { cor -j status | jq -e "$1"; }
told() { eve_has ".event_type == \"cordon\" and .cordon.what == \"$1\" and (.cordon.text | test(\"$2\"))"; }
# key and value of the entry of a MAC in the deny map, as bpftool takes them
bytes_of() { # MAC key|value
	bpftool -j map dump pinned "$(pin deny)" | python3 -c '
import json, sys
mac = bytes.fromhex(sys.argv[1].replace(":", ""))
for e in json.load(sys.stdin):
    if bytes(int(b, 16) for b in e["key"])[8:14] == mac: print("hex", *(b[2:] for b in e[sys.argv[2]])); break' "$1" "$2"
}
# shellcheck disable=SC2046 # bytes
take_out() { bpftool map delete pinned "$(pin deny)" key $(bytes_of "$1" key); }
# shellcheck disable=SC2046
let_end() { local v; v=$(bytes_of "$1" value); bpftool map update pinned "$(pin deny)" key $(bytes_of "$1" key) value hex 01 00 00 00 00 00 00 00 ${v#hex ?? ?? ?? ?? ?? ?? ?? ??}; }
# shellcheck disable=SC2046,SC2001
cut_neighbour() { # the same entry under another MAC; the filter has no bit of it, so it is put there by a lease that was
	cor quarantine add "$NEAR_MAC" --for 1h >/dev/null && key=$(bytes_of "$NEAR_MAC" key) && value=$(bytes_of "$NEAR_MAC" value) &&
		cor quarantine release "$NEAR_MAC" >/dev/null && wait_for 3 near && bpftool map update pinned "$(pin deny)" key $key value $value
}
foreign_is_gone() { [ -z "$(bytes_of "$NEAR_MAC" key)" ]; }
empty_all() {
	bpftool -j map dump pinned "$(pin deny)" | python3 -c '
import json, sys
for e in json.load(sys.stdin): print("hex", *(b[2:] for b in e["key"]))' | while read -r key; do
		# shellcheck disable=SC2086
		bpftool map delete pinned "$(pin deny)" key $key || return 1
	done
}
take_out_guard() { # the gateway's own address
	local key
	key=$(bpftool -j map dump pinned "$(pin guard)" | python3 -c '
import json, sys
for e in json.load(sys.stdin):
    k = bytes(int(b, 16) for b in e["key"])
    if k[4] == 1 and k[16+2:20+2] == bytes((10, 77, 0, 1)): print("hex", *(b[2:] for b in e["key"])); break')
	[ -n "$key" ] || return 1
	# shellcheck disable=SC2086
	bpftool map delete pinned "$(pin guard)" key $key
}
with_traffic() { probe 300; near && status "$1"; } # native XDP is proven by what comes in
tried() { # NAME TEXT COMMAND...: done, told within 2 s, put right within 5 s
	local name=$1 text=$2 t0
	shift 2
	: >"$W/eve.json"
	ok "$name" "$@" || return
	t0=$(date +%s%N)
	ok "$name: it_is_told" wait_for 4 told enforcement_lost "$text"
	ok "$name: within_2_s" [ $((($(date +%s%N) - t0) / 1000000)) -lt $((2000 * patience)) ]
	ok "$name: it_is_put_right" wait_for 5 told enforcement_back "decisions"
	ok "$name: within_5_s" [ $((($(date +%s%N) - t0) / 1000000)) -lt $((5000 * patience)) ]
	echo "# $name: $((($(date +%s%N) - t0) / 1000000)) ms until all was proven again"
}

daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
in_ns gateway ip addr add 10.77.0.3/24 dev br0
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason test
ok "quarantine_by_address" cor quarantine add 10.77.0.99 --for 1h --level limit
ok "guard" cor guard add 10.77.0.50 --reason test
ok "a_listed_address" cor threat add ip 198.18.77.7
ok "a_listed_name" cor threat add domain listed.example
ok "all_is_proven" wait_for 10 status '.attestation | .leases.proven == 2 and .guards.proven == .guards.entries and .addresses.proven == 1 and .names.proven == 1'
ok "and_enforcing" status .enforcing
ok "a_minute_has_all_of_it" wait_for 5 with_traffic '.attestation | .proven_percent == 100 and .failed == 0 and .foreign == 0'
asked_more() { status ".attestation.asked > $1"; }
quiet() { # no lease counts what is only asked; the books balance
	local before
	before=$(cor -j status | jq .attestation.asked)
	wait_for 10 asked_more $((before + 20))
	cor -j quarantine list | jq -e '[.quarantines[] | select(.device | test("10.77.0.99")) | .packets + .passed] | add == 0' &&
		cor -j stats | jq -e '.kernel | .packets == .passed + .dropped + .held'
}
ok "questions_are_in_no_counter" quiet

tried "one_lease_taken_out" "leases" take_out "$MAC"
ok "it_holds_again" not probe
tried "all_leases_taken_out" "leases" empty_all
ok "they_hold_again" not probe
tried "a_lease_made_to_end" "leases" let_end "$MAC"
ok "it_does_not_end" not probe
tried "a_lease_of_nobody" "nobody here made" cut_neighbour
ok "it_is_taken_out" foreign_is_gone
ok "the_neighbour_works" wait_for 5 near
tried "a_guard_taken_out" "guards" take_out_guard
tried "the_threat_image_taken_out" "addresses" bpftool map delete pinned "$(pin threat)" key 0 0 0 0
ok "it_is_in_force_again" wait_for 5 status '.attestation | .names.proven >= 1'
ok "enforcing" wait_for 5 status .enforcing
ok "the_lease_holds_after_all_of_it" not probe
ok "each_was_put_right_once_or_so" status '.attestation.repairs | . >= 6 and . < 30'
ok "stop" daemon_stop
[ "$tap_failed" = 0 ] || grep -v rtnetlink "$W/cordon.log" | tail -25 | sed 's/^/# log: /'
tap_done
