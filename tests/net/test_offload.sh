#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Packets as real stacks make them: 64 KiB GSO frames at TC egress, 9000-byte frames in several
# buffers at native XDP, GRO frames at generic XDP. A literal in the middle of some megabytes is
# found in each, in both directions, across a seam too; and what is clean is not called strange.
# shellcheck disable=SC2217 # bg hands its standard input on
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
[ "$(id -u)" = 0 ] || { skip "offloads" "needs root"; tap_done; exit; }
daemon_begin off

DEV=10.98.0.10 SRV=198.18.98.2
UP=Cordon-Offload-Up-01 DOWN=Cordon-Offload-Dn-02 # 20 bytes
AT=600000                                        # where it stands: beyond many frames, within stream.depth
CLEAN_MIB=${CORDON_CLEAN_MIB:-${CORDON_VM:+16}} # 1024: the gibibyte of the claim; an emulated processor is slow
CLEAN_MIB=${CLEAN_MIB:-64}

# --- network: device - gateway - server, routed ---
network() { # MTU
	local end
	ns_add dev gw srv && veth dev eth0 gw d0 && veth gw u0 srv eth0 || return 1
	for end in dev:eth0:$DEV gw:d0:10.98.0.1 gw:u0:198.18.98.1 srv:eth0:$SRV; do
		IFS=: read -r n i a <<<"$end"
		in_ns "$n" ip link set "$i" mtu "$1" && in_ns "$n" ip addr add "$a/24" dev "$i" || return 1
	done
	in_ns gw sysctl -qw net.ipv4.ip_forward=1
	in_ns dev ip route add default via 10.98.0.1
	in_ns srv ip route add default via 198.18.98.1
}
no_network() {
	daemon_stop
	in_ns gw "$CORDON" detach --all -c "$W/cordon.yaml" >/dev/null 2>&1
	ns_drop_all
	rm -rf "$W/state"
}

# --- transfers ---
listens() { in_ns "$1" ss -Hltn "sport = :$2" | grep -q .; }
# transfer FROM PORT FILE: from dev to srv, or from srv to dev, whole and unchanged.
# The device connects: what goes to it comes from a listener that sends.
transfer() {
	local from=$1 port=$2 file=$3 pid addr=$SRV
	if [ "$from" = dev ]; then
		bg srv nc -l "$addr" "$port" >"$W/got"
	else
		bg srv nc -N -l "$addr" "$port" <"$file" >/dev/null
	fi
	pid=$!
	wait_for 5 listens srv "$port" || return 1
	if [ "$from" = dev ]; then
		in_ns dev timeout 60 nc -N "$addr" "$port" <"$file" || return 1
	else
		in_ns dev timeout 60 nc -d "$addr" "$port" >"$W/got" || return 1
	fi
	wait "$pid" && cmp "$file" "$W/got"
}
seen() { # SID PORT: the alert, and that it is this flow's
	wait_for 5 eve_has ".event_type == \"alert\" and .alert.signature_id == $1 and (.dest_port == $2 or .src_port == $2)" ||
		{ cor -j stats && tail -3 "$W/eve.json"; return 1; }
}
# mean size in bytes of the packets since `mark`
mark() { cor -j stats >"$W/before"; }
mean() {
	cor -j stats | jq --slurpfile b "$W/before" '(.kernel.bytes - $b[0].kernel.bytes) / (.kernel.packets - $b[0].kernel.packets) | floor'
}
larger() { # BYTES: the packets since `mark` are that large on average
	local m
	m=$(mean)
	echo "mean $m bytes"
	[ "$m" -ge "$1" ]
}

head -c 3000000 /dev/urandom | base64 -w 0 | head -c 3000000 >"$W/plain"
plant() { # LITERAL FILE
	cp "$W/plain" "$2"
	printf %s "$1" | dd of="$2" bs=1 seek=$AT conv=notrunc status=none
}
plant $UP "$W/up"
plant $DOWN "$W/down"
cat >"$W/offload.rules" <<E
alert tcp any any -> any any (msg:"up"; flow:established,to_server; content:"$UP"; sid:101; rev:1;)
alert tcp any any -> any any (msg:"down"; flow:established,to_client; content:"$DOWN"; sid:102; rev:1;)
E
daemon_config "home:" "  - 10.98.0.0/24" "rules:" "  - $W/offload.rules"

# both_ways NAME PORT LEAST_UP LEAST_DOWN: transfers on PORT and PORT + 1, with packets that large
both_ways() {
	mark
	ok "$1: megabytes to the server arrive unchanged" transfer dev "$2" "$W/up"
	ok "$1: they came in large frames" larger "$3"
	ok "$1: the literal in them is found" seen 101 "$2"
	mark
	ok "$1: megabytes to the device arrive unchanged" transfer srv $(($2 + 1)) "$W/down"
	ok "$1: they came in large frames, this way too" larger "$4"
	ok "$1: the literal in them is found, this way too" seen 102 $(($2 + 1))
}
xdp_mode_is() { cor -j status | jq -e ".interfaces[0].xdp == \"$1\""; }

