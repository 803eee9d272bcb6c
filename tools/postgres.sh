# shellcheck shell=bash
# A PostgreSQL cluster of this checkout's own, on a free port of the loopback
# interface, or the server that PGHOST names.

own_postgres=1
if [[ -n ${PGHOST:-} && ${CLINIC_POSTGRES:-} != "$ROOT" ]]; then
    own_postgres=0
fi
# A database named here would be used by Odoo's commands instead of the one they are told.
unset PGDATABASE

# The user that PostgreSQL runs as: it refuses to run as root.
postgres_user() {
    if ((EUID == 0)); then echo postgres; else id -un; fi
}

as_postgres() {
    if ((EUID == 0)); then
        # Not from a folder that this user may not enter; and not with our lock.
        (cd / && exec runuser -u postgres -- "$@") 9>&-
    else
        "$@" 9>&-
    fi
}

# Where the cluster is: in the checkout, unless its user cannot get there (a checkout
# below /root).
postgres_home() {
    if ((EUID == 0)) && ! as_postgres test -x "$ROOT"; then
        printf '/var/tmp/clinic-%s\n' "$(short_hash <<<"$ROOT")"
    else
        printf '%s\n' "$STATE/postgres"
    fi
}

# The newest server programs, or those of the version that made the cluster $1.
postgres_bin() {
    local version=${1:-} bin
    for bin in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr); do
        if [[ -x $bin/initdb && (-z $version || $bin == */"$version"/bin) ]]; then
            printf '%s\n' "$bin"
            return
        fi
    done
}

make_cluster() {
    local home=$1 data=$1/data user password
    user=$(postgres_user)
    # With the files of the databases that were in it.
    rm -rf "$data" "$STATE/data/filestore"
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    (umask 077 && printf '%s\n' "$password" >"$STATE/postgres.password")
    install -m 600 -o "$user" "$STATE/postgres.password" "$home/password"
    as_postgres "$(postgres_bin)/initdb" --pgdata="$data" --username=clinic --pwfile="$home/password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8
    rm -f "$home/password"
    echo "include 'clinic.conf'" >>"$data/postgresql.conf"
}

# Demo and test data only, which can all be made again: speed is worth more here than
# what a power cut would lose.
cluster_settings() {
    cat <<'CONF'
listen_addresses = '127.0.0.1'
# No socket: the path to a checkout may be too long for one.
unix_socket_directories = ''
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
checkpoint_timeout = 30min
max_connections = 200
shared_buffers = 512MB
work_mem = 16MB
maintenance_work_mem = 128MB
random_page_cost = 1.1
jit = off
CONF
}

# The port that the running server has written down.
running_port() { sed -n 4p "$1/postmaster.pid" 2>/dev/null; }

# Without fsync the files of a server that was running when the machine stopped may be
# torn without a sign of it. (A killed server on a machine that runs on is no such case.)
cluster_may_be_torn() {
    local bin=$1 data=$2 boot=/proc/sys/kernel/random/boot_id
    [[ -r $boot && -f $data/../boot_id && $(<"$data/../boot_id") != "$(<"$boot")" ]] || return 1
    [[ $(as_postgres "$bin/pg_controldata" "$data") != *"cluster state: "*"shut down"* ]]
}

start_cluster() {
    local bin=$1 data=$2
    cat /proc/sys/kernel/random/boot_id >"$data/../boot_id" 2>/dev/null || true
    cluster_settings >"$data/clinic.conf"
    chown "$(postgres_user)" "$data/clinic.conf"
    as_postgres "$bin/pg_ctl" -D "$data" -l "$data/../server.log" -w -t 120 -o "-p $(free_port)" start
}

ensure_postgres() {
    if ((!own_postgres)); then
        export PGPORT=${PGPORT:-5432} PGUSER=${PGUSER:-$(id -un)}
        local answer
        answer=$(psql -X -At -d postgres -c 'SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user' 2>&1) ||
            die "no connection to the PostgreSQL server at PGHOST=$PGHOST: $(head -n 1 <<<"$answer")"
        [[ $answer == t ]] || die "the user $PGUSER may not create databases at PGHOST=$PGHOST"
        # Other checkouts and other machines may use it as well.
        PREFIX=clinic_$(short_hash <<<"$HOSTNAME $ROOT")
        return
    fi
    local home data bin
    home=$(postgres_home)
    data=$home/data
    if [[ ! -f $data/clinic.conf || ! -f $STATE/postgres.password ]]; then
        [[ $home == "$STATE"/* ]] || say "The user postgres cannot enter $ROOT: the database cluster goes to $home"
        # Nobody else may have prepared a folder in /var/tmp for us.
        if [[ -e $home && $(stat -c %U "$home") != "$(postgres_user)" ]]; then
            die "$home belongs to $(stat -c %U "$home"), not to $(postgres_user)"
        fi
        install -d -m 700 -o "$(postgres_user)" "$home"
        step "Making a PostgreSQL cluster" make_cluster "$home"
    fi
    bin=$(postgres_bin "$(<"$data/PG_VERSION")")
    [[ -n $bin ]] ||
        die "the cluster in $home was made by PostgreSQL $(<"$data/PG_VERSION"), which is gone: delete that folder"
    if ! as_postgres "$bin/pg_ctl" -D "$data" status >/dev/null; then
        if cluster_may_be_torn "$bin" "$data"; then
            warn "the machine stopped while PostgreSQL was running: its databases are made again"
            bin=$(postgres_bin)
            step "Making a PostgreSQL cluster" make_cluster "$home"
        fi
        step "Starting PostgreSQL" start_cluster "$bin" "$data"
    fi
    PGPORT=$(running_port "$data")
    PGPASSWORD=$(<"$STATE/postgres.password")
    export PGHOST=127.0.0.1 PGUSER=clinic PGPORT PGPASSWORD PGSSLMODE=disable CLINIC_POSTGRES=$ROOT
    # Before Debian's wrappers of the same names, which are slower.
    export PATH=$bin:$PATH
    # shellcheck disable=SC2034  # used by databases.sh
    PREFIX=clinic
}

stop_postgres() {
    ((own_postgres)) || die "the server at PGHOST=$PGHOST is not mine to stop"
    local data bin
    data=$(postgres_home)/data
    if [[ ! -f $data/PG_VERSION ]]; then
        say "There is no PostgreSQL server of this checkout."
        return
    fi
    bin=$(postgres_bin "$(<"$data/PG_VERSION")")
    if as_postgres "$bin/pg_ctl" -D "$data" status >/dev/null; then
        step "Stopping PostgreSQL" as_postgres "$bin/pg_ctl" -D "$data" -m fast -w stop
    else
        say "PostgreSQL is not running."
    fi
}
