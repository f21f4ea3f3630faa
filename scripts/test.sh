#!/usr/bin/env bash
# make test: every check there is, the cheap ones first, on services of its own.
# Ends at the first that fails, and says where the minutes went.
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
for part in build database queries; do
  # shellcheck disable=SC1090 # three beside this file
  source "$ROOT/scripts/$part.sh"
done

FOLDER=$DATA_ROOT/test-$$
SUMMARY=()
RUNNING=
STARTED=0

finish() {
  local status=$1 line
  [[ -z $RUNNING ]] || SUMMARY+=("$(printf '  %-6s %5d s  %s' FAILED "$((SECONDS - STARTED))" "$RUNNING")")
  services_stop
  if ((status == 0)); then
    rm -rf "$FOLDER"
  else
    rm -rf "$FOLDER"/{postgres,postgres.new,redis,queries,stacks}
  fi
  ((${#SUMMARY[@]} == 0)) || printf '\n'
  for line in "${SUMMARY[@]}"; do say "$line"; done
  if ((status == 0)); then
    printf '\nAll checks passed in %d min %d s.\n' "$((SECONDS / 60))" "$((SECONDS % 60))"
  else
    printf '\ngittix: make test ended in "%s"; what it said is above%s.\n' "$RUNNING" \
      "$([[ ! -d $FOLDER/logs ]] || echo ", the logs are in $FOLDER/logs")" >&2
  fi
}

# check NAME COMMAND…
check() {
  RUNNING=$1 STARTED=$SECONDS
  step "$1"
  shift
  "$@" || exit 1
  SUMMARY+=("$(printf '  %-6s %5d s  %s' ok "$((SECONDS - STARTED))" "$RUNNING")")
  RUNNING=
}

# What a killed run left; one that is still going holds its lock.
remove_old_runs() {
  local old
  for old in "$DATA_ROOT"/test-*; do
    [[ -d $old ]] || continue
    if [[ ! -e $old/lock ]] || flock -n "$old/lock" true; then
      rm -rf "$old"
    fi
  done
}

shell_scripts() {
  local file
  for file in scripts/*.sh scripts/setup/*.sh k8s/dev/*.sh k8s/overlays/dev/*.sh .ci/run; do
    bash -n "$file" || return
  done
  if command -v shellcheck >/dev/null; then
    shellcheck -x scripts/*.sh scripts/setup/*.sh k8s/dev/*.sh k8s/overlays/dev/*.sh .ci/run
  else
    say "    shellcheck is not installed: syntax only"
  fi
}

schema() {
  create_schema_database schema
}

queries() {
  queries_current "$FOLDER/queries" || {
    say ".sqlx is not what the queries and migrations say; make sqlx brings it up to date." >&2
    return 1
  }
}

rust_tests() {
  psql_in postgres -c 'CREATE DATABASE rust_tests' || return 1
  tied env DATABASE_URL="$PG_URL_BASE/rust_tests" REDIS_URL="$REDIS_URL_BASE/63" cargo test --locked --no-fail-fast
}

release() {
  build_release
  build_sizes
}

chaos() {
  # On services of its own, which it kills. The same faults each time, so that a change is what makes a
  # difference; make chaos draws others.
  tied env SEED="${SEED:-1}" CHAOS_BIN="$ROOT/target/release" scripts/chaos.sh
}

browser_tests() {
  # Ten ports in a row for its stacks, none of them the site's own: make run may be up.
  tied env GITTIX_OWNER=$$ GITTIX_CHROMIUM="$(chromium_path)" E2E_PORT_BASE="$(free_ports 20)" \
    npx --no-install playwright test --config end2end/playwright.config.ts
}

at_exit finish
remove_old_runs
check 'set-up' tied scripts/setup.sh test
use_toolchain
check 'format' tied cargo fmt --all --check
check 'shell scripts' shell_scripts
# Its advisories are left out: they are on github.com, and a machine without a network tests, too.
check 'dependencies' tied cargo deny --locked check licenses bans sources
check 'manifests' tied scripts/manifests.sh
check 'alerts and dashboard' tied scripts/monitoring.sh
check 'services' services_start "$FOLDER" fresh
check 'migrations' schema
check 'lints, server side (queries against PostgreSQL)' lint_with_queries "$FOLDER/queries" --locked
check '.sqlx is current' queries
check 'lints, browser side' tied cargo clippy --locked -p frontend --target wasm32-unknown-unknown -- -D warnings
check 'Rust tests' rust_tests
check 'documentation' tied env RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps
check 'release build' release
check 'chaos' chaos
check 'browser tests' browser_tests
