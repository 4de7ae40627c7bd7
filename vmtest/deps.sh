#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# vmtest/deps.sh CACHE - fill CACHE with virtme-ng, virtiofsd, QEMU 10 and the kernels of kernels.txt.
#
# Nothing of another suite is installed and /etc/apt is left alone: a private apt state sees the
# other suites of the mirror this machine uses already; packages are downloaded and unpacked.
# Only the plain libraries QEMU links to are installed, from the machine's own suite.
# A second run takes a second. CACHE must lie on the root file system: the guest sees it there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
C=$(mkdir -p "$1" && cd "$1" && pwd)
A=$C/apt
exec 9>"$C/lock"
flock 9

mkdir -p "$A"/lists/partial "$A"/archives/partial "$C"/debs "$C"/tools "$C"/kernels
kernels=$(sed 's/#.*//' "$here/kernels.txt" | xargs)
export DEBIAN_FRONTEND=noninteractive

done_already() {
	[ -e "$C/tools/.done" ] || return 1
	local k
	for k in $kernels; do [ -e "$C/kernels/$k/.done" ] || return 1; done
	"$C/tools/qemu-system-x86_64" --version >/dev/null 2>&1
}

wrappers() {
	local g=$C/tools/vng/usr/lib/python3/dist-packages/virtme/guest/bin
	mkdir -p "$g"
	cat >"$g/virtiofsd" <<E
#!/bin/sh
d=$C/tools/virtiofsd/usr
# the guest only reads this tree, and nobody changes it under a run: what is cached stays cached,
# or each exec has its pages read, and an emulated processor translates them, again (0.17 s, then 0.03)
set -- "\$d/lib64/ld-linux-x86-64.so.2" --library-path "\$d/lib/x86_64-linux-gnu" "\$d/libexec/virtiofsd" --cache=always "\$@"
# virtme-ng waits three seconds for it and then tries what cloud kernels lack: it does not stand back as the guests do
chrt --other 0 true 2>/dev/null && exec chrt --other 0 "\$@"
exec "\$@"
E
	cat >"$C/tools/qemu-system-x86_64" <<E
#!/bin/sh
d=$C/tools/qemu/usr
export QEMU_MODULE_DIR="\$d/lib/x86_64-linux-gnu/qemu"
exec "\$d/bin/qemu-system-x86_64" -L "\$d/share/qemu" -L "\$d/share/seabios" "\$@"
E
	cat >"$C/tools/vng-run" <<E
#!/bin/sh
v=$C/tools/vng/usr
PYTHONPATH=\$v/lib/python3/dist-packages PATH=\$v/bin:\$PATH exec /usr/bin/python3 "\$v/bin/vng" "\$@"
E
	chmod +x "$g/virtiofsd" "$C/tools/qemu-system-x86_64" "$C/tools/vng-run"
}

if done_already; then
	wrappers
	exit 0
fi

find /var/lib/apt/lists -maxdepth 1 -name '*_InRelease' 2>/dev/null | grep -q . || apt-get -qq update
. /etc/os-release
uri=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
	awk -v c="$VERSION_CODENAME" '$1 == c { print $2; exit }')
if [ -z "$uri" ]; then
	echo "vmtest: no Debian archive among the machine's apt sources; cure: add one for $VERSION_CODENAME" >&2
	exit 1
fi
for s in bookworm bookworm-backports trixie trixie-backports; do
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $s main"
done >"$A/sources.list"
: >"$A/status"
OPT=(-o Dir::Etc::SourceList="$A/sources.list" -o Dir::Etc::SourceParts=/dev/null
	-o Dir::Etc::PreferencesParts=/dev/null -o Dir::State::Lists="$A/lists" -o Dir::Cache="$A"
	-o Dir::State::status="$A/status" -o APT::Sandbox::User=root)
find "$A/lists" -maxdepth 1 -name '*_InRelease' -mmin -720 2>/dev/null | grep -q . ||
	apt-get "${OPT[@]}" -qq update

get() { (cd "$C/debs" && apt-get "${OPT[@]}" -qq download "$@"); } # NAME/SUITE or NAME
names() { apt-cache "${OPT[@]}" pkgnames "$1"; }
newest_deb() { find "$C/debs" -name "${1}_*.deb" | sort -V | tail -1; }
unpack() { # INTO PACKAGE...
	local into=$1 p
	shift
	mkdir -p "$into"
	for p; do dpkg-deb -x "$(newest_deb "$p")" "$into"; done
}
clear_debs() { find "$C/debs" -name '*.deb' -delete; }

if [ ! -e "$C/tools/.done" ] || ! "$C/tools/qemu-system-x86_64" --version >/dev/null 2>&1; then
	clear_debs
	get virtme-ng/trixie virtiofsd/trixie libc6/trixie libgcc-s1/trixie libseccomp2/trixie libcap-ng0/trixie
	unpack "$C/tools/vng" virtme-ng
	unpack "$C/tools/virtiofsd" virtiofsd libc6 libgcc-s1 libseccomp2 libcap-ng0
	clear_debs
	get qemu-system-x86/bookworm-backports qemu-system-common/bookworm-backports \
		qemu-system-data/bookworm-backports seabios/bookworm-backports
	unpack "$C/tools/qemu" qemu-system-x86 qemu-system-common qemu-system-data seabios
	# the libraries this QEMU is linked to, by name, from the machine's own suite
	dpkg-deb -f "$(newest_deb qemu-system-x86)" Depends | tr ',' '\n' | sed 's/([^)]*)//; s/|.*//; s/ //g' |
		grep -vE '^(qemu|seabios|ipxe)' | xargs apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends >/dev/null
	clear_debs
	wrappers
	touch "$C/tools/.done"
fi

for k in $kernels; do
	[ -e "$C/kernels/$k/.done" ] && continue
	rm -rf "${C:?}/kernels/$k"
	re=${k//./\\.}
	[ "$k" = newest ] && re='[0-9]+\.[0-9]+'
	p=$(names linux-image- | grep -E "^linux-image-$re\.[0-9].*-cloud-amd64$" | sort -V | tail -1)
	if [ -z "$p" ]; then
		echo "vmtest: no kernel $k in the mirror; cure: change vmtest/kernels.txt" >&2
		exit 1
	fi
	v=${p#linux-image-}
	d=$C/kernels/$k
	if names "linux-binary-$v" | grep -qx "linux-binary-$v"; then # split packages since 6.19
		set -- "linux-binary-$v" "linux-modules-$v" "linux-base-$v"
	else
		set -- "$p"
	fi
	get "$@"
	unpack "$d" "$@"
	clear_debs
	[ -e "$d/lib" ] || ln -s usr/lib "$d/lib"
	find "$d" -name '*.ko.xz' -print0 | xargs -0 -r -n 64 -P 2 unxz -f
	depmod -b "$d" "$v"
	i=$(find "$d" -name 'vmlinuz*' -type f | head -1)
	mkdir -p "$d/boot"
	[ -e "$d/boot/vmlinuz-$v" ] || ln "$i" "$d/boot/vmlinuz-$v"
	echo "$v" >"$d/version"
	touch "$d/.done"
done
