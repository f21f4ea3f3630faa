//! Any bytes as the `pass.json` of a pass.
#![no_main]

use std::{
    io::{Cursor, Write},
    time::Duration,
};

use libfuzzer_sys::fuzz_target;
use zip::{ZipWriter, write::SimpleFileOptions};

fuzz_target!(|json: &[u8]| {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("pass.json", SimpleFileOptions::default()).expect("an entry");
    archive.write_all(json).expect("its content");
    let file = archive.finish().expect("an archive").into_inner();
    let _ = inspect::inspect(&file, Duration::from_millis(500));
});
