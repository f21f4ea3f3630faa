//! The data of a page, which the server loads for the first page and the browser for those after it.

use std::{
    any::Any,
    convert::Infallible,
    fmt,
    marker::PhantomData,
    pin::Pin,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use leptos::{prelude::*, server::codee::string::FromToStringCodec};
use model::Code;
use serde::{Serialize, de::DeserializeOwned};

use crate::{ApiError, json::from_json};

/// Data that is loaded once, and again whenever its source changes.
///
/// Leptos' `Resource` does the same, but is compiled for every type into the code that the browser downloads.
/// This is one resource for all types. The type is known again only where the data is read.
pub(crate) struct PageData<T> {
    loaded: Resource<Loaded, FromToStringCodec>,
    data: PhantomData<fn() -> T>,
}

impl<T> Clone for PageData<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for PageData<T> {}

impl<T: Clone + DeserializeOwned + Serialize + Send + Sync + 'static> PageData<T> {
    /// Data that `load` loads for the value of `source`. On the server the response waits for it.
    pub(crate) fn new<S, F>(
        source: impl Fn() -> S + Send + Sync + 'static,
        load: impl Fn(S) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<T, ApiError>> + Send + 'static,
    {
        let source = Arc::new(source);
        let track = Box::new({
            let source = Arc::clone(&source);
            move || drop(source())
        });
        let load = Box::new(move || -> Loading {
            let data = load(source());
            Box::pin(async move { Loaded::Value(Arc::new(data.await)) })
        });
        Self { loaded: resource(track, load), data: PhantomData }
    }

    /// The data, once it is loaded.
    pub(crate) async fn get(self) -> Result<T, ApiError> {
        match self.loaded.await {
            Loaded::Value(value) => {
                let value: &dyn Any = &*value;
                value.downcast_ref::<Result<T, ApiError>>().cloned()
            }
            Loaded::Json(json) => decode(&json),
        }
        .unwrap_or_else(|| Err(Code::Unavailable.into()))
    }
}

type Loading = Pin<Box<dyn Future<Output = Loaded> + Send>>;

/// The part of [`PageData::new`] that is the same for every type.
fn resource(
    track: Box<dyn Fn() + Send + Sync>,
    load: Box<dyn Fn() -> Loading + Send + Sync>,
) -> Resource<Loaded, FromToStringCodec> {
    // The resource asks for a value that differs after a change of the source.
    let changes = AtomicU32::new(0);
    let source = move || {
        track();
        changes.fetch_add(1, Ordering::Relaxed)
    };
    Resource::new_str_blocking(source, move |_| load())
}

/// The result of loading.
#[derive(Clone)]
enum Loaded {
    /// Loaded here.
    Value(Arc<dyn Value>),
    /// Loaded by the server, which wrote it into the page.
    Json(Arc<str>),
}

trait Value: Any + Send + Sync {
    /// What [`decode`] reads.
    fn encode(&self) -> Option<String>;
}

impl<T: Serialize + Send + Sync + 'static> Value for Result<T, ApiError> {
    fn encode(&self) -> Option<String> {
        // The browser never does this, and should not download the code for it.
        if !cfg!(feature = "ssr") {
            return None;
        }
        let json = match self {
            Ok(data) => serde_json::to_string(data),
            Err(error) => serde_json::to_string(error),
        };
        let mark = if self.is_ok() { OK } else { ERROR };
        json.ok().map(|json| format!("{mark}{json}"))
    }
}

/// The marks in front of the JSON. With `Result`'s own JSON, every type would have a second deserializer.
const OK: char = '+';
const ERROR: char = '-';

fn decode<T: DeserializeOwned>(json: &str) -> Option<Result<T, ApiError>> {
    if let Some(error) = json.strip_prefix(ERROR) {
        return from_json(error).map(|error| Err(ApiError(error)));
    }
    from_json(json.strip_prefix(OK)?).map(Ok)
}

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => f.write_str(&value.encode().unwrap_or_default()),
            Self::Json(json) => f.write_str(json),
        }
    }
}

impl FromStr for Loaded {
    type Err = Infallible;

    fn from_str(json: &str) -> Result<Self, Self::Err> {
        Ok(Self::Json(json.into()))
    }
}
