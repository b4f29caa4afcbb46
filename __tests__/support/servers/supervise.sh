#!/bin/sh
# supervise.sh HOME ROOT SIZE MESSAGES COMMAND...
# Run a daemon until standard input ends, then remove all that it left.
#
# The test holds the other end of standard input: it closes it to stop the daemon, and the kernel does when the test is
# killed. SIZE makes ROOT a disk of its own. For MESSAGES see enter.sh.
umask 022
home=$1 root=$2 size=$3
shift 3

make_disk() {
    mount -t tmpfs -o "size=$size,mode=755,$(stat -c uid=%u,gid=%g "$root")" none "$root"
}

if [ -n "$size" ] && ! make_disk >>"$home/output" 2>&1; then
    size=
else
    unshare --mount --pid --fork --kill-child --propagation private \
        sh "${0%/*}/enter.sh" "$home" "$@" >>"$home/output" 2>&1
fi
# When the test has not asked for it yet, it wants to know, and to read the output. When it was killed, nobody reads
# this, and the signal for that is to end the subshell only.
(echo ended)
cat >/dev/null
if [ -n "$size" ]; then umount "$root" 2>/dev/null || umount --lazy "$root"; fi
rm -rf --one-file-system "$home"
