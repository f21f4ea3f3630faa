//! A page of one of Stripe's lists.

/// A page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Its objects.
    pub objects: Vec<T>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}
