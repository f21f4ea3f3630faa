//! The whole purchase against a model of it: users list, lock, pay and cancel, time passes, jobs and
//! webhooks come late, twice or never, and after every step the product must be in the state that the
//! model predicts.
//!
//! A sequence that fails is shortened, printed, and kept in `failures.jsonl` beside this file: every
//! later run begins with it. See `docs/TESTING.md`.

mod at_once;
mod buying;
mod calls;
mod catalogue;
mod choose;
mod money;
mod paying;
mod picture;
mod play;
mod product;
mod reviewing;
mod selling;
mod sequence;
mod shrink;
mod snapshot;
mod standing;
mod step;
mod stored;
mod sweeping;
mod waitlist;
mod workers;
mod world;

/// Sequences, unless `MODEL_SEQUENCES` says otherwise.
const SEQUENCES: usize = 200;
/// Steps of each, unless `MODEL_STEPS` says otherwise.
const STEPS: usize = 50;
/// The seed of the random numbers, unless `MODEL_SEED` says otherwise.
const SEED: u64 = 1;

#[test]
fn the_product_does_what_the_model_says() {
    let plan = workers::Plan {
        sequences: from_env("MODEL_SEQUENCES", SEQUENCES),
        steps: from_env("MODEL_STEPS", STEPS),
        seed: from_env("MODEL_SEED", SEED),
    };
    if let Some(failure) = workers::run(&plan) {
        panic!("{failure}");
    }
}

fn from_env<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name)
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is {text}, and must be a whole number")))
}
