#!/bin/bash
# A slow link between two network namespaces: hdcli (10.77.0.1), for clients, and hdsrv (10.77.0.2), for servers.
# Needs root, iproute2 and netem (the kernel's sch_netem).
#
#   link.sh up ONEWAY_MS [RATE_MBIT]   make the link, or change it; a round trip takes twice ONEWAY_MS
#   link.sh exec srv|cli COMMAND...    run a command on one side
#   link.sh down                       remove the link and the namespaces; stop what runs in them first
set -euo pipefail

usage() { sed -n '/^#   /s/^#   //p' "$0" >&2; exit 2; }

make_namespace() {
    ip netns add "$1"
    ip -n "$1" link set lo up
    # What most machines have, whatever this one has, and nothing remembered from one run to the next.
    ip netns exec "$1" sh -c 'echo cubic >/proc/sys/net/ipv4/tcp_congestion_control' 2>/dev/null || true
    ip netns exec "$1" sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_no_metrics_save'
}

make_link() {
    make_namespace hdcli
    make_namespace hdsrv
    ip -n hdcli link add hdlink type veth peer name hdlink netns hdsrv
    ip -n hdcli address add 10.77.0.1/24 dev hdlink
    ip -n hdsrv address add 10.77.0.2/24 dev hdlink
    for side in hdcli hdsrv; do ip -n "$side" link set hdlink up; done
}

# A queue of 100 ms with a rate, and without one a queue that is never full.
delay_each_way() {
    local delay=$1 rate=${2:-} limit=100000 segments=65535 side
    if [[ $rate ]]; then
        limit=$((rate * 1000000 / 8 / 1500 * (${delay%.*} + 100) / 1000))
        # With a rate, packets are to come one by one and not in bursts.
        segments=1
    fi
    for side in hdcli hdsrv; do
        ip -n "$side" link set hdlink gso_max_segs "$segments"
        tc -n "$side" qdisc replace dev hdlink root netem \
            delay "${delay}ms" limit "$limit" ${rate:+rate "${rate}mbit"}
    done
}

case ${1:-} in
up)
    [[ $# == 2 || $# == 3 ]] || usage
    ip -n hdsrv link show hdlink &>/dev/null || make_link
    if ! delay_each_way "${@:2}"; then
        echo "$0: no delay without netem. Load it (modprobe sch_netem; Debian has it in the kernel's own package," \
            "Ubuntu in linux-modules-extra), or let BENCH_LINK name a program that makes the link in another way." >&2
        exit 1
    fi
    ;;
down)
    for namespace in hdcli hdsrv; do
        if [[ -e /run/netns/$namespace ]]; then ip netns delete "$namespace"; fi
    done
    ;;
exec)
    [[ ${2:-} == srv || ${2:-} == cli ]] && (($# > 2)) || usage
    exec ip netns exec "hd$2" "${@:3}"
    ;;
*)
    usage
    ;;
esac
