# shellcheck shell=bash
# The proof that Odoo's own tests say the same with and without the addons.

# Tests of Odoo's configuration, command line, installer, test runner and profiler. They
# know nothing of addons, count on another runner, and leave a configuration or a registry
# that breaks what follows.
SUITES_LEFT_OUT=(
    test_cli test_configmanager test_install test_profiler test_test_retry test_test_suite test_tests_tags test_uninstall
)

# prove_suites MODULE...: run the tests of Odoo's modules twice, in databases that
# differ in nothing but the addons, and compare what failed.
prove_suites() {
    (($#)) || die "prove suites: name modules of Odoo, for example: base contacts product mail"
    set_up_tests
    local modules=$* module variant results
    results=$STATE/suites
    for module in "$@"; do
        odoo_module_tests "$module" >/dev/null || die "Odoo has no module $module with tests"
    done
    rm -rf "$results"
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
    # Side by side, each module in one process: some tests leave things behind, so that
    # their order must be the same in both.
    for variant in without with; do
        run_suites "$variant" "$@" &
    done
    wait
    for module in "$@"; do
        for variant in without with; do
            say "$module $variant: $(tail -n 1 "$results/$module-$variant.log")"
        done
    done
    "$PYTHON" "$ROOT/tools/compare_suites.py" "$results"
}

# run_suites VARIANT MODULE...: what fails is compared later, and no reason to stop.
run_suites() {
    local variant=$1 results=$STATE/suites module file ignored=()
    shift
    # A configuration of its own, for a port of its own.
    { cat "$ODOO_RC"; echo "http_port = $(free_port)"; } >"$results/$variant.conf"
    chmod 600 "$results/$variant.conf"
    export ODOO_RC=$results/$variant.conf RUN_DATABASE=${RUN_DATABASE}_$variant
    for module in "$@"; do
        ignored=()
        for file in "${SUITES_LEFT_OUT[@]}"; do
            ignored+=("--ignore=$(odoo_module_tests "$module")/$file.py")
        done
        run_pytest -q --odoo-http --rootdir="$(odoo_home)/odoo/addons" "${ignored[@]}" \
            --junitxml="$results/$module-$variant.xml" "$(odoo_module_tests "$module")" \
            >"$results/$module-$variant.log" 2>&1 || true
    done
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
