#!/usr/bin/env bash
# Try this repository on a machine that has nothing yet:
#
#   tools/fresh_machine.sh [--user] bookworm|trixie [COMMAND]
#
# makes a minimal Debian 12 or 13 in a folder, puts a clone of the last commit in it
# and nothing else, and runs COMMAND in the clone (by default the demo and the tests)
# twice: the second time shows what is kept. Needs root; with --user the command runs
# as an ordinary user who may use sudo.
#
# The folder is /var/tmp/clinic-fresh (CLINIC_FRESH names another). The minimal system
# is kept there, so that only the first run has to fetch it.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
for part in common packages odoo; do
    # shellcheck source=/dev/null
    source "$ROOT/tools/$part.sh"
done
# shellcheck disable=SC2034  # packages.sh asks for it
own_postgres=1

fresh=${CLINIC_FRESH:-/var/tmp/clinic-fresh}
arguments=("$@")
run_as=root
if [[ ${1:-} == --user ]]; then
    run_as=somebody
    shift
fi
suite=${1:-}
shift || true
[[ $suite == bookworm || $suite == trixie ]] || die "name a suite of Debian, bookworm or trixie"
command=${*:-./clinic demo --no-serve && ./clinic test}
((EUID == 0)) || die "this needs root: it mounts /proc and changes its root folder"

# Mounts and processes of the machine live in namespaces of their own and end with them.
if [[ -z ${CLINIC_IN_NAMESPACE:-} ]]; then
    CLINIC_IN_NAMESPACE=1 exec unshare --mount --pid --fork --kill-child -- \
        "${BASH_SOURCE[0]}" "${arguments[@]}"
fi

base=$fresh/$suite.base
machine=$fresh/$suite
certificates=/usr/local/share/certificates-of-the-host.pem

make_base() {
    rm -rf "$base.new"
    debootstrap --variant=minbase "$suite" "$base.new" "$1"
    mv "$base.new" "$base"
}

# A new copy of the minimal system, and what it needs of this machine's way to the
# network: name servers, certificates, apt's own settings but no list of sources.
reset_machine() {
    rm -rf "$machine"
    cp -a "$base" "$machine"
    cp -L /etc/resolv.conf "$machine/etc/resolv.conf"
    if [[ -f /etc/ssl/certs/ca-certificates.crt ]]; then
        cp -L /etc/ssl/certs/ca-certificates.crt "$machine$certificates"
    fi
    apt-config dump Acquire >"$machine/etc/apt/apt.conf.d/99host"
    # Services do not start in a changed root folder, and shall not try.
    printf '#!/bin/sh\nexit 101\n' >"$machine/usr/sbin/policy-rc.d"
    chmod +x "$machine/usr/sbin/policy-rc.d"
    mkdir -p "$machine$(dirname "$clone")"
    git clone --quiet --no-hardlinks "$ROOT" "$machine$clone"
    if [[ $run_as != root ]]; then
        mount_system
        inside root /bin/sh -c "apt-get -q update && apt-get -q install -y --no-install-recommends sudo &&
            useradd --create-home $run_as && echo '$run_as ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/$run_as &&
            chown -R $run_as $clone"
    fi
}

mount_system() {
    mountpoint -q "$machine/proc" && return
    mount -t proc proc "$machine/proc"
    mount -t sysfs sysfs "$machine/sys"
    mount --rbind /dev "$machine/dev"
    mount -t tmpfs tmpfs "$machine/tmp"
    chmod 1777 "$machine/tmp"
}

# inside USER COMMAND...: nothing of this machine's environment but its proxies.
inside() {
    local user=$1 home=/root name
    shift
    [[ $user == root ]] || home=/home/$user
    local environment=(
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
        HOME="$home" LANG=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive
    )
    for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
        [[ -z ${!name:-} ]] || environment+=("$name=${!name}")
    done
    [[ ! -f $machine$certificates ]] || environment+=("PIP_CERT=$certificates")
    env -i "${environment[@]}" chroot --userspec="$user" "$machine" "$@"
}

clone=/opt/clinic
mkdir -p "$fresh"
mirror=$(debian_mirror) || die "apt's configuration names no Debian mirror: set CLINIC_DEBIAN_MIRROR"
ensure_packages debootstrap git
[[ -d $base ]] || fetch "Fetching a minimal Debian $suite" make_base "$mirror"
step "Making a fresh machine in $machine" reset_machine
mount_system

for round in first second; do
    say "--- $suite as $run_as, $round time: $command"
    started=$SECONDS
    inside "$run_as" /bin/bash -c "cd $clone && $command" </dev/null ||
        die "$suite, $round time: failed with code $? after $((SECONDS - started)) s"
    say "--- $suite, $round time: $((SECONDS - started)) s"
done
