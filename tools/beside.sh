# shellcheck shell=bash
# The proof that the addons work where other modules of Odoo are installed, too.

# prove_beside MODULE... [-- pytest arguments]: run all tests but the long proofs, or those
# that are named, in a database with these modules of Odoo beside the addons.
prove_beside() {
    local named=() folders
    while (($#)) && [[ $1 != -- ]]; do
        named+=("$1")
        shift
    done
    ((${#named[@]})) || die "prove beside: name modules of Odoo, for example: mrp repair sale_stock purchase_stock"
    shift || true
    set_up_tests
    lock
    addons_template
    beside_template "${named[@]}"
    run_database
    unlock
    if (($#)); then
        cd "$CLINIC_CALLED_FROM" || exit
        run_pytest -p pytest_no_skips --odoo-http "$@"
    else
        mapfile -t folders < <(test_folders)
        run_pytest -p pytest_no_skips --odoo-http --durations=10 --ignore="$ROOT/tests/prove" \
            -n "$(test_processes)" --dist loadscope "${folders[@]}"
    fi
}

# beside_template MODULE...: sets TEMPLATE to one with these modules, made from the one
# with the addons where it is missing.
beside_template() {
    local modules=$* addons=$TEMPLATE
    TEMPLATE=${PREFIX}_beside_$({ addons_key; printf '%s\n' "$@" | sort -u; } | short_hash)
    database_exists "$TEMPLATE" && return
    drop_old_templates beside
    step "Installing ${modules// /, } beside the addons" build_beside "$addons" "$TEMPLATE" "${modules// /,}"
}

build_beside() {
    local addons=$1 name=$2 modules=$3 new=${PREFIX}_beside_new
    copy_database "$addons" "$new"
    install_modules "$new" "$modules"
    seal_template "$new" "$name"
}
