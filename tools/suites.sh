# shellcheck shell=bash
# The proof that Odoo's own tests say the same with and without the addons.

# prove_suites MODULE...: run the tests of Odoo's modules twice, in databases that
# differ in nothing but the addons, and compare what failed.
prove_suites() {
    (($#)) || die "prove suites: name modules of Odoo, for example: base contacts product mail"
    set_up_tests
    local modules=$* folders=() folder variant results
    results=$STATE/suites
    for folder in "$@"; do
        folders+=("$(odoo_module_tests "$folder")") || die "Odoo has no module $folder with tests"
    done
    mkdir -p "$results"
    lock
    base_template
    run_database
    unlock
    step "Installing ${modules// /, }" install_modules "$RUN_DATABASE" "${modules// /,}"
    for variant in without with; do
        if [[ $variant == with ]]; then
            step "Installing the addons" install_modules "$RUN_DATABASE" "$(IFS=,; echo "${ADDONS[*]}")"
        fi
        lock
        copy_database "$RUN_DATABASE" "${RUN_DATABASE}_$variant"
        unlock
        on_exit "drop_database ${RUN_DATABASE}_$variant"
        say "Running the tests of ${modules// /, } $variant the addons ..."
        # What fails is compared below, it is no reason to stop.
        RUN_DATABASE=${RUN_DATABASE}_$variant run_pytest -q --odoo-http -p no:randomly \
            -n "$(test_processes)" --dist loadscope --rootdir="$(odoo_home)/odoo/addons" \
            --junitxml="$results/$variant.xml" "${folders[@]}" >"$results/$variant.log" 2>&1 || true
        tail -n 1 "$results/$variant.log" >&2
    done
    "$PYTHON" "$ROOT/tools/compare_suites.py" "$results/without.xml" "$results/with.xml"
}

# The folder with the tests of a module of Odoo.
odoo_module_tests() {
    local folder
    while IFS= read -r -d , folder; do
        if [[ -d $folder/$1/tests ]]; then
            printf '%s\n' "$folder/$1/tests"
            return
        fi
    done <<<"$(odoo_addons_path),"
    return 1
}
