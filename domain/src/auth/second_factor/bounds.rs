//! The bounds of second factors.

/// How often a code may be mistyped within [`TRIES_MINUTES`]. Of a million codes three are good at a time: a stranger who
/// knows the password guesses one within a day at most once in a thousand times.
pub const TRIES: i16 = 10;
/// How long a mistyped code counts, in minutes.
pub const TRIES_MINUTES: i32 = 60;
/// How long a set-up may take, in minutes.
pub const SET_UP_MINUTES: i32 = 60;
/// How long the second step of signing in may take, in minutes.
pub const SIGN_IN_MINUTES: i32 = 10;
/// How many recovery codes there are.
pub const RECOVERY_CODES: usize = 10;
