use std::net::SocketAddr;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

use super::*;

async fn names(store: &FileStore, age: Duration) -> Vec<String> {
    store.older_than(age).try_collect().await.expect("lists")
}

async fn keeps_files(store: FileStore) {
    assert_eq!(store.get("a").await.expect("answers"), None);
    store.put("a", vec![1, 2]).await.expect("stores");
    store.put("a", vec![3]).await.expect("stores");
    assert_eq!(store.get("a").await.expect("answers"), Some(vec![3]));
    assert_eq!(names(&store, Duration::ZERO).await, ["a"]);
    assert!(names(&store, Duration::from_hours(1)).await.is_empty());
    store.delete("a").await.expect("deletes");
    store.delete("a").await.expect("there is none");
    assert_eq!(store.get("a").await.expect("answers"), None);
}

#[tokio::test]
async fn memory_keeps_files() {
    keeps_files(FileStore::memory()).await;
}

#[tokio::test]
async fn folder_keeps_files_and_none_outside_of_it() {
    let folder = std::env::temp_dir().join(format!("gittix-files-{}", std::process::id()));
    let store = FileStore::folder(&folder.join("files")).expect("a folder");
    store.put("../outside", vec![1]).await.expect("stores");
    assert!(!folder.join("outside").exists());
    store.delete("../outside").await.expect("deletes");
    keeps_files(store).await;
    std::fs::remove_dir_all(&folder).expect("removes");
}

#[test]
fn folder_that_cannot_be_made_is_refused() {
    assert!(FileStore::folder(FilePath::new("/proc/no/such")).is_err());
}

/// A service that speaks S3 and has one bucket, `tickets`, in `folder`. It checks the signatures of requests.
async fn service(folder: &FilePath) -> SocketAddr {
    std::fs::create_dir_all(folder.join("tickets")).expect("a bucket");
    let mut builder = S3ServiceBuilder::new(FileSystem::new(folder).expect("a folder"));
    builder.set_auth(SimpleAuth::from_single("seller", "the secret"));
    let service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service.clone()));
        }
    });
    address
}

fn bucket(address: SocketAddr, prefix: &str, secret: &str) -> FileStore {
    let bucket = Bucket {
        name: "tickets".to_owned(),
        prefix: prefix.to_owned(),
        region: "us-east-1".to_owned(),
        endpoint: Some(format!("http://{address}")),
        access_key: "seller".to_owned(),
        secret_key: secret.to_owned().into(),
    };
    FileStore::bucket(&bucket).expect("settings of a request")
}

#[tokio::test]
async fn bucket_keeps_files_under_its_prefix_for_who_has_its_secret() {
    let folder = std::env::temp_dir().join(format!("gittix-bucket-{}", std::process::id()));
    let address = service(&folder).await;
    let other = bucket(address, "", "the secret");
    other.put("not-ours", vec![1]).await.expect("stores");
    keeps_files(bucket(address, "live", "the secret")).await;
    let large = vec![7; 10 * 1024 * 1024];
    let ours = bucket(address, "live", "the secret");
    ours.put("large", large.clone()).await.expect("stores");
    assert_eq!(ours.get("large").await.expect("answers"), Some(large));
    assert!(folder.join("tickets/live/large").is_file());
    assert_eq!(other.get("not-ours").await.expect("answers"), Some(vec![1]), "it lies beside the prefix");
    let stranger = bucket(address, "live", "a guess");
    assert!(stranger.get("large").await.is_err() && stranger.put("large", vec![]).await.is_err());
    std::fs::remove_dir_all(&folder).expect("removes");
}

#[tokio::test]
async fn bucket_that_does_not_answer_is_an_error_and_no_missing_file() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    assert!(bucket(address, "", "the secret").get("a").await.is_err());
}
