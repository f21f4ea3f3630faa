"""What must be true of an overlay, beyond being well-formed. A rule yields a sentence for each thing that is wrong.

test_rules.py breaks each of them once.
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
def whatever_stays_is_probed(shop):
    for pod in shop.pods():
        for container in pod.spec["containers"] if pod.stays else []:
            wanted = ["startupProbe", "livenessProbe"] + (["readinessProbe"] if served(shop, pod) else [])
            for probe in wanted:
                if probe not in container:
                    yield f"{pod.name}: {container['name']} has no {probe}"
            name = pod.labels["app.kubernetes.io/name"]
            if name.startswith("gittix"):
                yield from wrong_questions(pod.name, name, container)


def wrong_questions(label, name, container):
    """What probes ask of a server or worker, where the answer would have the wrong effect."""
    paths = {probe: container[probe].get("httpGet", {}).get("path") for probe in PROBES if probe in container}
    for probe, path in paths.items():
        if not sources.answers(name, path):
            yield f"{label}: its {probe} asks for {path}, where nothing is"
        if probe != "readinessProbe" and path in ("/readyz", "/servingz"):
            yield f"{label} would be restarted because its database is down"
    if paths.get("readinessProbe") == "/readyz":
        yield f"{label}: every one would be taken out at once when what they share is down"


@rule
def every_container_says_what_it_needs(shop):
    for pod in shop.pods():
        for container in pod.containers:
            requests = container.get("resources", {}).get("requests", {})
            limits = container.get("resources", {}).get("limits", {})
            if not ({"cpu", "memory"} <= requests.keys() and "memory" in limits):
                yield f"{pod.name}: {container['name']} does not request cpu and memory, or has no limit of memory"
            elif memory_bytes(limits["memory"]) < memory_bytes(requests["memory"]):
                yield f"{pod.name}: {container['name']} requests more memory than it may have"


@rule
def nothing_is_root_or_may_become_it(shop):
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
def no_root_file_system_can_be_written(shop):
    for pod in shop.pods():
        for container in pod.containers:
            if container.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
                yield f"{pod.name}: {container['name']} can write to its image"


@rule
def every_image_has_a_version(shop):
    for pod in shop.pods():
        for container in pod.containers:
            image = container["image"]
            tag = image.rpartition("/")[2].partition(":")[2]
            if "@sha256:" not in image and tag in ("", "latest"):
                yield f"{pod.name}: which version {image} is changes from day to day"
            if shop.overlay == "prod" and tag == "dev":
                yield f"{pod.name}: {image} is a developer's"


@rule
def nothing_holds_a_token(shop):
    for account in shop.of("ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"{label(account)} mounts its token"
    for pod in shop.pods():
        if pod.spec.get("automountServiceAccountToken") is not False:
            yield f"{pod.name} mounts a token"
        if pod.spec.get("enableServiceLinks") is not False:
            yield f"{pod.name} gets variables named after services"


@rule
def the_namespace_is_restricted(shop):
    space = shop.namespace["metadata"]
    for mode in ("enforce", "audit", "warn"):
        if space.get("labels", {}).get(f"pod-security.kubernetes.io/{mode}") != "restricted":
            yield f"{label(shop.namespace)} does not {mode} Pod Security's restricted standard"
    for thing in shop.objects:
        if thing["kind"] not in CLUSTER_KINDS and thing["metadata"].get("namespace") != space["name"]:
            yield f"{label(thing)} is in no namespace of ours"


@rule
def what_is_taken_down_leaves_its_data(shop):
    """`skaffold delete`, and `skaffold dev` at its end, delete all that is rendered."""
    for thing in shop.of("Namespace", "PersistentVolumeClaim"):
        yield f"{label(thing)} would be deleted, and what is in it"
    for thing in shop.of("StatefulSet"):
        if thing["spec"].get("persistentVolumeClaimRetentionPolicy", {}).get("whenDeleted", "Retain") != "Retain":
            yield f"{label(thing)} would take its volumes along"


@rule
def skaffold_prepares_the_cluster_that_it_deploys_to(shop):
    hooks = shop.profile["deploy"]["kubectl"]["hooks"]["before"]
    commands = [" ".join(hook["host"]["command"]) for hook in hooks]
    for command in commands:
        if re.search(r'kubectl (?!--context="\$SKAFFOLD_KUBE_CONTEXT" )', command):
            yield f"skaffold: {command}: whichever cluster kubectl is set to"
    if "apply --filename=k8s/namespace.yaml" not in commands[0]:
        yield "skaffold does not make the namespace first"
    deleted = {name for command in commands if " delete job " in command for name in command.split()}
    for job in shop.of("Job"):
        if job["metadata"]["name"] not in deleted:
            yield f"skaffold leaves {label(job)} as it is, and it cannot be changed"


@rule
def whoever_waits_for_the_schema_is_waited_for(shop):
    longest = shop.get("Job", "gittix-migrate")["spec"]["activeDeadlineSeconds"]
    for deployment in shop.of("Deployment"):
        if not any(container["name"] == "await-schema" for container in Pod(deployment).spec.get("initContainers", [])):
            continue
        patience = deployment["spec"].get("progressDeadlineSeconds", 600)
        # As skaffold does: it cannot tell Kubernetes' default from a wish.
        by_skaffold = shop.profile["deploy"].get("statusCheckDeadlineSeconds", 600) if patience == 600 else patience
        for who, seconds in (("Kubernetes", patience), ("skaffold", by_skaffold)):
            if seconds <= longest:
                yield f"{who} gives up {label(deployment)} after {seconds} s, and the migration may take {longest}"


@rule
def a_job_that_failed_leaves_its_log(shop):
    for pod in shop.pods():
        if not pod.stays and pod.spec.get("restartPolicy") != "Never":
            yield f"{pod.name} is tried again in place, and its pod is deleted at the last failure"


@rule
def what_runs_says_which_revision_it_is(shop):
    for artifact in shop.profile["build"]["artifacts"]:
        if artifact["docker"]["target"] == "gittix" and "REVISION" not in artifact["docker"].get("buildArgs", {}):
            yield f"skaffold does not tell {artifact['image']} its revision"


@rule
def every_selector_finds_something(shop):
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
                    yield f"{label(policy)} is about {wanted}, which is no pod"


def pod_selectors(policy):
    """Those that are about pods here, and not in another namespace."""
    yield policy["spec"]["podSelector"]
    for direction, way in (("ingress", "from"), ("egress", "to")):
        for entry in policy["spec"].get(direction, []):
            yield from (peer["podSelector"] for peer in entry.get(way, []) if "podSelector" in peer and "namespaceSelector" not in peer)


def each_of(selector):
    """The sets of labels that a selector matches, one by one."""
    base = selector.get("matchLabels", {})
    alternatives = [base]
    for expression in selector.get("matchExpressions", []):
        alternatives = [{**base, expression["key"]: value} for value in expression["values"]]
    return alternatives


@rule
def every_reference_leads_somewhere(shop):
    for pod in shop.pods():
        account = pod.spec.get("serviceAccountName", "default")
        if account != "default" and account not in shop.names("ServiceAccount"):
            yield f"{pod.name}: there is no ServiceAccount {account}"
        volumes = {volume["name"]: volume for volume in pod.spec.get("volumes", [])}
        volumes |= {claim["metadata"]["name"]: claim for claim in pod.maker["spec"].get("volumeClaimTemplates", [])}
        for volume in volumes.values():
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            if claim and claim not in shop.names("PersistentVolumeClaim"):
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
            yield f"its {probe} asks at {port}, where nobody listens"


@rule
def every_port_is_listened_at(shop):
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
            yield f"{pod} listens at {listen}, and its pod says otherwise"
    for policy in shop.of("NetworkPolicy"):
        for entry in policy["spec"].get("ingress", []):
            names = {name for wanted in each_of(policy["spec"]["podSelector"]) for pod in shop.selected(wanted) for name in pod.port_names()}
            for port in entry.get("ports", []):
                if isinstance(port["port"], str) and port["port"] not in names:
                    yield f"{label(policy)} opens {port['port']}, which nobody has"


@rule
def every_host_exists(shop):
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
            yield f"{where}: {key} is at {url.hostname}:{url.port}, which is no Service"


def decoded(secret):
    return {key: base64.b64decode(value).decode() for key, value in secret.get("data", {}).items()}


@rule
def every_setting_is_known_and_none_is_missing(shop):
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
                if secrets or keys != ["DATABASE_URL"]:
                    yield f"{pod.name}: {container['name']} uses the database alone, and is given {', '.join(secrets + keys) or 'nothing'}"


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
        yield f"that a server drains is noticed after {noticed} s, and it stops listening after {drain}"


@rule
def nobody_speaks_unless_allowed(shop):
    for policy in shop.of("NetworkPolicy"):
        spec = policy["spec"]
        if spec["podSelector"] == {} and set(spec["policyTypes"]) == {"Ingress", "Egress"} and not {"ingress", "egress"} & spec.keys():
            return
    yield "no NetworkPolicy denies what no other allows"


@rule
def prometheus_may_ask_what_it_is_told_to(shop):
    for example, asked in shop.scraped.items():
        for name in {"gittix-server", "gittix-worker"} - {name for _, name, _ in asked}:
            yield f"{example} does not ask {name}"
        for namespace, name, port in asked:
            if namespace != shop.namespace["metadata"]["name"]:
                yield f"{example} asks in {namespace}, where none of ours is"
            pods = shop.selected({"app.kubernetes.io/name": name})
            if not pods or any(port not in pod.port_names() for pod in pods):
                yield f"{example} asks {name} at {port}, which it has not"
            elif not any(lets_in(policy, pod, "monitoring", port) for policy in shop.of("NetworkPolicy") for pod in pods):
                yield f"no NetworkPolicy lets Prometheus ask {name} at {port}"


def lets_in(policy, pod, namespace, port):
    """Whether a policy allows a port of a pod's to all of another namespace."""
    chosen = any(wanted.items() <= pod.labels.items() for wanted in each_of(policy["spec"]["podSelector"]))
    return chosen and any(
        any(peer.get("namespaceSelector", {}).get("matchLabels") == {"kubernetes.io/metadata.name": namespace} for peer in entry["from"])
        and any(opened["port"] == port for opened in entry["ports"])
        for entry in policy["spec"].get("ingress", [])
    )


