//! Hearing from the server what becomes of tickets.

use leptos::{
    prelude::{LocalStorage, SetValue, StoredValue, UpdateValue, document},
    task::spawn_local,
};
use model::{TicketId, live::TicketNews};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

use super::{page::is_looked_at, sleep_ms};
use crate::paths::LIVE_TICKETS;

const LOOKED_AT_OR_NOT: &str = "visibilitychange";
/// How long a server that refused the stream is left alone.
const PAUSE_MS: i32 = 15_000;

/// Calls `hear` with how `tickets` stand, and with whatever becomes of them until the reactive owner, a
/// page or an effect of it, is gone.
///
/// A page that nobody looks at hears nothing: over HTTP/1.1 a browser has six connections for all the
/// tabs of a site. When it is looked at again, it hears how the tickets stand.
pub(crate) fn follow(tickets: &[TicketId], hear: impl Fn(TicketNews) + 'static) {
    let ids: Vec<_> = tickets.iter().map(ToString::to_string).collect();
    let following = StoredValue::<Option<Following>, LocalStorage>::new_local(None);
    let look = move || {
        following.try_update_value(|following| following.iter_mut().for_each(Following::look));
    };
    let mut begun = Following {
        address: format!("{LIVE_TICKETS}?ids={}", ids.join(",")),
        heard: Closure::new(move |message: MessageEvent| {
            let data = message.data().as_string().unwrap_or_default();
            if let Ok(news) = serde_json::from_str(&data) {
                hear(news);
            }
        }),
        failed: Closure::new(move || {
            spawn_local(async move {
                sleep_ms(PAUSE_MS).await;
                look();
            });
        }),
        looked_at: Closure::new(look),
        source: None,
    };
    begun.look();
    let _ = document().add_event_listener_with_callback(LOOKED_AT_OR_NOT, begun.looked_at.as_ref().unchecked_ref());
    following.set_value(Some(begun));
}

/// A stream that is open while the page is looked at.
struct Following {
    address: String,
    heard: Closure<dyn Fn(MessageEvent)>,
    failed: Closure<dyn Fn()>,
    looked_at: Closure<dyn Fn()>,
    source: Option<EventSource>,
}

impl Following {
    /// Opens or closes the stream, as somebody looks at the page or not. The browser comes back by itself
    /// to one that broke off, but not to one that was refused.
    fn look(&mut self) {
        let is_hidden = !is_looked_at();
        if is_hidden || self.source.as_ref().is_some_and(|source| source.ready_state() == EventSource::CLOSED) {
            self.close();
        }
        if !is_hidden && self.source.is_none() {
            // It fails only for an address that cannot be parsed; ours can.
            self.source = EventSource::new(&self.address).ok();
            if let Some(source) = &self.source {
                source.set_onmessage(Some(self.heard.as_ref().unchecked_ref()));
                source.set_onerror(Some(self.failed.as_ref().unchecked_ref()));
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

impl Drop for Following {
    fn drop(&mut self) {
        self.close();
        let looked_at = self.looked_at.as_ref().unchecked_ref();
        let _ = document().remove_event_listener_with_callback(LOOKED_AT_OR_NOT, looked_at);
    }
}
