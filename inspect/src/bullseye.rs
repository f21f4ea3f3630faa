//! Where the middle of an Aztec code may be.
//!
//! rxing's reader of Aztec looks for the rings around the middle of the picture alone. So this finds the rings, and the
//! picture is cut around them.

use std::iter;

use image::GrayImage;

/// A line through the middle of the rings has runs of one length, dark and light by turns: nine or more, of which the
/// outer ones may touch what is beside them.
const RUNS: u32 = 7;
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

/// Where [`RUNS`] runs of about the same length follow each other with a dark one in the middle: the middle of that one,
/// and the length of a run.
fn crossings(length: u32, is_dark: &dyn Fn(u32) -> bool) -> Vec<(u32, u32)> {
    const MIDDLE: usize = RUNS as usize / 2;
    let mut found = Vec::new();
    // Where each of the last runs began, and where the last one ended
    let mut edges = [0; RUNS as usize + 1];
    let mut runs = 0;
    let mut colour = None;
    for (position, dark) in (0..length).map(|at| (at, Some(is_dark(at)))).chain(iter::once((length, None))) {
        if dark == colour {
            continue;
        }
        edges.rotate_left(1);
        edges[RUNS as usize] = position;
        let is_light = colour.replace(dark.unwrap_or_default()) == Some(false);
        // The first edge is where the line begins, and is no run's end.
        runs += 1;
        // The last run is three after the middle one, so it has the other colour.
        if runs > RUNS && is_light {
            let module = (edges[RUNS as usize] - edges[0]) / RUNS;
            let is_even = |edges: &[u32]| (module.div_ceil(2)..=2 * module + 1).contains(&(edges[1] - edges[0]));
            if module >= 1 && edges.windows(2).all(is_even) {
                found.push((edges[MIDDLE].midpoint(edges[MIDDLE + 1]), module));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Middle, crossings, middles};

    /// Seven by seven modules of two pixels around (20, 20), and a column of stripes beside it.
    fn is_dark(x: u32, y: u32) -> bool {
        let ring = (x / 2).abs_diff(10).max((y / 2).abs_diff(10));
        if x < 30 { [0, 2, 4].contains(&ring) } else { x % 4 < 2 }
    }

    #[test]
    fn rings_have_a_middle_and_stripes_have_none() {
        let found = middles(&is_dark, 60, 40);
        assert_eq!(found.len(), 1, "{found:?}");
        let Middle { x, y, module } = found[0];
        assert!((20..=21).contains(&x) && (20..=21).contains(&y) && module == 2, "{found:?}");
    }

    #[test]
    fn a_line_without_runs_has_no_crossing() {
        assert_eq!(crossings(0, &|_| true), []);
        assert_eq!(crossings(50, &|_| true), []);
        assert_eq!(crossings(50, &|at| at == 25), []);
    }
}
