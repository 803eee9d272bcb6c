# shellcheck shell=bash
# The command bench: how long documents take, and goods out of the stock, beside Odoo's
# own ways to them.
#
# Its databases, <prefix>_bench_<key> with Odoo Sales beside the addons for documents, and
# <prefix>_benchstock_<key>, are kept with their patients, visits and orders for the next
# time; what is measured is rolled back.

cmd_bench() {
    local database="" arguments=() parts code=0 given=${CLINIC_ADDONS:-}
    while (($#)); do
        case $1 in
            --database) database=${2:-}; shift ;;
            --database=*) database=${1#*=} ;;
            *) arguments+=("$1") ;;
        esac
        shift || die "bench: --database needs a name"
    done
    set_up
    # Help, and a mistake in the arguments, need no database.
    parts=$(PYTHONPATH=$ROOT/tools "$PYTHON" -m bench.arguments "${arguments[@]}") || exit
    case " ${arguments[*]} " in
        *" --help "* | *" -h "*) printf '%s\n' "$parts"; return ;;
    esac
    if [[ $parts == *stock* && " ${ADDONS[*]} " == *" medical_stock_link "* ]]; then
        bench_in "" benchstock stock_data.py build_bench_stock stock_run.py || code=$?
    fi
    if [[ $parts == *documents* ]]; then
        # Billing against Odoo's invoicing: what the stock adds is not part of it.
        # shellcheck disable=SC2034  # read by databases.sh
        [[ -n $given ]] || ADDONS=(medical_records medical_billing)
        bench_in "$database" bench data.py build_bench run.py || code=$?
    fi
    return "$code"
}

# bench_in DATABASE KIND DATA BUILD FILE: run FILE, in a database of that kind that is
# made by BUILD and filled by DATA, where none is named. Reads `arguments`.
bench_in() {
    local database=$1 kind=$2 data=$3 build=$4 file=$5
    if [[ -z $database ]]; then
        database=${PREFIX}_${kind}_$({ addons_key; cat "$ROOT/tools/bench/$data"; } | short_hash)
        lock
        if ! database_exists "$database"; then
            drop_old_templates "$kind"
            addons_template
            # shellcheck disable=SC2153  # set by addons_template
            step "Making the database of the benchmark" "$build" "$TEMPLATE" "$database"
        fi
        unlock
    fi
    database_in_use "$database" && die "the database $database is in use: wait for the other ./clinic bench"
    run_in_odoo "$database" "$ROOT/tools/bench/$file" "${arguments[@]}"
}

build_bench_stock() { copy_database "$1" "$2"; }

build_bench() {
    local template=$1 name=$2 new=${PREFIX}_bench_new
    copy_database "$template" "$new"
    install_modules "$new" sale
    sql "ALTER DATABASE \"$new\" RENAME TO \"$name\""
    rm -rf "$STATE/data/filestore/$name"
    mv "$STATE/data/filestore/$new" "$STATE/data/filestore/$name"
}
