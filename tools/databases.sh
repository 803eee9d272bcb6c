# shellcheck shell=bash
# Databases, and the templates that make them quick to make:
#
#   <prefix>_base_<key>    what the addons depend on, no demo data; once per state of Odoo
#   <prefix>_addons_<key>  that and the addons; once per state of the addons
#   <prefix>_demo_<key>    the same with the addons' demo data
#   <prefix>_run_<pid>     a copy that one run of the tests works on
#
# A template is made under another name and renamed at the end: one that exists is
# complete. Nobody may connect to it, so that it can always be copied.

sql() { psql -X -q -At -v ON_ERROR_STOP=1 -d "${2:-postgres}" -c "$1"; }

database_exists() { [[ $(sql "SELECT 1 FROM pg_database WHERE datname = '$1'") == 1 ]]; }

drop_database() {
    psql -X -q -d postgres -c "SET client_min_messages = error" \
        -c "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)"
    rm -rf "$STATE/data/filestore/$1"
}

# copy_database TEMPLATE NAME: files of a filestore never change, so links will do.
copy_database() {
    drop_database "$2"
    sql "CREATE DATABASE \"$2\" TEMPLATE \"$1\""
    if [[ -d $STATE/data/filestore/$1 ]]; then
        cp -al "$STATE/data/filestore/$1" "$STATE/data/filestore/$2"
    fi
}

seal_template() {
    sql "ALTER DATABASE \"$1\" RENAME TO \"$2\""
    sql "ALTER DATABASE \"$2\" ALLOW_CONNECTIONS false"
    if [[ -d $STATE/data/filestore/$1 ]]; then
        rm -rf "$STATE/data/filestore/$2"
        mv "$STATE/data/filestore/$1" "$STATE/data/filestore/$2"
    fi
}

# Before another template of a kind is made: keep the newest three, since people go
# back and forth between states of the addons.
drop_old_templates() {
    local name
    for name in $(sql "SELECT datname FROM pg_database WHERE datname ~ '^${PREFIX}_${1}_[0-9a-f]{8}$'
        ORDER BY oid DESC OFFSET 3"); do
        drop_database "$name"
    done
}

# Copies that a killed run left behind.
drop_orphaned_runs() {
    local name pid
    for name in $(sql "SELECT datname FROM pg_database WHERE datname ~ '^${PREFIX}_run_[0-9]+'"); do
        pid=${name#"${PREFIX}"_run_}
        [[ -d /proc/${pid%%[!0-9]*} ]] || drop_database "$name"
    done
}

# install_modules DATABASE MODULES: fails, too, when Odoo passes over a module.
install_modules() {
    local database=$1 modules=$2 left
    "$PYTHON" -m odoo -d "$database" -i "$modules" --stop-after-init --no-http --max-cron-threads=0 --log-level=warn
    left=$(sql "SELECT string_agg(m, ', ') FROM unnest(string_to_array('$modules', ',')) m WHERE m NOT IN
        (SELECT name FROM ir_module_module WHERE state = 'installed')" "$database")
    if [[ -n $left ]]; then
        echo "not installed: $left"
        return 1
    fi
}

# What the addons depend on, from their manifests.
dependencies() { "$PYTHON" "$ROOT/tools/manifests.py" dependencies "${ADDONS[@]/#/$ROOT/addons/}"; }

base_key() {
    { odoo_identity; dependencies; sha256sum <"$ROOT/tools/databases.sh"; } | short_hash
}

# What decides the contents of a database with the addons: their files, tests aside.
addons_key() {
    {
        base_key
        cd "$ROOT/addons" || exit
        find "${ADDONS[@]}" -type f -not -path '*/tests/*' -not -name '*.py[co]' -not -name '*.md' \
            -not -name '*.pot' -print0 | sort -z | xargs -0 -r sha256sum
    } | short_hash
}

build_base() {
    local name=$1 new=${PREFIX}_base_new
    drop_database "$new"
    # Odoo creates the database itself, with the extensions it wants.
    install_modules "$new" "$(dependencies)"
    seal_template "$new" "$name"
}

build_addons() {
    local base=$1 name=$2 new=${PREFIX}_addons_new
    copy_database "$base" "$new"
    install_modules "$new" "$(IFS=,; echo "${ADDONS[*]}")"
    seal_template "$new" "$name"
}

# Odoo loads demo data of an addon only where what it depends on has some. The demo
# clinic is better off without the furniture of Odoo's own demo data, so the base is
# told that it has it, for as long as the addons are being installed.
build_demo() {
    local base=$1 name=$2 new=${PREFIX}_demo_new ours
    copy_database "$base" "$new"
    sql "UPDATE ir_module_module SET demo = true WHERE state = 'installed'" "$new"
    install_modules "$new" "$(IFS=,; echo "${ADDONS[*]}")"
    ours=$(printf "'%s'," "${ADDONS[@]}")
    sql "UPDATE ir_module_module SET demo = false WHERE name NOT IN (${ours%,})" "$new"
    # Odoo reports demo data that does not load, and goes on without it.
    if [[ $(sql "SELECT count(*) FROM ir_module_module WHERE name IN (${ours%,}) AND demo" "$new") != "${#ADDONS[@]}" ]]; then
        echo "demo data of the addons did not load"
        return 1
    fi
    seal_template "$new" "$name"
}

# base_template, addons_template, demo_template: set TEMPLATE, and build it first where
# it is missing. Call them with the lock.
base_template() {
    TEMPLATE=${PREFIX}_base_$(base_key)
    database_exists "$TEMPLATE" && return
    drop_old_templates base
    step "Installing Odoo's own apps into a template database" build_base "$TEMPLATE"
}

addons_template() {
    base_template
    local base=$TEMPLATE
    TEMPLATE=${PREFIX}_addons_$(addons_key)
    database_exists "$TEMPLATE" && return
    drop_old_templates addons
    step "Installing the addons into a template database" build_addons "$base" "$TEMPLATE"
    show_log_warnings
}

demo_template() {
    base_template
    local base=$TEMPLATE
    TEMPLATE=${PREFIX}_demo_$(addons_key)
    database_exists "$TEMPLATE" && return
    drop_old_templates demo
    step "Installing the addons with demo data" build_demo "$base" "$TEMPLATE"
    show_log_warnings
}

# Warnings of an installation that went well are worth a look all the same.
show_log_warnings() {
    grep -hE ' (WARNING|ERROR|CRITICAL) ' "$LOGS"/installing-the-addons-*.log | sed 's/^/  | /' >&2 || true
}

# ensure_clinic_database NAME [with-demo]: a database with the addons, if there is none.
ensure_clinic_database() {
    [[ $1 =~ ^[A-Za-z][A-Za-z0-9_-]*$ ]] || die "not a name for a database: $1"
    lock
    if ! database_exists "$1"; then
        if [[ ${2:-} == with-demo ]]; then demo_template; else addons_template; fi
        step "Making the database $1" copy_database "$TEMPLATE" "$1"
    fi
    unlock
}

# A copy of a template for this run alone; sets RUN_DATABASE.
run_database() {
    RUN_DATABASE=${PREFIX}_run_$$
    drop_orphaned_runs
    step "Copying the template database" copy_database "$TEMPLATE" "$RUN_DATABASE"
    on_exit "drop_database $RUN_DATABASE"
    # Tests that need databases of their own copy these.
    CLINIC_BASE_TEMPLATE=${PREFIX}_base_$(base_key)
    export CLINIC_BASE_TEMPLATE CLINIC_ADDONS_TEMPLATE=$TEMPLATE CLINIC_DATABASE=$RUN_DATABASE
}
