# shellcheck shell=bash
# Odoo 19 from Debian's package odoo-19, unpacked into .clinic/odoo.
#
# The package is only in Debian's development suite. It is not installed, which would
# pull half of that suite into a stable system: apt fetches it through a private list
# and state folder, so that its signature is checked, and dpkg-deb unpacks it.

ODOO_SUITE=sid
ODOO_PACKAGE=odoo-19
# Odoo's package links into these for scripts and fonts.
ODOO_LINKED_PACKAGES=(libjs-jquery libjs-jquery-form libjs-underscore fonts-roboto-unhinted fonts-montserrat)
DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# The folder that holds the Python package odoo.
odoo_home() {
    if [[ -n ${ODOO_HOME:-} ]]; then
        printf '%s\n' "$ODOO_HOME"
    else
        printf '%s\n' "$STATE/odoo/usr/lib/python3/dist-packages"
    fi
}

# Odoo's own addons, comma separated; a source checkout has two folders of them.
odoo_addons_path() {
    local home
    home=$(odoo_home)
    if [[ -d $home/addons/account && ! -d $home/odoo/addons/account ]]; then
        printf '%s,' "$home/addons"
    fi
    printf '%s\n' "$home/odoo/addons"
}

# One line that changes when Odoo changes.
odoo_identity() {
    if [[ -n ${ODOO_HOME:-} ]]; then
        printf '%s %s\n' "$ODOO_HOME" "$(git -C "$ODOO_HOME" rev-parse --short HEAD 2>/dev/null ||
            stat -c %Y "$ODOO_HOME/odoo/release.py")"
    else
        cat "$STATE/odoo/VERSION"
    fi
}

