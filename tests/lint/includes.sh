#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Who may include whom. An include goes down a layer, never up or sideways:
#
#   main > cli > keeper, daemon, inspector > proc, replay > api, out > act > pipeline
#        > kern, match, app, stream, view, dev > conf, feed, rule > base > include
#   bpf > include
#
# Sideways only: out -> act (below it), match -> view and app, app -> stream,
# stream -> view. A foreign library has one owner. A .c file includes its own
# header first.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh

edges=$(mktemp) || exit 1
trap 'rm -f "$edges"' EXIT
grep -rnE '^[[:space:]]*#[[:space:]]*include' include bpf user --include=*.c --include=*.h |
	sed -E 's/^([^:]+):([0-9]+):[[:space:]]*#[[:space:]]*include[[:space:]]*/\1 \2 /' >"$edges"

# prints each edge of user/ that climbs; the layer of a file is its folder, or its name directly under user/
layers() {
	awk '
	BEGIN {
		split("include:0 base:1 conf:2 feed:2 rule:2 kern:3 match:3 app:3 stream:3 view:3 dev:3" \
		      " pipeline:4 act:5 out:6 api:6 proc:7 replay:7 keeper:8 daemon:8 inspector:8 cli:9 main:10", rows, " ")
		for (i in rows) { split(rows[i], r, ":"); rank[r[1]] = r[2] }
		split("match:view match:app app:stream stream:view", sides, " ")
		for (i in sides) side[sides[i]] = 1
	}
	function layer(path,   p) {
		if (path ~ /^(cordon_|parse\/)/) return "include"
		if (path == "cordon.skel.h") return "kern"
		p = path
		sub(/\/.*/, "", p)
		if (p == path) sub(/(_.*)?\.[ch]$/, "", p)
		return p
	}
	$1 ~ /^user\// && $3 ~ /^"/ {
		to_path = $3
		gsub(/"/, "", to_path)
		from_path = $1
		sub(/^user\//, "", from_path)
		from = layer(from_path)
		to = layer(to_path)
		if (from_path ~ /\// && to_path !~ /\// && (to_path !~ /^(cordon|pipeline)/)) to = from # a header beside it
		if (!(from in rank) || !(to in rank)) { print $1 ":" $2 ": no layer for " (from in rank ? to : from); bad = 1 }
		else if (from != to && rank[from] <= rank[to] && !((from ":" to) in side)) {
			print $1 ":" $2 ": " from " must not include " $3
			bad = 1
		}
	}
	END { exit bad }' "$edges"
}

# include/ and bpf/ know the kernel's headers and libbpf's BPF side only
kernel_half() {
	awk '
	$1 ~ /^include\// && $3 !~ /^"(cordon_|parse\/)/ && $3 !~ /^<(linux|asm)\// { print $1 ":" $2 ": " $3; bad = 1 }
	$1 ~ /^bpf\// && $3 ~ /^</ && $3 !~ /^<(linux|asm)\// &&
		$3 !~ /^<(bpf\/bpf_(helpers|endian|core_read|tracing)|xdp\/xdp_helpers)\.h>/ { print $1 ":" $2 ": " $3; bad = 1 }
	END { exit bad }' "$edges"
}

# one owner per foreign library; whatever else stands in <> must be the C library or the kernel
owners() {
	awk '
	BEGIN {
		split("bpf/=user/kern/ xdp/=user/kern/ hs.h=user/match/ pcre2.h=user/rule/ yaml.h=user/conf/" \
		      " curl/=user/base/http.c mosquitto.h=user/base/mqtt.c openssl/=user/base/crypto.c sodium/=user/base/hash.c" \
		      " seccomp.h=user/base/sandbox.c cap-ng.h=user/base/sandbox.c uthash.h=user/base/hash.h" \
		      " jansson.h=user/base/jsonin sqlite3.h=user/base/db.c idn2.h=user/feed/ libpsl.h=user/feed/ zlib.h=user/replay/pcap.c,user/base/inflate.c", rows, " ")
		for (i in rows) { split(rows[i], r, "="); owner[r[1]] = r[2] }
		libc = "^(arpa|asm|linux|net|netinet|netpacket|sys)/|^(assert|ctype|dirent|dlfcn|endian|err|errno|fcntl|" \
		       "fnmatch|getopt|glob|grp|ifaddrs|inttypes|limits|locale|malloc|math|netdb|poll|pthread|pwd|sched|search|" \
		       "signal|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|syscall|termios|time|" \
		       "unistd|utlist|wordexp|link|spawn)[.]h$"
	}
	$1 ~ /^user\// && $3 ~ /^</ {
		name = $3
		gsub(/[<>]/, "", name)
		if (name ~ libc) next
		for (o in owner)
			if (index(name, o) == 1) {
				for (i = split(owner[o], own, ","); i > 0 && index($1, own[i]) != 1; i--)
					;
				if (!i) { print $1 ":" $2 ": " $3 " belongs to " owner[o]; bad = 1 }
				next
			}
		print $1 ":" $2 ": " $3 " has no owner in this table"
		bad = 1
	}
	END { exit bad }' "$edges"
}

own_header_first() {
	local f bad=0 want first
	while read -r f; do
		[ -f "${f%.c}.h" ] || continue
		want="\"${f#user/}"
		want="${want%.c}.h\""
		first=$(awk -v f="$f" '$1 == f { print $3; exit }' "$edges")
		[ "$first" = "$want" ] || { echo "$f: first includes $first, not $want"; bad=1; }
	done < <(find user -name '*.c')
	return $bad
}

# a header must compile by itself
headers_alone() {
	local h bad=0 flags
	flags=$(pkg-config --cflags libbpf 2>/dev/null)
	while read -r h; do
		# shellcheck disable=SC2086
		${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -Iinclude -Iuser $flags -fsyntax-only -x c "$h" ||
			bad=1
	done < <(find include user -name '*.h' ! -path 'include/parse/all.h')
	return $bad
}

ok "includes go down the layers" layers
ok "the contract and the kernel half know kernel headers only" kernel_half
ok "a foreign library has one owner" owners
ok "a source includes its own header first" own_header_first
ok "a header compiles alone" headers_alone
tap_done
