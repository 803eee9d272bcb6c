# shellcheck shell=bash
# System packages: looked for with dpkg, installed with apt only when missing.

# What Odoo needs, and the libraries that the wkhtmltopdf of PyPI links to, with a
# font to draw with (a minimal system has none).
# shellcheck disable=SC2034  # used by common.sh
BASE_PACKAGES=(
    ca-certificates python3 python3-venv postgresql
    fontconfig fonts-dejavu-core
    libfontconfig1 libfreetype6 libx11-6 libxext6 libxrender1
)
# Browser tests need a browser.
# shellcheck disable=SC2034  # used by checks.sh
TEST_PACKAGES=(chromium)

# A browser of the system, not our wrapper around it.
find_browser() {
    local name
    for name in chromium google-chrome google-chrome-stable chromium-browser; do
        type -aP "$name" | grep -v "^$STATE/" | head -n 1 | grep . && return
    done
    return 1
}

have_package() {
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

ensure_packages() {
    local package missing=()
    command -v dpkg-query >/dev/null ||
        die "this is no Debian-like system: install PostgreSQL and Odoo 19 and set PGHOST and ODOO_HOME"
    for package in "$@"; do
        # Another server or another Chromium will do as well.
        # shellcheck disable=SC2154  # own_postgres is set by postgres.sh
        case $package in
            postgresql) ((own_postgres)) || package=postgresql-client
                        [[ -n $(postgres_bin) ]] && continue ;;
            chromium) find_browser >/dev/null && continue ;;
        esac
        have_package "$package" || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            die "these packages are missing, and there is no sudo to install them: ${missing[*]}"
        # Asks for a password here rather than in the middle of a step.
        sudo -v || die "these packages are missing and sudo was refused: ${missing[*]}"
    fi
    fetch "Reading the package lists" as_root apt-get update
    fetch "Installing ${missing[*]}" as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${missing[@]}"
}
