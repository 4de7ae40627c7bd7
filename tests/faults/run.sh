#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/faults/run.sh quick|all|FI-NN... - the faults of rows.tsv: TAP, then a table of what is shown.
# quick: the rows that make test has no other level for; all: every row. A script that several rows name runs once.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
[ $# -gt 0 ] || set -- all
export B CORDON=${CORDON:-$PWD/$B/cordon} CMOCKA_MESSAGE_OUTPUT=TAP
declare -A verdict
n=0 bad=0
table=$(mktemp) out=$(mktemp)
trap 'rm -f "$table" "$out"' EXIT

wanted() { # FAULT WHEN
	case " $want " in
	*" all "*) true ;;
	*" quick "*) [ "$2" = quick ] ;;
	*" $1 "*) true ;;
	*) false ;;
	esac
}
want=$*

# one FAULT SCRIPT: its points, renamed; the verdict of a script is kept
one() {
	local fault=$1 script=$2 rc=0 t0=$SECONDS line
	[ -n "${verdict[$script]:-}" ] && return
	[ -x "${script/#build/$B}" ] || { verdict[$script]="not there"; n=$((n + 1)) bad=1; echo "not ok $n - $fault: $script is built"; return; }
	timeout -k 10 "${FAULT_TIMEOUT:-3600}" "${script/#build/$B}" >"$out" 2>&1 </dev/null || rc=$?
	while IFS= read -r line; do
		n=$((n + 1))
		sed -E "s/^((not )?ok) [0-9]+ (- )?/\1 $n - $fault: /" <<<"$line"
	done < <(grep -E '^(not )?ok' "$out")
	grep -E '^not ok' -A12 "$out" | grep -E '^# ' | head -40
	grep -E '^# .*[0-9]' "$out" | grep -vE '^# (log|not)' | head -12
	if [ "$rc" != 0 ] && ! grep -q '^not ok' "$out" || ! grep -qE '^(not )?ok' "$out"; then
		n=$((n + 1)) bad=1
		echo "not ok $n - $fault: $script: exit $rc without a failing line"
		tail -8 "$out" | sed 's/^/# /'
		verdict[$script]="FAILED"
	elif grep -E '^not ok' "$out" | grep -qvE '# *SKIP'; then
		bad=1
		verdict[$script]="FAILED"
	elif ! grep -E '^ok' "$out" | grep -qvE '# *SKIP'; then
		verdict[$script]="skipped: $(sed -nE 's/.*# *SKIP *//p' "$out" | head -1)"
	else
		verdict[$script]="shown"
	fi
	echo "# $fault: $script: ${verdict[$script]}, $((SECONDS - t0)) s"
}

while IFS=$'\t' read -r fault when scripts behaviour; do
	case $fault in '#'* | '') continue ;; esac
	what=
	if [ "$scripts" = - ]; then
		what="not shown: $behaviour"
	elif wanted "$fault" "$when"; then
		for s in $scripts; do
			one "$fault" "$s"
			case ${verdict[$s]} in shown) ;; *) what="${what:+$what; }${verdict[$s]}" ;; esac
		done
		what=${what:-shown}
	elif [ "$when" = other ]; then
		what="by $(sed -E 's,(build/)?tests/,,g' <<<"$scripts")"
	else
		what="make faults"
	fi
	printf '# %-6s %-62s %s\n' "$fault" "$what" "$behaviour" >>"$table"
done <tests/faults/rows.tsv
echo "1..$n"
echo "#"
cat "$table"
[ "$bad" = 0 ] && [ "$n" -gt 0 ]
