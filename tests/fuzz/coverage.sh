#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/fuzz/coverage.sh [SECONDS [TARGET...]] - what lines of each parser the fuzz targets reach: every target is built with
# clang's coverage, runs SECONDS (default 5) on the seeds and on what `make fuzz` found, and the lines reached of each
# file are printed beside the goal of 90 %. Exits 1 when a parser misses it.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-5}
shift || true
F=${B:-build}-fuzz B=${B:-build}-cover
cc=clang-19 goal=90
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(tests/fuzz/fuzz_*.c)
# parsers of foreign bytes: files, as the table shows them
parsers='(include/parse|user/app|user/stream/(tcp|defrag)|user/view/view\.c|user/feed/(fmt_|jsonscan|lines|name|value|url|taxii|manifest|record|result)|user/match/decode|user/replay/(encap|link|pcap)|user/rule/(lex|parse|kw_|address|iprep|dataset|edit)|user/dev/identity|user/base/(jsonin|inflate|base64)|user/conf/(read|row|events))'
mkdir -p "$B/bin" "$B/raw"
harness=(tests/harness/*.c)
harness=("${harness[@]/#/$B/}")
flags="-fprofile-instr-generate -fcoverage-mapping"
make "B=$B" "$B/cordon.skel.h" >"$B/make.log" 2>&1
make -j"$(nproc)" "B=$B" "CC=$cc" SAN=1 CI= HARDEN= "SAN_FLAGS=-fsanitize=fuzzer-no-link $flags" "$B/libcordon.a" \
	"${harness[@]/%.c/.o}" >>"$B/make.log" 2>&1
libs=$(pkg-config --libs libbpf libxdp libhs libpcre2-8 yaml-0.1 libcurl libcrypto libseccomp libcap-ng libsodium libidn2 libpsl \
	libmaxminddb jansson sqlite3 zlib 2>/dev/null || pkg-config --libs libbpf libxdp libhs libpcre2-8 yaml-0.1 libcurl libcrypto \
	libseccomp libcap-ng libsodium libidn2 libpsl jansson sqlite3 zlib)
objects=()
for t in "${targets[@]}"; do
	name=$(basename "$t" .c)
	seeds=$B/seeds/$name
	mkdir -p "$seeds"
	tests/fuzz/seeds.sh "$name" "$seeds"
	[ ! -d "$F/seeds/$name" ] || cp -n "$F/seeds/$name"/* "$seeds"/ 2>/dev/null || true
	# shellcheck disable=SC2086
	$cc -std=gnu11 -g -O1 -D_GNU_SOURCE -Iinclude -Iuser -Itests "-I$B" -fsanitize=fuzzer $flags -o "$B/bin/$name" "$t" \
		"$B"/tests/harness/*.o "$B/libcordon.a" $libs -lcmocka -lpthread -lm
	LLVM_PROFILE_FILE="$B/raw/$name" timeout -k 5 $((seconds + 60)) "$B/bin/$name" -max_total_time="$seconds" -max_len=8192 \
		-verbosity=0 -artifact_prefix="$B/" "$seeds" >"$B/$name.log" 2>&1 || echo "$name: ended early, see $B/$name.log" >&2
	objects+=(-object "$B/bin/$name")
	echo "ran $name, $(find "$seeds" -type f | wc -l) inputs" >&2
done
llvm-profdata-19 merge -sparse -o "$B/all" "$B"/raw/*
# by lines: a summary would count what is inline in a header once more for each file that never calls it
llvm-cov-19 export -format=lcov -instr-profile="$B/all" "${objects[@]}" |
	awk -F '[:,]' -v here="$PWD/" -v parsers="^$parsers" -v goal=$goal '
		/^SF:/ { file = substr($0, 4); sub(here, "", file); n = c = 0 }
		/^DA:/ { n++; c += $3 > 0 }
		/^end_of_record/ && n && file ~ parsers {
			lines += n; reached += c; files++; good += 100 * c >= goal * n
			printf "%.1f %%\t%d of %d\t%s%s\n", int(1000 * c / n) / 10, c, n, file, 100 * c < goal * n ? "\tbelow " goal : "" | "sort -n"
		}
		END {
			close("sort -n")
			printf "%d parsers, %d of them with %d %% of their lines, %.1f %% in all\n", files, good, goal, 100 * reached / lines
		}' |
	tee "$B/coverage.txt"
! grep -q "below $goal" "$B/coverage.txt"
