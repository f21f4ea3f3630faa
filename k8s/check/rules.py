"""The rules for overlays, beyond the schemas. A rule yields one sentence for each violation.

test_rules.py breaks each rule at least once.
"""

import base64
import re
from urllib.parse import urlsplit

import sources
from shop import CLUSTER_KINDS, Pod, label

RULES = []
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def rule(function):
    RULES.append(function)
    return function


def memory_bytes(text):
    number, unit = re.fullmatch(r"(\d+)(Ki|Mi|Gi)?", text).groups()
    return int(number) * {None: 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}[unit]


def served(shop, pod):
    return any(pod in shop.selected(service["spec"]["selector"]) for service in shop.of("Service"))


@rule
def long_running_pods_have_probes(shop):
    for pod in shop.pods():
        for container in pod.spec["containers"] if pod.stays else []:
            wanted = ["startupProbe", "livenessProbe"] + (["readinessProbe"] if served(shop, pod) else [])
            for probe in wanted:
                if probe not in container:
                    yield f"{pod.name}: {container['name']} has no {probe}"
            name = pod.labels["app.kubernetes.io/name"]
            if name.startswith("gittix"):
                yield from wrong_probes(pod.name, name, container)


def wrong_probes(label, name, container):
    """Probes of a server or worker whose response would have the wrong effect."""
    paths = {probe: container[probe].get("httpGet", {}).get("path") for probe in PROBES if probe in container}
    for probe, path in paths.items():
        if not sources.answers(name, path):
            yield f"{label}: its {probe} requests {path}, which does not exist"
        if probe != "readinessProbe" and path in ("/readyz", "/servingz"):
            yield f"{label} would be restarted because its database is down"
    if paths.get("readinessProbe") == "/readyz":
        yield f"{label}: all would be taken out of service at once when a shared dependency is down"


@rule
def containers_declare_resources(shop):
    for pod in shop.pods():
        for container in pod.containers:
            requests = container.get("resources", {}).get("requests", {})
            limits = container.get("resources", {}).get("limits", {})
            if not ({"cpu", "memory"} <= requests.keys() and "memory" in limits):
                yield f"{pod.name}: {container['name']} does not request cpu and memory, or has no limit of memory"
            elif memory_bytes(limits["memory"]) < memory_bytes(requests["memory"]):
                yield f"{pod.name}: {container['name']} requests more memory than it may have"


@rule
def pods_run_without_root(shop):
    for pod in shop.pods():
        security = pod.spec.get("securityContext", {})
        if security.get("runAsNonRoot") is not True or security.get("runAsUser", 0) == 0:
            yield f"{pod.name} may run as root"
        if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{pod.name} has no seccomp profile"
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if pod.spec.get(field):
                yield f"{pod.name} has {field}"
        for volume in pod.spec.get("volumes", []):
            if "hostPath" in volume:
                yield f"{pod.name} mounts the node's {volume['hostPath']['path']}"
        for container in pod.containers:
            own = container.get("securityContext", {})
            if own.get("allowPrivilegeEscalation") is not False or own.get("privileged") or own.get("runAsUser") == 0:
                yield f"{pod.name}: {container['name']} may gain privileges"
            if own.get("capabilities", {}).get("drop") != ["ALL"] or own.get("capabilities", {}).get("add"):
                yield f"{pod.name}: {container['name']} keeps capabilities"


@rule
def root_file_systems_are_read_only(shop):
    for pod in shop.pods():
        for container in pod.containers:
            if container.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
                yield f"{pod.name}: {container['name']} can write to its image"


@rule
def images_have_a_version(shop):
    for pod in shop.pods():
        for container in pod.containers:
            image = container["image"]
            tag = image.rpartition("/")[2].partition(":")[2]
            if "@sha256:" not in image and tag in ("", "latest"):
                yield f"{pod.name}: {image} has no fixed version"
            if shop.overlay == "prod" and tag == "dev":
                yield f"{pod.name}: {image} is a development image"


