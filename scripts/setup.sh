#!/usr/bin/env bash
# scripts/setup.sh run|test: everything a build and a run need; `test` adds the browser.
# What is there in the right version is left alone: then this takes a fraction of a second.
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
for part in packages rust tools node manifests extracted; do
  # shellcheck disable=SC1090 # the six beside this file
  source "$ROOT/scripts/setup/$part.sh"
done

purpose=${1:-run}
LOGS=$DATA_ROOT/logs
mkdir -p "$DATA_ROOT" "$LOGS" "$TOOLS/bin"
# Passed through by the user PostgreSQL runs as.
chmod 711 "$DATA_ROOT"

# make run and make test of one clone at once would install over each other.
exec 8>"$DATA_ROOT/setup.lock"
flock -w 1800 8 || die "another set-up of this clone has been running for half an hour; end it, then try again."

at_exit :
setup_packages "$purpose"
setup_rust
setup_node
setup_tools "$purpose"
[[ $purpose != test ]] || { setup_manifests; setup_extracted; }
