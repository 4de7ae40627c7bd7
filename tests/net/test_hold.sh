#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Mode hold on real sockets: what a rule drops never reaches the receiver's socket, whole, cut over
# segments or in one datagram; what is only suspect arrives, all of it and unchanged, in both
# directions; bytes that contradict those before them do not; nothing waits for ever when nobody judges.
# shellcheck disable=SC2217 # bg hands its standard input on
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "mode hold"
daemon_begin hold

BAD=exploit-now-1234 PINGS=200

cat >"$W/hold.rules" <<-E
	drop tcp any any -> any 7001 (msg:"exploit"; flow:established,to_server; content:"$BAD"; priority:3; sid:1;)
	drop udp any any -> any 7002 (msg:"exploit in a datagram"; content:"$BAD"; priority:3; sid:3;)
	alert tcp any any -> any 7001 (msg:"suspect"; flow:established,to_server; content:"suspect-bytes"; content:"never-there"; priority:3; sid:4;)
	alert icmp any any -> any any (msg:"suspect echo"; itype:8; content:"|de ad be ef|"; priority:3; threshold:type limit, track by_rule, count 1, seconds 60; sid:6;)
	alert icmp any any -> any any (msg:"suspect reply"; itype:0; content:"|de ad be ef|"; priority:3; threshold:type limit, track by_rule, count 1, seconds 60; sid:7;)
E

start() { # LINE...: a daemon with these lines of configuration
	daemon_config "rules:" "  - $W/hold.rules" "$@" && daemon_start gateway --device dev0 --mode hold
}
of_device() { cor -j device show "$MAC" | jq -e .books.held; }
held() { cor -j status | jq -e ".hold.$1"; }

# --- TCP: from NS1 to a listener at NS2, what arrives in $W/got ---
listens() { in_ns "$1" ss -Hltn "sport = :7001" | grep -q .; }
send_tcp() { # FROM TO ADDRESS: standard input is sent
	local pid
	bg "$2" timeout 20 nc -l "$3" 7001 >"$W/got" </dev/null
	pid=$!
	wait_for 5 listens "$2" || return 1
	in_ns "$1" timeout "${WAIT:-10}" nc -N "$3" 7001 >/dev/null
	[ -n "${LEAVE:-}" ] || wait "$pid"
}
whole() { # FROM TO ADDRESS: two MiB with something suspect in it arrive unchanged
	local was
	was=$(held held) || return 1
	{ head -c 1000000 /dev/zero | tr '\0' a; echo suspect-bytes; head -c 1000000 /dev/urandom; } >"$W/file"
	send_tcp "$@" <"$W/file" && cmp "$W/file" "$W/got" && [ "$(held held)" -gt "$was" ]
}
alerts() { jq -cs "[.[] | select(.event_type == \"alert\" and .alert.signature_id == $1)] | length" "$W/eve.json"; }
more_alerts() { [ "$(alerts "$1")" -gt "$2" ]; }
stopped() { # FROM TO ADDRESS: the exploit does not arrive, and that is said
	local was
	was=$(alerts 1)
	WAIT=2 LEAVE=1 send_tcp "$@"
	wait_for 5 more_alerts 1 "$was" && ! grep -q "$BAD" "$W/got" && return 0
	cor -j status | jq -c .hold
	cat "$W/got"
	return 1
}
in_two() { printf '%s' "${BAD:0:8}"; read -rt 0.3 <> <(:) || :; printf '%s\n' "${BAD:8}"; }

# --- ICMP and UDP ---
pings() { # suspect echoes, all answered
	in_ns device ping -q -c "$PINGS" -i 0.005 -W 3 -p deadbeef "$SERVER" >"$W/ping"
	sed -n 's/^rtt /# rtt /p' "$W/ping"
	grep -q ' 0% packet loss' "$W/ping" || { cat "$W/ping"; return 1; }
}
each_held_once() { # the echo and its answer, each once, and in the books of the device
	local was own n of_device
	was=$(held held) own=$(of_device)
	pings || return 1
	n=$(($(held held) - was)) of_device=$(($(of_device) - own))
	[ "$n" = $((2 * PINGS)) ] && [ "$of_device" = "$n" ] || { echo "# $n held, $of_device of the device, of $((2 * PINGS))"; return 1; }
}
bound() { in_ns server ss -Huln "sport = :7002" | grep -q .; }
udp_open() {
	bg server timeout 60 nc -u -k -l "$SERVER" 7002 >"$W/udp" </dev/null
	wait_for 5 bound
}
udp() { in_ns device nc -u -w 1 "$SERVER" 7002; }
udp_arrives() { echo "$1" | udp; wait_for 3 grep -q "$1" "$W/udp"; }
udp_stopped() { echo "x $BAD x" | udp; wait_for 5 alert 3 && ! grep -q "$BAD" "$W/udp"; }

