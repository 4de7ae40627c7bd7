#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/harness/deps.sh - install the Debian packages that building, testing and the demo need.
# Only what is missing is installed, from the machine's own suite. A second run takes no time.
set -euo pipefail

hs=libvectorscan-dev
[ "$(dpkg --print-architecture)" = amd64 ] && hs=libhyperscan-dev
build="gcc libc6-dev make pkg-config clang-19 bpftool libbpf-dev libxdp-dev libxdp1 libelf-dev zlib1g-dev $hs
	libpcre2-dev libyaml-dev libcurl4-openssl-dev libssl-dev libseccomp-dev libcap-ng-dev libsodium-dev
	libidn2-dev libmosquitto-dev libpsl-dev publicsuffix libjansson-dev libsqlite3-dev uthash-dev"
run="tcpdump iproute2 iputils-ping ethtool procps util-linux jq ca-certificates ieee-data"
tests="libcmocka-dev libclang-rt-19-dev llvm-19 shellcheck codespell xdp-tools nftables ipset iptables netcat-openbsd mosquitto mosquitto-clients
	openssl python3-dnspython python3-cryptography"
vm="python3 python3-requests python3-argcomplete python3-pkg-resources file kmod busybox-static udev xz-utils"

case "${1:-all}" in
build) want="$build $run" ;;
all) want="$build $run $tests $vm" ;;
*) echo "usage: deps.sh [build|all]" >&2; exit 2 ;;
esac

missing=()
for p in $want; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" != 0 ]; then
	echo "deps: missing packages: ${missing[*]}; cure: run as root, or install them" >&2
	exit 1
fi
echo "deps: installing ${#missing[@]} packages"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get -q update && apt-get -q install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
	tail -20 "$log" >&2
	echo "deps: apt-get failed; cure: check the machine's Debian 12 package sources" >&2
	exit 1
fi
