# shellcheck shell=bash
# wasm-bindgen, cargo-leptos and geckodriver, built from crates.io once per machine. Sourced.
# cargo-leptos would fetch a missing wasm-bindgen from GitHub; and it uses the one on PATH without checking
# its version, so set-up checks the version.

# crate_installed NAME VERSION
crate_installed() {
  grep -qF "\"$1 $2 (" "$TOOLS/.crates.toml" 2>/dev/null
}

# install_crate NAME VERSION [ARGUMENTS…]
install_crate() {
  local name=$1 version=$2 log=$LOGS/$1.log
  shift 2
  # The tools' own speed does not matter: unoptimised, they build in a third of the time.
  tied env -u CARGO_TARGET_DIR -u RUSTFLAGS CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 CARGO_PROFILE_RELEASE_PANIC=abort \
    cargo install "$name" --version "$version" --root "$TOOLS" "$@" >"$log" 2>&1
}

crate_failed() {
  tail -n 20 "$LOGS/$1.log" >&2
  die "cargo could not install $1; its last lines are above, all of them in $LOGS/$1.log."
}

tools_ready() {
  crate_installed wasm-bindgen-cli "$(wasm_bindgen_version)" && crate_installed cargo-leptos "$CARGO_LEPTOS_VERSION"
}

setup_tools() {
  local bindgen
  bindgen=$(wasm_bindgen_version)
  [[ -n $bindgen ]] || die "Cargo.lock names no wasm-bindgen, so its command cannot be matched."
  if ! crate_installed wasm-bindgen-cli "$bindgen"; then
    step "Building wasm-bindgen $bindgen, once" "about a minute"
    # With --locked first; a registry can lack one of the exact versions of the release.
    install_crate wasm-bindgen-cli "$bindgen" --locked ||
      install_crate wasm-bindgen-cli "$bindgen" || crate_failed wasm-bindgen-cli
  fi
  if ! crate_installed cargo-leptos "$CARGO_LEPTOS_VERSION"; then
    step "Building cargo-leptos $CARGO_LEPTOS_VERSION, once" "five to six minutes on two cores"
    install_crate cargo-leptos "$CARGO_LEPTOS_VERSION" --locked || crate_failed cargo-leptos
  fi
}

# Firefox's WebDriver, which Debian does not have.
setup_geckodriver() {
  crate_installed geckodriver "$GECKODRIVER_VERSION" && return
  step "Building geckodriver $GECKODRIVER_VERSION, once" "two to four minutes on two cores"
  install_crate geckodriver "$GECKODRIVER_VERSION" --locked || crate_failed geckodriver
}
