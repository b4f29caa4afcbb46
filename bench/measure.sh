#!/bin/bash
# measure.sh ARGUMENTS...
# Run a client, and write to $BENCH_RESULT its seconds of CPU (user, system) and the kilobytes of its largest process,
# then when it began and ended. After $BENCH_CAP seconds it is killed, and the first of the two lines is missing.
#
# The client is $BENCH_PROGRAM, if set, with the arguments. $BENCH_SIDE is a command that starts it elsewhere.
#
# It is the first process of a process namespace, so that nothing that it has started outlives it.
began=$EPOCHREALTIME
# shellcheck disable=SC2086
$BENCH_SIDE timeout --signal=KILL "$BENCH_CAP" unshare --pid --fork --kill-child \
    time --quiet --format='%U %S %M' --output="$BENCH_RESULT" $BENCH_PROGRAM "$@" &
# timeout leads a process group.
trap 'kill -KILL -- -$!' INT TERM
wait $!
status=$?
echo "$began $EPOCHREALTIME" >>"$BENCH_RESULT"
exit $status
