//! The part of an event's page where a reader watches the event.

use leptos::prelude::*;
use model::{
    Money, WatchId,
    auth::CurrentUser,
    error::Field,
    watching::{EventReader, Watch},
};

use super::{
    Failure, FormAction, FormError, PageData, ServerForm, Session, SubmitButton, TextField, focus_invalid_field,
    hidden, transition,
};
use crate::{
    api::{EventWatch, StopWatch, WatchEvent, get},
    paths::{event_page, sign_in_then},
};

/// What the reader of an event's page sees of their own. It is read beside the event, which is the same for everyone.
#[derive(Clone, Copy)]
pub(crate) struct EventWatching {
    reader: PageData<EventReader>,
    save: FormAction,
    stop: FormAction,
}

impl EventWatching {
    /// Reads it for the event of an address. It asks only for a reader who watches something.
    pub(crate) fn of(slug: Memo<Option<String>>) -> Self {
        let Session(session) = expect_context();
        let reader = PageData::new(
            move || slug.get().unwrap_or_default(),
            move |event| async move {
                let Ok(Some(user)) = session.get().await else { return Ok(EventReader::default()) };
                let CurrentUser { is_watching, .. } = user;
                let watch = if is_watching { get(EventWatch { event }).await? } else { None };
                Ok(EventReader { is_signed_in: true, watch })
            },
        );
        let (save, stop) = (FormAction::new::<WatchEvent>(), FormAction::new::<StopWatch>());
        focus_invalid_field(save);
        Self { reader, save, stop }
    }

    /// The form, or the link to sign in.
    pub(crate) fn view(self, slug: &str) -> AnyView {
        let slug = slug.to_owned();
        view! {
            <section class="sheet watch" id="watch" aria-labelledby="watch-heading">
                <h2 id="watch-heading">"Tell me when"</h2>
                {transition(
                    || ().into_any(),
                    move || {
                        let slug = slug.clone();
                        async move {
                            // A reader whose watch cannot be read can still sign in and try again.
                            let reader = self.reader.get().await.unwrap_or_default();
                            if reader.is_signed_in { self.form(slug, reader.watch) } else { sign_in(&slug) }
                        }
                    },
                )}
            </section>
        }
        .into_any()
    }

    fn form(self, slug: String, watch: Option<Watch>) -> AnyView {
        let Self { save, stop, .. } = self;
        let (under, at_once) = watch.map_or((None, false), |watch| (watch.under, watch.at_once));
        let label = if watch.is_some() { "Save changes" } else { "Watch event" };
        let intro = match watch {
            Some(watch) => told(&watch),
            None => "We mail you when tickets for this event are listed or become cheaper.".to_owned(),
        };
        let under = under.map(Money::to_input).unwrap_or_default();
        let page = event_page(&slug);
        view! {
            <p>{intro}</p>
            <FormError failure=save.failure()/>
            <ServerForm action=save>
                {hidden("event", slug)}
                <div class="fields-row">{highest_price(save.failure(), under)} {how_often(at_once)}</div>
                <SubmitButton label busy=save.is_busy() class="btn"/>
            </ServerForm>
            {watch.map(|watch| stop_form(watch.id, stop, page))}
        }
        .into_any()
    }
}

fn highest_price(failure: Failure, under: String) -> AnyView {
    let hint = "In dollars, for one ticket. Leave it empty for any price.";
    view! { <TextField field=Field::Under failure value=under hint keyboard="decimal" optional=true/> }.into_any()
}

/// The choice between the digest and mails at once.
fn how_often(at_once: bool) -> AnyView {
    view! {
        <div class="field">
            <label for="at_once">"Mail me"</label>
            <select class="select" id="at_once" name="at_once">
                <option value="false" selected=!at_once>"Once a day"</option>
                <option value="true" selected=at_once>"At once"</option>
            </select>
        </div>
    }
    .into_any()
}

fn stop_form(watch: WatchId, stop: FormAction, page: String) -> AnyView {
    view! {
        <FormError failure=stop.failure()/>
        <ServerForm action=stop>
            {hidden("watch", watch.to_string())}
            {hidden("next", page)}
            <SubmitButton label="Stop watching" busy=stop.is_busy() class="btn btn-quiet"/>
        </ServerForm>
        <p class="hint"><a href="/watching">"All that you watch"</a></p>
    }
    .into_any()
}

fn sign_in(slug: &str) -> AnyView {
    view! {
        <p>"We mail you when tickets for this event are listed or become cheaper, under a price if you like."</p>
        <p class="aside"><a class="btn" href=sign_in_then(&event_page(slug))>"Sign in to watch this event"</a></p>
    }
    .into_any()
}

/// What a watch of an event tells, and how often.
fn told(watch: &Watch) -> String {
    let often = if watch.at_once { "at once" } else { "once a day" };
    let price = watch.under.map(|price| format!(" for {price} or less")).unwrap_or_default();
    format!("You watch this event. We mail you {often} when tickets{price} are listed or become cheaper.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watch_says_what_it_tells() {
        let id = "0190d1d0-0000-7000-8000-000000000001".parse().expect("an id");
        let any = Watch { id, under: None, at_once: true };
        assert_eq!(told(&any), "You watch this event. We mail you at once when tickets are listed or become cheaper.");
        let under = Watch { under: Some(Money::usd(4500)), at_once: false, ..any };
        assert_eq!(
            told(&under),
            "You watch this event. We mail you once a day when tickets for $45.00 or less are listed or become cheaper."
        );
    }
}
