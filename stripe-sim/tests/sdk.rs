//! Stripe's own SDK from npm against the simulator: a second client checks what the first one ignores.

use std::net::TcpListener;
use std::path::Path;

use stripe_sim::{Config, Simulator};
use tokio::task::spawn_blocking;

#[tokio::test]
async fn stripes_sdk_accepts_the_simulator() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sdk = here.join("../node_modules/stripe");
    assert!(
        sdk.is_dir(),
        "{} is missing: run `npm ci` in the repository's root, this test runs Stripe's SDK for node",
        sdk.display()
    );
    // A free port, on which the script listens for webhooks.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
    let sim = Simulator::start(Config { webhook_urls: vec![format!("http://127.0.0.1:{port}/")], ..Config::default() })
        .await
        .expect("simulator");

    let mut node = std::process::Command::new("node");
    node.arg(here.join("tests/sdk.mjs"))
        .env("SIM_URL", sim.url())
        .env("WEBHOOK_PORT", port.to_string())
        .env("WEBHOOK_SECRET", Config::default().webhook_secret)
        .env_remove("HTTP_PROXY")
        .env_remove("http_proxy");
    let output = spawn_blocking(move || node.output())
        .await
        .expect("task")
        .expect("`node` could not be started: install Node.js 20 or newer, this test runs Stripe's SDK");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    sim.stop().await;
}
