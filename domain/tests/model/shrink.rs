//! Shortening a failing sequence.

use crate::{product::Product, sequence::run_given, step::Step};

/// Removes runs of steps, long ones first, as long as the rest still fails. Returns the rest, and its
/// failure.
pub(crate) async fn shrink(product: &mut Product, mut steps: Vec<Step>, mut what: String) -> (Vec<Step>, String) {
    let mut stretch = steps.len().div_ceil(2);
    while stretch > 0 {
        let mut start = 0;
        let mut shorter = false;
        while start < steps.len() {
            let end = (start + stretch).min(steps.len());
            let without: Vec<Step> = [&steps[..start], &steps[end..]].concat();
            match run_given(product, &without).await {
                Err(still) => (steps, what, shorter) = (without, still, true),
                Ok(()) => start = end,
            }
        }
        // One step may become unnecessary once another is removed.
        stretch = if shorter && stretch == 1 { 1 } else { stretch / 2 };
    }
    (steps, what)
}
