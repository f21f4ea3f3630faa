//! `sqlx::migrate!` embeds the folder's files; cargo has to be told that they are part of the crate.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
