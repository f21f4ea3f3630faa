# shellcheck shell=bash
# Node, and the packages of package.json: the stylesheet compiler, wasm-opt, the browser tests.

node_new_enough() {
  command -v npm >/dev/null && (($(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0) >= NODE_MAJOR))
}

setup_node() {
  # If the lock file is the one that was installed from, nothing is left to do, and Node need not start.
  cmp -s package-lock.json node_modules/.gittix-installed-lock && command -v node >/dev/null && return
  node_new_enough || install_node
  step "Installing the packages of package-lock.json by npm" "half a minute"
  local log=$LOGS/npm.log
  # The system's Chromium and Java are used: the packages' own scripts would download others.
  tied env PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --no-audit --no-fund >"$log" 2>&1 || {
    # npm prints its whole usage last, so the error comes first.
    grep -m 15 '^npm error' "$log" >&2
    die "npm ci failed; its first errors are above, all it said is in $log."
  }
  cp package-lock.json node_modules/.gittix-installed-lock
}

install_node() {
  local log=$LOGS/node.log arch
  if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
    can_install || die "please install Node $NODE_MAJOR or newer with npm, then try again; this user may not install packages here."
    step "Installing Node and npm from Debian's packages" "two minutes"
    apt_install "$log" nodejs npm || {
      tail -n 20 "$log" >&2
      die "apt-get could not install nodejs and npm; its last lines are above, all of them in $log."
    }
    hash -r
    node_new_enough && return
  fi
  # Debian 12 has Node 18, which is enough to run npm; npm installs a newer Node as a package.
  case $(uname -m) in
    x86_64) arch=x64 ;;
    aarch64) arch=arm64 ;;
    *) die "please install Node $NODE_MAJOR or newer, then try again." ;;
  esac
  step "Installing Node $NODE_MAJOR by npm, as the system's is older" "seconds"
  tied npm install --prefix "$TOOLS/node-package" --no-audit --no-fund "node-linux-$arch@$NODE_MAJOR" >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    die "npm could not install Node $NODE_MAJOR; its last lines are above, all of them in $log."
  }
  mkdir -p "$TOOLS/node/bin"
  ln -sf "$TOOLS/node-package/node_modules/node-linux-$arch/bin/node" "$TOOLS/node/bin/node"
  hash -r
  node_new_enough || die "Node $NODE_MAJOR or newer is needed and could not be installed; please install it, then try again."
}
