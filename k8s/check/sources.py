"""What the manifests must agree with, read from where it is decided."""

import re

import yaml

from shop import ROOT, Shop, render


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def settings():
    """Those of the README's table, by who reads them: {name: its default}."""
    table = read("README.md").split("<!-- variables -->")[1].split("<!-- /variables -->")[0]
    by_reader, reader = {}, None
    for row in table.splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if heading := re.fullmatch(r"\*\*(.+)\*\*", cells[0]):
            reader = heading[1]
        elif name := re.fullmatch(r"`([A-Z_]+)`", cells[0]):
            by_reader.setdefault(reader, {})[name[1]] = cells[1]
    return by_reader


def of_the_shop():
    """The settings of servers and workers."""
    return {name: default for reader, names in settings().items() if reader != "stripe-sim" for name, default in names.items()}


def read_by_code(name):
    """Whether the code of servers or workers names a setting. RUST_LOG is read for us, by tracing-subscriber."""
    files = (file for crate in ("domain", "server", "jobs") for file in (ROOT / crate / "src").rglob("*.rs"))
    return name == "RUST_LOG" or any(f'"{name}"' in file.read_text(encoding="utf-8") for file in files)


def shutdown_seconds(path):
    """How long a process lets what is running go on after it was told to stop."""
    return int(re.search(r"const SHUTDOWN: Duration = Duration::from_secs\((\d+)\)", read(path))[1])


def env_of_image():
    """What the Dockerfile sets for every role."""
    return dict(re.findall(r"\b([A-Z_]+)=(\S+)", " ".join(re.findall(r"^ENV ((?:.*\\\n)*.*)", read("Dockerfile"), re.M))))


def versions_of_image():
    """What the Dockerfile builds with, and what scripts/ and the lock file say: {name: (the one, the other)}."""
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)", read("Dockerfile"), re.M))
    bindgen = re.search(r'name = "wasm-bindgen"\nversion = "(.+)"', read("Cargo.lock"))[1]
    rust = re.search(r'channel = "(.+)"', read("rust-toolchain.toml"))[1]
    leptos = re.search(r"^CARGO_LEPTOS_VERSION=(.+)", read("scripts/lib.sh"), re.M)[1]
    return {
        "Rust": (arguments["RUST_IMAGE"].partition(":")[2].partition("-")[0], rust),
        "cargo-leptos": (arguments["CARGO_LEPTOS_VERSION"], leptos),
        "wasm-bindgen": (arguments["WASM_BINDGEN_VERSION"], bindgen),
    }


def env_file(path):
    lines = (line.strip() for line in read(path).splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def example_max_connections():
    """What PostgreSQL is set up for in production."""
    cluster = next(t for t in yaml.safe_load_all(read("k8s/examples/postgres.yaml")) if t["kind"] == "Cluster")
    return int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])


def shop(overlay, kubectl):
    """An overlay, and what an operator adds to it in production (docs/DEPLOYMENT.md)."""
    by_operator = {"gittix": set(env_file("k8s/examples/secrets.env")), "gittix-tls": {"tls.crt", "tls.key"}}
    return Shop(overlay, render(overlay, kubectl), by_operator if overlay == "prod" else {})
