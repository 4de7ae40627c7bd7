#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Rows, not plumbing: every file of a kind has its row in the table, every row
# its file, and each is named by a test.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh

# files_have_rows FOLDER KIND TABLE: the part after kind_ stands in the table as a word
files_have_rows() {
	local f name bad=0
	for f in user/"$1"/"$2"_*.c; do
		[ -e "$f" ] || continue
		name=$(basename "$f" .c)
		grep -qwE "$name|${name#"$2"_}" "user/$1/$3" || { echo "$f: no row in user/$1/$3"; bad=1; }
	done
	return $bad
}

# a test of that name, or one that has the name as a word
files_have_tests() {
	local f name bad=0
	for f in user/"$1"/"$2"_*.c; do
		[ -e "$f" ] || continue
		name=$(basename "$f" .c)
		[ -n "$(find tests -name "test_$name*" -print -quit)" ] ||
			grep -rqwE -- "$name|${name#"$2"_}" tests/unit tests/corpus 2>/dev/null ||
			{ echo "$f: no test names it"; bad=1; }
	done
	return $bad
}

# a file may hold several keywords: the functions count
keywords_have_rows() {
	local k bad=0
	for k in $(sed -nE 's/^int (kw_[a-z_0-9]+)\(.*/\1/p' user/rule/kw_*.c); do
		grep -qE "\{ \"[a-z_.0-9-]+\", $k," user/rule/keywords.h || { echo "$k(): no row in user/rule/keywords.h"; bad=1; }
	done
	return $bad
}

keywords_have_tests() {
	local k bad=0
	for k in $(sed -nE 's/^[[:space:]]*\{ "([a-z_.0-9-]+)", kw_.*/\1/p' user/rule/keywords.h); do
		grep -rqF -- "$k" tests/unit/test_rule* tests/unit/test_match* tests/corpus 2>/dev/null ||
			{ echo "keyword $k: no test uses it"; bad=1; }
	done
	return $bad
}

# app_*.c that define a row; the others only help
apps_have_rows() {
	local f id bad=0
	for f in $(grep -lE '^const struct app_row ' user/app/app_*.c); do
		id=$(basename "$f" .c)
		grep -qE "&$id\b" user/app/app.c || { echo "$f: no row in user/app/app.c"; bad=1; }
	done
	return $bad
}

rows_of_commands() { sed -nE 's/^[[:space:]]*X\(([a-z_]+), "([a-z -]+)".*/\1 \2/p' user/cli/commands.h; }

commands_have_files() {
	local id name bad=0
	while read -r id name; do
		grep -qE "^int cmd_$id\(" user/cli/*.c || { echo "$name: no cmd_$id() in user/cli/"; bad=1; }
	done < <(rows_of_commands)
	for id in $(sed -nE 's/^int cmd_([a-z_]+)\(.*/\1/p' user/cli/cmd_*.c); do
		rows_of_commands | grep -q "^$id " || { echo "cmd_$id(): no row in commands.h"; bad=1; }
	done
	return $bad
}

commands_have_tests() {
	local id name bad=0
	while read -r id name; do
		grep -rqE -- "\b$name\b" tests/cli tests/net tests/corpus tests/demo 2>/dev/null ||
			{ echo "$name: no test runs it"; bad=1; }
	done < <(rows_of_commands)
	return $bad
}

ok "every keyword has a row" keywords_have_rows
ok "every keyword has a test" keywords_have_tests
ok "every feed format has a row" files_have_rows feed fmt formats.h
ok "every feed format has a test" files_have_tests feed fmt
ok "every output has a row" files_have_rows out out outputs.h
ok "every output has a test" files_have_tests out out
ok "every application has a row" apps_have_rows
ok "every application has a test" files_have_tests app app
ok "every command has a row and every row a command" commands_have_files
ok "every command is run by a test" commands_have_tests
tap_done
