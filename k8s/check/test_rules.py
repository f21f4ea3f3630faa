"""Breaks each rule and expects its message. python k8s/check/test_rules.py KUBECTL"""

import base64
import re
import sys
import unittest

import sources
from rules import RULES
from schemas import malformed, malformed_skaffold, skaffold

KUBECTL = "kubectl"
SHOPS = {}

#: (rule, overlay, change that breaks it, expected message)
BREAKS = []


def breaks(rule, said, overlay="prod"):
    def note(function):
        BREAKS.append((rule, overlay, function, said))
        return function

    return note


def container(shop, pod="gittix-server"):
    return shop.pod(pod).spec["containers"][0]


@breaks("long_running_pods_have_probes", "gittix-server: server has no startupProbe")
def _(shop):
    del container(shop)["startupProbe"]


@breaks("long_running_pods_have_probes", "gittix-server: server has no readinessProbe")
def _(shop):
    del container(shop)["readinessProbe"]


@breaks("long_running_pods_have_probes", "gittix-worker: worker has no livenessProbe")
def _(shop):
    del container(shop, "gittix-worker")["livenessProbe"]


@breaks("long_running_pods_have_probes", "restarted because its database is down")
def _(shop):
    container(shop)["livenessProbe"]["httpGet"]["path"] = "/readyz"


@breaks("long_running_pods_have_probes", "restarted because its database is down")
def _(shop):
    container(shop)["startupProbe"]["httpGet"]["path"] = "/servingz"


@breaks("long_running_pods_have_probes", "all would be taken out of service at once")
def _(shop):
    container(shop)["readinessProbe"]["httpGet"]["path"] = "/readyz"


@breaks("long_running_pods_have_probes", "its readinessProbe requests /ready, which does not exist")
def _(shop):
    container(shop)["readinessProbe"]["httpGet"]["path"] = "/ready"


@breaks("long_running_pods_have_probes", "its livenessProbe requests /readyz, which does not exist")
def _(shop):
    container(shop, "gittix-worker")["livenessProbe"]["httpGet"]["path"] = "/readyz"


@breaks("containers_declare_resources", "does not request")
def _(shop):
    del shop.pod("gittix-server").spec["initContainers"][0]["resources"]["limits"]


@breaks("containers_declare_resources", "requests more memory than it may have")
def _(shop):
    container(shop)["resources"]["requests"]["memory"] = "8Gi"


@breaks("pods_run_without_root", "gittix-server may run as root")
def _(shop):
    shop.pod("gittix-server").spec["securityContext"]["runAsUser"] = 0


@breaks("pods_run_without_root", "redis may run as root", "dev")
def _(shop):
    del shop.pod("redis").spec["securityContext"]["runAsNonRoot"]


@breaks("pods_run_without_root", "no seccomp profile")
def _(shop):
    shop.pod("gittix-worker").spec["securityContext"]["seccompProfile"]["type"] = "Unconfined"


@breaks("pods_run_without_root", "hostNetwork")
def _(shop):
    shop.pod("gittix-worker").spec["hostNetwork"] = True


@breaks("pods_run_without_root", "mounts the node's /etc")
def _(shop):
    shop.pod("gittix-worker").spec["volumes"] = [{"name": "etc", "hostPath": {"path": "/etc"}}]


@breaks("pods_run_without_root", "may gain privileges")
def _(shop):
    container(shop)["securityContext"]["allowPrivilegeEscalation"] = True


@breaks("pods_run_without_root", "keeps capabilities")
def _(shop):
    container(shop)["securityContext"]["capabilities"]["add"] = ["NET_ADMIN"]


@breaks("root_file_systems_are_read_only", "postgres: postgres can write", "dev")
def _(shop):
    container(shop, "postgres")["securityContext"]["readOnlyRootFilesystem"] = False


@breaks("images_have_a_version", "has no fixed version")
def _(shop):
    container(shop)["image"] = "ghcr.io/gittix/gittix:latest"


@breaks("images_have_a_version", "has no fixed version", "dev")
def _(shop):
    container(shop, "redis")["image"] = "localhost:5000/redis"


@breaks("images_have_a_version", "is a development image")
def _(shop):
    container(shop)["image"] = "gittix:dev"


