# shellcheck shell=bash
# Programs extracted from Debian's packages: if installed, each would run as a service of the machine. Sourced.

# The machine's own program, or the extracted one.
extracted_path() {
  command -v "$1" || { [[ -x /usr/sbin/$1 ]] && echo "/usr/sbin/$1"; } || { [[ -x $TOOLS/bin/$1 ]] && echo "$TOOLS/bin/$1"; }
}

# promtool checks PromQL; nginx runs in front of several servers.
promtool_path() { extracted_path promtool; }
nginx_path() { extracted_path nginx; }

# extract PACKAGE PATH: extracts the program at PATH from a Debian package.
extract() {
  local package=$1 path=$2 name folder log
  name=$(basename "$path")
  log=$LOGS/$name.log
  extracted_path "$name" >/dev/null && return
  command -v apt-get >/dev/null || die "please install $name, which Debian has in its package $package, then try again."
  step "Taking $name out of Debian's package $package" "seconds"
  folder=$(mktemp -d)
  # apt drops its privileges to a user that must be able to write here.
  chmod 777 "$folder"
  {
    (cd "$folder" && { tied apt-get download "$package" || { as_root apt-get update -q && tied apt-get download "$package"; }; }) &&
      dpkg-deb --fsys-tarfile "$folder/$package"_*.deb | tar -xO "./$path" >"$folder/$name" &&
      install -m 755 "$folder/$name" "$TOOLS/bin/$name"
  } >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    rm -rf "$folder"
    die "$name could not be had from Debian's packages; the last lines are above, all of them in $log."
  }
  rm -rf "$folder"
}

setup_extracted() {
  extract prometheus usr/bin/promtool
  extract nginx usr/sbin/nginx
  "$(nginx_path)" -v >"$LOGS/nginx.log" 2>&1 || die "nginx does not run here: $(<"$LOGS/nginx.log"). Please install Debian's package nginx-core or its libraries (libpcre2-8-0), then try again."
}
