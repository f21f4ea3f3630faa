# shellcheck shell=bash
# Node, and what package.json names: the stylesheet compiler, wasm-opt, the browser tests.

node_new_enough() {
  command -v npm >/dev/null && (($(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0) >= NODE_MAJOR))
}

setup_node() {
  # Equal to the lock file it was installed from: nothing to do, and no Node started to see it.
  cmp -s package-lock.json node_modules/.gittix-installed-lock && command -v node >/dev/null && return
  node_new_enough || install_node
  step "Installing the packages of package-lock.json by npm" "half a minute"
  local log=$LOGS/npm.log
  # The system's Chromium is used: Playwright's own would be a download of its own.
  tied env PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund >"$log" 2>&1 || {
    # npm ends with its whole usage: what went wrong stands first.
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
  # Debian 12 has Node 18: enough to run npm, which has a newer Node as a package.
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
