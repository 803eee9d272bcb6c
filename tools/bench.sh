# shellcheck shell=bash
# The command bench: how long documents take, beside Odoo's own ways to them.
#
# Its database, <prefix>_bench_<key>, has Odoo Sales beside the addons. It is kept with
# its patients, visits and orders for the next time; what is measured is rolled back.

cmd_bench() {
    local database="" arguments=()
    while (($#)); do
        case $1 in
            --database) database=${2:-}; shift ;;
            --database=*) database=${1#*=} ;;
            *) arguments+=("$1") ;;
        esac
        shift || die "bench: --database needs a name"
    done
    # Billing against Odoo's invoicing: what the stock adds is not part of it.
    # shellcheck disable=SC2034  # read by databases.sh
    [[ -n ${CLINIC_ADDONS:-} ]] || ADDONS=(medical_records medical_billing)
    set_up
    # Help, and a mistake in the arguments, need no database.
    PYTHONPATH=$ROOT/tools "$PYTHON" -m bench.arguments "${arguments[@]}" || exit
    case " ${arguments[*]} " in
        *" --help "* | *" -h "*) return ;;
    esac
    if [[ -z $database ]]; then
        database=${PREFIX}_bench_$({ addons_key; cat "$ROOT/tools/bench/data.py"; } | short_hash)
        lock
        if ! database_exists "$database"; then
            drop_old_templates bench
            addons_template
            # shellcheck disable=SC2153  # set by addons_template
            step "Installing Odoo Sales beside the addons" build_bench "$TEMPLATE" "$database"
        fi
        unlock
    fi
    database_in_use "$database" && die "the database $database is in use: wait for the other ./clinic bench"
    run_in_odoo "$database" "$ROOT/tools/bench/run.py" "${arguments[@]}"
}

build_bench() {
    local template=$1 name=$2 new=${PREFIX}_bench_new
    copy_database "$template" "$new"
    install_modules "$new" sale
    sql "ALTER DATABASE \"$new\" RENAME TO \"$name\""
    rm -rf "$STATE/data/filestore/$name"
    mv "$STATE/data/filestore/$new" "$STATE/data/filestore/$name"
}
