#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The daemon on interfaces as they are found: native and generic, jumbo frames, a VLAN device, another
# XDP program, and nothing left behind. What a kernel lacks is skipped with the reason.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/harness/tap.sh
. tests/harness/tap.sh
CORDON=${CORDON:-$PWD/build/cordon}
ns=kern-attach-$$
dir=$(mktemp -d)

in_ns() { nsenter --net="/run/netns/$ns" "$@"; }
# the test points run in subshells: the daemon's pid is in a file
ended() { ! kill -0 "$1" 2>/dev/null; }
stop() {
	local pid
	pid=$(cat "$dir/pid" 2>/dev/null) || return 0
	rm "$dir/pid"
	kill "$pid" 2>/dev/null
	wait_for 10 ended "$pid"
}
cleanup() {
	stop
	in_ns "$CORDON" detach -c "$dir/c.yaml" --all >/dev/null 2>&1
	umount "$dir/bpffs" 2>/dev/null
	ip netns del "$ns" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT

cat >"$dir/c.yaml" <<EOF
run_dir: $dir/run
state_dir: $dir/state
bpffs: $dir/bpffs
EOF
ip netns add "$ns" || exit 1
in_ns sh -c 'ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up' || exit 1

start() { # ARGUMENTS...: the daemon, until it is ready; its log in $dir/log
	: >"$dir/log" # what the one before it said is not its readiness
	nsenter --net="/run/netns/$ns" "$CORDON" run -c "$dir/c.yaml" "$@" >"$dir/log" 2>&1 &
	echo $! >"$dir/pid"
	wait_for 20 grep -q 'ready:' "$dir/log" || { cat "$dir/log"; return 1; }
}
refused() { # TEXT ARGUMENTS...: exits with 1 and says TEXT
	local text=$1
	shift
	code 1 timeout $((20 * patience)) nsenter --net="/run/netns/$ns" "$CORDON" run -c "$dir/c.yaml" "$@" >"$dir/log" 2>&1
	local rc=$?
	cat "$dir/log"
	[ $rc = 0 ] && grep -qE "$text" "$dir/log"
}
said() { grep -E "$1" "$dir/log" || { cat "$dir/log"; return 1; }; }
xdp_is() { in_ns ip -details link show "$1" | grep -q "$2"; }
xdp_id() { in_ns ip -j link show "$1" | jq -e '.[0].xdp.prog.id'; }
off_and_on() {
	local was
	was=$(xdp_id "$1") && in_ns ip link set dev "$1" xdp off && wait_for 5 eval "[ \"\$(xdp_id $1)\" = $was ]"
}
xdp_is_off() { ! in_ns ip -details link show "$1" | grep -q 'prog/xdp'; }
detached() { in_ns "$CORDON" detach -c "$dir/c.yaml" "$1"; }
egress_is_empty() { [ -z "$(in_ns tc qdisc show dev "$1" clsact; compgen -G "$dir/bpffs/cordon/v*/tcx_*")" ]; }
offload_is() { in_ns ethtool -k v0 | grep -q "rx-vlan-offload: $1"; }

in_ns ethtool -K v0 rxvlan on
ok daemon_attaches_in_native_mode start --device v0
ok native_program_is_on_the_interface xdp_is v0 'xdp '
ok vlan_offload_is_off_while_attached offload_is off
ok second_daemon_is_refused refused 'already running' --device v0
stop
ok programs_stay_when_the_daemon_ends xdp_is v0 prog/xdp
ok restarted_daemon_adopts_them start --device v0
ok adoption_is_said said 'adopted the kernel half'
stop
ok detach_works_without_a_daemon detached v0
ok detach_leaves_no_xdp_program xdp_is_off v0
ok detach_leaves_no_egress_program egress_is_empty v0
ok detach_restores_vlan_offload offload_is on

ok generic_mode_is_used_when_asked_for start --device v0 --xdp generic
ok generic_program_is_on_the_interface xdp_is v0 xdpgeneric
stop
detached v0 >/dev/null

in_ns sh -c 'ip link set v0 mtu 9000 && ip link set v1 mtu 9000'
ok jumbo_frames_stay_native start --device v0
ok native_program_takes_fragments xdp_is v0 'xdp '
# the program, or the dispatcher with it, that was there: nothing is loaded, and it takes fragments still
ok what_somebody_takes_off_is_put_back_as_it_was off_and_on v0
stop
detached v0 >/dev/null

if in_ns ip link add link v0 name v0.7 type vlan id 7 2>/dev/null; then
	in_ns ip link set v0.7 up
	ok vlan_device_is_attached_in_generic_mode start --device v0.7
	ok generic_fallback_is_said said 'native XDP refused'
	stop
	detached v0.7 >/dev/null
else
	skip vlan_device_is_attached_in_generic_mode 'this kernel has no VLAN devices'
fi

ok missing_interface_is_named refused 'nosuch: no such interface' --device nosuch
if command -v xdp-filter >/dev/null; then
	in_ns sh -c 'ip link set v0 mtu 1500; ip link set v1 mtu 1500; xdp-filter load -m native v0' >/dev/null 2>&1
	if in_ns xdp-loader status v0 2>/dev/null | grep -q xdp_dispatcher; then
		both() { in_ns xdp-loader status v0 | grep -q xdpfilt && in_ns xdp-loader status v0 | grep -q xdp_ingress; }
		ok dispatcher_of_xdp_filter_is_joined start --device v0
		ok both_programs_are_on_the_interface both
		stop
		detached v0 >/dev/null
		ok xdp_filter_stays xdp_is v0 prog/xdp
	else
		ok lone_program_is_refused_by_name refused 'v0: XDP program [0-9]+ \(xdpfilt_alw_all\)' --device v0
	fi
	in_ns xdp-filter unload v0 >/dev/null 2>&1
else
	skip other_program_on_the_interface 'xdp-tools is not installed'
fi
tap_done
