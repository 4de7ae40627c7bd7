#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/evasion/run.sh [--keep DIR] [CASE]... - two namespaces and a cable between them, then every case. Needs root.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/harness/tap.sh
. tests/harness/tap.sh
B=${B:-build}
if [ "$(id -u)" != 0 ]; then
	skip "evasions" "needs root"
	tap_done
	exit
fi
# not `ip netns exec`, which does not work in a chroot
in_ns() { nsenter --net="/run/netns/$1" "${@:2}"; }
a=cordon-ev-$$-a v=cordon-ev-$$-v
trap 'ip netns del $a 2>/dev/null || :; ip netns del $v 2>/dev/null || :' EXIT
ip netns add $a
ip netns add $v
ip -n $a link add ev0 address 02:00:00:00:09:01 type veth peer name ev1 address 02:00:00:00:09:02 netns $v
for n in $a $v; do ip -n $n link set lo up; done
in_ns $v sh -c 'echo 0 >/proc/sys/net/ipv6/conf/ev1/accept_dad; echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 0 >/proc/sys/net/ipv4/conf/ev1/rp_filter'
in_ns $a sh -c 'echo 1 >/proc/sys/net/ipv6/conf/ev0/disable_ipv6'
ip -n $a link set ev0 up
ip -n $v link set ev1 up
# the sender's addresses are nobody's: no kernel answers in its place
ip -n $v addr add 203.0.113.2/32 dev ev1
ip -n $v addr add 2001:db8::2/128 dev ev1 nodad
ip -n $v route add 10.9.0.0/24 dev ev1
ip -n $v -6 route add fd09::/64 dev ev1
ip -n $v neigh add 10.9.0.77 lladdr 02:00:00:00:09:01 dev ev1
ip -n $v neigh add fd09::77 lladdr 02:00:00:00:09:01 dev ev1
in_ns $v ethtool -K ev1 rx off tx off >/dev/null 2>&1 || :
export PYTHONDONTWRITEBYTECODE=1
in_ns $a python3 tests/evasion/evasion.py --cordon "$B/cordon" --victim $v --peer-mac 02:00:00:00:09:02 "$@"
