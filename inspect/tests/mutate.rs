//! Samples with a few changes each: whether anything in them breaks what reads them. By hand, because it takes minutes:
//!
//! ```sh
//! MUTATE_SECONDS=600 cargo test -p inspect --test mutate -- --ignored --nocapture
//! ```
//!
//! It needs no nightly compiler, unlike the targets in `inspect/fuzz/`, and finds less.

use std::{
    env, fs,
    panic::{self, AssertUnwindSafe},
    path::Path,
    time::{Duration, Instant},
};

use model::inspection::{FILE_CODES, FILE_PAGES, FILE_TEXT_BYTES};

/// Numbers that decoders compare lengths with.
const EDGES: [u8; 6] = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

/// The generator of numbers of Marsaglia's "Xorshift RNGs", with 64 bits.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or_default() % bound.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or_default()
    }

    /// One to eight changes: bytes, numbers in text, a part left out, doubled, or put elsewhere.
    fn change(&mut self, file: &mut Vec<u8>) {
        for _ in 0..=self.below(8) {
            let at = self.below(file.len());
            let length = self.below(64).min(file.len() - at);
            match self.below(6) {
                0 => file[at] = self.byte(),
                1 => file[at] = EDGES[self.below(EDGES.len())],
                2 => drop(file.drain(at..at + length)),
                3 => {
                    let part = file[at..at + length].to_vec();
                    let to = self.below(file.len());
                    file.splice(to..to, part);
                }
                4 => {
                    let digits: Vec<_> = (0..file.len()).filter(|at| file[*at].is_ascii_digit()).collect();
                    if let Some(digit) = digits.get(self.below(digits.len())) {
                        file[*digit] = b'0' + u8::try_from(self.below(10)).unwrap_or_default();
                    }
                }
                _ => file.truncate(at.max(16)),
            }
            if file.is_empty() {
                file.push(b'%');
            }
        }
    }
}

#[test]
#[ignore = "takes minutes"]
fn changed_samples_break_nothing() {
    let setting = |name: &str, default| env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default);
    let time = Duration::from_secs(setting("MUTATE_SECONDS", 60));
    let mut random = Random(setting("SEED", 20_261_130));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let files = fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    let files = files.filter(|path| path.file_stem().is_some_and(|name| name != "make"));
    let samples: Vec<Vec<u8>> = files.map(|path| fs::read(path).expect("a sample")).collect();
    let (mut read, mut refused, mut slow) = (0, 0, 0);
    let mut broke = Vec::new();
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < time {
        count += 1;
        let mut file = samples[random.below(samples.len())].clone();
        random.change(&mut file);
        let begin = Instant::now();
        match panic::catch_unwind(AssertUnwindSafe(|| inspect::inspect(&file, Duration::from_millis(300)))) {
            Ok(Ok(found)) => {
                read += 1;
                assert!(found.pages.len() <= FILE_PAGES && found.codes().count() <= FILE_CODES);
                assert!(found.pages.iter().map(|page| page.text.len()).sum::<usize>() <= FILE_TEXT_BYTES);
            }
            Ok(Err(_)) => refused += 1,
            Err(_) => {
                let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("broke-{count}"));
                fs::write(&path, &file).expect("a file");
                broke.push(path);
            }
        }
        if begin.elapsed() > Duration::from_secs(3) {
            slow += 1;
        }
    }
    println!("{count} files: {read} read, {refused} refused, {slow} took more than 3 s, {} broke", broke.len());
    assert!(broke.is_empty(), "{broke:#?}");
}
