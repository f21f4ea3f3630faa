# shellcheck shell=bash
# The system's packages: PostgreSQL, Redis, a C compiler, and browsers and Java for the tests.

# as_root COMMAND…: fails if this user cannot become root without a password prompt.
as_root() {
  if ((EUID == 0)); then "$@"; else sudo -n -- "$@"; fi
}

can_install() {
  command -v apt-get >/dev/null && as_root true 2>/dev/null
}

# apt_install LOG PACKAGE…
APT_UPDATED=
apt_install() {
  local log=$1
  shift
  if [[ -z $APT_UPDATED ]]; then
    tied env DEBIAN_FRONTEND=noninteractive bash -c "$(declare -f as_root); as_root apt-get update -q" >>"$log" 2>&1 || return 1
    APT_UPDATED=yes
  fi
  # shellcheck disable=SC2016 # expanded by the inner bash
  tied bash -c "$(declare -f as_root)"'
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
  ' _ "$@" >>"$log" 2>&1
}

# Without this, Debian would start an unwanted cluster on the machine's own port 5432.
no_main_cluster() {
  [[ -e /etc/postgresql-common ]] && return
  as_root mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.d/gittix.conf >/dev/null
}

setup_packages() {
  local purpose=$1 log=$LOGS/packages.log missing=()
  ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) || die "bash 5.1 or newer is needed; this is $BASH_VERSION."
  command -v setpriv >/dev/null || missing+=(util-linux)
  command -v cc >/dev/null || missing+=(gcc libc6-dev)
  pg_bin >/dev/null || missing+=(postgresql)
  { command -v redis-server && command -v redis-cli; } >/dev/null || missing+=(redis-server)
  if [[ $purpose == test ]]; then
    chromium_path >/dev/null || missing+=(chromium)
    command -v openssl >/dev/null || missing+=(openssl)
    # For the HTML checker
    command -v java >/dev/null || missing+=(default-jre-headless)
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
  fi
  if [[ $purpose == browsers && $BROWSERS == *firefox* ]]; then
    firefox_path >/dev/null || missing+=(firefox-esr)
  fi
  if [[ $purpose == browsers && $BROWSERS == *webkit* ]]; then
    { command -v WebKitWebDriver && minibrowser_path; } >/dev/null || missing+=(webkit2gtk-driver)
    command -v Xvfb >/dev/null || missing+=(xvfb)
  fi
  [[ $purpose != bench ]] || command -v wrk >/dev/null || missing+=(wrk)
  ((${#missing[@]} > 0)) || return 0

  can_install || die "please install ${missing[*]} (the names are Debian's), then try again; this user may not install packages here."
  step "Installing ${missing[*]} from Debian's packages" "a minute or two"
  [[ " ${missing[*]} " != *' postgresql '* ]] || no_main_cluster
  apt_install "$log" "${missing[@]}" || {
    tail -n 20 "$log" >&2
    die "apt-get could not install ${missing[*]}; its last lines are above, all of them in $log."
  }
  pg_bin >/dev/null || die "PostgreSQL $POSTGRES_MAJOR or newer is needed, and the packages of this system have none; please install it, then try again."
}
