#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-12: an interface goes down and comes up. The programs stay where they are, the counters go on, the lease holds
# from the first packet on.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "interface down and up"
daemon_begin down

# read from the kernel, beside what the daemon says
xdp_id() { in_ns gateway ip -j -d link show dev0 | jq -e '.[0].xdp | .prog.id // .attached[0].prog.id'; }
enforcing() { cor -j status | jq -e '[.interfaces[] | select(.name == "dev0") | .enforcing] | all'; }
flap() { in_ns gateway ip link set dev0 down && in_ns gateway ip link set dev0 up; }
counts_on() { local was; was=$(count packets); near; [ "$(count packets)" -gt "$was" ] && [ "$was" -ge "$before" ]; }

daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason test
id=$(xdp_id) before=$(count packets)
ok "the_interface_goes_down_and_up" flap
ok "and_again_and_again" eval 'for i in 1 2 3 4 5 6 7 8 9; do flap || exit 1; done'
ok "still_enforcing" wait_for 5 enforcing
ok "with_the_same_program" [ "$(xdp_id)" = "$id" ]
ok "counters_go_on" counts_on
ok "the_lease_holds" not probe
ok "released" cor quarantine release "$MAC"
ok "the_link_carries" wait_for 10 probe
ok "stop" daemon_stop
tap_done