@rule
def no_pod_mounts_a_token(shop):
    for account in shop.of("ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"{label(account)} mounts its token"
    for pod in shop.pods():
        if pod.spec.get("automountServiceAccountToken") is not False:
            yield f"{pod.name} mounts a token"
        if pod.spec.get("enableServiceLinks") is not False:
            yield f"{pod.name} gets variables named after services"


@rule
def namespace_is_restricted(shop):
    space = shop.namespace["metadata"]
    for mode in ("enforce", "audit", "warn"):
        if space.get("labels", {}).get(f"pod-security.kubernetes.io/{mode}") != "restricted":
            yield f"{label(shop.namespace)} does not {mode} Pod Security's restricted standard"
    for thing in shop.objects:
        if thing["kind"] not in CLUSTER_KINDS and thing["metadata"].get("namespace") != space["name"]:
            yield f"{label(thing)} is outside the namespace"


@rule
def deletion_keeps_data(shop):
    """`skaffold delete` and the end of `skaffold dev` delete everything that is rendered."""
    for thing in shop.of("Namespace", "PersistentVolumeClaim"):
        yield f"{label(thing)} would be deleted with its content"
    for thing in shop.of("StatefulSet"):
        if thing["spec"].get("persistentVolumeClaimRetentionPolicy", {}).get("whenDeleted", "Retain") != "Retain":
            yield f"{label(thing)} would delete its volumes"


@rule
def skaffold_prepares_its_own_cluster(shop):
    hooks = shop.profile["deploy"]["kubectl"]["hooks"]["before"]
    commands = [" ".join(hook["host"]["command"]) for hook in hooks]
    for command in commands:
        if re.search(r'kubectl (?!--context="\$SKAFFOLD_KUBE_CONTEXT" )', command):
            yield f"skaffold: {command} uses kubectl's current cluster"
    if "apply --filename=k8s/namespace.yaml" not in commands[0]:
        yield "skaffold does not create the namespace first"
    if f"--filename=k8s/tickets/{shop.overlay}.yaml" not in commands[0]:
        yield "skaffold does not claim the volume of the tickets"
    deleted = {name for command in commands if " delete job " in command for name in command.split()}
    for job in shop.of("Job"):
        if job["metadata"]["name"] not in deleted:
            yield f"skaffold leaves {label(job)} in place, and a Job cannot be changed"


@rule
def deadlines_outlast_the_migration(shop):
    longest = shop.get("Job", "gittix-migrate")["spec"]["activeDeadlineSeconds"]
    for deployment in shop.of("Deployment"):
        if not any(container["name"] == "await-schema" for container in Pod(deployment).spec.get("initContainers", [])):
            continue
        patience = deployment["spec"].get("progressDeadlineSeconds", 600)
        # skaffold replaces Kubernetes' default, as it cannot tell it from an explicit value.
        by_skaffold = shop.profile["deploy"].get("statusCheckDeadlineSeconds", 600) if patience == 600 else patience
        for who, seconds in (("Kubernetes", patience), ("skaffold", by_skaffold)):
            if seconds <= longest:
                yield f"{who} gives up {label(deployment)} after {seconds} s, and the migration may take {longest}"


@rule
def failed_jobs_keep_their_log(shop):
    for pod in shop.pods():
        if not pod.stays and pod.spec.get("restartPolicy") != "Never":
            yield f"{pod.name} is retried in place, and its pod is deleted after the last failure"


@rule
def images_carry_their_revision(shop):
    for artifact in shop.profile["build"]["artifacts"]:
        if artifact["docker"]["target"] == "gittix" and "REVISION" not in artifact["docker"].get("buildArgs", {}):
            yield f"skaffold does not tell {artifact['image']} its revision"


@rule
def selectors_match_pods(shop):
    for pod in shop.pods():
        labels = pod.maker["spec"].get("selector", {}).get("matchLabels", {})
        if not labels.items() <= pod.labels.items():
            yield f"{pod.name} does not select its own pods"
        for spread in pod.spec.get("topologySpreadConstraints", []):
            if Pod(pod.maker) not in shop.selected(spread["labelSelector"]["matchLabels"]):
                yield f"{pod.name} spreads by other labels than its own"
    for service in shop.of("Service"):
        if not shop.selected(service["spec"]["selector"]):
            yield f"{label(service)} selects nothing"
    for budget in shop.of("PodDisruptionBudget"):
        if not shop.selected(budget["spec"]["selector"]["matchLabels"]):
            yield f"{label(budget)} selects nothing"
    for policy in shop.of("NetworkPolicy"):
        for selector in pod_selectors(policy):
            for wanted in each_of(selector):
                if not shop.selected(wanted):
                    yield f"{label(policy)} selects {wanted}, which matches no pod"


def pod_selectors(policy):
    """The selectors for pods of this namespace."""
    yield policy["spec"]["podSelector"]
    for direction, way in (("ingress", "from"), ("egress", "to")):
        for entry in policy["spec"].get(direction, []):
            yield from (peer["podSelector"] for peer in entry.get(way, []) if "podSelector" in peer and "namespaceSelector" not in peer)


def each_of(selector):
    """Each set of labels that a selector matches."""
    base = selector.get("matchLabels", {})
    alternatives = [base]
    for expression in selector.get("matchExpressions", []):
        alternatives = [{**base, expression["key"]: value} for value in expression["values"]]
    return alternatives


@rule
def references_exist(shop):
    for pod in shop.pods():
        account = pod.spec.get("serviceAccountName", "default")
        if account != "default" and account not in shop.names("ServiceAccount"):
            yield f"{pod.name}: there is no ServiceAccount {account}"
        volumes = {volume["name"]: volume for volume in pod.spec.get("volumes", [])}
        volumes |= {claim["metadata"]["name"]: claim for claim in pod.maker["spec"].get("volumeClaimTemplates", [])}
        for volume in volumes.values():
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            if claim and claim not in shop.names("PersistentVolumeClaim") | shop.outside_claims:
                yield f"{pod.name}: there is no PersistentVolumeClaim {claim}"
        for container in pod.containers:
            yield from (f"{pod.name}: {wrong}" for wrong in wrong_references(shop, pod, container, volumes))
    for scaler in shop.of("HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]
        if target["name"] not in shop.names(target["kind"]):
            yield f"{label(scaler)} scales nothing"


def wrong_references(shop, pod, container, volumes):
    for source in container.get("envFrom", []):
        for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            if field in source and shop.keys_of(kind, source[field]["name"]) is None:
                yield f"there is no {kind} {source[field]['name']}"
    for variable in container.get("env", []):
        for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
            reference = variable.get("valueFrom", {}).get(field)
            if reference and reference["key"] not in (shop.keys_of(kind, reference["name"]) or ()):
                yield f"there is no {reference['key']} in {kind} {reference['name']}"
    for mount in container.get("volumeMounts", []):
        if mount["name"] not in volumes:
            yield f"there is no volume {mount['name']}"
    for probe in PROBES:
        port = container.get(probe, {}).get("httpGet", {}).get("port")
        if port is not None and port not in {*pod.port_names().keys(), *pod.port_names().values()}:
            yield f"its {probe} uses port {port}, on which nothing listens"


@rule
def ports_are_listened_on(shop):
    for service in shop.of("Service"):
        for port in service["spec"]["ports"]:
            for pod in shop.selected(service["spec"]["selector"]):
                if port["targetPort"] not in {*pod.port_names().keys(), *pod.port_names().values()}:
                    yield f"{label(service)} leads to {port['targetPort']} of {pod.name}, which has no such port"
    for ingress in shop.of("Ingress"):
        for path in (path for entry in ingress["spec"]["rules"] for path in entry["http"]["paths"]):
            backend = path["backend"]["service"]
            ports = {p["name"] for s in shop.of("Service") if s["metadata"]["name"] == backend["name"] for p in s["spec"]["ports"]}
            if backend["port"].get("name") not in ports:
                yield f"{label(ingress)} leads to {backend['name']}, which has no such port"
    for pod, port, address in (
        ("gittix-server", "http", sources.env_of_image()["LISTEN_ADDR"]),
        ("gittix-worker", "metrics", shop.settings()["METRICS_ADDR"]),
    ):
        listen = address.rpartition(":")[2]
        if shop.pod(pod).port_names().get(port) != int(listen):
            yield f"{pod} listens on {listen}, and its pod declares another port"
    for policy in shop.of("NetworkPolicy"):
        for entry in policy["spec"].get("ingress", []):
            names = {name for wanted in each_of(policy["spec"]["podSelector"]) for pod in shop.selected(wanted) for name in pod.port_names()}
            for port in entry.get("ports", []):
                if isinstance(port["port"], str) and port["port"] not in names:
                    yield f"{label(policy)} opens {port['port']}, which no pod has"


@rule
def hosts_exist(shop):
    public = {entry["host"] for ingress in shop.of("Ingress") for entry in ingress["spec"]["rules"]}
    services = {s["metadata"]["name"]: {p["port"] for p in s["spec"]["ports"]} for s in shop.of("Service")}
    site = urlsplit(shop.settings()["PUBLIC_URL"]).hostname
    values = [(label(t), key, value) for t in shop.of("ConfigMap") for key, value in t["data"].items()]
    values += [(label(t), key, value) for t in shop.of("Secret") for key, value in decoded(t).items()]
    values += [
        (pod.name, variable["name"], variable["value"])
        for pod in shop.pods() for c in pod.containers for variable in c.get("env", []) if "value" in variable
    ]
    for where, key, value in values:
        if not re.match(r"[a-z]+://", value):
            continue
        url = urlsplit(value)
        if url.hostname == site or url.hostname.endswith("." + site):
            if url.hostname not in public:
                yield f"{where}: {key} is {url.hostname}, for which there is no Ingress"
        elif "." not in url.hostname and url.port not in services.get(url.hostname, ()):
            yield f"{where}: {key} points to {url.hostname}:{url.port}, which is no Service"


def decoded(secret):
    return {key: base64.b64decode(value).decode() for key, value in secret.get("data", {}).items()}


@rule
def settings_are_known_and_complete(shop):
    known = sources.of_the_shop()
    secret = next(s["secretRef"]["name"] for s in shop.pod("gittix-server").spec["containers"][0]["envFrom"] if "secretRef" in s)
    given = set(shop.settings()) | (shop.keys_of("Secret", secret) or set())
    for name in sorted(given):
        if name not in known or not sources.read_by_code(name):
            yield f"{name} is no setting of servers or workers"
    for name, default in known.items():
        must = default == "must be set" or (default.startswith("must be set in production") and shop.overlay == "prod")
        if must and name not in given:
            yield f"{name} must be set"


@rule
def a_command_is_given_no_secret_that_it_does_not_use(shop):
    for pod in shop.pods():
        for container in pod.containers:
            if container.get("command", [])[1:2] in (["migrate"], ["await-schema"], ["demo"]):
                secrets = [source["secretRef"]["name"] for source in container.get("envFrom", []) if "secretRef" in source]
                keys = [v["valueFrom"]["secretKeyRef"]["key"] for v in container.get("env", []) if "secretKeyRef" in v.get("valueFrom", {})]
                # The demo seals the codes of its tickets. What migrates has the owner's role, and the Secret of no one else.
                used = {
                    "demo": ["DATABASE_URL", "TICKET_KEYS", "TICKET_HASH_KEY"],
                    "migrate": ["MIGRATION_DATABASE_URL", "DATABASE_URL"],
                }.get(container["command"][1], ["DATABASE_URL"])
                if secrets or keys != used:
                    yield f"{pod.name}: {container['name']} uses {', '.join(used)}, and is given {', '.join(secrets + keys) or 'nothing'}"


@rule
def a_process_is_given_the_time_that_it_takes_to_end(shop):
    drain = int(shop.settings()["DRAIN_SECONDS"])
    for name, seconds in (
        ("gittix-server", drain + sources.shutdown_seconds("server/src/serve.rs")),
        ("gittix-worker", sources.shutdown_seconds("jobs/src/run.rs")),
    ):
        grace = shop.pod(name).spec.get("terminationGracePeriodSeconds", 30)
        if grace <= seconds:
            yield f"{name} takes {seconds} s to end, and is killed after {grace}"
    probe = shop.pod("gittix-server").spec["containers"][0].get("readinessProbe", {})
    noticed = probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3)
    if shop.overlay == "prod" and drain <= noticed:
        yield f"readiness notices draining after {noticed} s, and the server stops listening after {drain}"


@rule
def network_is_denied_by_default(shop):
    for policy in shop.of("NetworkPolicy"):
        spec = policy["spec"]
        if spec["podSelector"] == {} and set(spec["policyTypes"]) == {"Ingress", "Egress"} and not {"ingress", "egress"} & spec.keys():
            return
    yield "no NetworkPolicy denies what no other allows"


@rule
def prometheus_reaches_its_targets(shop):
    for example, targets in shop.scraped.items():
        for name in {"gittix-server", "gittix-worker"} - {name for _, name, _ in targets}:
            yield f"{example} does not scrape {name}"
        for namespace, name, port in targets:
            if namespace != shop.namespace["metadata"]["name"]:
                yield f"{example} scrapes the wrong namespace, {namespace}"
            pods = shop.selected({"app.kubernetes.io/name": name})
            if not pods or any(port not in pod.port_names() for pod in pods):
                yield f"{example} scrapes {name} at {port}, which it lacks"
            elif not any(lets_in(policy, pod, "monitoring", port) for policy in shop.of("NetworkPolicy") for pod in pods):
                yield f"no NetworkPolicy lets Prometheus scrape {name} at {port}"


def lets_in(policy, pod, namespace, port):
    """Whether a policy opens a port of a pod to all pods of another namespace."""
    chosen = any(wanted.items() <= pod.labels.items() for wanted in each_of(policy["spec"]["podSelector"]))
    return chosen and any(
        any(peer.get("namespaceSelector", {}).get("matchLabels") == {"kubernetes.io/metadata.name": namespace} for peer in entry["from"])
        and any(opened["port"] == port for opened in entry["ports"])
        for entry in policy["spec"].get("ingress", [])
    )


@rule
def internal_networks_agree(shop):
    """The internal networks are those of trusted proxies, and egress to the internet excludes them."""
    trusted = set(shop.settings()["TRUSTED_PROXIES"].split(","))
    for policy in shop.of("NetworkPolicy"):
        blocks = [peer["ipBlock"] for entry in policy["spec"].get("egress", []) for peer in entry["to"] if "ipBlock" in peer]
        for block in blocks:
            # Link-local addresses, which no pod has
            if trusted ^ (set(block.get("except", [])) - {"169.254.0.0/16"}):
                yield f"{label(policy)} and TRUSTED_PROXIES differ in the internal networks"


@rule
def hosts_have_tls_and_metrics_are_private(shop):
    within = set()
    for ingress in shop.of("Ingress"):
        covered = {host for tls in ingress["spec"].get("tls", []) for host in tls["hosts"]}
        for tls in ingress["spec"].get("tls", []):
            if shop.keys_of("Secret", tls["secretName"]) is None:
                yield f"{label(ingress)}: there is no Secret {tls['secretName']}"
        annotations = ingress["metadata"].get("annotations", {})
        closed = annotations.get("nginx.ingress.kubernetes.io/whitelist-source-range") == "127.0.0.1/32"
        for entry in ingress["spec"]["rules"]:
            if entry["host"] not in covered:
                yield f"{label(ingress)} serves {entry['host']} without TLS"
            within |= {path["path"] for path in entry["http"]["paths"] if closed and path["pathType"] == "Exact"}
    for path in {"/metrics", "/readyz", "/servingz"} - within:
        yield f"{path} is public"
    annotations = shop.get("Ingress", "gittix")["metadata"].get("annotations", {})
    for name, value in (("proxy-body-size", "41m"), ("proxy-buffering", "off"), ("enable-access-log", "false")):
        if annotations.get(f"nginx.ingress.kubernetes.io/{name}") != value:
            yield f"the Ingress does not set {name} to {value}"


@rule
def production_survives_a_node(shop):
    if shop.overlay != "prod":
        return
    scaled = {s["spec"]["scaleTargetRef"]["name"]: s["spec"] for s in shop.of("HorizontalPodAutoscaler")}
    for deployment in shop.of("Deployment"):
        name = deployment["metadata"]["name"]
        pod = Pod(deployment)
        least = scaled[name]["minReplicas"] if name in scaled else deployment["spec"].get("replicas", 1)
        wanted = 3 if name == "gittix-server" else 2
        if least < wanted:
            yield f"{name} may run only {least} pods"
        if name in scaled and "replicas" in deployment["spec"]:
            yield f"{name}: a rollout resets the replicas of the autoscaler"
        if not any(pod in shop.selected(b["spec"]["selector"]["matchLabels"]) for b in shop.of("PodDisruptionBudget")):
            yield f"{name} has no PodDisruptionBudget"
        if not pod.spec.get("topologySpreadConstraints"):
            yield f"{name} may run on a single node"
        if deployment["spec"]["strategy"].get("rollingUpdate", {}).get("maxUnavailable") != 0:
            yield f"{name} has too few pods during a rollout"


@rule
def postgresql_accepts_all_connections(shop):
    scaled = {s["spec"]["scaleTargetRef"]["name"]: s["spec"]["maxReplicas"] for s in shop.of("HorizontalPodAutoscaler")}
    processes, servers = 1, 0  # one process is the migration
    for deployment in shop.of("Deployment"):
        name = deployment["metadata"]["name"]
        if name.startswith("gittix-"):
            surge = deployment["spec"]["strategy"].get("rollingUpdate", {}).get("maxSurge", 0)
            most = scaled.get(name, deployment["spec"].get("replicas", 1)) + surge
            processes += most
            servers += most if name == "gittix-server" else 0
    # Each server uses one more connection to LISTEN.
    connections = processes * int(shop.settings().get("DATABASE_CONNECTIONS", 20)) + servers
    room = sources.example_max_connections() if shop.overlay == "prod" else 100
    # Some are reserved for superusers, backups and operators.
    if connections > room - 10:
        yield f"{processes} processes open up to {connections} connections, and PostgreSQL takes {room}"


@rule
def production_commits_no_secret(shop):
    if shop.overlay == "prod":
        for secret in shop.of("Secret"):
            yield f"{label(secret)} is committed"
