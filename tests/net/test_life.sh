#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The life of the daemon: processes that hang are replaced, what others take off or change is put back and told,
# systemd hears of progress. Quarantine holds through all of it.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "life of the daemon"
daemon_begin life

moved_on() { # NAME OLD: another process of that name answers
	local now
	now=$(cor -j status | grep -o "\"$1\":[0-9]*" | head -1 | cut -d: -f2)
	[ "${now:-0}" -gt 1 ] && [ "$now" != "$2" ]
}
hang() { # NAME: stopped, as by a loop; another one takes its place
	local old
	old=$(cor -j status | grep -o "\"$1\":[0-9]*" | head -1 | cut -d: -f2)
	[ "${old:-0}" -gt 1 ] || return 1
	kill -STOP "$old"
	wait_for 15 moved_on "$1" "$old" && wait_for 15 daemon_ready && [ ! -d "/proc/$old" ]
}
told() { eve_has ".event_type == \"cordon\" and .cordon.what == \"$1\" and (.cordon.text | test(\"$2\"))"; }
xdp_off() { in_ns gateway ip link set dev dev0 xdp off && in_ns gateway ip link set dev dev0 xdpgeneric off; }
enforcing() { cor -j status | jq -e '[.interfaces[].enforcing] | all'; }
forget_events() { : >"$W/eve.json"; }

# with just the capabilities of the shipped unit, and no way to gain others
sed -n 's/^CapabilityBoundingSet=//p' user/packaging/cordon.service | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g; s/^/-all,/' >"$W/caps"
cat >"$W/as_unit" <<-E
	#!/bin/sh
	case \$1 in run) exec setpriv --no-new-privs --bounding-set "$(cat "$W/caps")" -- "$CORDON" "\$@" ;; esac
	exec "$CORDON" "\$@"
E
chmod +x "$W/as_unit"
CORDON=$W/as_unit
bounds() { echo $((0x$(awk '/^CapBnd/ { print $2 }' "/proc/$1/status"))); }
has_no_more_rights() { # the keeper's bounding set is the unit's, bit for bit, as far as this machine gives it
	local name want=0
	for name in $(sed -n 's/^CapabilityBoundingSet=//p' user/packaging/cordon.service); do
		want=$((want | 1 << $(awk -v n="$name" '$1 == "#define" && $2 == n { print $3 }' /usr/include/linux/capability.h)))
	done
	[ "$(bounds "$(cat "$W/pid")")" = $((want & $(bounds self))) ]
}

daemon_config "watchdog: 2s"
ok "network_is_up" home_network || { tap_done; exit 1; }
bg gateway nc -lkuU "$W/notify.sock" >"$W/notify.got"
wait_for 5 test -S "$W/notify.sock"
export NOTIFY_SOCKET=$W/notify.sock WATCHDOG_USEC=4000000
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
unset NOTIFY_SOCKET WATCHDOG_USEC
ok "with_the_rights_of_the_unit_and_no_others" has_no_more_rights
ok "systemd_hears_of_readiness_and_progress" wait_for 5 eval 'grep -q READY=1 "$W/notify.got" && grep -q WATCHDOG=1 "$W/notify.got"'
ok "and_they_suffice_to_send_a_canary" wait_for 8 eval 'cor -j status | jq -e "[.interfaces[].proof.tc | .proven >= 1 and .proven == .asked] | all"'
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason test

ok "inspector_that_hangs_is_replaced" hang inspector
ok "daemon_that_hangs_is_replaced" hang daemon
ok "quarantine_holds" not probe
ok "neighbour_is_not_affected" near

forget_events
ok "xdp_program_is_taken_off_by_somebody" xdp_off
ok "it_is_put_back" wait_for 5 enforcing
ok "and_told" wait_for 5 told enforcement_back dev0
ok "quarantine_holds_after_it" not probe

forget_events
index=$(in_ns gateway ip -j link show dev0 | jq '.[0].ifindex')
key=$((index & 255)) # direct mapped, CORDON_IFACE_MAX places
pin=$(find "$W/bpf/cordon" -name ifaces)
value_size=$(bpftool -j map show pinned "$pin" | jq .bytes_value)
# shellcheck disable=SC2046 # bytes
ok "row_of_an_interface_is_wiped_by_somebody" bpftool map update pinned "$pin" key "$key" 0 0 0 \
	value $(for ((i = 0; i < value_size; i++)); do printf '0 '; done)
ok "it_is_noticed" wait_for 5 told enforcement_lost dev0
ok "and_put_back" wait_for 5 told enforcement_back dev0
ok "quarantine_holds_after_that_too" not probe
ok "stop" daemon_stop
tap_done
