//! Where the middle of an Aztec code may be.
//!
//! rxing's reader of Aztec looks for the rings around the middle of the picture alone. So this finds the rings, and the
//! picture is cut around them.

use std::iter;

use image::GrayImage;

/// Rings cross a line in at least nine runs of the same length. One more at each side can touch what is beside it.
const RUNS: usize = 7;
/// Middles that are told. A picture with more has a pattern on it.
const MIDDLES: usize = 24;
/// Modules from the middle of the largest code to its side, and its quiet zone.
const HALF_SIDE: u32 = 80;

/// The middle of some rings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Middle {
    pub(crate) x: u32,
    pub(crate) y: u32,
    /// Length of a run, in pixels.
    pub(crate) module: u32,
}

impl Middle {
    /// Left, top and side of a square around it that has the whole code.
    pub(crate) fn square(self, picture: &GrayImage) -> (u32, u32, u32) {
        let (width, height) = picture.dimensions();
        let half = [self.x, self.y, width - 1 - self.x, height - 1 - self.y, self.module * HALF_SIDE].into_iter().min();
        let half = half.unwrap_or_default();
        (self.x - half, self.y - half, 2 * half + 1)
    }
}

/// Middles of rings, each once. `is_dark` says of each pixel, row by row, whether it is.
pub(crate) fn middles(is_dark: &dyn Fn(u32, u32) -> bool, width: u32, height: u32) -> Vec<Middle> {
    let mut middles: Vec<Middle> = Vec::new();
    for y in 0..height {
        for (x, across) in crossings(width, &|x| is_dark(x, y)) {
            // The column through it has rings too, with their middle here.
            let reach = across * 8;
            let top = y.saturating_sub(reach);
            let column = crossings(reach.saturating_mul(2).min(height - top), &|step| is_dark(x, top + step));
            let Some((middle, down)) =
                column.into_iter().find(|(middle, _)| (top + middle).abs_diff(y) <= across.max(2))
            else {
                continue;
            };
            if across > 2 * down || down > 2 * across {
                continue;
            }
            let found = Middle { x, y: top + middle, module: across.max(down) };
            let is_known = |known: &Middle| {
                known.x.abs_diff(found.x) <= 3 * found.module && known.y.abs_diff(found.y) <= 3 * found.module
            };
            if !middles.iter().any(is_known) {
                middles.push(found);
                if middles.len() == MIDDLES {
                    return middles;
                }
            }
        }
    }
    middles
}

/// Where [`RUNS`] runs of about the same length follow each other with a dark one in the middle: the middle of that,
/// and the length of a run.
fn crossings(length: u32, is_dark: &dyn Fn(u32) -> bool) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    // Where each of the last runs began, and the end of the last one.
    let mut starts: [u32; RUNS + 1] = [0; RUNS + 1];
    let mut runs = 0;
    let mut was_dark = None;
    for (position, dark) in (0..length).map(|at| (at, Some(is_dark(at)))).chain(iter::once((length, None))) {
        if dark == was_dark {
            continue;
        }
        starts.rotate_left(1);
        starts[RUNS] = position;
        runs += 1;
        // The runs in `starts` are RUNS ones, and the last of them is of the colour that ends here: dark like the middle
        // if their number is 4 k + 1, and light like the first if it is 4 k + 3.
        if runs > RUNS && was_dark == Some(false) {
            let total = starts[RUNS] - starts[0];
            let module = total / RUNS_U32;
            let is_even = |run: &[u32]| {
                let run = run[1] - run[0];
                2 * run + 1 >= module && run <= 2 * module + 1
            };
            if module >= 1 && starts.windows(2).all(is_even) {
                found.push((starts[RUNS / 2] + (starts[RUNS / 2 + 1] - starts[RUNS / 2]) / 2, module));
            }
        }
        was_dark = dark;
    }
    found
}

const RUNS_U32: u32 = 7;
