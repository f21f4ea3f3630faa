#!/usr/bin/env bash
# make image-test: builds the Dockerfile without a container engine or a registry, then runs the result: the
# image's server and worker, as user `nobody` on a read-only file system, sell a ticket to a browser. Root, on Debian.
#
#   IMAGE_BIN=target/release   skips the build and puts these binaries and target/site into the image instead: it is the
#                              runtime stage alone that is tested, in two minutes and not in half an hour.
#
# Bases made by debootstrap replace those of the registries (Dockerfile: RUST_IMAGE, NODE_IMAGE, RUNTIME_IMAGE).
# They contain this machine's compiler and tools. Downloads use this machine's own caches and certificate
# authorities, mounted during the build: the image contains none of them.
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
# shellcheck source=scripts/setup/packages.sh
source "$ROOT/scripts/setup/packages.sh"

IMAGE=$DATA_ROOT/image
FOLDER=$DATA_ROOT/test-image-$$
LOG=$IMAGE/image.log
# Images and layers are kept for the next run, beside the other data of this clone.
STORE=(--root "$IMAGE/storage" --runroot "$IMAGE/run")
RELEASE=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
MOUNTED=

finish() {
  services_stop
  [[ -z $MOUNTED ]] || buildah "${STORE[@]}" rm "$MOUNTED" >/dev/null 2>&1 || true
  if (($1 == 0)); then rm -rf "$FOLDER"; else rm -rf "$FOLDER"/{postgres,postgres.new,redis,stacks}; fi
}

# logged COMMAND…: writes its output to the log; if it fails, the last lines are shown.
logged() {
  tied "$@" >>"$LOG" 2>&1 || {
    tail -n 30 "$LOG" >&2
    die "$1 failed; its last lines are above, all of them in $LOG."
  }
}

have_image() { buildah "${STORE[@]}" inspect --type image "$1" >/dev/null 2>&1; }

