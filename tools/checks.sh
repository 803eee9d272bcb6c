# shellcheck shell=bash
# The commands test and lint.

set_up_tests() {
    lock
    ensure_packages "${BASE_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
    set_up
    write_browser
}

# The browser as Odoo's tests start it, but without the calls that Chromium makes to
# its makers by itself: tests talk to this machine alone, network or not.
write_browser() {
    local browser wrapper=$STATE/bin/google-chrome
    browser=$(find_browser) || die "no Chromium found"
    cat >"$wrapper.$$" <<BROWSER
#!/bin/sh
exec "$browser" --disable-quic --disable-component-update --disable-sync \\
    --host-resolver-rules="MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1" "\$@"
BROWSER
    chmod +x "$wrapper.$$"
    mv "$wrapper.$$" "$wrapper"
}

# Two processes at least, one for each core at most four: each has a copy of the
# database, an Odoo server and a browser of its own.
test_processes() {
    local cores
    cores=$(nproc)
    echo $((cores < 2 ? 2 : cores > 4 ? 4 : cores))
}

# run_pytest ARGUMENTS: in the environment of the tests.
run_pytest() {
    PYTHONPATH=$ROOT/tools "$PYTHON" -m pytest -c "$ROOT/pyproject.toml" --rootdir="$ROOT" \
        --odoo-config="$ODOO_RC" --odoo-database="$RUN_DATABASE" -p no:cacheprovider -p pytest_kept_files "$@" </dev/null
}

# The folders that a plain `./clinic test` takes.
test_folders() {
    local folder
    for folder in "${ADDONS[@]/#/$ROOT/addons/}" "$ROOT/tests"; do
        [[ -d $folder ]] && printf '%s\n' "$folder"
    done
}

cmd_test() {
    if [[ ${1:-} == --odoo-runner ]]; then
        shift
        test_with_odoo_runner "$@"
        return
    fi
    set_up_tests
    lock
    addons_template
    run_database
    unlock
    local folders
    if (($#)); then
        cd "$CLINIC_CALLED_FROM" || exit
        run_pytest -p pytest_no_skips --odoo-http "$@"
    else
        mapfile -t folders < <(test_folders)
        # A class of tests stays in one process: setting it up is the long part.
        run_pytest -p pytest_no_skips --odoo-http --durations=10 --ignore="$ROOT/tests/prove" \
            -n "$(test_processes)" --dist loadscope "${folders[@]}"
    fi
}

# The addons are installed anew here, so that their at_install tests run at install.
test_with_odoo_runner() {
    set_up_tests
    lock
    base_template
    run_database
    unlock
    local tags
    tags=$(printf ',/%s' "${ADDONS[@]}")
    "$PYTHON" -m odoo -d "$RUN_DATABASE" -i "$(IFS=,; echo "${ADDONS[*]}")" \
        --test-tags "${tags:1}" --http-port "$(free_port)" --max-cron-threads=0 \
        --log-level=warn --log-handler=odoo.tests.result:INFO --log-handler=odoo.tests.stats:INFO "$@" </dev/null
}

# --- lint -----------------------------------------------------------------------------

lint_failed=

# check TEXT COMMAND...: one linter; its output only when it finds something.
check() {
    local text=$1 output started=$SECONDS
    shift
    if output=$("$@" 2>&1 </dev/null); then
        say "$text: clean ($((SECONDS - started)) s)"
    else
        say "$text: FAILED"
        printf '%s\n' "$output" | sed 's/^/  | /'
        lint_failed=yes
    fi
}

shell_files() { printf '%s\n' clinic tools/*.sh .ci/run; }

lint_shell() {
    local file
    mapfile -t files < <(shell_files)
    for file in "${files[@]}"; do
        bash -n "$file" || return 1
    done
    shellcheck -x --source-path=SCRIPTDIR --severity=style "${files[@]}"
}

# Nothing of the machine where it was written may stand in a file: no name of a
# package registry's host, no path of a home or a work folder. (The patterns are
# written so that they do not find themselves.)
lint_names() {
    local found code=0
    found=$(git grep --untracked -nIE \
        -e 'deb[.]debian[.]org|snapshot[.]debian[.]org|pypi[.]org|pythonhosted[.]org|registry[.]npmjs' \
        -e '(^|[^a-zA-Z0-9_.$}])/(work|root)/[a-z.]' -- . 2>&1) || code=$?
    printf '%s\n' "$found"
    # 1: nothing found; more: no answer at all.
    ((code == 1))
}

# The hooks print what they find, and say so in their exit code.
lint_oca() {
    "$VENV/bin/oca-checks-odoo-module" --disable=xml-header-wrong,missing-readme "${ADDONS[@]/#/addons/}"
}

# Left out beside what the author's name is for: a large model may be spread over files
# of one subject each, and a method other than write() may call the write() below it.
# (Said here, because Odoo's own pylint run does not know these checks by name.)
lint_pylint() {
    local left_out=manifest-required-author,missing-readme
    left_out+=,consider-merging-classes-inherited,super-method-mismatch
    PYTHONPATH=$(odoo_home) "$PYTHON" -m pylint --rcfile="$ROOT/pyproject.toml" --score=n \
        --valid-odoo-versions=19.0 --disable="$left_out" "${ADDONS[@]/#/addons/}"
}

# Not among them: the tests of the checkers themselves, what checks only localizations,
# and what needs eslint.
lint_odoo() {
    CLINIC_LINT_ADDONS=$(IFS=,; echo "${ADDONS[*]}")
    export CLINIC_LINT_ADDONS
    local tests
    tests=$(odoo_test_lint)
    run_pytest -q -p pytest_odoo_lint \
        --ignore="$tests/test_checkers.py" --ignore="$tests/test_eslint.py" --ignore="$tests/test_l10n.py" "$tests"
}

odoo_test_lint() {
    local folder
    while IFS= read -r -d , folder; do
        if [[ -d $folder/test_lint/tests ]]; then
            printf '%s\n' "$folder/test_lint/tests"
            return
        fi
    done <<<"$(odoo_addons_path),"
}

cmd_lint() {
    lock
    ensure_packages "${BASE_PACKAGES[@]}" git
    set_up
    lock
    addons_template
    run_database
    unlock
    cd "$ROOT" || exit
    check "ruff check" ruff check .
    check "ruff format" ruff format --check --diff .
    check "pylint-odoo" lint_pylint
    check "OCA's checks" lint_oca
    check "shellcheck" lint_shell
    check "names of hosts and machine paths" lint_names
    check "Odoo's test_lint" lint_odoo
    [[ -z $lint_failed ]] || die "lint found something to mend"
    say "Lint is clean."
}