# --- the literal over two writes: the second when the first has arrived ---
arrived() { [ "$(stat -c %s "$W/got")" -ge "$1" ]; }
open_pipe() { # for reading too, so that opening does not wait for the other end
	mkfifo "$W/pipe.$1" && exec 7<>"$W/pipe.$1"
}
split_up() { # PORT
	bg srv nc -l $SRV "$1" >"$W/got"
	local pid=$!
	wait_for 5 listens srv "$1" || return 1
	open_pipe "$1"
	bg dev nc -N $SRV "$1" <"$W/pipe.$1"
	halves 7 "$UP" && exec 7>&- && wait "$pid" && [ "$(tail -c 28 "$W/got")" = "$UP and end" ]
}
split_down() { # PORT
	open_pipe "$1"
	bg srv nc -N -l $SRV "$1" <"$W/pipe.$1" >/dev/null
	wait_for 5 listens srv "$1" || return 1
	bg dev nc -d $SRV "$1" >"$W/got"
	local pid=$!
	halves 7 "$DOWN" && exec 7>&- && wait "$pid" && [ "$(tail -c 28 "$W/got")" = "$DOWN and end" ]
}
halves() { # FD LITERAL
	printf 'a beginning %s' "${2:0:9}" >&"$1"
	wait_for 5 arrived 21 || return 1
	printf '%s and end' "${2:9}" >&"$1"
}

# --- a clean download ---
# shellcheck disable=SC2016 # awk's field
retransmissions() { in_ns "$1" awk '/^Tcp:/ { n = $13 } END { print n }' /proc/net/snmp; }
clean_download() { # PORT: its statistics in $W/clean
	head -c $((CLEAN_MIB << 20)) /dev/urandom >"$W/big"
	mark
	transfer srv "$1" "$W/big" || return 1
	cor -j stats | jq --slurpfile b "$W/before" '
		def less(a; b): a - (b // 0);
		$b[0].kernel as $o | .kernel as $n | {
			packets: less($n.packets; $o.packets),
			suspects: less($n.suspect_packets; $o.suspect_packets),
			lost: less($n.lost; $o.lost),
			reasons: ($n.reasons | with_entries(.value = less(.value.packets; $o.reasons[.key].packets)) | map_values(select(. > 0)))
		}' >"$W/clean"
	rm "$W/big"
	cat "$W/clean"
}
few_suspects() { cat "$W/clean" && jq -e '.suspects * 20 <= .packets and .lost == 0' "$W/clean"; }
nothing_strange() { # as far as TCP itself did not retransmit
	local n=$(($(retransmissions srv) + $(retransmissions dev)))
	echo "retransmitted: $n"
	jq -e --argjson n "$n" '.reasons | ((.gap // 0) + (.old // 0) <= 64 * $n) and ([.urgent, .tiny, .midstream, .evicted, .syn_data,
		.reuse, .recorder, .race, .fragment, .bad_ip, .bad_l4, .truncated, .ring_full, .copy_failed, .bad_checksum]
		| map(. // 0) | add == 0)' "$W/clean" || { cat "$W/clean" && return 1; }
}

ok "GSO: device, gateway and server" network 1500 || { tap_done; exit 1; }
ok "GSO: cordon runs" daemon_start gw --device d0
ok "GSO: native XDP" xdp_mode_is native
# XDP on a veth takes segmentation offload from its peer: to the server frames are of the MTU
both_ways "GSO" 7000 600 4000
ok "seam: a literal over two segments arrives, to the server" split_up 7010
ok "seam: it is found" seen 101 7010
ok "seam: a literal over two segments arrives, to the device" split_down 7011
ok "seam: it is found, this way too" seen 102 7011
ok "clean: $CLEAN_MIB MiB to the device arrive unchanged" clean_download 7020
echo "# clean: $(jq -c . "$W/clean")"
ok "clean: at most 5 % of the packets went up" few_suspects
ok "clean: nothing but retransmissions was strange" nothing_strange
no_network

ok "jumbo: device, gateway and server with MTU 9000" network 9000
ok "jumbo: cordon runs" daemon_start gw --device d0
ok "jumbo: native XDP" xdp_mode_is native
both_ways "jumbo" 7100 3000 4000
no_network

ok "GRO: device, gateway and server" network 1500
ok "GRO: cordon runs on generic XDP" daemon_start gw --device d0 --xdp generic
ok "GRO: generic XDP" xdp_mode_is generic
both_ways "GRO" 7200 4000 4000
ok "GRO: clean megabytes to the server arrive unchanged" transfer dev 7220 "$W/plain"
no_network
tap_done