# base NAME PACKAGES: makes a minimal Debian as an image.
base() {
  local name=$1 packages=$2 folder=$IMAGE/$1 container
  have_image "localhost/$name" && return
  step "Making $name with debootstrap" "a minute"
  rm -rf "$folder"
  logged debootstrap --variant=minbase --include="$packages" "$RELEASE" "$folder"
  rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/*
  container=$(buildah "${STORE[@]}" from scratch)
  logged buildah "${STORE[@]}" add --quiet "$container" "$folder" /
  [[ $name != gittix-build-base ]] || add_tools "$container"
  logged buildah "${STORE[@]}" commit --quiet --rm "$container" "localhost/$name"
  rm -rf "$folder"
}

# Copies this machine's compiler, Node and cargo's programs to their paths in the official images.
add_tools() {
  local container=$1 root sysroot
  sysroot=$(rustc --print sysroot)
  [[ $sysroot != /usr ]] || die "the compiler is Debian's, spread over /usr, and cannot be put into an image; please install rustup's."
  root=$(buildah "${STORE[@]}" mount "$container")
  mkdir -p "$root/usr/local/cargo/bin" "$root/usr/local/rust" "$root/src"
  cp -r "$sysroot/." "$root/usr/local/rust/"
  cp "$TOOLS"/bin/{cargo-leptos,wasm-bindgen} "$root/usr/local/cargo/bin/"
  # The files by which cargo install knows that they are installed
  cp "$TOOLS"/.crates*.json "$TOOLS/.crates.toml" "$root/usr/local/cargo/"
  cp "$(readlink -f "$(command -v node)")" "$root/usr/local/bin/node"
  cp -r "$(npm root --global)/npm" "$root/usr/local/lib/npm"
  ln -s ../lib/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  buildah "${STORE[@]}" umount "$container" >/dev/null
  logged buildah "${STORE[@]}" config --env PATH=/usr/local/cargo/bin:/usr/local/rust/bin:/usr/local/bin:/usr/bin:/bin \
    --env CARGO_HOME=/usr/local/cargo "$container"
}

bud() {
  logged nice buildah "${STORE[@]}" bud --isolation chroot --layers --format docker \
    --build-arg RUST_IMAGE=localhost/gittix-build-base --build-arg NODE_IMAGE=localhost/gittix-build-base \
    --build-arg RUNTIME_IMAGE=localhost/gittix-runtime-base \
    --build-arg REVISION="$(git rev-parse HEAD 2>/dev/null || echo unknown)" "$@"
}

build_image() {
  local registry=${CARGO_HOME:-$HOME/.cargo}/registry
  base gittix-runtime-base ca-certificates,libgcc-s1
  base gittix-build-base ca-certificates,gcc,libc6-dev,binutils,libstdc++6,libatomic1
  step "Building the image" "half an hour the first time on two cores"
  mkdir -p "$registry"
  printf 'cafile=/etc/ssl/certs/ca-certificates.crt\nregistry=%s\n' "$(npm config get registry)" >"$IMAGE/npmrc"
  bud --volume "$registry:/usr/local/cargo/registry" --volume /etc/ssl/certs:/etc/ssl/certs:ro \
    --volume "$IMAGE/npmrc:/root/.npmrc:ro" --target build --tag localhost/gittix-build .
  bud --volume "$registry:/usr/local/cargo/registry" --volume /etc/ssl/certs:/etc/ssl/certs:ro \
    --volume "$IMAGE/npmrc:/root/.npmrc:ro" --target gittix --tag localhost/gittix .
  local container
  container=$(buildah "${STORE[@]}" from localhost/gittix-build)
  cp "$(buildah "${STORE[@]}" mount "$container")/out/dev/bin/stripe-sim" "$IMAGE/stripe-sim"
  buildah "${STORE[@]}" rm "$container" >/dev/null
}

# Builds the Dockerfile's last stage from binaries of this machine.
wrap_binaries() {
  local context=$IMAGE/context
  base gittix-runtime-base ca-certificates,libgcc-s1
  step "Putting $IMAGE_BIN into the image" "seconds"
  rm -rf "$context"
  mkdir -p "$context/out/gittix/bin"
  cp "$IMAGE_BIN"/{gittix-server,gittix-jobs,hash.txt} "$context/out/gittix/bin/"
  cp -r "${IMAGE_SITE:-$ROOT/target/site}" "$context/out/gittix/site"
  cp "$IMAGE_BIN/stripe-sim" "$IMAGE/stripe-sim"
  {
    sed -n '/^ARG RUNTIME_IMAGE/p' Dockerfile
    printf 'FROM scratch AS build\nCOPY out /out\n'
    sed -n '/ AS gittix$/,$p' Dockerfile
  } >"$context/Dockerfile"
  bud --tag localhost/gittix "$context"
}

# Checks that hold for every image, in any environment.
look_at_image() {
  # shellcheck disable=SC2016 # JavaScript's
  buildah "${STORE[@]}" inspect --type image localhost/gittix | node -e '
    const { config } = JSON.parse(require("node:fs").readFileSync(0, "utf8")).Docker;
    const must = (is, words) => { if (!is) { console.error(`the image ${words}`); process.exitCode = 1; } };
    must(/^[1-9]\d*:[1-9]\d*$/.test(config.User), `runs as ${config.User || "root"}`);
    must(config.Healthcheck?.Test?.[0] === "CMD", "has no health check, or one that needs a shell");
    must(config.Cmd?.join(" ") === "gittix-server", "does not start the server");
    for (const label of ["title", "source", "licenses", "version", "revision"])
      must(config.Labels?.[`org.opencontainers.image.${label}`], `has no label ${label}`);
    must(!config.Env.some((line) => /SECRET|TOKEN|PASSWORD|PROXY|_URL=/i.test(line)), "carries a setting of this machine");
  ' || die "the image is not what it must be; see above."
}

# Programs of the image under their own names, as scripts/stack.sh starts them: in the image's file system, which
# is read-only, as its user, with only the environment that they are given.
as_programs() {
  local root=$1 bin=$2 name
  mkdir -p "$bin"
  for name in gittix-server gittix-jobs; do
    cat >"$bin/$name" <<PROGRAM
#!/bin/bash
exec unshare --mount -- bash -c '
  mount --bind "$root" "$root" && mount --bind -o remount,ro "$root" && mount -t tmpfs -o mode=1777 tmpfs "$root/tmp" &&
  mount --bind /proc "$root/proc" &&
  exec env SITE_ROOT=/opt/gittix/site chroot --userspec=65532:65532 "$root" /opt/gittix/bin/$name "\$@"' $name "\$@"
PROGRAM
  done
  install "$IMAGE/stripe-sim" "$bin/stripe-sim"
  chmod 755 "$bin"/*
}

# Tests each role by its command.
try_roles() {
  local root=$1 bin=$2 port deadline role with_env
  # shellcheck disable=SC2016 # expanded by the inner bash
  with_env=(bash -c 'set -a; source "$1"; shift; exec "$@"' _ "$FOLDER/stacks/image/env")
  port=$(free_ports 2)
  spawn TERM env GITTIX_DATA="$FOLDER" STACK_BIN="$bin" STACK_SITE="$root/opt/gittix/site" \
    SITE_PORT="$port" SIM_PORT="$((port + 1))" scripts/stack.sh image >>"$LOG" 2>&1
  deadline=$((SECONDS + 60))
  until http_ok "$port" /readyz; do
    if ! kill -0 "$SPAWNED" 2>/dev/null || ((SECONDS >= deadline)); then
      die "the image's server is not ready; see $LOG and $FOLDER/logs."
    fi
    sleep 0.2
  done
  for role in 'gittix-server health' 'gittix-server await-schema' 'gittix-server migrate' 'gittix-server doctor'; do
    # shellcheck disable=SC2086 # a program and its argument
    MIGRATION_DATABASE_URL=$PG_URL_BASE/image "${with_env[@]}" "$bin"/$role >>"$LOG" 2>&1 || die "$role failed in the image; see $LOG."
    say "    $role: ok"
  done
  end_all 30 TERM "$SPAWNED"
}

((EUID == 0)) || die "the image is built without an engine, which takes root: sudo make image-test."
mkdir -p "$IMAGE"
: >"$LOG"
at_exit finish
tied scripts/setup.sh test || exit
use_toolchain
missing=()
for tool in buildah debootstrap; do command -v "$tool" >/dev/null || missing+=("$tool"); done
if ((${#missing[@]} > 0)); then
  step "Installing ${missing[*]} from Debian's packages" "a minute"
  apt_install "$LOG" "${missing[@]}" || die "apt-get could not install ${missing[*]}; see $LOG."
fi
started=$SECONDS
if [[ -n ${IMAGE_BIN:-} ]]; then wrap_binaries; else build_image; fi
say "    $((SECONDS - started)) s"
look_at_image

MOUNTED=$(buildah "${STORE[@]}" from localhost/gittix)
root=$(buildah "${STORE[@]}" mount "$MOUNTED")
say "    $(du -sh "$root/opt/gittix" | cut -f 1) of GitTix, $(du -sh "$root" | cut -f 1) with its base"
services_start "$FOLDER" fresh
as_programs "$root" "$FOLDER/bin"
step "Starting each role of the image" "seconds"
try_roles "$root" "$FOLDER/bin"
step "Buying a ticket from the image" "a minute"
tied env GITTIX_OWNER=$$ GITTIX_CHROMIUM="$(chromium_path)" E2E_PORT_BASE="$(free_ports 20)" \
  STACK_BIN="$FOLDER/bin" STACK_SITE="$root/opt/gittix/site" \
  npx --no-install playwright test --config end2end/playwright.config.ts --project=hydrated \
  --grep 'listed ticket is bought'
say "The image works: home, account, listing, lock, payment and Complete, in $((SECONDS - started)) s."
