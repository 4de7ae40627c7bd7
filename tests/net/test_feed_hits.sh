#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a listed threat does on a live link, kind by kind: each hit's event names feed, line, generation, category,
# confidence and first day; a single URL stops itself and no other page; an answer's address is learned, also at the end of
# a chain from a name that is not listed, and the next connection to it does not get its first packet through.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "hits of feeds on a live link"
daemon_begin hits

# a resolver, over UDP and TCP: every name has ANSWER, 5 s to live; shop.example and far.example are other names of
# cdn.listed.example, which has 198.18.12.2 and 198.18.13.2
resolver() { # ANSWER
	cat >"$W/resolver.py" <<-'EOF'
		import socket, sys, threading

		def labels(name):
		    return b"".join(bytes([len(x)]) + x.encode() for x in name.split(".")) + b"\0"

		def record(owner, kind, data):
		    return owner + bytes([0, kind, 0, 1, 0, 0, 0, 5, 0, len(data)]) + data

		def reply(q):
		    end = q.index(b"\0", 12) + 5
		    alias = {labels("shop.example"): "198.18.12.2", labels("far.example"): "198.18.13.2"}.get(q[12:end - 4])
		    cdn = labels("cdn.listed.example")
		    a = record(cdn, 1, socket.inet_aton(alias)) + record(b"\xc0\x0c", 5, cdn) if alias else \
		        record(b"\xc0\x0c", 1, socket.inet_aton(sys.argv[2]))
		    return q[:2] + b"\x81\x80\0\1\0" + bytes([2 if alias else 1]) + b"\0\0\0\0" + q[12:end] + a

		def over_tcp(t):
		    while True:
		        c, _ = t.accept()
		        q = c.recv(512)
		        a = reply(q[2:])
		        c.sendall(len(a).to_bytes(2, "big") + a)
		        c.close()

		t = socket.create_server((sys.argv[1], 53))
		threading.Thread(target=over_tcp, args=(t,), daemon=True).start()
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.bind((sys.argv[1], 53))
		while True:
		    q, who = s.recvfrom(512)
		    s.sendto(reply(q), who)
	EOF
	bg server python3 "$W/resolver.py" "$SERVER" "$1"
}
ask() { # NAME: 0 when there is an answer
	in_ns device python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
name = b"".join(bytes([len(l)]) + l.encode() for l in sys.argv[2].split("."))
s.sendto(b"\0\7\1\0\0\1\0\0\0\0\0\0" + name + b"\0\0\1\0\1", (sys.argv[1], 53))
s.recv(512)' "$SERVER" "$1" 2>/dev/null
}
get() { # PATH [HOST]: 0 when anything at all is answered, twice over one connection
	in_ns device python3 -c '
import socket, sys
s = socket.create_connection((sys.argv[1], 80), 3)
s.settimeout(2)
s.sendall(f"GET {sys.argv[2]} HTTP/1.1\r\nHost: {sys.argv[3]}\r\n\r\n".encode())
s.recv(64)' "$SERVER" "$1" "${2:-shared.example}" 2>/dev/null
}
ask_tcp() { # NAME: as ask()
	in_ns device python3 -c '
import socket, sys
s = socket.create_connection((sys.argv[1], 53), 3)
s.settimeout(2)
name = b"".join(bytes([len(l)]) + l.encode() for l in sys.argv[2].split("."))
q = b"\0\7\1\0\0\1\0\0\0\0\0\0" + name + b"\0\0\1\0\1"
s.sendall(len(q).to_bytes(2, "big") + q)
assert s.recv(512)' "$SERVER" "$1" 2>/dev/null
}
page_of() { # ADDRESS [WHO]: 0 when its web server can be reached
	in_ns "${2:-device}" python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], 80), 2)' "$1" 2>/dev/null
}
knock() { # ADDRESS: a TCP connection that nobody takes
	in_ns device python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], 81), 1)' "$1" 2>/dev/null
	true
}
# the alert whose indicator is INDICATOR has all that it must, and what else is asked for
hit() { # INDICATOR JQ
	# shellcheck disable=SC2016
	jq -es --arg i "$1" '[.[] | select(.event_type == "alert" and .cordon.indicator == $i)] | last |
		.cordon.feed == "hits" and .cordon.feed_line > 0 and .cordon.generation > 0 and .alert.category == "c2-test" and
		.cordon.confidence == 77 and (.cordon.first_seen | length) > 0 and ('"${2:-true}"')' "$W/eve.json" >/dev/null
}
feed_hits() { cor -j feed show hits | jq .hits; }

printf '%s\n' "http://shared.example/evil" listed.example 198.18.10.0/24 198.18.11.2 >"$W/hits.txt"
daemon_config "interfaces:" "  - name: dev0" "    role: device"
ok "network_is_up" home_network || { tap_done; exit 1; }
for net in 10 11 12 13; do
	in_ns server ip addr add "198.18.$net.2/24" dev eth0
	in_ns gateway ip route add "198.18.$net.0/24" dev up0
