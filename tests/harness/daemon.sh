# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A daemon in namespaces of the test's own: source it after tap.sh, call daemon_begin, and at the end
# nothing is left behind, however the test ends. Namespaces are entered with nsenter, not `ip netns
# exec`, so that the private bpffs stays in view.
#
#   W      directory of this test: run/ state/ bpf/ eve.json cordon.yaml cordon.log
#   PRE    prefix of its namespaces
#   HOST   the program of the demo's hosts: servers, probes

CORDON=${CORDON:-$PWD/${B:-build}/cordon}
HOST=$PWD/${B:-build}/tests/demo/host

# daemon_need NAME: ends the test as skipped when it cannot run
daemon_need() {
	[ "$(id -u)" = 0 ] || { skip "$1" "needs root"; tap_done; exit; }
	[ -x "$HOST" ] || { ok "$1: tests/demo/host is built (make $HOST)" false; tap_done; exit; }
}

# daemon_begin NAME: directory, bpffs, cleanup by trap
daemon_begin() {
	PRE=c$1$$
	W=$(mktemp -d "${TMPDIR:-/tmp}/cordon-$1.XXXXXX") || exit 1
	trap daemon_cleanup EXIT
	trap 'exit 130' INT TERM
	chmod 755 "$W"
	mkdir "$W/bpf"
	mount -t bpf bpf "$W/bpf" || { echo "Bail out! cannot mount a bpffs"; exit 1; }
	: >"$W/eve.json"
	export CORDON_SOCKET=$W/run/ctl.sock
}

daemon_cleanup() {
	trap - EXIT INT TERM
	daemon_stop
	ns_drop_all
	umount "$W/bpf" 2>/dev/null
	[ -n "${KEEP:-}" ] || rm -rf "$W"
}

ns_add() {
	local n
	for n; do
		ip netns add "$PRE-$n" && in_ns "$n" ip link set lo up || return 1
	done
}
# with every process in them; asked of the system, since `ok` runs what adds them in a subshell
ns_drop_all() {
	local n p
	for n in $(ip netns list | awk -v p="$PRE-" 'index($1, p) == 1 { print $1 }'); do
		for p in $(ip netns pids "$n"); do kill -KILL "$p" 2>/dev/null; done
		ip netns del "$n"
	done
}
in_ns() { # NAMESPACE COMMAND...
	local n=$1
	shift
	nsenter --net="/run/netns/$PRE-$n" "$@"
}
# bg NAMESPACE COMMAND...: in the background with the standard input of the caller, $! is its process
bg() {
	(exec nsenter --net="/run/netns/$PRE-$1" "${@:2}" 2>>"$W/bg.log" 7>&-) <&0 &
}
# veth NS1 IF1 NS2 IF2: a cable between two namespaces, both ends up
veth() {
	ip link add "$2" netns "$PRE-$1" type veth peer name "$4" netns "$PRE-$3" &&
		in_ns "$1" ip link set "$2" up && in_ns "$3" ip link set "$4" up
}

# home_network: a device and a neighbour on a bridge of a gateway, a server beyond it; all answer.
# The gateway's ports to them are dev0 and dev1, the server is behind up0.
MAC=02:00:00:00:77:10 NEAR_MAC=02:00:00:00:77:20 SERVER=198.18.9.2
home_network() {
	local spec host port last
	ns_add device neighbour gateway server || return 1
	# an address of its own: else it has that of a port, and another one when the port goes
	in_ns gateway ip link add br0 address 02:00:00:00:77:01 type bridge || return 1
	in_ns gateway ip addr add 10.77.0.1/24 dev br0
	for spec in device:dev0:10 neighbour:dev1:20; do
		IFS=: read -r host port last <<<"$spec"
		veth gateway "$port" "$host" eth0 || return 1
		in_ns gateway ip link set "$port" master br0
		in_ns "$host" ip link set eth0 address "02:00:00:00:77:$last" up
		in_ns "$host" ip addr add "10.77.0.$last/24" dev eth0
		in_ns "$host" ip route add default via 10.77.0.1
	done
	in_ns gateway ip link set br0 up
	veth gateway up0 server eth0 || return 1
	in_ns gateway ip addr add 198.18.9.1/24 dev up0
	in_ns server ip addr add "$SERVER/24" dev eth0
	in_ns server ip route add 10.77.0.0/24 via 198.18.9.1
	in_ns gateway sysctl -qw net.ipv4.ip_forward=1
	bg server "$HOST" httpd "$SERVER" 80 >/dev/null
	bg device "$HOST" httpd 10.77.0.10 80 >/dev/null
	wait_for 10 probe && wait_for 10 near && wait_for 5 back
}
probe() { in_ns device "$HOST" probe "$SERVER" 80 "${1:-700}"; }   # device -> server
back() { in_ns server "$HOST" probe 10.77.0.10 80 "${1:-700}"; }   # server -> device
near() { in_ns neighbour "$HOST" probe "$SERVER" 80 "${1:-700}"; } # a neighbour of the device
not() { ! "$@"; }

# daemon_config LINE...: the configuration of this test, with places of its own
daemon_config() {
	cat >"$W/cordon.yaml" <<-E
		run_dir: $W/run
		state_dir: $W/state
		bpffs: $W/bpf
		eve_file: $W/eve.json
		first_run: no
	E
	[ $# = 0 ] || printf '%s\n' "$@" >>"$W/cordon.yaml"
}
# daemon_start NAMESPACE OPTION...: until it answers, its rules and feeds in force
daemon_start() {
	(exec nsenter --net="/run/netns/$PRE-$1" "$CORDON" run -c "$W/cordon.yaml" "${@:2}") >>"$W/cordon.log" 2>&1 &
	echo $! >"$W/pid" # a file: `ok` runs this in a subshell
	# an emulated processor verifies slowly
	wait_for $((CORDON_VM ? 120 : 30)) daemon_ready || { tail -20 "$W/cordon.log"; return 1; }
}
daemon_ready() {
	local s
	s=$(cor -j status) &&
		jq -e '.inspecting and .rules.generation > 0 and (.rules.loading or .threats.loading | not)' <<<"$s"
}
# daemon_kill: as a crash of the keeper, that is of all of it
daemon_kill() {
	local p
	p=$(cat "$W/pid") || return 1
	rm -f "$W/pid"
	kill -KILL "$p"
	wait_for 10 gone "$p"
}
daemon_stop() {
	local p
	p=$(cat "$W/pid" 2>/dev/null) || return 0
	rm -f "$W/pid"
	kill "$p" 2>/dev/null
	wait_for 10 gone "$p" || kill -KILL "$p" 2>/dev/null
}
gone() { [ ! -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }
cor() { timeout $((60 * patience)) "$CORDON" --socket "$W/run/ctl.sock" "$@"; }
# eve_has FILTER: an event for which jq's FILTER is true
eve_has() { jq -es "any(.[]; $1)" "$W/eve.json"; }
alert() { eve_has ".event_type == \"alert\" and .alert.signature_id == $1"; }
# count NAME: a kernel counter, as packets; reason NAME: packets of a reason
count() { cor -j stats | jq -e ".kernel.$1 // 0"; }
reason() { cor -j stats | jq -e ".kernel.reasons.$1.packets // 0"; }
