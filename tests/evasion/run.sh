#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/evasion/run.sh [--keep DIR] [CASE]... - a sender, a victim and a host beyond it, each a namespace; then every case. Needs root.
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
# neither `ip netns exec` nor `ip -n`: they take / for a mount point, which it is not in a chroot
in_ns() { nsenter --net="/run/netns/$1" "${@:2}"; }
nginx=$(tests/evasion/deps.sh "${XDG_CACHE_HOME:-$HOME/.cache}/cordon/evasion")
tmp=$(mktemp -d)
a=cordon-ev-$$-a v=cordon-ev-$$-v
trap 'for n in $a $v $v-beyond; do ip netns del $n 2>/dev/null || :; done; rm -rf "$tmp"' EXIT
for n in $a $v $v-beyond; do
	ip netns add $n
	in_ns $n ip link set lo up
done
in_ns $a ip link add ev0 address 02:00:00:00:09:01 mtu 9000 type veth peer name ev1 address 02:00:00:00:09:02 mtu 9000 netns $v
in_ns $v ip link add ev2 type veth peer name ev3 netns $v-beyond
set_in() { in_ns "$1" sh -c "echo $3 >/proc/sys/$2"; }
set_in $v net/ipv6/conf/ev1/accept_dad 0
set_in $v net/ipv4/conf/all/rp_filter 0
set_in $v net/ipv4/conf/ev1/rp_filter 0
set_in $v net/ipv4/ip_forward 1
# F13 must not fill the victim's memory for the cases behind it
set_in $v net/ipv4/ipfrag_high_thresh 67108864
set_in $v net/ipv4/tcp_fastopen 3
set_in $a net/ipv6/conf/ev0/disable_ipv6 1
# the sums must be right in the capture, and segments as they are on the wire
in_ns $a ethtool -K ev0 tx off tso off gso off >/dev/null 2>&1
in_ns $v ethtool -K ev1 rx off tx off tso off gso off gro off >/dev/null 2>&1
in_ns $a ip link set ev0 up
in_ns $v ip link set ev1 up
in_ns $v ip link set ev2 up
in_ns $v-beyond ip link set ev3 up
# the address of the frames made by hand is nobody's: no kernel answers in its place
in_ns $a ip addr add 10.9.0.99/32 dev ev0
in_ns $a ip route add 203.0.113.2/32 dev ev0
in_ns $a ip neigh add 203.0.113.2 lladdr 02:00:00:00:09:02 dev ev0
in_ns $v ip addr add 203.0.113.2/32 dev ev1
in_ns $v ip addr add 2001:db8::2/128 dev ev1 nodad
in_ns $v ip addr add 64:ff9b::506:708/128 dev ev1 nodad
in_ns $v ip route add 10.9.0.0/24 dev ev1
in_ns $v ip -6 route add fd09::/64 dev ev1
for h in 77 99; do in_ns $v ip neigh add 10.9.0.$h lladdr 02:00:00:00:09:01 dev ev1; done
in_ns $v ip neigh add fd09::77 lladdr 02:00:00:00:09:01 dev ev1
in_ns $v ip addr add 198.51.100.1/24 dev ev2
in_ns $v-beyond ip addr add 198.51.100.2/24 dev ev3
in_ns $v-beyond ip route add 10.9.0.0/24 via 198.51.100.1
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=evil-needle.example -keyout "$tmp/key" -out "$tmp/cert" 2>/dev/null
cat "$tmp/key" "$tmp/cert" >"$tmp/pem"
export PYTHONDONTWRITEBYTECODE=1
in_ns $a /usr/bin/python3 tests/evasion/evasion.py --cordon "$B/cordon" --victim $v --peer-mac 02:00:00:00:09:02 \
	--tool nginx="$nginx" --tool certificate="$tmp/pem" "$@"
