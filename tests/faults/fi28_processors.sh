#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-28: processors go away and come back, so that fewer run than are possible. Counters that each processor keeps for
# itself are read whole, what one has counted is not lost with it, and the daemon runs on with one.
# In a virtual machine: nobody takes processors from the machine of others.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${CORDON_VM:-}" ] || exec tests/faults/vm.sh tests/faults/fi28_processors.sh
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "processors"
daemon_begin cpus

cpu1() { echo "$1" >/sys/devices/system/cpu/cpu1/online; }
online() { [ "$(cat /sys/devices/system/cpu/online)" = "$1" ]; }
on_cpu() { in_ns neighbour taskset -c "$1" ping -q -c 20 -i 0.02 -W 2 "$SERVER"; }
# the kernel's own count of what the ports have received, beside the programs'
received() { in_ns gateway ip -s -j link show "$1" | jq '.[0].stats64.rx.packets'; }
conserved() { cor -j stats | jq -e '.kernel | .packets > 0 and .packets == .passed + .dropped + .held'; }
grows() { local was; was=$(count packets); "$@" || return 1; [ "$(count packets)" -ge $((was + 40)) ]; }

ok "two_processors" online 0-1 || { tap_done; exit 1; }
daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason test
ok "packets_of_processor_0_are_counted" grows on_cpu 0
ok "packets_of_processor_1_are_counted" grows on_cpu 1
before=$(count packets)
ok "processor_1_goes" eval 'cpu1 0 && online 0'
ok "what_it_counted_stays" [ "$(count packets)" -ge "$before" ]
ok "packets_are_counted" grows on_cpu 0
ok "seen_is_passed_dropped_and_held" conserved
ok "the_lease_holds" not probe
ok "restarted_on_one_processor" eval 'daemon_stop; daemon_start gateway --device dev0 --device dev1'
ok "with_what_was_counted" [ "$(count packets)" -ge "$before" ]
ok "processor_1_comes_back" eval 'cpu1 1 && online 0-1'
ok "and_its_packets_are_counted" grows on_cpu 1
ok "seen_is_passed_dropped_and_held_again" conserved
ok "the_lease_still_holds" not probe
ok "stop" daemon_stop
tap_done
