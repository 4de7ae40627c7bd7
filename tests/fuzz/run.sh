#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/fuzz/run.sh [SECONDS [TARGET...]] - build every fuzz target with clang's libFuzzer, ASan and UBSan and
# run each for SECONDS (default 2) on its seeds; one TAP line each. A finding is kept under $B-fuzz/found.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
seconds=${1:-2}
shift || true
B=${B:-build}-fuzz
san=-fsanitize=address,undefined
cc=
for v in clang-19 clang-16 clang-14 clang; do
	command -v "$v" >/dev/null && cc=$v && break
done
if ! echo 'int LLVMFuzzerTestOneInput(const char *p, long n) { return p && n < 0; }' |
	${cc:-false} -x c -fsanitize=fuzzer - -o /dev/null 2>/dev/null; then
	echo "1..1"
	echo "ok 1 - fuzz # SKIP no clang with libFuzzer (compiler-rt)"
	exit 0
fi

targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(tests/fuzz/fuzz_*.c)
mkdir -p "$B/found" "$B/bin"
harness=(tests/harness/*.c)
harness=("${harness[@]/#/$B/}")
# the skeleton first: it is made by the same rules, and the objects of user/kern need it
if ! { make "B=$B" "$B/cordon.skel.h" && make -j"$(nproc)" "B=$B" "CC=$cc" SAN=1 CI= HARDEN= \
	"SAN_FLAGS=$san,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer" "$B/libcordon.a" \
	"${harness[@]/%.c/.o}"; } >"$B/make.log" 2>&1; then
	echo "1..1"
	echo "not ok 1 - fuzz targets compile"
	tail -n 5 "$B/make.log" | sed 's/^/# /'
	exit 1
fi

libs=$(pkg-config --libs libbpf libxdp libhs libpcre2-8 yaml-0.1 libcurl libcrypto libseccomp libcap-ng libsodium libidn2 libpsl jansson sqlite3 zlib)
echo "1..${#targets[@]}"
i=0 rc=0
for t in "${targets[@]}"; do
	name=$(basename "$t" .c)
	i=$((i + 1))
	bin=$B/bin/$name
	log=$B/$name.log
	seeds=$B/seeds/$name
	mkdir -p "$seeds"
	tests/fuzz/seeds.sh "$name" "$seeds"
	# shellcheck disable=SC2086
	if $cc -std=gnu11 -g -O1 -D_GNU_SOURCE -Iinclude -Iuser -Itests "-I$B" $san,fuzzer -fno-sanitize-recover=all \
		-o "$bin" "$t" "$B"/tests/harness/*.o "$B/libcordon.a" $libs -lcmocka -lpthread -lm >"$log" 2>&1 &&
		timeout -k 5 $((seconds + 60)) "$bin" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
			-max_len=8192 -verbosity=1 -print_final_stats=1 -artifact_prefix="$B/found/$name-" \
			"$seeds" >>"$log" 2>&1; then
		echo "ok $i - $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs"
	else
		echo "not ok $i - $name (see $log)"
		grep -E 'ERROR|SUMMARY|error:|runtime error|Test unit written' "$log" | head -n 5 | sed 's/^/# /'
		rc=1
	fi
done
exit $rc