done
for net in 12 13; do bg server "$HOST" httpd "198.18.$net.2" 80 >/dev/null; done
resolver "$SERVER"
ok "daemon_starts" daemon_start gateway
ok "feed_is_in_force" cor feed add hits plain "$W/hits.txt" --action alert --category c2-test --confidence 77
ok "pages_are_served" get /good

ok "other_page_of_a_listed_url_is_no_hit" eval 'get /good && get /evil/more && get /evil?x && ! grep -q "shared.example/evil" "$W/eve.json"'
ok "listed_url_is_a_hit" eval 'get /%65vil; wait_for 5 hit http://shared.example/evil ".cordon.feed_line == 1 and .http.url == \"/%65vil\""'
ok "name_below_a_listed_one_is_a_hit" eval 'ask www.listed.example; wait_for 5 hit listed.example ".cordon.feed_line == 2 and .dns.rrname == \"www.listed.example\""'
ok "address_of_a_listed_prefix_is_a_hit" eval 'knock 198.18.10.2; wait_for 5 hit 198.18.10.0/24 ".cordon.feed_line == 3"'
ok "listed_address_is_a_hit" eval 'knock 198.18.11.2; wait_for 5 hit 198.18.11.2 ".cordon.feed_line == 4"'
ok "address_that_a_listed_name_led_to_is_a_hit" eval 'get /good; wait_for 5 hit listed.example ".cordon.learned_from == \"www.listed.example\" and .dest_ip == \"$SERVER\" and .cordon.feed_line == 2"'
ok "lookup_says_where_it_was_learned" eval 'cor threat lookup "$SERVER" | grep -q "^$SERVER is learned for .*02:00:00:00:77:10 from listed name www.listed.example"'
ok "it_is_the_asking_devices_alone" eval 'near && ! jq -es "any(.[]; .cordon.learned_from and .ether.src_mac == \"$NEAR_MAC\")" "$W/eve.json" >/dev/null'
ok "status_counts_what_is_learned" eval 'cor -j status | jq -e ".threats.learned == 1" >/dev/null'
ok "listed_name_in_a_chain_is_a_hit" eval 'ask shop.example; wait_for 5 hit listed.example ".dns.rrname == \"cdn.listed.example\" and .cordon.feed_line == 2"'
ok "and_so_is_the_address_at_its_end" eval 'page_of 198.18.12.2; wait_for 5 hit listed.example ".cordon.learned_from == \"cdn.listed.example\" and .dest_ip == \"198.18.12.2\""'
ok "chain_over_tcp_is_followed_too" eval 'ask_tcp far.example; wait_for 5 eval "[ \$(cor -j status | jq .threats.learned) = 3 ]"; page_of 198.18.13.2; wait_for 5 hit listed.example ".dest_ip == \"198.18.13.2\""'
ok "feed_show_counts_hits" eval '[ "$(feed_hits)" -ge 5 ]'

# of what is learned from a name that is no longer listed nothing is left
sed -i '/^listed/d' "$W/hits.txt"
ok "feed_that_drops" eval 'cor feed remove hits && cor feed add hits plain "$W/hits.txt" --action drop --category c2-test --confidence 77'
ok "connection_that_asks_for_a_listed_url_is_cut" eval 'get /evil; wait_for 5 hit http://shared.example/evil ".cordon.decision == \"drop_flow\""'
ok "and_another_page_is_still_served" get /good

# what drops does so from the first packet on, and the daemon is not needed for it
sed -i '$a listed.example' "$W/hits.txt"
ok "listed_again" eval '[ "$(cor -j status | jq .threats.learned)" = 0 ] && cor feed update hits && page_of 198.18.12.2'
ok "led_there_it_does_not_connect" eval 'ask shop.example; wait_for 5 eval "[ \$(cor -j status | jq .threats.learned) = 1 ]"; ! page_of 198.18.12.2'
ok "which_is_told_of_its_first_packet" wait_for 5 hit listed.example '.cordon.action == "drop" and .dest_ip == "198.18.12.2" and .cordon.quarantined != true'
ok "another_device_connects" page_of 198.18.12.2 neighbour
daemon_stop
ok "without_a_daemon_it_still_does_not" not page_of 198.18.12.2
ok "daemon_comes_back" daemon_start gateway
ok "and_knows_what_was_learned" wait_for 5 eval 'cor threat lookup 198.18.12.2 | grep -q "from listed name cdn.listed.example"'
ok "and_it_does_not_connect" not page_of 198.18.12.2
daemon_stop
[ "$tap_failed" = 0 ] || sed 's/^/# log: /' "$W/cordon.log" | tail -30
tap_done
