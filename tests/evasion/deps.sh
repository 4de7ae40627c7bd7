#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/evasion/deps.sh CACHE - fetch nginx of the machine's own suite and unpack it, without installing (which would start it).
# Prints the path of the program. A second run takes no time.
set -euo pipefail
C=$(mkdir -p "$1" && cd "$1" && pwd)
exec 9>"$C/lock"
flock 9
nginx=$C/nginx/usr/sbin/nginx
if ! "$nginx" -v >/dev/null 2>&1; then
	find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' 2>/dev/null | grep -q . || apt-get -qq update >&2
	(cd "$C" && apt-get -o APT::Sandbox::User=root -qq download nginx >&2)
	dpkg-deb -x "$C"/nginx_*.deb "$C/nginx"
	rm "$C"/nginx_*.deb
	"$nginx" -v >/dev/null 2>&1
fi
echo "$nginx"
