#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/corpus/run.sh - each case through `cordon replay`, with and without --full: both must give what it expects.
# A case is a folder with a script (or input.pcap), a rule, expect.json and perhaps cmd: README.md.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/harness/tap.sh
. ../harness/tap.sh
B=$(cd ../.. && realpath -m "${B:-build}")
CORDON=${CORDON:-$B/cordon}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# what a run says, in the words of expect.json
# shellcheck disable=SC2016
words='{alerts: ([.alerts_by_rule[] | {key: (if .sid > 0 then (.sid | tostring) else .signature end), value: .count}]
	| from_entries)} + (del(.alerts, .alerts_by_rule, .captures, .cpu_seconds))'
# each key of the first is the same in the second; packets are conserved
# shellcheck disable=SC2016
same='. as [$want, $got] | ([$want | keys[] | select($want[.] != $got[.])] == []) and
	($got.packets == $got.passed + $got.dropped + $got.held)'

input() { # CASE: the capture, made from the script
	if [ -f "$1/input.pcap" ]; then
		cp "$1/input.pcap" "$tmp/input.pcap"
	else
		"$B/tests/corpus/mkpcap" "$1/script" "$tmp/input.pcap"
	fi
}

run() { # CASE OPTION...: replay into got.json, compare
	local dir=$1 args=()
	shift
	[ -f "$dir/rule" ] && args+=(--rules "$dir/rule")
	if [ -f "$dir/cmd" ]; then
		local extra
		read -ra extra < <(sed "s|@DIR@|$dir|g" "$dir/cmd")
		args+=("${extra[@]}")
	fi
	input "$dir" || return 1
	timeout 60 "$CORDON" replay -j "${args[@]}" "$@" "$tmp/input.pcap" >"$tmp/out.json" || return 1
	jq "$words" "$tmp/out.json" >"$tmp/got.json" || return 1
	jq -es "$same" "$dir/expect.json" "$tmp/got.json" >/dev/null && return 0
	echo "want:"; cat "$dir/expect.json"
	echo "got:"; jq -c . "$tmp/got.json"
	return 1
}

[ $# -gt 0 ] || set -- */
for dir; do
	dir=${dir%/}
	[ -f "$dir/expect.json" ] || continue
	ok "$dir" run "$dir"
	ok "$dir, every packet inspected" run "$dir" --full
done
tap_done
