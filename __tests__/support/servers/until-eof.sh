#!/bin/sh
# until-eof.sh HOME COMMAND...
# Run a server until standard input ends, then remove HOME. The test holds the other end of standard input: it closes it
# to stop the server, and the kernel does when the test is killed.
home=$1
shift
"$@" </dev/null &
server=$!
cat >/dev/null
kill "$server" 2>/dev/null
wait "$server"
rm -rf "$home"
