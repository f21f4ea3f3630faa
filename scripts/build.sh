# shellcheck shell=bash
# Builds the site for browsers, and the server, worker and simulator. Sourced.
#
# The site is always the small, optimised build. The binaries of make run, of tests and of chaos use cargo's
# `dev` profile, whose dependencies the tests have compiled anyway; make bench and the image use `release`.

# The binaries in the profile of the tests.
TEST_BIN=$ROOT/target/debug
SITE_INPUTS=(Cargo.toml Cargo.lock rust-toolchain.toml package-lock.json .cargo app frontend model scripts/finish-site.mjs style)
BINARIES=(--package=server --bin=gittix-server --package=jobs --bin=gittix-jobs --package=stripe-sim --bin=stripe-sim)

# One build at a time in a clone: cargo-leptos empties the site before it builds it.
build_site() {
  (
    flock 7
    site_current && exit
    tied scripts/setup.sh tools || exit
    step "Building the site" "a few minutes the first time on two cores, then what changed"
    touch target/.site-building
    tied cargo leptos build --release --frontend-only --split --lib-features split || exit
    tied node scripts/finish-site.mjs || exit
    mv target/.site-building target/.site-built
  ) 7>"$DATA_ROOT/build.lock" || die "the site's build failed; the compiler's words are above."
}

# cargo also detects that nothing has changed, but cargo-leptos empties and remakes the site in any case.
site_current() {
  local output inputs=()
  mkdir -p target
  for output in target/site/pkg/gittix*.wasm target/release/hash.txt target/.site-built; do
    [[ -e $output ]] || return 1
  done
  mapfile -t inputs < <(ls -d "${SITE_INPUTS[@]}" 2>/dev/null)
  [[ -z $(find "${inputs[@]}" -newer target/.site-built -print -quit) ]]
}

# take_site_hash FOLDER: a server reads the names of the site's files from a file beside itself.
take_site_hash() {
  [[ target/release -ef $1 ]] || cp target/release/hash.txt "$1/"
}

site_sizes() {
  local file
  for file in target/site/pkg/*; do
    printf '    %9d bytes  %s\n' "$(stat -c %s "$file")" "$file"
  done
}

# build_binaries [CARGO ARGUMENTS…]
# shellcheck disable=SC2120 # make bench and the nightly run pass some
build_binaries() {
  step "Building the server, the worker and the simulator" "minutes the first time on two cores, then what changed"
  tied cargo build --locked "${BINARIES[@]}" "$@"
}

# Builds everything that the tests run, including the binaries.
build_for_tests() {
  step "Building the tests" "minutes the first time on two cores, then what changed"
  tied cargo nextest run --locked --no-run
}

# Builds the site and the `dev` binaries in parallel: the site ends in a long step that uses one core.
build_all() {
  local site
  spawn TERM scripts/site.sh
  site=$SPAWNED
  # shellcheck disable=SC2119 # without arguments: the `dev` profile
  build_binaries || {
    end_all 10 TERM "$site"
    die "the build failed; the compiler's words are above."
  }
  wait "$site" || exit
  take_site_hash "$TEST_BIN"
}
