# shellcheck shell=bash
# promtool, which reads PromQL, out of Debian's package of Prometheus: installed it would run as a service. Sourced.

# The machine's promtool, or ours.
promtool_path() {
  command -v promtool || { [[ -x $TOOLS/bin/promtool ]] && echo "$TOOLS/bin/promtool"; }
}

setup_promtool() {
  local log=$LOGS/promtool.log folder
  promtool_path >/dev/null && return
  command -v apt-get >/dev/null || die "please install promtool, which comes with Prometheus, then try again."
  step "Taking promtool out of Debian's package of Prometheus" "seconds"
  folder=$(mktemp -d)
  # apt drops its rights to a user that must be able to write here.
  chmod 777 "$folder"
  {
    (cd "$folder" && { tied apt-get download prometheus || { as_root apt-get update -q && tied apt-get download prometheus; }; }) &&
      dpkg-deb --fsys-tarfile "$folder"/prometheus_*.deb | tar -xO ./usr/bin/promtool >"$folder/promtool" &&
      install -m 755 "$folder/promtool" "$TOOLS/bin/promtool"
  } >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    rm -rf "$folder"
    die "promtool could not be had from Debian's packages; the last lines are above, all of them in $log."
  }
  rm -rf "$folder"
}
