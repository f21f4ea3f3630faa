//! The stream of updates about listings from the server.

use leptos::{
    prelude::{LocalStorage, SetValue, StoredValue, UpdateValue, document},
    task::spawn_local,
};
use model::{EventId, ListingId, live::ListingUpdate};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

use super::{page::is_visible, sleep_ms};
use crate::{
    json::from_json,
    paths::{LIVE_EVENTS, LIVE_TICKETS},
};

const VISIBILITY_CHANGE: &str = "visibilitychange";
/// The wait before the page asks again for a stream that the server refused.
const RETRY_MS: i32 = 15_000;

/// Calls `on_update` with the current state of `listings`, and with every change of it, until the
/// reactive owner (a page, or an effect of it) is disposed.
///
/// A hidden page has no stream: over HTTP/1.1 a browser allows six connections for all tabs of a
/// site. When the page becomes visible again, it gets the current state first.
pub(crate) fn subscribe(listings: &[ListingId], on_update: impl Fn(ListingUpdate) + 'static) {
    let ids: Vec<_> = listings.iter().map(ToString::to_string).collect();
    follow(format!("{LIVE_TICKETS}?ids={}", ids.join(",")), Box::new(on_update));
}

/// The same for the listings of an event, also for those that are listed while the page is open. The page has the state
/// of `since_us`.
pub(crate) fn subscribe_to_event(event: EventId, since_us: i64, on_update: impl Fn(ListingUpdate) + 'static) {
    follow(format!("{LIVE_EVENTS}?id={event}&since={since_us}"), Box::new(on_update));
}

fn follow(address: String, on_update: Box<dyn Fn(ListingUpdate)>) {
    let stored = StoredValue::<Option<Subscription>, LocalStorage>::new_local(None);
    let refresh = move || {
        stored.try_update_value(|subscription| subscription.iter_mut().for_each(Subscription::refresh));
    };
    let mut subscription = Subscription {
        address,
        on_message: Closure::new(move |message: MessageEvent| {
            let data = message.data().as_string().unwrap_or_default();
            if let Some(update) = from_json(&data) {
                on_update(update);
            }
        }),
        on_error: Closure::new(move || {
            spawn_local(async move {
                sleep_ms(RETRY_MS).await;
                refresh();
            });
        }),
        on_visibility_change: Closure::new(refresh),
        source: None,
    };
    subscription.refresh();
    let listener = subscription.on_visibility_change.as_ref().unchecked_ref();
    let _ = document().add_event_listener_with_callback(VISIBILITY_CHANGE, listener);
    stored.set_value(Some(subscription));
}

/// A stream that is open while the page is visible.
struct Subscription {
    address: String,
    on_message: Closure<dyn Fn(MessageEvent)>,
    on_error: Closure<dyn Fn()>,
    on_visibility_change: Closure<dyn Fn()>,
    source: Option<EventSource>,
}

impl Subscription {
    /// Opens the stream of a visible page and closes that of a hidden one. The browser reconnects a
    /// broken stream by itself, but not one that the server refused.
    fn refresh(&mut self) {
        let is_hidden = !is_visible();
        if is_hidden || self.source.as_ref().is_some_and(|source| source.ready_state() == EventSource::CLOSED) {
            self.close();
        }
        if !is_hidden && self.source.is_none() {
            // This fails only for an address that cannot be parsed. Ours can.
            self.source = EventSource::new(&self.address).ok();
            if let Some(source) = &self.source {
                source.set_onmessage(Some(self.on_message.as_ref().unchecked_ref()));
                source.set_onerror(Some(self.on_error.as_ref().unchecked_ref()));
            }
        }
    }

    fn close(&mut self) {
        if let Some(source) = self.source.take() {
            source.set_onmessage(None);
            source.set_onerror(None);
            source.close();
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.close();
        let listener = self.on_visibility_change.as_ref().unchecked_ref();
        let _ = document().remove_event_listener_with_callback(VISIBILITY_CHANGE, listener);
    }
}
