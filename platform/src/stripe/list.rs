//! Lists of Stripe's of which only some members are read.

use std::{collections::BTreeMap, marker::PhantomData};

use miniserde::Deserialize;
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};
use stripe_types::{List, Timestamp};

use super::{Stripe, StripeError, operation::StripeOperation, page::Page};

/// The size of Stripe's longest page.
const PAGE: &str = "100";

impl Stripe {
    /// Reads a page of a list.
    pub(super) async fn list<A: Answer>(&self, request: &ListRequest<A>) -> Result<Page<A::Object>, StripeError> {
        let page = self.call(A::OPERATION, Box::pin(request.customize().send(&self.client))).await?;
        let objects: Vec<A::Object> = page.data.into_iter().map(A::Object::from).collect();
        let next = objects.last().filter(|_| page.has_more).map(|last| A::id(last).to_owned());
        Ok(Page { objects, next })
    }
}

/// What is read of an object in a list.
pub(super) trait Answer: Deserialize + Send + 'static {
    type Object: From<Self>;
    const OPERATION: StripeOperation;
    /// The address of the list.
    const PATH: &'static str;

    fn id(object: &Self::Object) -> &str;
}

/// A request for a page of a list.
pub(super) struct ListRequest<A> {
    query: BTreeMap<&'static str, String>,
    answer: PhantomData<fn() -> A>,
}

impl<A> Default for ListRequest<A> {
    fn default() -> Self {
        Self { query: BTreeMap::from([("limit", PAGE.to_owned())]), answer: PhantomData }
    }
}

impl<A> ListRequest<A> {
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.insert(name, value.into());
        self
    }

    /// From `since_s` on, in seconds since 1970.
    pub(super) fn since(self, since_s: Timestamp) -> Self {
        self.with("created[gte]", since_s.to_string())
    }

    /// After the cursor of the previous page.
    pub(super) fn after(self, after: Option<&str>) -> Self {
        match after {
            Some(id) => self.with("starting_after", id),
            None => self,
        }
    }
}

impl<A: Answer> StripeRequest for ListRequest<A> {
    type Output = List<A>;

    fn build(&self) -> RequestBuilder {
        RequestBuilder::new(StripeMethod::Get, A::PATH).query(&self.query)
    }
}