@breaks("no_pod_mounts_a_token", "gittix-worker mounts its token")
def _(shop):
    del shop.get("ServiceAccount", "gittix-worker")["automountServiceAccountToken"]


@breaks("no_pod_mounts_a_token", "gittix-server mounts a token")
def _(shop):
    shop.pod("gittix-server").spec["automountServiceAccountToken"] = True


@breaks("no_pod_mounts_a_token", "variables named after services")
def _(shop):
    del shop.pod("gittix-server").spec["enableServiceLinks"]


@breaks("namespace_is_restricted", "does not enforce")
def _(shop):
    shop.namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "baseline"


@breaks("namespace_is_restricted", "Service gittix-server is outside the namespace")
def _(shop):
    del shop.get("Service", "gittix-server")["metadata"]["namespace"]


@breaks("namespace_is_restricted", "Service gittix-server is outside the namespace")
def _(shop):
    shop.namespace["metadata"]["name"] = "tickets"


@breaks("deletion_keeps_data", "Namespace gittix would be deleted")
def _(shop):
    shop.objects.append(shop.namespace)


@breaks("deletion_keeps_data", "PersistentVolumeClaim books would be deleted", "dev")
def _(shop):
    shop.objects.append({"kind": "PersistentVolumeClaim", "metadata": {"name": "books"}})


@breaks("deletion_keeps_data", "StatefulSet postgres would delete its volumes", "dev")
def _(shop):
    shop.get("StatefulSet", "postgres")["spec"]["persistentVolumeClaimRetentionPolicy"] = {"whenDeleted": "Delete"}


def hooks(shop):
    return shop.profile["deploy"]["kubectl"]["hooks"]["before"]


@breaks("skaffold_prepares_its_own_cluster", "uses kubectl's current cluster")
def _(shop):
    hooks(shop)[1]["host"]["command"] = ["kubectl", "--namespace=gittix", "delete", "job", "gittix-migrate"]


@breaks("skaffold_prepares_its_own_cluster", "does not create the namespace first", "dev")
def _(shop):
    hooks(shop).reverse()


@breaks("skaffold_prepares_its_own_cluster", "leaves Job gittix-demo in place", "dev")
def _(shop):
    command = hooks(shop)[1]["host"]["command"]
    command[-1] = command[-1].replace("gittix-demo", "")


@breaks("deadlines_outlast_the_migration", "Kubernetes gives up Deployment gittix-worker after 600 s")
def _(shop):
    del shop.get("Deployment", "gittix-worker")["spec"]["progressDeadlineSeconds"]


@breaks("deadlines_outlast_the_migration", "the migration may take 7200")
def _(shop):
    shop.get("Job", "gittix-migrate")["spec"]["activeDeadlineSeconds"] = 7200


@breaks("deadlines_outlast_the_migration", "skaffold gives up Deployment gittix-server after 300 s", "dev")
def _(shop):
    shop.profile["deploy"]["statusCheckDeadlineSeconds"] = 300


@breaks("failed_jobs_keep_their_log", "Job gittix-migrate is retried in place")
def _(shop):
    shop.pod("gittix-migrate").spec["restartPolicy"] = "OnFailure"


@breaks("images_carry_their_revision", "skaffold does not tell ghcr.io/gittix/gittix its revision")
def _(shop):
    del shop.profile["build"]["artifacts"][0]["docker"]["buildArgs"]


@breaks("selectors_match_pods", "does not select its own pods")
def _(shop):
    shop.pod("gittix-server").labels["app.kubernetes.io/name"] = "server"


@breaks("selectors_match_pods", "spreads by other labels")
def _(shop):
    shop.pod("gittix-server").spec["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"] = {"app": "gittix"}


@breaks("selectors_match_pods", "Service gittix-server selects nothing")
def _(shop):
    shop.get("Service", "gittix-server")["spec"]["selector"] = {"app": "gittix"}


@breaks("selectors_match_pods", "PodDisruptionBudget gittix-worker selects nothing")
def _(shop):
    shop.get("PodDisruptionBudget", "gittix-worker")["spec"]["selector"]["matchLabels"] = {"app": "gittix"}


