#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Text: licence line, spelling, shell scripts, no debts, no paths of one machine.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh

# what is committed, or would be
files() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do [ -f "$f" ] && echo "$f"; done; }
scripts() { files | while read -r f; do head -c 64 "$f" | grep -qE '^#!.*\b(ba)?sh\b' && echo "$f"; done; }

licence_lines() {
	local f bad=0
	while read -r f; do
		head -3 "$f" | grep -q 'SPDX-License-Identifier: ' || { echo "$f: no SPDX line"; bad=1; }
	done < <(files '*.c' '*.h' '*.sh' '*.py' Makefile)
	return $bad
}

# words of debt; this file names them
debts() {
	local hits
	hits=$(files | grep -vE '^tests/lint/text\.sh$' | xargs grep -nwE 'TODO|FIXME|XXX|HACK|for now' --)
	[ -z "$hits" ] || { echo "$hits"; return 1; }
}

machine_paths() {
	local hits
	hits=$(files | grep -vE '^tests/lint/text\.sh$' | xargs grep -nE -e "$PWD/" -e '/home/[a-z]+/' --)
	[ -z "$hits" ] || { echo "$hits"; return 1; }
}

spelling() {
	files '*.md' '*.c' '*.h' '*.sh' '*.txt' Makefile | xargs codespell --quiet-level=2
}

shells() {
	# shellcheck disable=SC2046
	shellcheck -x -S warning $(scripts)
}

whitespace() {
	local hits
	hits=$(files '*.c' '*.h' '*.sh' '*.md' Makefile | xargs grep -nE '[[:space:]]+$' --)
	[ -z "$hits" ] || { echo "$hits"; return 1; }
}

# a README of a folder is read in one go
readmes() {
	local f n bad=0
	while read -r f; do
		n=$(wc -l <"$f")
		[ "$n" -le 80 ] || { echo "$f: $n lines, more than 80"; bad=1; }
	done < <(files 'user/*README.md' 'bpf/README.md' 'include/README.md' 'feeds/README.md' 'vmtest/README.md')
	return $bad
}

ok "every source says its licence" licence_lines
ok "no debts in words" debts
ok "no path of one machine" machine_paths
ok "no blanks at the end of a line" whitespace
ok "a folder's README is short" readmes
if command -v codespell >/dev/null; then ok "spelling" spelling; else skip "spelling" "codespell is not installed"; fi
if command -v shellcheck >/dev/null; then ok "shell scripts" shells; else skip "shell scripts" "shellcheck is not installed"; fi
tap_done
