#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Bad input of every kind: the message names the place and the cure, the exit code is the documented
# one, and nothing that was good is lost.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
[ "$(id -u)" = 0 ] || { skip "bad input" "needs root"; tap_done; exit; }
daemon_begin bad

# says CODE TEXT COMMAND...: that exit code, and a line of stderr has the text
says() { expect err "$@"; }
# prints CODE TEXT COMMAND...: the same for stdout
prints() { expect out "$@"; }
expect() {
	local stream=$1 want=$2 text=$3
	shift 3
	code "$want" "$@" >"$W/out" 2>"$W/err" || { cat "$W/out" "$W/err"; return 1; }
	grep -qF -- "$text" "$W/$stream" || { echo "wanted: $text"; cat "$W/$stream"; return 1; }
}
# is_error CODE COMMAND...: under -j the error is one JSON object that carries the code
is_error() {
	local want=$1
	shift
	code "$want" "$@" 2>"$W/err" >/dev/null &&
		jq -es "length == 1 and .[0].code == $want and (.[0].error | length > 10)" "$W/err"
}

# --- the command line ---
ok "unknown option is named, with the nearest" says 2 "unknown option '--devcie' (did you mean '--device'?)" \
	"$CORDON" run --devcie eth0
ok "unknown option with nothing near says where they are listed" says 2 "'cordon replay --help' lists them" \
	"$CORDON" replay --bogus x.pcap
ok "option without its value is a usage error" says 2 "--rules" "$CORDON" replay x.pcap --rules
ok "unknown option under -j is JSON" is_error 2 "$CORDON" -j run --devcie eth0
ok "unknown key of --set is named, with the nearest" says 2 "did you mean 'stream.depth'?" \
	"$CORDON" replay --set stream.dept=1 x.pcap

