//! `sqlx::migrate!` embeds the files of the folder, so cargo has to rebuild the crate when they change.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
