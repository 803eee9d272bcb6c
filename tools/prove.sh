# shellcheck shell=bash
# The command prove: what takes too long for ./clinic test.

cmd_prove() {
    if [[ ${1:-} == fresh ]]; then
        shift
        (($#)) || die "prove fresh: name a suite of Debian, bookworm or trixie"
        "$ROOT/tools/fresh_machine.sh" "$@"
        return
    fi
    if [[ ${1:-} == suites ]]; then
        shift
        prove_suites "$@"
        return
    fi
    if [[ ${1:-} == beside ]]; then
        shift
        prove_beside "$@"
        return
    fi
    [[ -d $ROOT/tests/prove ]] || die "there are no long proofs in tests/prove"
    set_up_tests
    lock
    addons_template
    run_database
    unlock
    cd "$CLINIC_CALLED_FROM" || exit
    # Options alone are options for all of them.
    local argument named=
    for argument in "$@"; do
        [[ -e ${argument%%::*} ]] && named=yes
    done
    [[ -n $named ]] || set -- "$@" "$ROOT/tests/prove"
    run_pytest -p pytest_no_skips --odoo-http -v --durations=0 "$@"
}
