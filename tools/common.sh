# shellcheck shell=bash
# Paths, messages, the lock and the order of the set-up, for every part of ./clinic.

STATE=$ROOT/.clinic
LOGS=$STATE/logs
VENV=$STATE/venv
# shellcheck disable=SC2034  # used by the other parts
PYTHON=$VENV/bin/python
# The names of the addons of this repository, or those that CLINIC_ADDONS names.
ADDONS=()
for manifest in "$ROOT"/addons/*/__manifest__.py; do
    addon=$(basename "$(dirname "$manifest")")
    if [[ -f $manifest && (-z ${CLINIC_ADDONS:-} || " $CLINIC_ADDONS " == *" $addon "*) ]]; then
        ADDONS+=("$addon")
    fi
done

# Messages of the tools are compared and shown: keep them in one language.
export LANG=C.UTF-8 LC_ALL=C.UTF-8
# Bytecode stays out of the checkout, too.
export PYTHONPYCACHEPREFIX=$STATE/pycache

say() { printf '%s\n' "$*" >&2; }

warn() { printf 'warning: %s\n' "$*" >&2; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# step TEXT COMMAND...: run a command with its output in a log file; one line on
# the screen with the time it took, the end of the log when it fails.
step() {
    local text=$1 log code=0 started=$SECONDS
    shift
    mkdir -p "$LOGS"
    log=$LOGS/$(tr -cs 'a-zA-Z0-9' '-' <<<"$text" | tr '[:upper:]' '[:lower:]' | cut -c1-40).log
    printf '%s ... ' "$text" >&2
    # A subshell outside of any condition: only there does `set -e` hold within
    # functions. What the command changes of the shell's state stays in there.
    set +e
    (set -e; "$@") >"$log" 2>&1 </dev/null
    code=$?
    set -e
    if ((code == 0)); then
        printf '%d s\n' $((SECONDS - started)) >&2
    else
        printf 'failed\n' >&2
        if [[ -n ${STEP_FETCHES:-} ]]; then
            # What the tool said last about it is enough.
            die "$text failed; is there a network? $(grep -iE '^(E|Err|error|fatal)' "$log" | head -n 1) (log: $log)"
        fi
        tail -n 15 "$log" | sed 's/^/  | /' >&2
        die "$text failed (log: $log)"
    fi
}

# fetch TEXT COMMAND...: a step that needs the network.
fetch() { STEP_FETCHES=1 step "$@"; }

# Run as root, through sudo where needed.
as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        sudo -- "$@"
    fi
}

# short_hash: eight characters for what comes on standard input.
short_hash() { sha256sum | cut -c1-8; }

free_port() {
    /usr/bin/env python3 -c 'import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])'
}

port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Two ./clinic of one checkout may run at the same time; what they set up, they set
# up one after the other. The lock is on file descriptor 9, which servers that are
# started meanwhile must not inherit (9>&-).
lock_held=
lock() {
    [[ -n $lock_held ]] && return
    mkdir -p "$STATE" 2>/dev/null || die "cannot write to $ROOT: no right"
    { exec 9>"$STATE/lock"; } 2>/dev/null || die "cannot write to $STATE: no right (made by another user?)"
    if ! flock -n 9; then
        say "Waiting for another ./clinic of this checkout ..."
        flock 9
    fi
    lock_held=yes
}

unlock() {
    exec 9>&-
    lock_held=
}

# Commands to run when ./clinic ends, the last one first.
cleanups=()
on_exit() { cleanups=("$*" "${cleanups[@]}"); }
run_cleanups() {
    local cleanup
    for cleanup in "${cleanups[@]}"; do
        eval "$cleanup" || true
    done
}
trap run_cleanups EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# set_up: everything that Odoo needs to run. A second time it only looks.
set_up() {
    lock
    ensure_packages "${BASE_PACKAGES[@]}"
    ensure_odoo
    ensure_venv
    ensure_postgres
    write_odoo_conf
    unlock
}
