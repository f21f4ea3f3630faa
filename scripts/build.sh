# shellcheck shell=bash
# The release build: site, server, worker and simulator. Sourced.

BUILD_INPUTS=(scripts/finish-site.mjs Cargo.toml Cargo.lock rust-toolchain.toml package-lock.json .sqlx app domain frontend jobs migrations server stripe-sim style)
# What it leaves behind. The wasm's name has a hash of its content.
build_outputs() {
  echo target/site/pkg/gittix*.wasm target/release/{hash.txt,gittix-server,gittix-jobs,stripe-sim}
}

# The worker and the simulator in the server's own cargo call: apart, their
# dependencies would be built again with other features.
BIN_ARGS=(--bin-cargo-args=--package=jobs --bin-cargo-args=--bin=gittix-jobs
  --bin-cargo-args=--package=stripe-sim --bin-cargo-args=--bin=stripe-sim)

# Nothing newer than the last build. cargo would find that out too, but
# cargo-leptos empties and remakes the site all the same.
build_current() {
  local output inputs=()
  for output in $(build_outputs); do
    [[ -e $output ]] || return 1
  done
  [[ -e target/.gittix-built ]] || return 1
  mapfile -t inputs < <(ls -d "${BUILD_INPUTS[@]}" 2>/dev/null)
  [[ -z $(find "${inputs[@]}" -newer target/.gittix-built -print -quit) ]]
}

# The site and the binaries side by side, each in a folder of its own under target: both end in long steps
# that keep one core busy. Where one fails, the other is ended with it.
build_both() {
  # shellcheck disable=SC2016 # expanded by the inner bash
  tied bash -c '
    { cargo leptos build --release --frontend-only --split --lib-features split || kill 0; } &
    { cargo leptos build --release --server-only "$@" || kill 0; } &
    wait
  ' _ "${BIN_ARGS[@]}"
}

build_release() {
  mkdir -p target "$DATA_ROOT"
  # One at a time: cargo-leptos empties the site before it builds it.
  exec 7>"$DATA_ROOT/build.lock"
  flock 7
  if ! build_current; then
    step "Building the release" "ten minutes or more the first time on two cores, then what changed"
    touch target/.gittix-building
    build_both || die "the release build failed; the compiler's words are above."
    tied node scripts/finish-site.mjs || die "the site could not be finished; the words above say why."
    mv target/.gittix-building target/.gittix-built
  fi
  exec 7>&-
}

build_sizes() {
  local file
  for file in $(build_outputs); do
    printf '    %9d bytes  %s\n' "$(stat -c %s "$file")" "$file"
  done
  printf '    %9d bytes  the wasm, gzipped\n' "$(gzip -9c target/site/pkg/gittix*.wasm | wc -c)"
}
