#!/bin/sh
# enter.sh HOME MESSAGES COMMAND...
# Run a daemon as process 2 of its own process namespace, and with a mount namespace where it finds its own accounts
# and devices: the machine needs no account and no syslog daemon. When this shell ends, the kernel ends all the others.
#
# MESSAGES is the file for what the daemon says to syslog; empty if it does not.
set -e
home=$1 messages=$2
shift 2

for file in passwd group shadow hosts pam.d; do mount --bind "$home/etc/$file" "/etc/$file"; done
mount -t tmpfs -o mode=755 none /dev
mknod -m 666 /dev/null c 1 3
mknod -m 666 /dev/urandom c 1 9
mount -t tmpfs -o mode=755 none /run
mkdir /run/sshd

# sshd wants every folder above a chroot to be closed to others, which one in /tmp cannot offer.
if [ -d "$home/chroot" ]; then
    mkdir /dev/chroot
    mount --rbind "$home/chroot" /dev/chroot
fi
if [ -n "$messages" ]; then
    perl "${0%/*}/syslog.pl" /dev/log "$messages"
    if [ -d /dev/chroot ]; then mount --bind /dev/log /dev/chroot/dev/log; fi
fi

# Ends with standard input or with the daemon, whichever is first. Not by `read` in this shell: no signal ends that.
trap 'exit 1' TERM
exec 3<&0
(cat <&3 >/dev/null; kill -TERM 1) &
("$@" </dev/null 3<&- || true; kill -TERM 1) &
wait
