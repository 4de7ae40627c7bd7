#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Reject rules: real sockets on both sides are told at once; nothing is sent in mode observe.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "reject rules"
daemon_begin reject

# a server that only reads, and says how each connection ended
cat >"$W/server.py" <<'END'
import socket, sys, threading
def serve(c):
    try:
        while c.recv(4096): pass
        how = "closed"
    except ConnectionResetError:
        how = "reset"
    print(how, flush=True)
s = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=64)
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
END
# what the socket of who sends TEXT says: reset, refused (ICMP), or silence
cat >"$W/client.py" <<'END'
import socket, sys
kind, host, port, text = sys.argv[1:5]
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
s.settimeout(3)
s.connect((host, int(port)))
s.send(text.encode())
try:
    s.recv(100)
    print("closed")
except ConnectionResetError:
    print("reset")
except socket.timeout:
    print("silence")
except OSError as e:
    print("unreachable" if e.errno == 113 else e)
END
asks() { in_ns device timeout $((10 * patience)) python3 "$W/client.py" "$1" "$SERVER" "$2" "$3"; }
gets() { # WANT KIND PORT TEXT
	local got
	got=$(asks "$2" "$3" "$4")
	[ "$got" = "$1" ] || { echo "the socket says '$got', wanted '$1'"; return 1; }
}
server_says() { [ "$(tail -1 "$W/server.$1")" = "$2" ]; }
sent() { cor -j status | jq .reject.sent; }

rule() { # ACTION PROTO PORT SID
	printf '%s %s any any -> any %s (msg:"no"; content:"reject-this"; priority:3; sid:%s;)\n' "$1" "$2" "$3" "$4"
}
{
	rule reject tcp 7001 9000001
	rule rejectdst tcp 7002 9000002
	rule rejectboth tcp 7003 9000003
	rule reject udp 7004 9000004
} >"$W/test.rules"

daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
for port in 7001 7002 7003; do
	bg server python3 "$W/server.py" "$SERVER" $port >"$W/server.$port"
done
bg server python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 7004))
while True: s.recv(100)' "$SERVER"
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "answers" daemon_ready
ok "rules_load" cor rules load "$W/test.rules"
sleep 0.3
ok "what_is_not_rejected_goes_on" gets silence tcp 7001 hello
ok "reject_resets_the_sender" gets reset tcp 7001 reject-this
ok "rejectdst_resets_the_receiver" eval 'gets silence tcp 7002 reject-this; wait_for 5 server_says 7002 reset'
ok "rejectboth_resets_the_sender" gets reset tcp 7003 reject-this
ok "rejectboth_resets_the_receiver" wait_for 5 server_says 7003 reset
ok "reject_of_udp_is_unreachable" gets unreachable udp 7004 reject-this
ok "what_was_sent_is_counted" eval '[ "$(sent)" = 5 ] && [ "$(cor -j status | jq .reject.failed)" = 0 ]'
ok "the_event_says_who_was_told" grep -q '"signature_id":9000003.*"reject":"both"' "$W/eve.json"
daemon_stop
ok "cordon_observes" daemon_start gateway --device dev0 --device dev1 --mode observe
ok "answers_again" daemon_ready
ok "observe_sends_nothing" gets silence tcp 7001 reject-this
ok "observe_alerts" wait_for 5 eval '[ "$(grep -c "\"signature_id\":9000001" "$W/eve.json")" = 2 ]'
ok "observe_counts_nothing" eval '[ "$(sent)" = 0 ]'
daemon_stop
in_ns gateway timeout $((20 * patience)) "$CORDON" detach --all -c "$W/cordon.yaml" >/dev/null
[ "$tap_failed" = 0 ] || sed 's/^/# log: /' "$W/cordon.log" | tail -30
tap_done
