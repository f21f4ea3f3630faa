//! The dependencies between the crates point one way.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

/// What each crate may depend on among ours, and what it must not depend on by itself among others'.
/// Tests may use more: their dependencies are not looked at.
const RULES: &[(&str, &[&str], &[&str])] = &[
    ("model", &[], &["axum", "leptos", "leptos_axum", "apalis", "apalis-redis", "redis", "rand", "time", "tokio"]),
    ("inspect", &["model"], &["axum", "leptos", "sqlx", "redis", "apalis", "apalis-redis", "tokio", "reqwest"]),
    ("platform", &["model"], &["axum", "leptos", "leptos_axum", "apalis", "apalis-redis", "redis"]),
    // `stripe-sim` serves the feature `testing` alone.
    (
        "domain",
        &["model", "platform", "stripe-sim"],
        &["axum", "leptos", "leptos_axum", "apalis", "apalis-redis", "redis"],
    ),
    ("app", &["domain", "model"], &["sqlx", "redis", "apalis", "apalis-redis"]),
    ("frontend", &["app"], &["axum", "sqlx", "redis", "tokio"]),
    ("server", &["app", "domain", "model", "platform"], &["apalis", "apalis-redis"]),
    ("jobs", &["domain", "inspect", "model", "platform"], &["leptos", "leptos_axum"]),
    ("stripe-sim", &[], &["sqlx", "leptos", "redis"]),
];

#[test]
fn dependencies_point_one_way() {
    let crates = normal_dependencies();
    for (name, allowed, forbidden) in RULES {
        let dependencies = &crates[*name];
        for dependency in dependencies.keys() {
            let is_ours = crates.contains_key(dependency);
            assert!(!is_ours || allowed.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
            assert!(!forbidden.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
        }
    }
    assert_eq!(crates.len(), RULES.len(), "a new crate needs its rule here");
    assert!(crates["domain"]["stripe-sim"], "stripe-sim must stay optional in domain");
    assert!(crates["model"]["sqlx"], "sqlx must stay optional in model: the browser has none");
    assert!(crates["app"]["domain"], "domain must stay optional in app: the browser has none");
}

/// Each crate's dependencies, and whether they are optional; without those of tests and builds.
fn normal_dependencies() -> BTreeMap<String, BTreeMap<String, bool>> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let name = |package: &Value| package["name"].as_str().expect("a name").to_owned();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies");
            let normal = dependencies.iter().filter(|dependency| dependency["kind"].is_null());
            (name(package), normal.map(|d| (name(d), d["optional"].as_bool().unwrap_or(false))).collect())
        })
        .collect()
}
