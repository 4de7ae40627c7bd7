#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# make demo: the main job, end to end, on real hosts in network namespaces of its own.
#
#   camera ─┐                    ┌─ victim   telnet
#           ├─ gateway ── internet ├─ malware  HTTP
#   sensor ─┘  cordon run        ├─ c2       command channel
#                                ├─ drop     takes the upload
#                                └─ cloud    answers the sensor
#
# Each line marked with a tick was observed on the hosts, not read from Cordon.
# Exit 0 only when every one was; cleans up also when interrupted.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
CORDON=$PWD/$B/cordon HOST=$PWD/$B/tests/demo/host
PRE=cdemo$$
W=$(mktemp -d "${TMPDIR:-/tmp}/cordon-demo.XXXXXX")
SOCK=$W/run/ctl.sock
pids=()
failed=0
t0=$SECONDS

if [ "$(id -u)" != 0 ]; then
	echo "demo: needs root for network namespaces and BPF; cure: run it as root" >&2
	exit 1
fi

cleanup() {
	trap - EXIT INT TERM
	local p n
	for p in "${pids[@]}"; do kill "$p" 2>/dev/null; done
	[ -S "$SOCK" ] && cor detach cam0 >/dev/null 2>&1 && cor detach sen0 >/dev/null 2>&1
	[ -n "${cordon_pid:-}" ] && kill "$cordon_pid" 2>/dev/null
	wait 2>/dev/null
	for n in "${hosts[@]}"; do ip netns del "$PRE-$n" 2>/dev/null; done
	mountpoint -q "$W/bpf" && umount "$W/bpf"
	[ -n "${KEEP:-}" ] || rm -rf "$W"
}
hosts=(camera sensor gateway internet victim malware c2 drop cloud)
trap cleanup EXIT
exec 3>&1 # the signal may come while a command's own output goes elsewhere
trap 'echo >&3; echo "demo: interrupted, cleaning up" >&3; cleanup; exit 130' INT TERM

story() { printf '\n%3ds  %s\n' $((SECONDS - t0)) "$*"; }
seen() { # WHAT COMMAND...: observe it, or fail
	local what=$1
	shift
	if "$@" >"$W/last" 2>&1; then
		printf '      ✓ %s\n' "$what"
	else
		printf '      ✗ %s\n' "$what"
		tail -5 "$W/last" | sed 's/^/        /'
		failed=$((failed + 1))
	fi
}
not() { ! "$@"; }
within() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || { "$@"; return 1; }
		read -rt 0.05 <> <(:) || :
	done
}
in_ns() { # HOST COMMAND...; the mount namespace stays, so that bpffs stays in view
	local n=$1
	shift
	nsenter --net="/run/netns/$PRE-$n" "$@"
}
bg() { # HOST LOG COMMAND...
	local n=$1 log=$2
	shift 2
	# no function here: the pid must be the program's, not a shell's around it
	nsenter --net="/run/netns/$PRE-$n" "$@" >"$W/$log" 2>&1 &
	pids+=($!)
	last_pid=$!
}
cor() { "$CORDON" --socket "$SOCK" "$@"; }
eve_has() { jq -en "any(inputs; $1)" "$W/eve.json"; }
alert() { eve_has ".event_type == \"alert\" and .alert.signature_id == $1"; }
counts() { tail -1 "$W/sensor.log"; }
sensor_loses_nothing() { awk '{ exit $1 == $3 && $1 > 0 ? 0 : 1 }' <<<"$(counts)"; }
sensor_goes_on() { # its counter moves, and still nothing is lost
	local before
	before=$(counts | cut -d' ' -f1)
	within 3 moved_past "$before" && sensor_loses_nothing
}
moved_past() { [ "$(counts | cut -d' ' -f1)" -gt $(($1 + 5)) ]; }