@breaks("selectors_match_pods", "which matches no pod", "dev")
def _(shop):
    shop.get("NetworkPolicy", "databases-from-all")["spec"]["podSelector"]["matchExpressions"][0]["values"].append("mysql")


@breaks("references_exist", "there is no Secret gittix")
def _(shop):
    shop.outside_secrets = {}


@breaks("references_exist", "there is no ConfigMap settings")
def _(shop):
    container(shop)["envFrom"][0]["configMapRef"]["name"] = "settings"


@breaks("references_exist", "there is no POSTGRES_PASSWORD in Secret postgres", "dev")
def _(shop):
    del shop.get("Secret", "postgres")["data"]["POSTGRES_PASSWORD"]


@breaks("references_exist", "there is no ServiceAccount gittix-worker")
def _(shop):
    shop.objects.remove(shop.get("ServiceAccount", "gittix-worker"))


@breaks("references_exist", "there is no PersistentVolumeClaim books", "dev")
def _(shop):
    volumes = shop.pod("stripe-sim").spec["volumes"]
    volumes.append({"name": "more", "persistentVolumeClaim": {"claimName": "books"}})


@breaks("references_exist", "there is no PersistentVolumeClaim gittix-tickets")
def _(shop):
    shop.outside_claims.clear()


@breaks("references_exist", "there is no volume books", "dev")
def _(shop):
    del shop.get("StatefulSet", "stripe-sim")["spec"]["volumeClaimTemplates"]


@breaks("references_exist", "there is no volume tmp")
def _(shop):
    container(shop)["volumeMounts"] = [{"name": "tmp", "mountPath": "/tmp"}]


@breaks("references_exist", "on which nothing listens")
def _(shop):
    container(shop)["livenessProbe"]["httpGet"]["port"] = 8080


@breaks("references_exist", "scales nothing")
def _(shop):
    shop.get("HorizontalPodAutoscaler", "gittix-server")["spec"]["scaleTargetRef"]["name"] = "server"


@breaks("ports_are_listened_on", "has no such port")
def _(shop):
    shop.get("Service", "gittix-server")["spec"]["ports"][0]["targetPort"] = "web"


@breaks("ports_are_listened_on", "Ingress gittix leads to gittix-server, which has no such port")
def _(shop):
    shop.get("Service", "gittix-server")["spec"]["ports"][0]["name"] = "web"


@breaks("ports_are_listened_on", "gittix-worker listens on 9101, and its pod declares another port")
def _(shop):
    shop.settings()["METRICS_ADDR"] = "0.0.0.0:9101"


@breaks("ports_are_listened_on", "gittix-server listens on 3000, and its pod declares another port")
def _(shop):
    container(shop)["ports"][0]["containerPort"] = 8080


@breaks("ports_are_listened_on", "opens mysql, which no pod has", "dev")
def _(shop):
    shop.get("NetworkPolicy", "databases-from-all")["spec"]["ingress"][0]["ports"][0]["port"] = "mysql"


@breaks("hosts_exist", "STRIPE_JS_URL is stripe.ticketing.dev, for which there is no Ingress", "dev")
def _(shop):
    shop.objects.remove(shop.get("Ingress", "stripe-sim"))


@breaks("hosts_exist", "STRIPE_API_BASE points to stripe:3002, which is no Service", "dev")
def _(shop):
    shop.settings()["STRIPE_API_BASE"] = "http://stripe:3002"


@breaks("hosts_exist", "DATABASE_URL points to postgres:5433", "dev")
def _(shop):
    shop.get("Secret", "gittix")["data"]["DATABASE_URL"] = base64.b64encode(b"postgres://u:p@postgres:5433/gittix").decode()


@breaks("hosts_exist", "STRIPE_SIM_WEBHOOK_URL points to server:3000", "dev")
def _(shop):
    next(v for v in container(shop, "stripe-sim")["env"] if "WEBHOOK" in v["name"])["value"] = "http://server:3000/webhooks/stripe"


@breaks("settings_are_known_and_complete", "LOCK_MINUTES is no setting")
def _(shop):
    shop.settings()["LOCK_MINUTES"] = "15"


@breaks("settings_are_known_and_complete", "STRIPE_WEBHOOK_SECRET must be set", "dev")
def _(shop):
    del shop.get("Secret", "gittix")["data"]["STRIPE_WEBHOOK_SECRET"]


