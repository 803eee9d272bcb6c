# shellcheck shell=bash
# shellcheck disable=SC2153  # PYTHON is set by common.sh
# The virtual environment of requirements.txt, in which `import odoo` works.

system_python() {
    local python
    for python in /usr/bin/python3 "$(command -v python3 || true)"; do
        if [[ -x $python ]] && "$python" -c 'import sys, venv, ensurepip
sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            printf '%s\n' "$python"
            return
        fi
    done
    die "Odoo 19 needs Python 3.10 to 3.13 with venv; this machine has $(python3 --version 2>&1 || echo none)"
}

make_venv() {
    rm -rf "$VENV"
    "$1" -m venv "$VENV"
    "$PYTHON" -m pip install --no-input --disable-pip-version-check -r "$ROOT/requirements.txt"
}

ensure_venv() {
    local python key stamp=$VENV/clinic-stamp
    python=$(system_python)
    key=$({ "$python" --version; echo "$VENV"; cat "$ROOT/requirements.txt"; } | short_hash)
    if [[ ! -f $stamp || $(<"$stamp") != "$key" ]]; then
        fetch "Installing the Python packages of requirements.txt" make_venv "$python"
        printf '%s\n' "$key" >"$stamp"
    fi
    odoo_home >"$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/clinic-odoo.pth"
    # The binary of the wheel under the name that Odoo looks for.
    mkdir -p "$STATE/bin"
    if [[ -x $VENV/bin/wkhtmltopdf-pack ]]; then
        ln -sfn "$VENV/bin/wkhtmltopdf-pack" "$STATE/bin/wkhtmltopdf"
    fi
    export PATH=$STATE/bin:$VENV/bin:$PATH
}
