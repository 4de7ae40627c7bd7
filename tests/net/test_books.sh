#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The books of one device and of all: what a device sent is what its lease dropped and what it let through, and what
# passed is what the receiver counted, to the packet, at each level; so are the sums of verdicts and of reasons. A
# neighbour that sends at the same time loses nothing and is in no other's books. The end of the lease tells them, and the
# device goes on having them.
# Without a lease the device has books of its own: what a feed drops of it, while the rest of it passes; with exact_books
# all of it is in them: what it sent and was sent, as the interfaces of both ends count it, is what passed and was dropped.
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "books"
daemon_begin books
LISTED=198.18.50.1
FLOOD=$PWD/${B:-build}/tests/net/flood
[ -x "$FLOOD" ] || { ok "tests/net/flood is built (make net-bins)" false; tap_done; exit; }

# nobody asks for addresses and nobody announces any: what is sent is what is counted here
still_network() {
	local n m
	home_network || return 1
	for n in device neighbour gateway server; do in_ns "$n" sysctl -qw net.ipv6.conf.all.disable_ipv6=1; done
	m=$(in_ns gateway ip -j link show br0 | jq -r '.[0].address')
	for n in device neighbour; do in_ns $n ip neigh replace 10.77.0.1 lladdr "$m" nud permanent dev eth0 || return 1; done
	in_ns gateway ip neigh replace 10.77.0.10 lladdr "$MAC" nud permanent dev br0 &&
		in_ns gateway ip neigh replace 10.77.0.20 lladdr "$NEAR_MAC" nud permanent dev br0
}
lease() { cor -j quarantine list | jq -e ".quarantines[0].$1"; }
kernel() { jq -e ".kernel.$1 // 0" "$W/$2"; }
diff_of() { echo $(($(kernel "$1" after) - $(kernel "$1" before))); }
is() { [ "$1" = "$2" ] || { echo "$1, wanted $2"; return 1; }; }
# sends PPS datagrams a second for two seconds from the device and the neighbour at once; sent, got, near_sent, near_got
storm() { # PPS
	local pids p
	cor -j stats >"$W/before"
	bg server "$FLOOD" count $SERVER 9001 >"$W/got"
	pids=$!
	bg server "$FLOOD" count $SERVER 9002 >"$W/near_got"
	pids="$pids $!"
	wait_for 5 eval "[ \$(in_ns server ss -Hlun 'sport = 9001 or sport = 9002' | wc -l) = 2 ]" || return 1
	bg neighbour "$FLOOD" send $SERVER 9002 500 2000 >"$W/near_sent"
	p=$!
	in_ns device "$FLOOD" send $SERVER 9001 "$1" 2000 >"$W/sent"
	wait "$p"
	# shellcheck disable=SC2086 # numbers
	kill -TERM $pids
	for p in $pids; do wait "$p"; done
	cor -j stats >"$W/after"
	sent=$(cat "$W/sent") got=$(cat "$W/got") near_sent=$(cat "$W/near_sent") near_got=$(cat "$W/near_got")
}
books() { # LEVEL REASON: after a storm of a device at this level
	ok "$1: the_receiver_has_what_the_lease_let_through" is "$got" "$(lease passed)"
	ok "$1: and_the_lease_dropped_the_rest" is "$(lease packets)" $((sent - got))
	ok "$1: that_many_were_dropped" is "$(diff_of dropped)" $((sent - got))
	ok "$1: and_for_this_reason" is "$(diff_of "reasons.$2.packets")" $((sent - got))
	ok "$1: the_neighbour_lost_none" is "$near_got" "$near_sent"
	ok "$1: verdicts_add_up" jq -e '.kernel | .packets == .passed + .dropped + .held' "$W/after"
	echo "# $1: sent $sent, passed $got, dropped $((sent - got)); the neighbour $near_got of $near_sent"
}

daemon_config "quarantine:" "  limit_rate: 64KiB"
ok "network_is_up" still_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "limit" cor quarantine add "$MAC" --for 1h --level limit
storm 2000
ok "limit: some_pass_and_some_do_not" eval "[ $got -gt 100 ] && [ $sent -gt $((got + 100)) ]"
books limit rate_limited
limit_dropped=$((sent - got))
ok "limit: the_device_shows_it_too" is "$(cor -j device show "$MAC" | jq .books.dropped)" "$limit_dropped"
ok "release" cor quarantine release "$MAC"
ok "the_end_tells_the_books" wait_for 5 eve_has ".cordon.what == \"quarantine_end\" and .cordon.dropped_packets == $((sent - got)) and .cordon.passed_packets == $got"
ok "cut" cor quarantine add "$MAC" --for 1h --level cut
storm 5000
ok "cut: nothing_passes" is "$got" 0
books cut quarantine
ok "release_again" cor quarantine release "$MAC"

