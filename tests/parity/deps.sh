#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/parity/deps.sh CACHE - fill CACHE with Suricata 7 of Debian's backports and the libraries this machine lacks.
#
# Nothing is installed and /etc/apt is left alone: a private apt state sees the backports of the mirror this machine
# uses already; packages are downloaded and unpacked. CACHE/suricata then runs it. A second run takes no time.
set -euo pipefail
C=$(mkdir -p "$1" && cd "$1" && pwd)
A=$C/apt
exec 9>"$C/lock"
flock 9
"$C/suricata" -V >/dev/null 2>&1 && exit 0

mkdir -p "$A"/lists/partial "$A"/archives/partial "$C/root"
find /var/lib/apt/lists -maxdepth 1 -name '*_InRelease' 2>/dev/null | grep -q . || apt-get -qq update
. /etc/os-release
uri=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
	awk -v c="$VERSION_CODENAME" '$1 == c { print $2; exit }')
if [ -z "$uri" ]; then
	echo "parity: no Debian archive among the machine's apt sources; cure: add one for $VERSION_CODENAME" >&2
	exit 1
fi
for s in bookworm bookworm-backports; do
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $s main"
done >"$A/sources.list"
# the machine's own list of packages: what it has is not fetched again
OPT=(-o Dir::Etc::SourceList="$A/sources.list" -o Dir::Etc::SourceParts=/dev/null
	-o Dir::Etc::PreferencesParts=/dev/null -o Dir::State::Lists="$A/lists" -o Dir::Cache="$A"
	-o APT::Sandbox::User=root -o DPkg::Lock::Timeout=300)
apt-get "${OPT[@]}" -qq update
# all of it from the backports where they have it: Suricata wants a newer libhtp2 than the suite's
DEBIAN_FRONTEND=noninteractive apt-get "${OPT[@]}" -qq -y --download-only --no-install-recommends -t bookworm-backports \
	install suricata >/dev/null
for p in "$A"/archives/*.deb; do dpkg-deb -x "$p" "$C/root"; done

arch=$(gcc -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)
cat >"$C/suricata" <<END
#!/bin/sh
r=$C/root
export LD_LIBRARY_PATH="\$r/usr/lib/$arch"
exec "\$r/usr/bin/suricata" "\$@"
END
chmod +x "$C/suricata"
"$C/suricata" -V >/dev/null
find "$A/archives" -name '*.deb' -delete
