//! `/signin`.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{error::Field, tickets::PurchaseSummary};

use super::in_query;
use crate::{
    api::{ShowPurchase, SignIn, get},
    components::{
        EmailField, EventTimeView, FormAction, FormError, PageData, ServerForm, SubmitButton, TextField,
        focus_invalid_field, hidden, show_password, tickets, transition,
    },
    paths::{Purchase, local_path, with_query},
};

/// The form that signs a user in.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let sign_in = FormAction::new::<SignIn>();
    let failure = sign_in.failure();
    focus_invalid_field(sign_in);
    let next = next();
    let has_reset = in_query("done").get_untracked().as_deref() == Some("password");
    let sign_up = account_link("/signup", next.as_deref());
    let by_email = account_link("/signin/email", next.as_deref());
    view! {
        <Title text="Sign in"/>
        <section class="sheet sheet-narrow">
            <h1>"Sign in"</h1>
            {has_reset.then(|| view! { <p class="notice" role="status">"Your password is set. Sign in with it."</p> }.into_any())}
            {wanted(next.as_deref())}
            <FormError failure/>
            <ServerForm action=sign_in>
                <NextField next/>
                <EmailField failure/>
                <TextField field=Field::Password failure kind="password" autocomplete="current-password"/>
                {show_password()}
                <SubmitButton label="Sign in" busy=sign_in.is_busy()/>
            </ServerForm>
            <p class="aside"><a href=by_email>"Sign in by a code in an email"</a></p>
            <p class="aside"><a href="/forgot">"Forgotten your password?"</a></p>
            <p class="aside">"New here? " <a href=sign_up>"Create an account"</a></p>
        </section>
    }
    .into_any()
}

/// The page to open after signing in. The form of a listing sends a purchase in fields of its own.
pub(super) fn next() -> Option<String> {
    let field = |name: &'static str| in_query(name).get_untracked();
    let next = field("next").as_deref().and_then(local_path).map(ToOwned::to_owned);
    next.or_else(|| Purchase::from_fields(field).map(|purchase| purchase.address()))
}

/// The tickets that are reserved after signing in, if the reader wants to buy some.
pub(super) fn wanted(next: Option<&str>) -> AnyView {
    let Some(Purchase { ticket, count, .. }) = next.and_then(Purchase::in_address) else { return ().into_any() };
    let summary = PageData::new(|| (), move |()| get(ShowPurchase { ticket, count }));
    transition(
        || ().into_any(),
        move || async move { summary.get().await.ok().flatten().map(purchase_summary).into_any() },
    )
}

fn purchase_summary(PurchaseSummary { title, starts, venue, city, count, total }: PurchaseSummary) -> AnyView {
    view! {
        <section class="ticket ticket-wanted" aria-label="Your ticket">
            <div class="ticket-body">
                <p class="ticket-title" dir="auto">{title}</p>
                <p class="ticket-when"><EventTimeView at=starts/></p>
                <p class="ticket-where"><bdi>{venue}</bdi> ", " <bdi>{city}</bdi></p>
            </div>
            <div class="ticket-stub">
                <p class="price">{total.to_string()}</p>
                <p class="ticket-place">{tickets(count)}</p>
            </div>
        </section>
        <p class="small">"Reserved for you as soon as you are signed in, while you pay."</p>
    }
    .into_any()
}

/// The address of the other account page, with the same `next`.
pub(super) fn account_link(path: &str, next: Option<&str>) -> String {
    next.map_or_else(|| path.to_owned(), |next| with_query(path, "next", next))
}

/// Sends `next` with the form.
#[component]
pub(super) fn NextField(next: Option<String>) -> impl IntoView {
    next.map(|next| hidden("next", next))
}