# --- a segment sent again, as it was and with other bytes ---
listens_again() { in_ns server ss -Hltn "sport = :7003" | grep -q .; }
again() { # N M: so many as they were and with other bytes come to the server's interface
	local pid
	bg server timeout 20 tests/net/again.py count "$SERVER" 7003 >"$W/counts" </dev/null
	pid=$!
	wait_for 5 listens_again || return 1
	in_ns device timeout 10 tests/net/again.py send "$SERVER" 7003
	wait "$pid"
	[ "$(cat "$W/counts")" = "$1 $2" ] || { echo "# $(cat "$W/counts") came"; return 1; }
}
ambiguity_said() {
	jq -e 'select(.anomaly.event == "reassembly_overlap_different_data" and .cordon.verdict == "drop")' "$W/eve.json"
}

stop_judging() { kill -STOP "$(cor -j status | jq .processes.inspector)"; }
go_on() { kill -CONT "$(cor -j status | jq .processes.inspector)"; }
nobody_judges() { # what is suspect passes late; the daemon says how often
	stop_judging
	in_ns device ping -q -c 3 -i 0.2 -W 15 -p deadbeef "$SERVER" | grep -q ' 0% packet loss' && [ "$(held late)" -ge 3 ]
	local r=$?
	go_on
	return $r
}
nobody_judges_strict() {
	stop_judging
	! in_ns device ping -q -c 2 -i 0.2 -W 3 -p deadbeef "$SERVER" >/dev/null
	local r=$?
	go_on
	return $r
}
has_evidence() { # which gives the same alert
	local name
	name=$(jq -r 'select(.alert.signature_id == 1) | .cordon.evidence' "$W/eve.json" | tail -1)
	"$CORDON" replay -j --rules "$W/hold.rules" "$W/evidence/$name" | jq -e 'any(.alerts_by_rule[]; .sid == 1)'
}
conserved() { cor -j stats | jq -e '.kernel | .packets == .passed + .dropped + .held and .held > 0'; }
own_books() { # there is one device, and all that was held is from or to it
	[ "$(of_device)" = "$(count held)" ] && cor -j device show "$MAC" | jq -e '.books.reasons | index("held") != null'
}

ok "a network" home_network
ok "a daemon in mode hold" start "hold:" "  wait: 3s" "evidence:" "  dir: $W/evidence"
ok "to the server: two MiB with something suspect arrive unchanged" whole device server "$SERVER"
ok "to the device: two MiB with something suspect arrive unchanged" whole server device 10.77.0.10
ok "suspect echoes and their answers: none is lost, each is held once" each_held_once
ok "a UDP service" udp_open
ok "a harmless datagram arrives" udp_arrives harmless
ok "an exploit in one datagram does not" udp_stopped
ok "an exploit in one segment does not reach the server's socket" stopped device server "$SERVER" <<<"a $BAD b"
ok "nor the device's" stopped server device 10.77.0.10 <<<"a $BAD b"
ok "an exploit over two segments does not reach the server's socket" stopped device server "$SERVER" < <(in_two)
ok "a segment sent again arrives, one with other bytes in its place does not" again 2 0
ok "and that is said" wait_for 5 ambiguity_said
ok "the daemon keeps evidence of an exploit, named in its event" has_evidence
ok "every packet is passed, dropped or held" conserved
ok "what was held is in the books of its device, with the reason" own_books
ok "every cleared packet was sent on" eval '[ "$(held failed)" = 0 ]'
ok "when nobody judges, what is suspect passes after a while" nobody_judges
daemon_stop
ok "a daemon in mode react" eval 'daemon_config "rules:" "  - $W/hold.rules" && daemon_start gateway --device dev0'
ok "there both arrive" again 2 1
daemon_stop
ok "a strict daemon" start "strict: yes" "hold:" "  wait: 200ms"
ok "strict: when nobody judges, what is suspect does not pass" nobody_judges_strict
tap_done
