# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A daemon in namespaces of the test's own: source it after tap.sh, call daemon_begin, and at the end
# nothing is left behind, however the test ends. Namespaces are entered with nsenter, not `ip netns
# exec`, so that the private bpffs stays in view.
#
#   W      directory of this test: run/ state/ bpf/ eve.json cordon.yaml cordon.log
#   PRE    prefix of its namespaces

CORDON=${CORDON:-$PWD/${B:-build}/cordon}

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

# daemon_config LINE...: the configuration of this test, with places of its own
daemon_config() {
	cat >"$W/cordon.yaml" <<-E
		run_dir: $W/run
		state_dir: $W/state
		bpffs: $W/bpf
		eve_file: $W/eve.json
	E
	printf '%s\n' "$@" >>"$W/cordon.yaml"
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
daemon_stop() {
	local p
	p=$(cat "$W/pid" 2>/dev/null) || return 0
	rm -f "$W/pid"
	kill "$p" 2>/dev/null
	wait_for 10 gone "$p" || kill -KILL "$p" 2>/dev/null
}
gone() { [ ! -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }
cor() { "$CORDON" --socket "$W/run/ctl.sock" "$@"; }
# eve_has FILTER: an event for which jq's FILTER is true
eve_has() { jq -es "any(.[]; $1)" "$W/eve.json"; }
alert() { eve_has ".event_type == \"alert\" and .alert.signature_id == $1"; }
# count NAME: a kernel counter, as packets; reason NAME: packets of a reason
count() { cor -j stats | jq -e ".kernel.$1 // 0"; }
reason() { cor -j stats | jq -e ".kernel.reasons.$1.packets // 0"; }
