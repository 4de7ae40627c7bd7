# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What must work on such a kernel: rows for whoever has begun a test of the daemon and changed the kernel.
needle() { in_ns device timeout 20 "$HOST" get "$SERVER" 80 /needle-in-hay >/dev/null 2>&1; alert 1; }

printf 'alert tcp any any -> any 80 (msg:"grave"; flow:established,to_server; content:"needle-in-hay"; priority:1; sid:1;)\n' >"$W/t.rules"
daemon_config "rules:" "  - $W/t.rules"
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "inspects" wait_for 20 needle
ok "cuts" wait_for 10 not probe
ok "the_neighbour_works" near 3000
ok "stop" daemon_stop
ok "is_adopted_again" daemon_start gateway --device dev0 --device dev1
ok "and_cuts" not probe
ok "stop" daemon_stop
tap_done