own() { cor -j device show "$1" | jq -e "$2"; }
ok "what_the_leases_dropped_is_in_the_books_of_the_device" is "$(own "$MAC" .books.dropped)" $((limit_dropped + sent - got))
ok "with_the_reasons" own "$MAC" '.books.reasons | index("quarantine") != null and index("rate_limited") != null'

# a second address of the server, which is listed
by_itself() {
	in_ns server ip addr add $LISTED/32 dev lo && in_ns gateway ip route add $LISTED via $SERVER && cor threat add ip $LISTED &&
		wait_for 20 daemon_ready && cor threat lookup $LISTED
}
ok "a_listed_address" by_itself
was=$(own "$MAC" .books.dropped)
all_was=$(count dropped)
bg device "$FLOOD" send $LISTED 9003 1000 1500 >"$W/bad_sent"
bad=$!
storm 2000
wait "$bad"
cor -j stats >"$W/after"
bad_sent=$(cat "$W/bad_sent")
ok "no_lease: what_is_listed_is_dropped_and_in_the_books" is "$(own "$MAC" .books.dropped)" $((was + bad_sent))
ok "no_lease: with_the_reason" own "$MAC" '.books.reasons | index("threat_address") != null'
ok "no_lease: that_many_were_dropped_in_all" is $(($(kernel dropped after) - all_was)) "$bad_sent"
ok "no_lease: the_rest_passed" is "$got" "$sent"
ok "no_lease: the_neighbour_lost_none" is "$near_got" "$near_sent"
ok "no_lease: and_is_not_in_these_books" own "$NEAR_MAC" '.books == {"dropped": 0, "held": 0, "reasons": []}'
ok "no_lease: verdicts_add_up" jq -e '.kernel | .packets == .passed + .dropped + .held' "$W/after"
echo "# no lease: sent $((sent + bad_sent)), passed $got, dropped $bad_sent; the neighbour $near_got of $near_sent"
ok "stop" daemon_stop

# what the device's own interface counts: all that it sends and is sent
own_frames() { in_ns device ip -s -j link show eth0 | jq -e '.[0].stats64 | .tx.packets + .rx.packets'; }
busy() { # a download, some requests, a flood, some of it to what is listed
	probe && near && back &&
		in_ns device "$FLOOD" send $SERVER 9004 2000 1000 >"$W/busy_sent" &&
		in_ns device "$FLOOD" send $LISTED 9005 500 1000 >"$W/busy_bad"
}
books_are_whole() {
	local b
	b=$(cor -j device show "$MAC" | jq -e '.books.passed + .books.dropped + .books.held') && [ $((b - books_were)) = $(($(own_frames) - frames_were)) ] ||
		{ echo "$((b - books_were)) in the books, $(($(own_frames) - frames_were)) at the interface"; return 1; }
}
echo "exact_books: yes" >>"$W/cordon.yaml"
ok "exact: cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "exact: the_device_is_known" eval 'probe && wait_for 5 cor device show $MAC && wait_for 20 cor threat lookup $LISTED'
books_were=$(own "$MAC" '.books.passed + .books.dropped + .books.held') frames_were=$(own_frames)
dropped_were=$(own "$MAC" .books.dropped)
ok "exact: traffic_of_all_kinds" busy
ok "exact: all_that_the_interface_of_the_device_saw_is_in_its_books" wait_for 5 books_are_whole
ok "exact: of_it_was_dropped_what_went_to_the_listed_address" is "$(own "$MAC" .books.dropped)" $((dropped_were + $(cat "$W/busy_bad")))
ok "exact: a_person_reads_it_too" eval 'cor device show "$MAC" | grep -qE "packets +[0-9]+ passed, [0-9]+ dropped, 0 held; why: .*threat_address"'
were=$(own "$MAC" .books.dropped)
ok "exact: a_lease" cor quarantine add "$MAC" --for 1h --level limit
ok "exact: more_traffic" eval 'in_ns device "$FLOOD" send $SERVER 9006 2000 1000 >"$W/busy_sent"'
ok "exact: with_a_lease_too_all_of_it_is_in_its_books" wait_for 5 books_are_whole
ok "exact: some_were_dropped" [ "$(own "$MAC" .books.dropped)" -gt "$were" ]
ok "exact: release" cor quarantine release "$MAC"
ok "exact: they_stay_whole_when_it_ends" wait_for 5 books_are_whole
echo "# exact: $(own "$MAC" .books.passed) passed, $(own "$MAC" .books.dropped) dropped"
ok "stop_again" daemon_stop
[ "$tap_failed" = 0 ] || grep -v rtnetlink "$W/cordon.log" | tail -15 | sed 's/^/# log: /'
tap_done
