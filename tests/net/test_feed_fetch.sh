#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Feeds that are fetched: conditions, keys, pages, and servers that behave badly, over HTTPS from a server of our own.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "feeds that are fetched"
daemon_begin fetch

asked() { grep -c "^/$1 $2" "$W/feeds/requests.log"; }
value() { cor -j feed show "$1" | jq -r ".$2"; }
fails() { # TEXT COMMAND...: fails and says so
	local text=$1 said
	shift
	said=$("$@" 2>&1) && return 1
	grep -q -- "$text" <<<"$said" || { echo "$said"; return 1; }
}
add() { cor feed add "$1" "${3:-auto}" "$U/$2" --ca-file "$W/feeds/cert.pem" "${@:4}"; }

daemon_config "interfaces:" "  - name: dev0" "    role: device"
ok "network_is_up" home_network || { tap_done; exit 1; }
mkdir "$W/feeds"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
	-addext subjectAltName=IP:127.0.0.1 -keyout "$W/feeds/key.pem" -out "$W/feeds/cert.pem" 2>/dev/null
echo "Auth-Key: s3cret" >"$W/feeds/auth"
echo t0ken >"$W/feeds/token"
chmod 644 "$W/feeds"/*
seq -f '198.18.90.%g' 1 30 >"$W/feeds/list"
bg gateway python3 tests/net/feed_server.py "$W/feeds" "$W/port"
echo $! >"$W/server"
ok "server_is_up" wait_for 10 test -s "$W/port" || { tap_done; exit 1; }
U=https://127.0.0.1:$(cat "$W/port")
ok "daemon_starts" daemon_start gateway

ok "feed_is_fetched" eval 'add list list plain --refresh 1h && cor threat lookup 198.18.90.7'
ok "nothing_new_is_asked_for_with_the_etag" eval 'cor feed update list && [ "$(asked list 304)" = 1 ] && [ "$(value list generation)" = 1 ]'
seq -f '198.18.90.%g' 2 31 >"$W/feeds/list"
ok "new_content_is_a_new_generation" eval 'cor feed update list && [ "$(value list generation) $(value list added)" = "2 1" ]'
ok "certificate_of_nobody_is_refused" fails "ertificate" cor feed add bad auto "$U/list"
ok "in_the_clear_is_refused" fails "only https" cor feed add bad auto "http://192.0.2.1/list"
ok "failed_add_leaves_no_feed" not eval 'cor feed list | grep -q "^bad "'
ok "key_is_sent" eval 'add key key plain --auth-file "$W/feeds/auth" && cor threat lookup 198.18.83.1'
ok "token_is_sent" eval 'add token token plain --auth-file "$W/feeds/token" && cor threat lookup 198.18.84.1'
ok "without_its_key_it_is_refused" fails "answers 401" add nokey key plain
ok "redirect_on_the_same_host_is_followed" eval 'add here here plain && cor threat lookup 198.18.90.8'
ok "redirect_to_another_host_is_not" fails "another host" add elsewhere elsewhere plain
ok "redirects_end" fails "redirects" add loop loop plain
ok "error_of_the_server_is_told" fails "answers 500" add e500 500 plain
ok "web_page_is_refused_by_name" fails "web page" add page page
ok "cut_transfer_takes_nothing" fails "" add cut cut plain
ok "nothing_of_it_is_in_force" code 4 cor threat lookup 198.18.81.1
ok "taxii_is_read_page_by_page" eval 'add taxii taxii taxii && [ "$(value taxii accepted)" = 3 ] && cor threat lookup 198.18.80.3'
ok "compressed_bomb_is_stopped" fails "too long" add bomb bomb plain
ok "endless_stream_is_stopped" fails "too long" add endless endless plain
ok "the_daemon_is_well" cor threat lookup 198.18.90.7

# a feed that was good, and then its server is not
sed -i "s,/list,/503," "$W/state/feeds.json" # where the daemon will look for it
daemon_stop
ok "daemon_starts_again" daemon_start gateway
ok "last_good_is_in_force_before_the_server_answers" wait_for 5 cor threat lookup 198.18.90.7
ok "server_that_fails_leaves_the_last_good" eval 'wait_for 10 eval "[ \"\$(value list state)\" = stale ]" && cor threat lookup 198.18.90.7'
ok "the_reason_is_shown" eval 'cor feed show list | grep -q "answers 503"'
not_asked_again() { # BEFORE
	sleep 3
	[ "$(asked 503 503)" = "$1" ]
}
ok "it_is_not_asked_at_once_again" not_asked_again "$(asked 503 503)"

seq -f '198.18.91.%g' 1 30 >"$W/feeds/often"
ok "short_interval" eval 'add often often plain --refresh 1s && cor threat lookup 198.18.91.9'
seq -f '198.18.91.%g' 11 40 >"$W/feeds/often"
ok "feed_is_fetched_by_itself" wait_for 10 cor threat lookup 198.18.91.40
ok "rollback_holds_against_the_server" eval 'cor feed rollback often && sleep 3 && cor threat lookup 198.18.91.1 && code 4 cor threat lookup 198.18.91.40'
seq -f '198.18.91.%g' 12 41 >"$W/feeds/often"
ok "newer_content_is_taken_again" wait_for 10 cor threat lookup 198.18.91.41
ok "slow_server_is_given_up" fails "" timeout 60 "$CORDON" --socket "$W/run/ctl.sock" feed add slow plain "$U/slow" --ca-file "$W/feeds/cert.pem"
kill "$(cat "$W/server")"
tap_done