# --- the network ---
build_network() {
	local n i=1
	for n in "${hosts[@]}"; do
		ip netns add "$PRE-$n" || return 1
		in_ns "$n" ip link set lo up
	done
	in_ns gateway ip link add br0 type bridge
	in_ns gateway ip addr add 192.168.77.1/24 dev br0
	for n in camera:cam0:10 sensor:sen0:20; do
		IFS=: read -r host port last <<<"$n"
		ip link add "$port" netns "$PRE-gateway" type veth peer name eth0 netns "$PRE-$host"
		in_ns gateway ip link set "$port" master br0 up
		in_ns "$host" ip addr add "192.168.77.$last/24" dev eth0
		in_ns "$host" ip link set eth0 address "02:00:00:00:00:$last" up
		in_ns "$host" ip route add default via 192.168.77.1
	done
	in_ns gateway ip link set br0 up
	in_ns gateway sysctl -qw net.ipv4.ip_forward=1
	in_ns internet ip link add br0 type bridge
	in_ns internet ip link set br0 up
	for n in gateway:1 victim:66 malware:67 c2:68 drop:69 cloud:70; do
		IFS=: read -r host last <<<"$n"
		ip link add "p$i" netns "$PRE-internet" type veth peer name up0 netns "$PRE-$host"
		in_ns internet ip link set "p$i" master br0 up
		in_ns "$host" ip addr add "203.0.113.$last/24" dev up0
		in_ns "$host" ip link set up0 up
		[ "$host" = gateway ] || in_ns "$host" ip route add 192.168.77.0/24 via 203.0.113.1
		i=$((i + 1))
	done
	within 5 in_ns sensor ping -c1 -W1 203.0.113.70
}

# --- what Cordon is told ---
write_config() {
	mkdir -p "$W/run" "$W/state" "$W/bpf"
	mount -t bpf bpf "$W/bpf" || return 1
	chmod 755 "$W" && chmod 1777 "$W/run" "$W/state"
	head -c 24 /dev/urandom | base64 >"$W/secret"
	chmod 600 "$W/secret"
	cat >"$W/demo.rules" <<'E'
alert tcp $HOME_NET any -> any 23 (msg:"DEMO telnet login with a default password"; flow:established,to_server; content:"xc3511"; classtype:suspicious-login; sid:9000001; rev:1;)
alert http $HOME_NET any -> $EXTERNAL_NET any (msg:"DEMO loader download"; flow:established,to_server; http.method; content:"GET"; http.uri; content:"/bins/"; startswith; content:".arm7"; endswith; classtype:bad-unknown; priority:2; sid:9000002; rev:1;)
alert tcp $HOME_NET any -> $EXTERNAL_NET any (msg:"DEMO command channel"; flow:established,to_server; content:"JOIN bot-"; depth:9; pcre:"/^JOIN bot-[0-9a-f]{4} /"; classtype:bad-unknown; priority:2; sid:9000003; rev:1;)
alert http $HOME_NET any -> $EXTERNAL_NET any (msg:"DEMO video upload to a drop server"; flow:established,to_server; http.method; content:"POST"; http.uri; content:"/exfil/"; http.request_body; content:"KEYFRAME cam1"; classtype:trojan-activity; priority:1; sid:9000004; rev:1;)
E
	cat >"$W/cordon.yaml" <<E
mode: react
run_dir: $W/run
state_dir: $W/state
bpffs: $W/bpf
eve_file: $W/eve.json
webhook:
  url: http://127.0.0.1:8099/cordon
  secret_file: $W/secret
interfaces:
  - name: cam0
    role: device
  - name: sen0
    role: device
rules:
  - $W/demo.rules
E
	: >"$W/eve.json"
	chmod 666 "$W/eve.json"
}
start_cordon() {
	nsenter --net="/run/netns/$PRE-gateway" "$CORDON" run -c "$W/cordon.yaml" >>"$W/cordon.log" 2>&1 &
	cordon_pid=$!
	within 20 cor status
}

story "A home: a camera and a sensor behind a gateway; out there, five servers."
seen "the network is up" build_network
bg victim victim.log "$HOST" telnetd 203.0.113.66 23
bg malware malware.log "$HOST" httpd 203.0.113.67 80
bg c2 c2.log "$HOST" c2 203.0.113.68 6667
bg drop drop.log "$HOST" httpd 203.0.113.69 80
bg cloud cloud.log "$HOST" httpd 203.0.113.70 80
bg camera camera-http.log "$HOST" httpd 192.168.77.10 80
for s in victim malware c2 drop cloud camera-http; do within 5 grep -q listening "$W/$s.log"; done
bg sensor sensor.log "$HOST" sensor 203.0.113.70 80
sensor_pid=$last_pid

story "The gateway starts Cordon on the two device ports."
seen "configuration written" write_config
bg gateway webhook.log "$HOST" webhook 127.0.0.1 8099 "$W/secret"
within 5 grep -q listening "$W/webhook.log"
seen "cordon runs and answers" start_cordon
bg gateway tcpdump-cam.log tcpdump -q -U -s0 -B 8192 -i cam0 -w "$W/cam0.pcap"
bg gateway tcpdump-sen.log tcpdump -q -U -s0 -B 8192 -i sen0 -w "$W/sen0.pcap"
for s in cam sen; do within 5 grep -q "listening on" "$W/tcpdump-$s.log"; done
seen "the camera can reach the cloud" in_ns camera "$HOST" get 203.0.113.70 80 /report
seen "the gateway can reach the camera" in_ns gateway "$HOST" get 192.168.77.10 80 /live