# The mirror of this machine: the first address in apt's configuration that ends in
# /debian (there may be others, of other archives).
debian_mirror() {
    if [[ -n ${CLINIC_DEBIAN_MIRROR:-} ]]; then
        printf '%s\n' "${CLINIC_DEBIAN_MIRROR%/}"
        return
    fi
    local file address addresses
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        [[ -r $file ]] || continue
        mapfile -t addresses < <(sed -nE \
            -e 's/#.*//' \
            -e 's/^[[:space:]]*deb[[:space:]]+(\[[^]]*\][[:space:]]*)?([^[:space:]]+)[[:space:]].*/\2/p' \
            -e 's/^URIs:[[:space:]]*(.*)/\1/p' "$file" | tr -s '[:space:]' '\n')
        for address in "${addresses[@]}"; do
            # Cloud images name a file that holds the address.
            if [[ $address == mirror+file:* && -r ${address#mirror+file:} ]]; then
                address=$(grep -m1 -oE '^[a-z]+:[^[:space:]]+' "${address#mirror+file:}" || true)
            fi
            if [[ $address =~ ^[a-z]+:.*/debian/?$ ]]; then
                printf '%s\n' "${address%/}"
                return
            fi
        done
    done
    return 1
}

# apt-get with a list, state and cache of its own, for any user.
private_apt() {
    local tool=$1 apt=$STATE/apt
    shift
    "$tool" -q \
        -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
        -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=3 \
        -o APT::Update::Error-Mode=any "$@"
}

newest_odoo() {
    private_apt apt-cache show "$ODOO_PACKAGE" 2>/dev/null | sed -n 's/^Version: //p' | head -n 1
}

download_odoo() {
    local apt=$STATE/apt
    cd "$apt/download" || return
    # The version known to work while Debian still has it, else the newest.
    private_apt apt-get download "$ODOO_PACKAGE=$(<"$ROOT/tools/odoo-version")" "${ODOO_LINKED_PACKAGES[@]}" ||
        private_apt apt-get download "$ODOO_PACKAGE" "${ODOO_LINKED_PACKAGES[@]}"
}

download_linked() {
    cd "$STATE/apt/download" || return
    private_apt apt-get download "${ODOO_LINKED_PACKAGES[@]}"
}

unpack_odoo() {
    local deb new=$STATE/odoo.new
    rm -rf "$new"
    mkdir -p "$new"
    for deb in "$STATE"/apt/download/*.deb; do
        dpkg-deb -x "$deb" "$new"
    done
    # Debian leaves out this library for blurring the background of video calls, but
    # the web client still asks for it at start, and reports an error when it is not
    # there. An empty one is enough for everything but the blur.
    local segmentation=$new/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation
    if [[ ! -e $segmentation/selfie_segmentation.js ]]; then
        mkdir -p "$segmentation"
        echo "/* Not in Debian's package: background blur of video calls. */" >"$segmentation/selfie_segmentation.js"
    fi
    printf '%s\n' "$1" >"$new/VERSION"
    cp "$ROOT/tools/odoo-version" "$new/KNOWN"
    rm -rf "$STATE/odoo"
    mv "$new" "$STATE/odoo"
    rm -rf "$STATE/apt/download"
}

ensure_odoo() {
    if [[ -n ${ODOO_HOME:-} ]]; then
        [[ -f $ODOO_HOME/odoo/release.py ]] ||
            die "ODOO_HOME=$ODOO_HOME holds no odoo/release.py: name the folder that holds the Python package odoo"
        grep -q '^version_info = (19, 0' "$ODOO_HOME/odoo/release.py" ||
            die "ODOO_HOME=$ODOO_HOME is not Odoo 19.0"
        return
    fi
    local known version given=
    known=$(<"$ROOT/tools/odoo-version")
    if [[ -n ${CLINIC_ODOO_DEB:-} ]]; then
        [[ -r $CLINIC_ODOO_DEB ]] || die "CLINIC_ODOO_DEB=$CLINIC_ODOO_DEB: no such file"
        given="$(dpkg-deb -f "$CLINIC_ODOO_DEB" Version 2>/dev/null) ($(stat -c '%s %Y' "$CLINIC_ODOO_DEB"))" ||
            die "CLINIC_ODOO_DEB=$CLINIC_ODOO_DEB is no Debian package"
    fi
    # Fetched once, and again when the version known to work is another one.
    if [[ -f $STATE/odoo/KNOWN && -f $STATE/odoo/VERSION ]]; then
        if [[ -n $given ]]; then
            [[ $(<"$STATE/odoo/VERSION") == "$given" ]] && return
        elif [[ $(<"$STATE/odoo/KNOWN") == "$known" ]]; then
            return
        fi
    fi

    local mirror apt=$STATE/apt
    [[ -f $DEBIAN_KEYRING ]] || ensure_packages debian-archive-keyring
    mirror=$(debian_mirror) ||
        die "apt's configuration names no Debian mirror (an address that ends in /debian): set CLINIC_DEBIAN_MIRROR"
    rm -rf "$apt"
    mkdir -p "$apt"/{lists/partial,cache/archives/partial,download}
    printf 'deb [signed-by=%s] %s %s main\n' "$DEBIAN_KEYRING" "$mirror" "$ODOO_SUITE" >"$apt/sources.list"
    fetch "Looking for Odoo at the Debian mirror" private_apt apt-get update
    version=$(newest_odoo)
    if [[ -n $given ]]; then
        cp "$CLINIC_ODOO_DEB" "$apt/download/"
        fetch "Fetching what Odoo links to" download_linked
        version=$given
    elif [[ -z $version ]]; then
        die "Debian has no package $ODOO_PACKAGE any more: download $known from Debian's snapshot archive and" \
            "set CLINIC_ODOO_DEB to it, or set ODOO_HOME to an existing Odoo 19"
    else
        if [[ $version != "$known" ]]; then
            warn "Debian's $ODOO_PACKAGE is now $version; $known was seen to work. If this one does not, download" \
                "$known from Debian's snapshot archive and set CLINIC_ODOO_DEB to it, or set ODOO_HOME."
        fi
        fetch "Fetching Odoo $version (about 130 MB)" download_odoo
        version=$(dpkg-deb -f "$apt/download/${ODOO_PACKAGE}"_*.deb Version)
    fi
    step "Unpacking Odoo" unpack_odoo "$version"
}

# Written anew at each start, since the port of PostgreSQL may change.
write_odoo_conf() {
    local conf=$STATE/odoo.conf
    mkdir -p "$STATE/data"
    (umask 077 && : >"$conf.new")
    cat >"$conf.new" <<CONF
[options]
addons_path = $(odoo_addons_path),$ROOT/addons
data_dir = $STATE/data
db_host = ${PGHOST:-}
db_port = ${PGPORT:-}
db_user = ${PGUSER:-}
db_password = ${PGPASSWORD:-}
db_maxconn = 32
db_template = template0
http_interface = 127.0.0.1
limit_time_cpu = 0
limit_time_real = 0
# Odoo asks for nothing outside this machine.
geoip_city_db =
geoip_country_db =
CONF
    mv "$conf.new" "$conf"
    export ODOO_RC=$conf
}
