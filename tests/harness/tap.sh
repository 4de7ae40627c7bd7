# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# TAP for shell tests: source it, call ok/skip, end with tap_done (its status is the test's).
tap_n=0
# an emulated processor is slow: everything that waits waits this much longer there; CORDON_PATIENCE: on a machine
# that others use as well
patience=${CORDON_PATIENCE:-1}
[ -n "${CORDON_VM:-}" ] && patience=6
tap_failed=0

# ok NAME COMMAND...: one test point; the command's output is shown only when it fails
ok() {
	local name=$1 out
	shift
	tap_n=$((tap_n + 1))
	if out=$("$@" 2>&1); then
		echo "ok $tap_n - $name"
		return 0
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_n - $name"
	printf '%s\n' "$out" | tail -15 | sed 's/^/# /'
	return 1
}

# skip NAME REASON
skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

# code WANT COMMAND...: succeeds when the command exits with WANT
code() {
	local want=$1 got=0
	shift
	"$@" || got=$?
	[ "$got" = "$want" ] || { echo "exit $got, wanted $want: $*"; return 1; }
}

# jq -e of nothing at all, or whose filter gives nothing, is no success: jq 1.6 says 0 of an empty input
jq() {
	local out rc
	case $1 in
	-[a-z]*)
		case $1 in *e*) ;; *) command jq "$@"; return ;; esac
		out=$(command jq "$@"; echo "rc$?")
		rc=${out##*rc}
		out=${out%rc*}
		printf '%s' "$out"
		[ -n "$out" ] || return 4
		return "$rc"
		;;
	esac
	command jq "$@"
}

# wait_for SECONDS COMMAND...: until it succeeds, at most that long
wait_for() {
	local end=$((SECONDS + $1 * patience))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		read -rt 0.05 <> <(:) || :
	done
}

tap_done() {
	echo "1..$tap_n"
	[ "$tap_failed" = 0 ]
}
