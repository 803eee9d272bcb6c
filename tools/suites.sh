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
    copy_database "$RUN_DATABASE" "${RUN_DATABASE}_without"
    on_exit "drop_database ${RUN_DATABASE}_without"
    step "Installing the addons" install_modules "$RUN_DATABASE" "$(IFS=,; echo "${ADDONS[*]}")"
    copy_database "$RUN_DATABASE" "${RUN_DATABASE}_with"
    on_exit "drop_database ${RUN_DATABASE}_with"
    say "Running the tests of ${modules// /, } without and with the addons ..."
    # Side by side, each in one process: some of Odoo's tests leave things behind, so
    # that the order of the tests must be the same in both.
    for variant in without with; do
        run_suites "$variant" "${folders[@]}" &
    done
    wait
    for variant in without with; do
        say "$variant: $(tail -n 1 "$results/$variant.log")"
    done
    "$PYTHON" "$ROOT/tools/compare_suites.py" "$results/without.xml" "$results/with.xml"
}

# run_suites VARIANT FOLDER...: what fails is compared later, and no reason to stop.
run_suites() {
    local variant=$1 results=$STATE/suites
    shift
    # A configuration of its own, for a port of its own.
    { cat "$ODOO_RC"; echo "http_port = $(free_port)"; } >"$results/$variant.conf"
    chmod 600 "$results/$variant.conf"
    export ODOO_RC=$results/$variant.conf RUN_DATABASE=${RUN_DATABASE}_$variant
    run_pytest -q --odoo-http --rootdir="$(odoo_home)/odoo/addons" \
        --junitxml="$results/$variant.xml" "$@" >"$results/$variant.log" 2>&1 || true
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