@rule
def what_is_inside_is_inside_everywhere(shop):
    """The networks that may be the cluster's own are those of its proxies, and none that the shop calls outside."""
    trusted = set(shop.settings()["TRUSTED_PROXIES"].split(","))
    for policy in shop.of("NetworkPolicy"):
        blocks = [peer["ipBlock"] for entry in policy["spec"].get("egress", []) for peer in entry["to"] if "ipBlock" in peer]
        for block in blocks:
            # Addresses that no pod ever has
            if trusted ^ (set(block.get("except", [])) - {"169.254.0.0/16"}):
                yield f"{label(policy)} and TRUSTED_PROXIES differ in what is inside"


@rule
def every_host_has_tls_and_metrics_stay_within(shop):
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
        yield f"{path} is open to everybody"
    annotations = shop.get("Ingress", "gittix")["metadata"].get("annotations", {})
    for name, value in (("proxy-body-size", "1m"), ("proxy-buffering", "off"), ("enable-access-log", "false")):
        if annotations.get(f"nginx.ingress.kubernetes.io/{name}") != value:
            yield f"the Ingress does not set {name} to {value}"


@rule
def production_outlives_a_node(shop):
    if shop.overlay != "prod":
        return
    scaled = {s["spec"]["scaleTargetRef"]["name"]: s["spec"] for s in shop.of("HorizontalPodAutoscaler")}
    for deployment in shop.of("Deployment"):
        name = deployment["metadata"]["name"]
        pod = Pod(deployment)
        least = scaled[name]["minReplicas"] if name in scaled else deployment["spec"].get("replicas", 1)
        wanted = 3 if name == "gittix-server" else 2
        if least < wanted:
            yield f"{name} may be down to {least}"
        if name in scaled and "replicas" in deployment["spec"]:
            yield f"{name}: a deployment takes back what the autoscaler gave"
        if not any(pod in shop.selected(b["spec"]["selector"]["matchLabels"]) for b in shop.of("PodDisruptionBudget")):
            yield f"{name} has no PodDisruptionBudget"
        if not pod.spec.get("topologySpreadConstraints"):
            yield f"{name} may be on one node altogether"
        if deployment["spec"]["strategy"].get("rollingUpdate", {}).get("maxUnavailable") != 0:
            yield f"{name} has fewer than it needs while it is replaced"


@rule
def postgresql_has_room_for_all_connections(shop):
    scaled = {s["spec"]["scaleTargetRef"]["name"]: s["spec"]["maxReplicas"] for s in shop.of("HorizontalPodAutoscaler")}
    processes, servers = 1, 0  # the migration
    for deployment in shop.of("Deployment"):
        name = deployment["metadata"]["name"]
        if name.startswith("gittix-"):
            surge = deployment["spec"]["strategy"].get("rollingUpdate", {}).get("maxSurge", 0)
            most = scaled.get(name, deployment["spec"].get("replicas", 1)) + surge
            processes += most
            servers += most if name == "gittix-server" else 0
    # A server hears of changes by one more.
    connections = processes * int(shop.settings().get("DATABASE_CONNECTIONS", 20)) + servers
    room = sources.example_max_connections() if shop.overlay == "prod" else 100
    # Some are kept for superusers, backups and people.
    if connections > room - 10:
        yield f"{processes} processes open up to {connections} connections, and PostgreSQL takes {room}"


@rule
def production_brings_no_secret(shop):
    if shop.overlay == "prod":
        for secret in shop.of("Secret"):
            yield f"{label(secret)} is committed"
