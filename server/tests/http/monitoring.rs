//! The alerts and the dashboard speak of what is there, and the runbook of the alerts.

use std::collections::BTreeSet;

pub(crate) const ALERTS: &str = include_str!("../../../k8s/monitoring/alerts.yaml");
const DASHBOARD: &str = include_str!("../../../k8s/monitoring/dashboard.json");
const RUNBOOK: &str = include_str!("../../../docs/RUNBOOK.md");
const OPERATIONS: &str = include_str!("../../../docs/OPERATIONS.md");

/// What only a worker has: its own tests look for these.
const OF_WORKERS: [&str; 3] = ["gittix_job_", "gittix_queue_", "gittix_sweeps_"];

/// The metrics that alerts and dashboard name and a server has.
pub(crate) fn named_of_servers() -> BTreeSet<&'static str> {
    names(ALERTS)
        .chain(names(DASHBOARD))
        .filter(|name| !OF_WORKERS.iter().any(|of_workers| name.starts_with(of_workers)))
        .collect()
}

fn names(text: &'static str) -> impl Iterator<Item = &'static str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("gittix_"))
}

#[test]
fn every_alert_is_in_the_runbook_and_nothing_else() {
    let alerts: Vec<&str> = ALERTS.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    let sections: Vec<&str> = RUNBOOK.split("\n## ").skip(1).collect();
    let titles: Vec<&str> = sections.iter().filter_map(|section| section.lines().next()).collect();
    assert!(!alerts.is_empty());
    assert_eq!(titles, alerts, "in the same order");
    for (section, alert) in sections.iter().zip(alerts) {
        for part in ["- **Means:** ", "- **Look:** ", "- **Do:** "] {
            assert!(section.contains(part), "{alert} lacks {part}");
        }
        let link = format!("runbook: docs/RUNBOOK.md#{}\n", alert.to_lowercase());
        assert!(ALERTS.contains(&link), "{alert} does not lead to its section");
    }
}

#[test]
fn every_metric_is_explained() {
    for name in names(ALERTS).chain(names(DASHBOARD)) {
        let base = ["_bucket", "_count", "_sum"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
        // As the table abbreviates them.
        let family = ["_max", "_found", "_bound", "_broken"].iter().find_map(|suffix| base.strip_suffix(suffix));
        let is_there = |name: &str| OPERATIONS.contains(&format!("`{name}"));
        assert!(is_there(base) || family.is_some_and(is_there), "{name} is not in docs/OPERATIONS.md");
    }
}
