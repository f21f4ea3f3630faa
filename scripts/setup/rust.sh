# shellcheck shell=bash
# The pinned compiler: from rustup, or from Debian if rustup has no network access:
# Debian's rustc-web is the same release.

WASM_TARGET=wasm32-unknown-unknown

# Whether the toolchain that plain `cargo` would use is complete.
rust_ready() {
  local sysroot
  sysroot=$(rustc --print sysroot 2>/dev/null) &&
    compgen -G "$sysroot/lib/rustlib/$WASM_TARGET/lib/libstd-*.rlib" >/dev/null &&
    command -v cargo >/dev/null &&
    { [[ -x $sysroot/bin/cargo-clippy && -x $sysroot/bin/rustfmt ]] ||
      [[ -x $DEBIAN_RUST/cargo-clippy && -x $DEBIAN_RUST/rustfmt ]]; } &&
    rust_new_enough "$(rustc --version)"
}

rust_new_enough() {
  local version
  version=$(awk '{ sub(/[-+].*/, "", $2); print $2 }' <<<"$1")
  [[ $(printf '%s\n' "$RUST_VERSION" "$version" | sort -V | head -n 1) == "$RUST_VERSION" ]]
}

setup_rust() {
  local log=$LOGS/rust.log
  rust_ready && return
  : >"$log"
  if rust_from_rustup "$log" || rust_from_debian "$log"; then
    use_toolchain
    hash -r
    rust_ready && return
  fi
  tail -n 20 "$log" >&2
  die "Rust $RUST_VERSION with $WASM_TARGET could not be installed, neither by rustup nor from Debian's packages; please install it by hand. The last lines are above, all of them in $log."
}

rust_from_rustup() {
  local log=$1
  if ! command -v rustup >/dev/null; then
    command -v curl >/dev/null || { can_install && apt_install "$log" curl ca-certificates; } || return 1
    step "Installing rustup" "seconds"
    tied timeout 120 bash -c 'set -o pipefail
      curl --proto "=https" --tlsv1.2 -fsSL --connect-timeout 15 https://sh.rustup.rs |
        sh -s -- -y --no-modify-path --default-toolchain none --profile minimal' >>"$log" 2>&1 || return 1
    hash -r
  fi
  step "Installing Rust $RUST_VERSION by rustup" "under a minute"
  tied timeout 600 rustup toolchain install "$RUST_VERSION" --profile minimal \
    -t "$WASM_TARGET" -c clippy,rustfmt >>"$log" 2>&1
}

rust_from_debian() {
  local log=$1 name
  can_install || return 1
  step "rustup reaches nothing: installing Rust from Debian's packages" "three minutes"
  apt_install "$log" gcc libc6-dev rustc-web rust-web-src cargo-web rust-web-clippy rustfmt-web lld-22 || return 1
  rust_new_enough "$(/usr/bin/rustc --version)" || {
    say "Debian's Rust is $(/usr/bin/rustc --version), and $RUST_VERSION is needed." >>"$log"
    return 1
  }
  # Before rustup on PATH, whose proxies would look for the toolchain that it cannot download.
  mkdir -p "$DEBIAN_RUST"
  for name in cargo rustc rustdoc rustfmt cargo-fmt cargo-clippy clippy-driver; do
    ln -sf "/usr/bin/$name" "$DEBIAN_RUST/$name"
  done
  ln -sf /usr/lib/llvm-22/bin/lld "$DEBIAN_RUST/rust-lld"
  export PATH="$DEBIAN_RUST:$PATH"
  hash -r
  wasm_std_from_source "$log"
}

# Debian ships the standard library for the browser as source only, not compiled.
wasm_std_from_source() {
  local log=$1 sysroot crate
  sysroot=$(rustc --print sysroot)
  compgen -G "$sysroot/lib/rustlib/$WASM_TARGET/lib/libstd-*.rlib" >/dev/null && return
  step "Building the standard library for $WASM_TARGET" "half a minute"
  crate=$(mktemp -d)
  mkdir "$crate/src"
  : >"$crate/src/lib.rs"
  printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2024"\n' >"$crate/Cargo.toml"
  tied env -C "$crate" RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$crate/target" cargo build --release \
    -Z build-std=std,panic_abort,panic_unwind,test --target "$WASM_TARGET" >>"$log" 2>&1 || {
    rm -rf "$crate"
    return 1
  }
  as_root mkdir -p "$sysroot/lib/rustlib/$WASM_TARGET/lib"
  as_root cp "$crate/target/$WASM_TARGET/release/deps/"*.rlib "$sysroot/lib/rustlib/$WASM_TARGET/lib/"
  rm -rf "$crate"
}
