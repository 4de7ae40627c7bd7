#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# kill -9 at random moments while a feed is updated: the next daemon has the generation before or the one on its
# way, whole, and never one older than what was acknowledged. CORDON_KILLS=1000 for the long run, SEED to repeat.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "a daemon killed in the middle of updates"
daemon_begin kill

daemon_config "interfaces:" "  - name: dev0" "    role: device"
ns_add gateway device && veth gateway dev0 device eth0 || { echo "Bail out! no namespaces"; exit 1; }
export CORDON
killed() {
	python3 tests/net/feed_kill.py "${CORDON_KILLS:-12}" "$W" \
		nsenter --net="/run/netns/$PRE-gateway" "$CORDON" run -c "$W/cordon.yaml" >"$W/figures" || { tail -5 "$W/cordon.log"; return 1; }
}
ok "killed_at_any_moment_it_leaves_a_whole_generation" killed
sed 's/^/# /' "$W/figures"
tidy() { # of what killed daemons left beside the generations, the next update leaves nothing
	ls -A "$W/state/feeds/kill"
	[ "$(find "$W/state/feeds/kill" -type f | wc -l)" -le 11 ] # five generations, a content and a record each; current
}
ok "nothing_is_left_behind" tidy
tap_done
