#!/bin/bash
# Get the daemons that the integration tests start, on Debian or Ubuntu, as root. Safe and quick to run again.
#
# The daemons are unpacked below $SERVERS_PREFIX instead of being installed: as packages, vsftpd, proftpd and pure-ftpd
# exclude each other, and an installed daemon would run as a service. Only the libraries they need are installed.
set -euo pipefail

prefix=${SERVERS_PREFIX:-/opt/ftp-servers}
daemons=(openssh-server vsftpd proftpd-core proftpd-mod-crypto pure-ftpd nginx)
packages=(openssl openssh-client util-linux perl-base)

complete() {
    local binaries=("$prefix"/usr/sbin/{sshd,vsftpd,proftpd,pure-ftpd,nginx} "$prefix"/usr/lib/proftpd/mod_{sftp,tls}.so)
    dpkg-query --show "${packages[@]}" &>/dev/null && ldd "${binaries[@]}" &>/dev/null &&
        ! ldd "${binaries[@]}" | grep 'not found'
}

if complete; then exit 0; fi
if ((EUID)); then
    echo "$0: needs root to install libraries and to write to $prefix" >&2
    exit 1
fi

export DEBIAN_FRONTEND=noninteractive
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get update -qq
apt-get download -qq -o APT::Sandbox::User=root "${daemons[@]}"
depends=$(for deb in *.deb; do dpkg-deb --field "$deb" Depends; done)
mapfile -t libraries < <(grep -oP '(^|, )\Klib[\w.+-]+' <<<"$depends" | sort -u)
apt-get install -qq -y --no-install-recommends --no-upgrade "${packages[@]}" "${libraries[@]}"
mkdir -p "$prefix"
for deb in *.deb; do dpkg-deb --extract "$deb" "$prefix"; done
complete
