#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The layout of every struct in include/, and the order of every list, against
# abi.txt. A difference needs a new CORDON_ABI_VERSION (it names the directory
# of the pinned maps) and a new list: tests/lint/abi.sh --write.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
list=tests/lint/abi.txt
clang=$(command -v clang-19 clang-16 clang-14 clang | head -1)
bpftool=$(command -v /usr/sbin/bpftool /usr/local/sbin/bpftool bpftool | head -1)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

version() { sed -nE 's/^#define CORDON_ABI_VERSION ([0-9]+).*/\1/p' include/cordon_limits.h; }
structs() { grep -hoE '^struct cordon_[a-z0-9_]+ \{' include/cordon_*.h | awk '{ print $2 }'; }

# sizes and offsets as the BPF compiler sees them, from BTF, in bytes
layouts() {
	{
		for h in include/cordon_*.h; do echo "#include \"$(basename "$h")\""; done
		structs | sed 's/.*/struct & v_&;/'
	} >"$tmp/abi.c"
	"$clang" -target bpf -g -O0 -Iinclude -idirafter "/usr/include/$(gcc -dumpmachine)" -c "$tmp/abi.c" -o "$tmp/abi.o" || return 1
	"$bpftool" btf dump file "$tmp/abi.o" format raw | awk '
		/^\[[0-9]+\] / { on = 0 }
		match($0, /STRUCT .cordon_[a-z0-9_]+/) {
			on = 1
			name = substr($0, RSTART + 8, RLENGTH - 8)
			sub(/.*size=/, "")
			print "struct " name " " $1
		}
		on && /bits_offset=/ {
			member = $1
			gsub(/\x27/, "", member)
			sub(/.*bits_offset=/, "")
			print "struct " name "." member " @" $1 / 8
		}' | sort -s -t. -k1,1
}

# "list CORDON_APP_LIST 2 HTTP": the number of each name
lists() {
	awk '
	/^#define CORDON_[A-Z]+_LIST\(X\)/ { name = $2; sub(/\(.*/, "", name); n = 0; on = 1; next }
	on {
		line = $0
		while (match(line, /X\([A-Z0-9_]+,/)) {
			print "list " name " " n++ " " substr(line, RSTART + 2, RLENGTH - 3)
			line = substr(line, RSTART + RLENGTH)
		}
		if ($0 !~ /\\$/) on = 0
	}' include/cordon_lists.h
}

now() {
	echo "version $(version)"
	layouts && lists
}

unchanged() {
	diff "$list" "$tmp/now" && return 0
	if [ "$(head -1 "$list")" = "version $(version)" ]; then
		echo "the layout changed and CORDON_ABI_VERSION did not: raise it, then tests/lint/abi.sh --write"
	else
		echo "CORDON_ABI_VERSION was raised: tests/lint/abi.sh --write"
	fi
	return 1
}

every_struct_is_listed() {
	local s bad=0
	for s in $(structs); do
		grep -q "^struct $s " "$tmp/now" || { echo "$s is not in the BTF"; bad=1; }
	done
	return $bad
}

now >"$tmp/now" || { echo "Bail out! no layouts"; exit 1; }
if [ "${1:-}" = --write ]; then
	cp "$tmp/now" "$list"
	exit
fi
ok "layouts and lists are those of this version" unchanged
ok "every struct of the contract is checked" every_struct_is_listed
tap_done