story "The camera is taken over. It tries the default password on a neighbour out there ..."
seen "victim: somebody logged in with the default password" in_ns camera "$HOST" telnet 203.0.113.66 23
seen "Cordon alerts: 9000001 telnet login" within 3 alert 9000001
story "... fetches a loader ..."
seen "malware server: the loader was fetched" in_ns camera "$HOST" get 203.0.113.67 80 /bins/loader.arm7
seen "Cordon alerts: 9000002 loader download" within 3 alert 9000002
story "... joins its command server ..."
bg camera bot.log "$HOST" join 203.0.113.68 6667
seen "command server: the bot joined and was told to upload" within 3 grep -q "commanded: CMD upload" "$W/bot.log"
seen "Cordon alerts: 9000003 command channel" within 3 alert 9000003
seen "so far the camera was only watched" in_ns camera "$HOST" probe 203.0.113.70 80 1000
story "... and starts to upload video."
seen "camera: the upload stalls in the middle" not in_ns camera "$HOST" upload 203.0.113.69 80 40000000
seen "Cordon alerts: 9000004 video upload" within 3 alert 9000004
seen "drop server: only a part arrived" within 6 grep -Eq "POST /exfil/cam1.h264 [1-9][0-9]{3,6} of 40000000" "$W/drop.log"
seen "Cordon names the camera and lists its quarantine" eval "cor -j quarantine list | grep -q 02:00:00:00:00:10"
cor quarantine list 2>/dev/null | sed 's/^/        /'
seen "webhook: a signed notification came" within 5 grep -q "^signed .*quarantine" "$W/webhook.log"
seen "camera: nothing goes out any more" not in_ns camera "$HOST" probe 203.0.113.70 80 800
seen "gateway: nothing gets to the camera any more" not in_ns gateway "$HOST" probe 192.168.77.10 80 800
seen "sensor: not one report lost ($(counts))" sensor_goes_on

story "Cordon is killed (kill -9)."
kill -9 "$cordon_pid"
wait "$cordon_pid" 2>/dev/null
seen "the quarantine holds with nobody at home" not in_ns camera "$HOST" probe 203.0.113.70 80 800
seen "sensor: not one report lost ($(counts))" sensor_goes_on
seen "a restarted Cordon takes over what is in the kernel" start_cordon
seen "it still lists the camera" eval "cor -j quarantine list | grep -q 02:00:00:00:00:10"
seen "and the quarantine still holds" not in_ns camera "$HOST" probe 203.0.113.70 80 800

story "The owner has cleaned the camera and releases it."
seen "cordon quarantine release 02:00:00:00:00:10" cor quarantine release 02:00:00:00:00:10
seen "camera: works again" within 3 in_ns camera "$HOST" get 203.0.113.70 80 /report
seen "gateway: reaches the camera again" within 3 in_ns gateway "$HOST" get 192.168.77.10 80 /live
kill -TERM "$sensor_pid" 2>/dev/null
wait "$sensor_pid" 2>/dev/null
seen "sensor, at the end: not one report lost ($(counts))" sensor_loses_nothing

story "Its own traffic, recorded at the two ports, through cordon replay:"
for p in "${pids[@]}"; do
	[ "$(cat "/proc/$p/comm" 2>/dev/null)" = tcpdump ] && kill -INT "$p" && wait "$p" 2>/dev/null
done
same_alerts() {
	"$CORDON" replay --rules "$W/demo.rules" --home 192.168.77.0/24 --mode observe --eve "$W/replay.json" \
		--stats "$W/stats.json" "$W/cam0.pcap" "$W/sen0.pcap" || return 1
	local q='select(.event_type == "alert") | [.alert.signature_id, .src_ip, .dest_ip, .dest_port, .proto] | @csv'
	diff <(jq -r "$q" "$W/eve.json" | sort) <(jq -r "$q" "$W/replay.json" | sort)
}
seen "replay raises the same alerts as the live run" same_alerts
jq -r 'select(.event_type == "alert") | "        \(.alert.signature_id)  \(.src_ip) -> \(.dest_ip):\(.dest_port)  \(.alert.signature)"' "$W/replay.json" 2>/dev/null
jq -r '"        \(.packets) packets = \(.passed) passed + \(.dropped) dropped + \(.held) held, \(.suspect_packets) went up"' "$W/stats.json" 2>/dev/null

story "$([ "$failed" = 0 ] && echo "Every one of these was observed." || echo "$failed of these were NOT observed.")"
[ "$failed" = 0 ]