@breaks("settings_are_known_and_complete", "MAIL_FROM must be set")
def _(shop):
    del shop.settings()["MAIL_FROM"]


@breaks("a_command_is_given_no_secret_that_it_does_not_use", "gittix-migrate: migrate uses MIGRATION_DATABASE_URL, DATABASE_URL, and is given gittix, MIGRATION_DATABASE_URL, DATABASE_URL")
def _(shop):
    container(shop, "gittix-migrate")["envFrom"].append({"secretRef": {"name": "gittix"}})


@breaks("a_command_is_given_no_secret_that_it_does_not_use", "gittix-worker: await-schema uses DATABASE_URL, and is given DATABASE_URL, REDIS_URL")
def _(shop):
    reference = {"secretKeyRef": {"name": "gittix", "key": "REDIS_URL"}}
    shop.pod("gittix-worker").spec["initContainers"][0]["env"].append({"name": "REDIS_URL", "valueFrom": reference})


@breaks("a_process_is_given_the_time_that_it_takes_to_end", "gittix-server takes 80 s to end")
def _(shop):
    shop.settings()["DRAIN_SECONDS"] = "60"


@breaks("a_process_is_given_the_time_that_it_takes_to_end", "gittix-worker takes 20 s to end, and is killed after 10")
def _(shop):
    shop.pod("gittix-worker").spec["terminationGracePeriodSeconds"] = 10


@breaks("a_process_is_given_the_time_that_it_takes_to_end", "notices draining after 30 s")
def _(shop):
    container(shop)["readinessProbe"]["failureThreshold"] = 10


@breaks("network_is_denied_by_default", "denies what no other allows")
def _(shop):
    shop.get("NetworkPolicy", "deny-all")["spec"]["policyTypes"] = ["Ingress"]


@breaks("prometheus_reaches_its_targets", "k8s/examples/podmonitor.yaml does not scrape gittix-worker")
def _(shop):
    shop.scraped["k8s/examples/podmonitor.yaml"].remove(("gittix", "gittix-worker", "metrics"))


@breaks("prometheus_reaches_its_targets", "k8s/examples/prometheus.yaml scrapes the wrong namespace, gittix")
def _(shop):
    shop.namespace["metadata"]["name"] = "tickets"


@breaks("prometheus_reaches_its_targets", "k8s/examples/prometheus.yaml scrapes gittix-server at http, which it lacks")
def _(shop):
    container(shop)["ports"][0]["name"] = "web"


@breaks("prometheus_reaches_its_targets", "no NetworkPolicy lets Prometheus scrape gittix-worker at metrics")
def _(shop):
    shop.objects.remove(shop.get("NetworkPolicy", "monitoring-to-worker"))


@breaks("prometheus_reaches_its_targets", "no NetworkPolicy lets Prometheus scrape gittix-server at http")
def _(shop):
    shop.get("NetworkPolicy", "ingress-to-server")["spec"]["ingress"][0]["from"].pop()


@breaks("internal_networks_agree", "server-to-stripe and TRUSTED_PROXIES differ")
def _(shop):
    settings = shop.settings()
    settings["TRUSTED_PROXIES"] = settings["TRUSTED_PROXIES"].replace("100.64.0.0/10,", "")


@breaks("hosts_have_tls_and_metrics_are_private", "serves ticketing.dev without TLS")
def _(shop):
    del shop.get("Ingress", "gittix")["spec"]["tls"]


@breaks("hosts_have_tls_and_metrics_are_private", "there is no Secret gittix-tls", "dev")
def _(shop):
    shop.objects.remove(shop.get("Secret", "gittix-tls"))


@breaks("hosts_have_tls_and_metrics_are_private", "/metrics is public")
def _(shop):
    shop.get("Ingress", "gittix-within")["metadata"]["annotations"].clear()


@breaks("hosts_have_tls_and_metrics_are_private", "/servingz is public")
def _(shop):
    shop.get("Ingress", "gittix-within")["spec"]["rules"][0]["http"]["paths"].pop()


@breaks("hosts_have_tls_and_metrics_are_private", "does not set proxy-buffering")
def _(shop):
    del shop.get("Ingress", "gittix")["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-buffering"]


