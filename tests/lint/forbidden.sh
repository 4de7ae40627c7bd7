#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Calls that have no place here: without a bound, without an error, through a
# shell, or onto the stack without a limit. Comments and strings do not count.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh

calls='strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atoll|atof|system|popen|alloca|strtok|tmpnam|tempnam|mktemp|rand|srand|random|setjmp|longjmp'

# $1: pattern of names; the rest: folders
calls_in() {
	local names=$1 f hits bad=0
	shift
	while read -r f; do
		hits=$(${CC:-gcc} -fpreprocessed -dD -E "$f" 2>/dev/null | grep -v '^# ' |
			sed -E 's/"([^"\\]|\\.)*"/""/g' | grep -nE "(^|[^A-Za-z0-9_>.])($names)[[:space:]]*\(")
		[ -z "$hits" ] || { echo "$f: $hits"; bad=1; }
	done < <(find "$@" -name '*.[ch]')
	return $bad
}

ok "no call without a bound, an error or a shell between" calls_in "$calls" include bpf user
ok "no process is started through a shell in tests either" calls_in 'system|popen|gets' tests
# a command that shows something anew each second may wait for the second
ok "nothing waits by sleeping but for a display" calls_in 'sleep|usleep|nanosleep' user ! -path 'user/cli/*'
tap_done
