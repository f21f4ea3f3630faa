#!/usr/bin/env bash
# make test [ONLY='STEP…']: runs every check, the cheap ones first, on services of its own.
# Stops at the first failure, and reports the time of each step.
#
# ONLY names the steps to run: format, scripts, dependencies, manifests, alerts, lints, queries, lints-browser,
# rust, doctests, documentation, site, chaos, browser. The binaries that a step needs are built first.
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
for part in build cache database queries; do
  # shellcheck disable=SC1090 # four beside this file
  source "$ROOT/scripts/$part.sh"
done

STEPS=(format scripts dependencies manifests alerts lints queries lints-browser rust doctests documentation site chaos browser)
ONLY=${ONLY:-}
FOLDER=$DATA_ROOT/test-$$
SITE_LOG=$DATA_ROOT/logs/site-$$.log
SUMMARY=()
RUNNING=
STARTED=0
SITE_PID=

finish() {
  local status=$1 line
  [[ -z $RUNNING ]] || SUMMARY+=("$(printf '  %-6s %5d s  %s' FAILED "$((SECONDS - STARTED))" "$RUNNING")")
  [[ -z $SITE_PID ]] || end_all 10 TERM "$SITE_PID"
  services_stop
  if ((status == 0)); then
    rm -rf "$FOLDER" "$SITE_LOG"
  else
    rm -rf "$FOLDER"/{postgres,postgres.new,redis,queries,stacks}
  fi
  ((${#SUMMARY[@]} == 0)) || printf '\n'
  for line in "${SUMMARY[@]}"; do say "$line"; done
  flaky_tests
  if ((status == 0)); then
    printf '\nAll checks passed in %d min %d s.\n' "$((SECONDS / 60))" "$((SECONDS % 60))"
  else
    printf '\ngittix: make test ended in "%s"; what it said is above%s.\n' "$RUNNING" \
      "$([[ ! -d $FOLDER/logs ]] || echo ", the logs are in $FOLDER/logs")" >&2
  fi
}

# A browser test that fails and passes at its second attempt is flaky: it is reported, and does not fail the run.
flaky_tests() {
  [[ -s $FOLDER.report.json ]] || return 0
  # shellcheck disable=SC2016 # expanded by Node
  node -e '
    const flaky = (suite) => [
      ...(suite.specs ?? []).flatMap((spec) => spec.tests.filter((test) => test.status === "flaky").map((test) => `  flaky          ${spec.file}:${spec.line} ${spec.title} (${test.projectName})`)),
      ...(suite.suites ?? []).flatMap(flaky),
    ];
    const report = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    report.suites.flatMap(flaky).forEach((line) => console.log(line));
  ' "$FOLDER.report.json" || true
  rm -f "$FOLDER.report.json"
}

wanted() { [[ -z $ONLY || " ${ONLY//,/ } " == *" $1 "* ]]; }

# check WHAT COMMAND…
check() {
  RUNNING=$1 STARTED=$SECONDS
  step "$1"
  shift
  "$@" || exit 1
  SUMMARY+=("$(printf '  %-6s %5d s  %s' ok "$((SECONDS - STARTED))" "$RUNNING")")
  RUNNING=
}

# A killed run leaves its folder behind. A running one holds the lock in it.
remove_old_runs() {
  local old
  for old in "$DATA_ROOT"/test-*/; do
    [[ -d $old ]] || continue
    if [[ ! -e $old/lock ]] || flock -n "$old/lock" true; then
      rm -rf "$old"
    fi
  done
}

# --- The steps -------------------------------------------------------------

step_format() { tied cargo fmt --all --check; }

step_scripts() {
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

# Without the advisories: they are on github.com, and the tests must also run without a network.
step_dependencies() { tied cargo deny --locked check licenses bans sources; }

step_manifests() { tied scripts/manifests.sh; }

step_alerts() { tied scripts/monitoring.sh; }

need_services() {
  [[ -n ${PG_URL_BASE:-} ]] || services_start "$FOLDER" fresh
}

# The queries are compiled against PostgreSQL, which returns the content that .sqlx must have.
step_lints() {
  need_services
  create_schema_database schema || return
  lint_with_queries "$FOLDER/queries" --locked
}

step_queries() {
  [[ -d $FOLDER/queries ]] || step_lints || return
  queries_current "$FOLDER/queries" || {
    say ".sqlx is not what the queries and migrations say; make sqlx brings it up to date." >&2
    return 1
  }
}

step_lints-browser() { tied cargo clippy --locked -p frontend --target wasm32-unknown-unknown -- -D warnings; }

step_rust() {
  need_services
  build_for_tests || return
  create_test_template "$TEST_BIN/gittix-server" && create_database rust_tests || return
  tied env DATABASE_URL="$PG_URL_BASE/rust_tests" REDIS_URL="$REDIS_URL_BASE/63" cargo nextest run --locked
}

step_doctests() { tied cargo test --locked --doc; }

step_documentation() { tied env RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps; }

# The site is built in parallel with the steps before: it ends in minutes on one core. This step waits for it.
begin_site() {
  mkdir -p "${SITE_LOG%/*}"
  spawn TERM scripts/site.sh >"$SITE_LOG" 2>&1
  SITE_PID=$SPAWNED
}

step_site() {
  local status=0
  wait "$SITE_PID" || status=$?
  SITE_PID=
  ((status == 0)) || { cat "$SITE_LOG" >&2 && return "$status"; }
  tail -n 20 "$SITE_LOG"
}

need_build() {
  build_for_tests || return
  [[ -z $SITE_PID ]] || step_site || return
  take_site_hash "$TEST_BIN"
}

# Runs on services of its own, which it kills. The seed is fixed, so that a failure comes from a change;
# make chaos draws other seeds.
step_chaos() {
  need_build || return
  tied env SEED="${SEED:-1}" CHAOS_BIN="$TEST_BIN" scripts/chaos.sh
}

step_browser() {
  need_services
  need_build || return
  # Consecutive ports for its stacks, none of them the site's own, because make run may be running.
  tied env GITTIX_OWNER=$$ GITTIX_CHROMIUM="$(chromium_path)" E2E_PORT_BASE="$(free_ports 20)" STACK_BIN="$TEST_BIN" \
    PLAYWRIGHT_JSON_OUTPUT_NAME="$FOLDER.report.json" \
    npx --no-install playwright test --config end2end/playwright.config.ts
}

for name in ${ONLY//,/ }; do
  [[ " ${STEPS[*]} " == *" $name "* ]] || die "ONLY=$name names no step; the steps are ${STEPS[*]}."
done
at_exit finish
remove_old_runs
check 'set-up' tied scripts/setup.sh test
use_toolchain
cache_restore
if wanted site || wanted chaos || wanted browser; then begin_site; fi
for name in "${STEPS[@]}"; do
  wanted "$name" || continue
  check "$name" "step_$name"
done
cache_save
