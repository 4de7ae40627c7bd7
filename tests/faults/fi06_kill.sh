#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-06: kill -9 at random moments, while leases begin and end, under a wall clock that steps by up to a year. After
# each kill, and after each start, frames of every device say which are cut, and a model that never asks Cordon says
# which must be. CORDON_KILLS=1000 for the long run, SEED to repeat.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "kill -9"
daemon_begin lease

head -c 8 /dev/zero >"$W/wall"
ok "another_wall_clock_can_be_made" gcc -shared -fPIC -O2 -o "$W/wallclock.so" tests/faults/wallclock.c || { tap_done; exit 1; }
chmod 755 "$W/wallclock.so"
ns_add gateway device && veth gateway dev0 device eth0 || { echo "Bail out! no namespaces"; exit 1; }
in_ns gateway ip link set dev0 promisc on
daemon_config "interfaces:" "  - name: dev0" "    role: device"
export CORDON WALLCLOCK=$W/wall WALLCLOCK_SO=$W/wallclock.so
killed() {
	python3 tests/faults/lease_model.py "${CORDON_KILLS:-30}" "$W" "$PRE-device" "$PRE-gateway" \
		nsenter --net="/run/netns/$PRE-gateway" "$CORDON" run -c "$W/cordon.yaml" >"$W/figures" 2>&1 && return
	cat "$W/figures"
	grep -v 'rtnetlink' "$W/cordon.log" | tail -8
	return 1
}
ok "leases_are_those_of_the_model_after_every_kill" killed
sed 's/^/# /' "$W/figures"
tidy() { # what killed daemons had half written is gone
	ls -A "$W/state"
	[ -z "$(find "$W/state" -maxdepth 1 -type f -name '*.??????')" ]
}
ok "nothing_half_written_is_left" tidy
tap_done
