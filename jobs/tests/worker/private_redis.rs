//! A Redis server that a test may kill.

use std::{
    env, fs,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use domain::{ids::fresh, testing};
use redis::Client;
use uuid::Uuid;

/// A Redis server with its own port, which persists its data in its own folder.
pub(crate) struct PrivateRedis {
    port: u16,
    folder: PathBuf,
    running: Option<Child>,
}

impl PrivateRedis {
    /// A server that is not started yet.
    pub(crate) fn prepare() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|taken| taken.local_addr()).expect("a port").port();
        let folder = env::temp_dir().join(format!("gittix-redis-{}", fresh::<Uuid>()));
        fs::create_dir(&folder).expect("a folder");
        Self { port, folder, running: None }
    }

    pub(crate) async fn running() -> Self {
        let mut redis = Self::prepare();
        redis.start().await;
        redis
    }

    pub(crate) fn client(&self) -> Client {
        Client::open(("127.0.0.1", self.port)).expect("a client")
    }

    /// Starts it with its persisted data.
    pub(crate) async fn start(&mut self) {
        let server = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--save", "", "--appendonly", "yes"])
            .current_dir(&self.folder)
            .stdout(Stdio::null())
            .spawn();
        self.running = Some(server.expect("redis-server is on PATH; make test sees to it"));
        let client = self.client();
        testing::until("Redis answers", || async { client.get_multiplexed_async_connection().await.is_ok() }).await;
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.running.take() {
            server.kill().and_then(|()| server.wait()).expect("it ran");
        }
    }

    /// Deletes its persisted data. It must not be running.
    pub(crate) fn delete_data(&self) {
        fs::remove_dir_all(&self.folder).and_then(|()| fs::create_dir(&self.folder)).expect("its own folder");
    }

    /// Pauses all replies for this long.
    pub(crate) async fn stall(&self, milliseconds: u32) {
        let mut redis = self.client().get_multiplexed_async_connection().await.expect("Redis answers");
        let mut pause = redis::cmd("CLIENT");
        let () = pause.arg("PAUSE").arg(milliseconds).arg("ALL").query_async(&mut redis).await.expect("pauses");
    }
}

impl Drop for PrivateRedis {
    fn drop(&mut self) {
        self.kill();
        // A failure leaves only a temporary folder behind.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
