# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A device and a neighbour behind a gateway, a server beyond it; `cordon run` on the gateway. Source it.
# Namespaces are entered with nsenter, so that the bpffs mounted here stays in view.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=tests/harness/tap.sh
. tests/harness/tap.sh
B=${B:-build}
CORDON=${CORDON:-$PWD/$B/cordon}
HOST=$PWD/$B/tests/demo/host
PRE=cdt$$
W=$(mktemp -d "${TMPDIR:-/tmp}/cordon-net.XXXXXX") || exit 1
export CORDON_SOCKET=$W/run/ctl.sock
# shellcheck disable=SC2034 # for the tests that source this
MAC=02:00:00:00:77:10
SERVER=198.18.9.2
pids=()
cordon_pid=

in_ns() {
	local n=$1
	shift
	nsenter --net="/run/netns/$PRE-$n" "$@"
}
cor() { timeout $((20 * patience)) "$CORDON" "$@"; }
not() { ! "$@"; }
probe() { in_ns device "$HOST" probe "$SERVER" 80 "${1:-700}"; }  # device -> server
back() { in_ns server "$HOST" probe 10.77.0.10 80 "${1:-700}"; }    # server -> device
near() { in_ns neighbour "$HOST" probe "$SERVER" 80 "${1:-700}"; } # a neighbour of the device

bg() { # NAMESPACE COMMAND...; exec: the pid is the program's
	local n=$1
	shift
	(exec nsenter --net="/run/netns/$PRE-$n" "$@") >>"$W/$n.log" 2>&1 &
	pids+=($!)
}

children() { cat "/proc/$cordon_pid/task/$cordon_pid/children" 2>/dev/null; }

start_cordon() { # OPTION...; not under ok: it must stay this shell's child
	(exec nsenter --net="/run/netns/$PRE-gateway" "$CORDON" run -c "$W/cordon.yaml" "$@") >>"$W/log" 2>&1 &
	cordon_pid=$!
	wait_for 15 is_ready
}
is_ready() { cor -j status | grep -q '"inspecting":true'; }
stop_cordon() {
	kill -TERM "$cordon_pid" 2>/dev/null
	wait "$cordon_pid"
}

cleanup() {
	local n p
	for p in "$cordon_pid" "${pids[@]}"; do
		[ -n "$p" ] && kill -KILL "$p" 2>/dev/null
	done
	wait 2>/dev/null
	for n in device neighbour gateway server; do
		ip netns del "$PRE-$n" 2>/dev/null
	done
	umount "$W/bpf" 2>/dev/null
	rm -rf "$W"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

build_network() { # not under ok: what it starts is ended by cleanup
	local n spec host port last
	for n in device neighbour gateway server; do
		ip netns add "$PRE-$n" || return 1
		in_ns "$n" ip link set lo up
	done
	in_ns gateway ip link add br0 type bridge || return 1
	in_ns gateway ip addr add 10.77.0.1/24 dev br0
	for spec in device:dev0:10 neighbour:dev1:20; do
		IFS=: read -r host port last <<<"$spec"
		ip link add "$port" netns "$PRE-gateway" type veth peer name eth0 netns "$PRE-$host" || return 1
		in_ns gateway ip link set "$port" master br0 up
		in_ns "$host" ip link set eth0 address "02:00:00:00:77:$last" up
		in_ns "$host" ip addr add "10.77.0.$last/24" dev eth0
		in_ns "$host" ip route add default via 10.77.0.1
	done
	in_ns gateway ip link set br0 up
	ip link add up0 netns "$PRE-gateway" type veth peer name eth0 netns "$PRE-server" || return 1
	in_ns gateway ip addr add 198.18.9.1/24 dev up0
	in_ns gateway ip link set up0 up
	in_ns server ip addr add "$SERVER/24" dev eth0
	in_ns server ip link set eth0 up
	in_ns server ip route add 10.77.0.0/24 via 198.18.9.1
	in_ns gateway sysctl -qw net.ipv4.ip_forward=1
	bg server "$HOST" httpd "$SERVER" 80
	bg device "$HOST" httpd 10.77.0.10 80
	wait_for 10 probe && wait_for 10 near && wait_for 5 back
}

write_config() { # further lines on standard input
	cat >"$W/cordon.yaml" <<-Y
		state_dir: $W/state
		run_dir: $W/run
		bpffs: $W/bpf
		eve_file: $W/eve.json
	Y
	cat >>"$W/cordon.yaml"
}

need() {
	[ "$(id -u)" = 0 ] || { skip "$1" "needs root"; tap_done; exit; }
	[ -x "$HOST" ] || { ok "$1: tests/demo/host is built (make $HOST)" false; tap_done; exit; }
}
