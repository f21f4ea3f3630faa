"""Values that the manifests must agree with, read from their sources."""

import re

import yaml

from schemas import skaffold
from shop import ROOT, Shop, render


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def settings():
    """Those of docs/CONFIGURATION.md, by who reads them: {name: its default}."""
    sections = re.findall(r"<!-- settings: (.+?) -->(.*?)<!-- /settings -->", read("docs/CONFIGURATION.md"), re.S)
    return {reader: dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", table, re.M)) for reader, table in sections}


def of_the_shop():
    """The settings of servers and workers."""
    return {name: default for reader, names in settings().items() if reader != "stripe-sim" for name, default in names.items()}


def read_by_code(name):
    """Whether the code of servers or workers names a setting. RUST_LOG is read for us, by tracing-subscriber."""
    files = (file for crate in ("platform", "domain", "server", "jobs") for file in (ROOT / crate / "src").rglob("*.rs"))
    return name == "RUST_LOG" or any(f'"{name}"' in file.read_text(encoding="utf-8") for file in files)


def shutdown_seconds(path):
    """How long a process lets running work finish after a stop signal."""
    return int(re.search(r"const SHUTDOWN: Duration = Duration::from_secs\((\d+)\)", read(path))[1])


def env_of_image():
    """What the Dockerfile sets for every role."""
    return dict(re.findall(r"\b([A-Z_]+)=(\S+)", " ".join(re.findall(r"^ENV ((?:.*\\\n)*.*)", read("Dockerfile"), re.M))))


def answers(name, path):
    """Whether the process `name` serves a path, for probes."""
    file, route = {
        "gittix-server": ("server/src/router.rs", '.route("{}"'),
        "gittix-worker": ("jobs/src/metrics.rs", '.route("{}", get('),
    }[name]
    return route.format(path) in read(file)


def waiting():
    """The capacity of a queue in Redis."""
    return int(re.search(r"const CAPACITY: usize = (\d+);", read("jobs/src/queue.rs"))[1])


def alert(name):
    """The expression of an alert."""
    groups = yaml.safe_load(read("k8s/monitoring/alerts.yaml"))["groups"]
    return next(rule["expr"] for group in groups for rule in group["rules"] if rule["alert"] == name)


def versions_of_image():
    """Versions of tools: {name: (in the Dockerfile, in scripts/ or the lock file)}."""
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
    """max_connections of PostgreSQL in production."""
    cluster = next(t for t in yaml.safe_load_all(read("k8s/examples/postgres.yaml")) if t["kind"] == "Cluster")
    return int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])


def example_scrapes():
    """What Prometheus scrapes with each example: {file: {(namespace, name of the pods, name of the port)}}."""
    operators, plain = "k8s/examples/podmonitor.yaml", "k8s/examples/prometheus.yaml"
    monitors = (thing["spec"] for thing in yaml.safe_load_all(read(operators)) if thing["kind"] == "PodMonitor")
    job = yaml.safe_load(read(plain))["scrape_configs"][0]
    kept = next(rule["regex"] for rule in job["relabel_configs"] if "container_port_name" in str(rule["source_labels"]))
    return {
        operators: {
            (*spec["namespaceSelector"]["matchNames"], spec["selector"]["matchLabels"]["app.kubernetes.io/name"], endpoint["port"])
            for spec in monitors for endpoint in spec["podMetricsEndpoints"]
        },
        plain: {
            (*discovery["namespaces"]["names"], *pair.split(";"))
            for discovery in job["kubernetes_sd_configs"] for pair in kept.split("|")
        },
    }


def namespace():
    return yaml.safe_load(read("k8s/namespace.yaml"))


def shop(overlay, kubectl):
    """An overlay, with the Secrets that an operator creates in production (docs/DEPLOYMENT.md)."""
    by_operator = {"gittix": set(env_file("k8s/examples/secrets.env")), "gittix-tls": {"tls.crt", "tls.key"}, "gittix-database-ca": {"ca.crt"}, "gittix-migrate": {"MIGRATION_DATABASE_URL"}}
    return Shop(
        overlay=overlay,
        objects=render(overlay, kubectl),
        outside_secrets=by_operator if overlay == "prod" else {},
        namespace=namespace(),
        outside_claims={yaml.safe_load(read(f"k8s/tickets/{overlay}.yaml"))["metadata"]["name"]},
        profile=next(profile for profile in skaffold()["profiles"] if profile["name"] == overlay),
        scraped=example_scrapes(),
    )
