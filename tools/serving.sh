# shellcheck shell=bash
# The commands that run Odoo for people: demo, synthea, odoo, psql, pot.

DEMO_DATABASE=clinic_demo

run_in_odoo() { "$PYTHON" "$ROOT/tools/run_in_odoo.py" "$@"; }

# Somebody who has the database open, a server left running perhaps.
database_in_use() {
    [[ $(sql "SELECT count(*) FROM pg_stat_activity WHERE datname = '$1'") != 0 ]]
}

# Odoo's reports and mails point at this address.
set_base_url() {
    sql "UPDATE ir_config_parameter SET value = '$2' WHERE key = 'web.base.url'" "$1"
}

cmd_demo() {
    local serve=1 keep="" port=8069
    while (($#)); do
        case $1 in
            --no-serve) serve= ;;
            --keep) keep=1 ;;
            --port) port=${2:-}; shift ;;
            --port=*) port=${1#*=} ;;
            *) die "demo: unknown argument $1 (see ./clinic help)" ;;
        esac
        shift || die "demo: --port needs a number"
    done
    if ! [[ $port =~ ^[0-9]{1,5}$ ]] || ((port < 1 || port > 65535)); then
        die "demo: not a port: $port"
    fi
    # Before the long work, not after it.
    if [[ -n $serve ]] && port_in_use "$port"; then
        die "port $port is in use: stop what listens there, or choose another with --port"
    fi
    set_up
    if [[ -z $keep ]] || ! database_exists "$DEMO_DATABASE"; then
        lock
        demo_template
        if database_exists "$DEMO_DATABASE" && database_in_use "$DEMO_DATABASE"; then
            die "the database $DEMO_DATABASE is in use: stop the other ./clinic demo first"
        fi
        step "Making the database $DEMO_DATABASE" copy_database "$TEMPLATE" "$DEMO_DATABASE"
        unlock
        set_base_url "$DEMO_DATABASE" "http://localhost:$port"
        run_in_odoo "$DEMO_DATABASE" "$ROOT/tools/demo_morning.py" || die "the demo morning failed"
    fi
    [[ -n $serve ]] || return 0
    set_base_url "$DEMO_DATABASE" "http://localhost:$port"
    say "Serving on http://localhost:$port (Ctrl-C ends it)"
    exec "$PYTHON" -m odoo -d "$DEMO_DATABASE" --db-filter "^$DEMO_DATABASE\$" --http-port "$port" --log-level=warn
}

cmd_synthea() {
    local database=synthea arguments=()
    while (($#)); do
        case $1 in
            --database) database=${2:-}; shift ;;
            --database=*) database=${1#*=} ;;
            *) arguments+=("$1") ;;
        esac
        shift || die "synthea: --database needs a name"
    done
    set_up
    # Help, and a mistake in the arguments, need no database.
    PYTHONPATH=$ROOT/tools "$PYTHON" -m synthea "${arguments[@]}" || exit
    case " ${arguments[*]} " in
        *" --help "* | *" -h "*) return ;;
    esac
    ensure_clinic_database "$database"
    run_in_odoo "$database" "$ROOT/tools/synthea/load.py" "${arguments[@]}"
}

cmd_odoo() {
    set_up
    exec "$PYTHON" -m odoo "$@"
}

cmd_psql() {
    set_up
    exec psql "${@:-$DEMO_DATABASE}"
}

cmd_pot() {
    set_up
    lock
    addons_template
    run_database
    unlock
    "$PYTHON" -m odoo i18n export -c "$ODOO_RC" -d "$RUN_DATABASE" "${ADDONS[@]}" 2>/dev/null ||
        die "the export failed: ./clinic odoo i18n export -d DATABASE ${ADDONS[*]}"
    ls -1 "$ROOT"/addons/*/i18n/*.pot
}
