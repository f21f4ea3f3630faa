#!/usr/bin/env bash
# scripts/setup.sh run|test|browsers|bench|tools: installs what a build and a run need.
#   run       PostgreSQL, Redis, the compiler, npm's packages
#   test      also the browser, Java, cargo-nextest, cargo-deny, and the checkers of manifests and alerts
#   browsers  what run has, and those of BROWSERS (firefox webkit) with their drivers; WebKit needs a display, too
#   bench     what run has, and wrk
#   tools     cargo-leptos and wasm-bindgen, which take minutes to build: in parallel with the binaries,
#             which do not need them
# Anything already installed in the right version is left alone: then this takes a fraction of a second.
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
for part in packages rust tools node python extracted; do
  # shellcheck disable=SC1090 # the six beside this file
  source "$ROOT/scripts/setup/$part.sh"
done

purpose=${1:-run}
BROWSERS=${BROWSERS:-firefox webkit}
LOGS=$DATA_ROOT/logs
mkdir -p "$DATA_ROOT" "$LOGS" "$TOOLS/bin"
# PostgreSQL's user needs to pass through this folder.
chmod 711 "$DATA_ROOT"
at_exit :

if [[ $purpose == tools ]]; then
  tools_ready && exit
  # Two clones at the same time would build the same tools.
  exec 8>"$TOOLS/tools.lock"
  flock -w 3600 8 || die "another set-up has been building the tools for an hour; end it, then try again."
  setup_tools
  exit
fi

# make run and make test of one clone at the same time would overwrite each other's packages.
exec 8>"$DATA_ROOT/setup.lock"
flock -w 1800 8 || die "another set-up of this clone has been running for half an hour; end it, then try again."
setup_packages "$purpose"
setup_rust
setup_node
[[ $purpose != test ]] || { setup_python; setup_kubectl; setup_extracted; }
[[ $purpose != browsers || $BROWSERS != *firefox* ]] || setup_geckodriver