# --- rules ---
cat >"$W/mixed.rules" <<'E'
alert tcp any any -> any any (msg:"good"; content:"abcdefgh"; sid:1; rev:1;)
alert tcp any any -> any any (msg:"keyword"; nonsense:1; sid:2; rev:1;)
alert tcp any any -> any any (msg:"cut"; content:"abc"; sid:3
alert quux any any -> any any (msg:"protocol"; sid:4;)
alert tcp any any -> any any (msg:"also good"; content:"ijklmnop"; sid:5; rev:1;)
E
check_mixed() { "$CORDON" "$@" rules check "$W/mixed.rules"; }
ok "a refused rule has file, line, keyword and reason" \
	prints 0 "mixed.rules:2: refused: nonsense: keyword is not supported" check_mixed
ok "a rule that is cut off has its line" prints 0 "mixed.rules:3: refused: no ')' at the end" check_mixed
ok "an unknown protocol has its line" prints 0 "mixed.rules:4: refused: protocol 'quux'" check_mixed
ok "the good rules of the file load" prints 0 '"loaded":2,"refused":3' check_mixed -j
ok "a rule file that is not there is named" says 1 "none.rules: No such file or directory" \
	"$CORDON" rules check "$W/none.rules"
ok "no rule file is a usage error" says 2 "rules check" "$CORDON" rules check

# --- captures ---
capture() { # COUNT: so many UDP packets of 50 bytes, one a second, as pcap
	local i
	printf '\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0'
	for ((i = 1; i <= $1; i++)); do
		printf %b "\\x$(printf %02x "$i")"
		printf '\0\0\0\0\0\0\0\x32\0\0\0\x32\0\0\0'
		printf '\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0\x45\0\0\x24\0\x01\0\0\x40\x11\0\0\xc0\xa8\x01\x0a\x08\x08\x08\x08'
		printf '\x13\x88\x13\x89\0\x10\0\0cordon!!'
	done
}
capture 20 >"$W/whole.pcap"
twelfth=$((24 + 66 * 11))
head -c $((twelfth + 30)) "$W/whole.pcap" >"$W/cut.pcap"
head -c $((twelfth + 9)) "$W/whole.pcap" >"$W/cut_head.pcap"
echo "this is a letter, not a capture" >"$W/letter.pcap"
: >"$W/empty.pcap"
{ capture 0 | head -c 20; printf '\x69\0\0\0'; capture 1 | tail -c 66; } >"$W/wifi.pcap"

ok "a whole capture is read" prints 0 '"packets":20' "$CORDON" replay --stats - "$W/whole.pcap"
ok "a truncated capture is named with the byte at which it breaks off" says 1 "cut.pcap: byte $((twelfth + 16)): the file ends" \
	"$CORDON" replay "$W/cut.pcap"
ok "the packets before the cut are counted" prints 1 '"packets":11,' "$CORDON" replay --stats - "$W/cut.pcap"
ok "so they are when it is cut in a packet's header" prints 1 '"packets":11,' \
	"$CORDON" replay --stats - "$W/cut_head.pcap"
ok "the other captures of the run are read all the same" prints 1 '"packets":31,' \
	"$CORDON" replay --stats - "$W/cut.pcap" "$W/letter.pcap" "$W/whole.pcap"
ok "what is no capture is called that" says 1 "letter.pcap: neither pcap nor pcapng" "$CORDON" replay "$W/letter.pcap"
ok "an empty file too" says 1 "empty.pcap: neither pcap nor pcapng" "$CORDON" replay "$W/empty.pcap"
ok "an unsupported link type is refused by name" says 1 "IEEE 802.11" "$CORDON" replay "$W/wifi.pcap"
ok "a capture that is not there is named" says 1 "none.pcap: No such file or directory" "$CORDON" replay "$W/none.pcap"
ok "a directory is no capture" says 1 "Is a directory" "$CORDON" replay "$W"
ok "the error under -j is JSON" is_error 1 "$CORDON" -j replay "$W/letter.pcap"
ok "rules with errors: the good ones are used, with a warning" \
	says 0 "2 loaded, 3 refused; 'cordon rules check' says which" "$CORDON" replay --rules "$W/mixed.rules" "$W/whole.pcap"

# --- feeds ---
{
	printf '198.18.7.1\nc2.badcam.example\n10.0.0.1\n999.1.1.1\n\x01\x02\x7f\n<html>\nsingle\n203.0.113.0/33\n'
	head -c 70000 /dev/zero | tr '\0' a
	printf '\nlast.badcam.example\n'
} >"$W/garbage.txt"
head -c 4096 /dev/urandom >"$W/noise.bin"
ok "a garbage line of a feed has its number and reason" \
	prints 0 "garbage.txt:4: 999.1.1.1: neither an address nor a name" "$CORDON" feed check "plain:$W/garbage.txt"
ok "binary lines are shown escaped" prints 0 '\x01\x02\x7f' "$CORDON" feed check "plain:$W/garbage.txt"
ok "the good lines of the feed are accepted, to the last" prints 0 '"accepted":3,"refused":7' \
	"$CORDON" -j feed check "plain:$W/garbage.txt"
ok "a feed with garbage lines is used, with a warning" \
	says 0 "3 entries accepted, 7 refused; 'cordon feed check' says which" \
	"$CORDON" replay --feed "plain:$W/garbage.txt" "$W/whole.pcap"
ok "a feed of noise fails" says 1 "nothing like any known format" \
	"$CORDON" replay --feed "$W/noise.bin" "$W/whole.pcap"

# --- configuration ---
printf 'mode: react\nmoed: observe\n' >"$W/bad.yaml"
ok "an unknown key has file, line and the nearest" says 1 "bad.yaml:2: unknown key 'moed' (did you mean 'mode'?)" \
	"$CORDON" run -c "$W/bad.yaml" --device lo
ok "a configuration that is not there is named" says 1 "none.yaml: No such file" "$CORDON" run -c "$W/none.yaml"

# --- what `cordon run` needs ---
run() { "$CORDON" run -c "$W/cordon.yaml" "$@"; }
nobody() { setpriv --reuid nobody --clear-groups --bounding-set=-all --inh-caps=-all "$@"; }
daemon_config "rules:" "  - $W/mixed.rules" \
	"feeds:" "  - name: garbage" "    format: plain" "    source: $W/garbage.txt"
ok "no interface: the message says how to name one" says 1 'cordon run --device IF' run
# shellcheck disable=SC2016 # the message quotes the command
ok "an interface that is not there is named, with what lists them" \
	says 1 'nosuch0: no such interface; `ip link`' run --device nosuch0
ok "an unknown mode is a usage error" says 2 "--mode: react or observe, not 'sleep'" run --device lo --mode sleep
ok "mode hold on generic XDP says what to use" says 1 "use react" run --device lo --mode hold --xdp generic
ok "mode hold on a mirror says what to use" says 1 "use observe or react" run --mirror lo --mode hold
ok "without privileges: run says which are needed" says 1 "run as root, or with CAP_BPF" \
	nobody "$CORDON" run -c "$W/cordon.yaml" --device lo
ok "without privileges: replay says so too" says 1 "run as root (CAP_BPF" nobody "$CORDON" replay "$W/whole.pcap"
ok "without privileges: checking files needs none" code 0 nobody "$CORDON" rules check "$W/mixed.rules"
ok "no daemon: the message says how to start one" says 3 "start it with 'cordon run'" cor status

# --- a running daemon: what happens to it ---
status_has() {
	if cor -j status >"$W/out" 2>&1 && jq -e "$1" "$W/out"; then return 0; fi
	cat "$W/out"
	return 1
}
goes_on() {
	status_has ".processes.keeper == $first and .inspecting and .interfaces[0].enforcing and
		.processes.daemon_restarts + .processes.inspector_restarts == 0"
}
keeps_rules() { status_has '.rules.loaded == 2 and .rules.refused == 3'; }
keeps_feed() { status_has '.threats.entries == 3'; }
# raw COMMAND: what it prints goes to the control socket as it is
raw() { "$@" | timeout 5 nc -N -U "$W/run/ctl.sock" >"$W/out" 2>&1; }

ns_add dev gw && veth dev eth0 gw d0
if ok "a daemon with these rules and this feed starts" daemon_start gw --device d0 --unload-on-exit; then
	first=$(cat "$W/pid")
	ok "its good rules are in force" keeps_rules
	ok "its good entries are in force" keeps_feed
	ok "an entry behind the garbage is found" code 0 cor threat lookup last.badcam.example
	ok "a second daemon is refused, with the first one's number and the cure" says 1 \
		"already running as pid $first (lock $W/run/lock); stop that one first" in_ns gw "$CORDON" run -c "$W/cordon.yaml" --device d0
	ok "the same under -j" is_error 1 in_ns gw "$CORDON" -j run -c "$W/cordon.yaml" --device d0
	ok "the first daemon goes on" goes_on

	printf 'half a rule\n' >"$W/broken.rules"
	ok "rules load: a file without one good rule fails with its line" says 1 "broken.rules:1" cor rules load "$W/broken.rules"
	ok "and the rules in force stay" keeps_rules
	ok "rules load: a file that is not there is named" says 1 "none.rules" cor rules load "$W/none.rules"
	cp "$W/noise.bin" "$W/garbage.txt"
	ok "a feed that became noise is refused" says 1 "garbage" cor feed update garbage
	ok "and its last good entries stay" keeps_feed
	rm "$W/garbage.txt"
	ok "a feed that went missing is called that" says 1 "garbage.txt" cor feed update garbage
	ok "and its last good entries stay, still" keeps_feed

	ok "a threat that is no address is named" says 1 "not.an.address" cor threat add ip not.an.address
	ok "a private address is refused with the reason" says 1 "private space" cor threat add ip 10.1.2.3
	ok "release of an unknown device: nothing matched" says 4 "02:00:00:00:00:99" cor quarantine release 02:00:00:00:00:99
	ok "lookup without a hit: nothing matched" code 4 cor threat lookup 198.18.99.99
	ok "attach to an unknown interface names it" says 1 "nosuch0" cor attach nosuch0 --role device

	raw echo hello
	ok "a request that is no JSON gets an error" grep -q '"error"' "$W/out"
	raw head -c 3000000 /dev/zero
	raw echo '{"cmd":"status","cmd":"stop"}'
	ok "a request with a member twice gets an error" grep -q '"error"' "$W/out"
	ok "after all that the first daemon still goes on" goes_on
	ok "and has lost nothing" keeps_rules
fi
tap_done