@breaks("hosts_have_tls_and_metrics_are_private", "does not set enable-access-log")
def _(shop):
    shop.get("Ingress", "gittix")["metadata"]["annotations"]["nginx.ingress.kubernetes.io/enable-access-log"] = "true"


@breaks("production_survives_a_node", "gittix-server may run only 2 pods")
def _(shop):
    shop.get("HorizontalPodAutoscaler", "gittix-server")["spec"]["minReplicas"] = 2


@breaks("production_survives_a_node", "gittix-worker may run only 1 pods")
def _(shop):
    del shop.get("Deployment", "gittix-worker")["spec"]["replicas"]


@breaks("production_survives_a_node", "resets the replicas of the autoscaler")
def _(shop):
    shop.get("Deployment", "gittix-server")["spec"]["replicas"] = 3


@breaks("production_survives_a_node", "gittix-worker has no PodDisruptionBudget")
def _(shop):
    shop.objects.remove(shop.get("PodDisruptionBudget", "gittix-worker"))


@breaks("production_survives_a_node", "on a single node")
def _(shop):
    del shop.pod("gittix-worker").spec["topologySpreadConstraints"]


@breaks("production_survives_a_node", "too few pods")
def _(shop):
    shop.get("Deployment", "gittix-server")["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] = 1


@breaks("postgresql_accepts_all_connections", "and PostgreSQL takes")
def _(shop):
    shop.get("HorizontalPodAutoscaler", "gittix-server")["spec"]["maxReplicas"] = 10


@breaks("postgresql_accepts_all_connections", "and PostgreSQL takes 100", "dev")
def _(shop):
    shop.settings()["DATABASE_CONNECTIONS"] = "20"


@breaks("production_commits_no_secret", "Secret gittix is committed")
def _(shop):
    shop.objects.append({"kind": "Secret", "metadata": {"name": "gittix"}, "data": {}})


class Rules(unittest.TestCase):
    def test_every_rule_has_a_case(self):
        self.assertEqual({rule.__name__ for rule in RULES}, {rule for rule, *_ in BREAKS})

    def test_every_violation_has_its_message(self):
        by_name = {rule.__name__: rule for rule in RULES}
        for name, overlay, change, said in BREAKS:
            with self.subTest(rule=name, said=said, overlay=overlay):
                shop = SHOPS[overlay].copy()
                self.assertFalse([what for what in by_name[name](shop) if said in what], "before anything is broken")
                change(shop)
                self.assertTrue([what for what in by_name[name](shop) if said in what])

    def test_misspelt_field_is_malformed(self):
        shop = SHOPS["prod"].copy()
        server = shop.get("Deployment", "gittix-server")
        self.assertEqual(list(malformed(server)), [])
        container(shop)["livenesProbe"] = container(shop).pop("livenessProbe")
        self.assertIn("livenesProbe", "".join(malformed(server)))

    def test_misspelt_skaffold_field_is_malformed(self):
        config = skaffold()
        self.assertEqual(list(malformed_skaffold(config)), [])
        config["profiles"][0]["deploy"]["kubectl"]["hooks"]["befor"] = []
        self.assertTrue(list(malformed_skaffold(config)))

    def test_image_and_scripts_use_the_same_versions(self):
        for name, (image, scripts) in sources.versions_of_image().items():
            self.assertEqual(image, scripts, name)

    def test_queue_alert_fires_below_the_capacity(self):
        # Relays refill the queue between two scrapes, one batch at a time.
        limit = int(re.search(r"> (\d+)$", sources.alert("QueueFull"))[1])
        self.assertTrue(sources.waiting() / 2 <= limit < sources.waiting(), limit)

    def test_image_sets_its_revision(self):
        self.assertEqual(sources.env_of_image()["GITTIX_REVISION"], "${REVISION}")

    def test_the_settings_of_the_page_are_found(self):
        self.assertEqual(sources.of_the_shop()["DATABASE_URL"], "must be set")
        self.assertTrue(all(sources.read_by_code(name) for name in sources.of_the_shop()))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        KUBECTL = sys.argv.pop()
    SHOPS.update({overlay: sources.shop(overlay, KUBECTL) for overlay in ("dev", "prod")})
    unittest.main()
