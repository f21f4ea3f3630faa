//! `/tickets/:id/delivery`: the seller hands in the tickets of a listing.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Code, ListingId,
    delivery::{Choice, HandInView, ReadFile, TicketToHandIn},
    inspection::CodeKind,
};

use super::id_in_path;
use crate::{
    api::{DiscardFile, HandIn, ShowHandIn, get},
    components::{FormAction, FormError, PageData, ServerForm, Session, SubmitButton, async_page, hidden, shown_to},
    paths::UPLOAD_TICKET_FILE,
};

/// What a browser offers when it asks for a file. The server looks at the content.
const ACCEPTED: &str =
    ".pdf,.png,.jpg,.jpeg,.webp,.pkpass,application/pdf,image/png,image/jpeg,image/webp,application/vnd.apple.pkpass";

#[derive(Clone, Copy)]
struct Actions {
    upload: FormAction,
    hand_in: FormAction,
    discard: FormAction,
}

/// Files to load, the codes found in them, and the tickets that they are for.
#[component]
pub(crate) fn HandInPage() -> impl IntoView {
    let Session(session) = expect_context();
    let id = id_in_path::<ListingId>();
    let actions = Actions {
        upload: FormAction::at(UPLOAD_TICKET_FILE),
        hand_in: FormAction::new::<HandIn>(),
        discard: FormAction::new::<DiscardFile>(),
    };
    let view = PageData::new(
        // Where something is refused, the page is out of date.
        move || (id.get(), actions.hand_in.refusals().get(), actions.discard.refusals().get()),
        move |(id, _, _)| async move {
            if session.get().await?.is_none() {
                return Err(Code::NotSignedIn.into());
            }
            get(ShowHandIn { ticket: id.ok_or(Code::TicketNotFound)? }).await
        },
    );
    async_page(view, move |view| details(view, actions))
}

fn details(view: HandInView, actions: Actions) -> AnyView {
    let HandInView { listing, title, deadline, tickets, files } = view;
    let is_open = tickets.iter().any(|ticket| ticket.is_open);
    let is_done = deadline.is_none();
    let choices: Vec<Choice> = files.iter().flat_map(|file| file.choices.clone()).collect();
    view! {
        <Title text=format!("Hand in: {title}")/>
        <section class="sheet">
            <p class="kicker">"Hand in your tickets"</p>
            <h1 dir="auto">{title}</h1>
            {if is_done {
                view! { <p class="lead">"All tickets are in hand. Each buyer gets theirs as soon as they have paid."</p> }.into_any()
            } else {
                view! {
                    <p class="lead">"Load the file you got. We find the codes in it, seal them, and give each buyer theirs once they have paid. Tickets in hand sell better: buyers see it."</p>
                    <p>{deadline}</p>
                }
                .into_any()
            }}
        </section>
        {is_open.then(|| upload_form(listing, actions.upload))}
        {(!files.is_empty()).then(|| file_list(listing, files, actions.discard))}
        {ticket_form(listing, tickets, &choices, actions.hand_in)}
        <p class="back"><a href=format!("/tickets/{listing}")>"Back to the listing"</a></p>
    }
    .into_any()
}

fn upload_form(listing: ListingId, upload: FormAction) -> AnyView {
    let is_busy = upload.is_busy();
    view! {
        <section class="sheet" aria-labelledby="load-heading">
            <h2 id="load-heading">"Load a file"</h2>
            <FormError failure=upload.failure()/>
            // The browser sends the file itself, or `page.js` does, as it goes without a script.
            <form method="post" action=UPLOAD_TICKET_FILE enctype="multipart/form-data" on:submit=move |_| upload.note_sent()>
                {shown_to()}
                {hidden("ticket", listing.to_string())}
                <div class="field">
                    <label for="file">"PDF, picture or Wallet pass"</label>
                    <input class="input" id="file" type="file" name="file" required accept=ACCEPTED aria-describedby="file-hint"/>
                    <p class="hint" id="file-hint">"At most 10 MiB and 10 pages. One file can have several tickets."</p>
                </div>
                <SubmitButton label="Load file" busy=is_busy/>
                // `page.js` shows it, and sends the form with it.
                <progress class="sent" hidden aria-label="Sent"></progress>
                <p class="small" role="status">{move || is_busy.get().then_some("Sending and reading the file. This takes a few seconds.")}</p>
            </form>
        </section>
    }
    .into_any()
}

fn file_list(listing: ListingId, files: Vec<ReadFile>, discard: FormAction) -> AnyView {
    let row = |ReadFile { id, summary, notes, .. }: ReadFile| {
        let name = format!("Remove {summary}");
        view! {
            <li class="hand-in">
                <h3>{summary}</h3>
                {notes.into_iter().map(|note| view! { <p class="small">{note}</p> }.into_any()).collect_view()}
                <ServerForm action=discard>
                    {hidden("ticket", listing.to_string())}
                    {hidden("file", id.to_string())}
                    <SubmitButton label="Remove" name busy=discard.is_busy() class="btn btn-sm btn-quiet"/>
                </ServerForm>
            </li>
        }
        .into_any()
    };
    view! {
        <section class="sheet" aria-labelledby="files-heading">
            <h2 id="files-heading">"What we found"</h2>
            <FormError failure=discard.failure()/>
            <ul role="list">{files.into_iter().map(row).collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn ticket_form(listing: ListingId, tickets: Vec<TicketToHandIn>, choices: &[Choice], hand_in: FormAction) -> AnyView {
    let is_open = tickets.iter().any(|ticket| ticket.is_open);
    let rows = tickets.into_iter().map(|ticket| ticket_row(ticket, choices)).collect_view();
    view! {
        <section class="sheet" aria-labelledby="tickets-heading">
            <h2 id="tickets-heading">"Your tickets"</h2>
            <FormError failure=hand_in.failure()/>
            <ServerForm action=hand_in>
                {hidden("ticket", listing.to_string())}
                {rows}
                {is_open.then(|| view! { <SubmitButton label="Hand in" busy=hand_in.is_busy()/> }.into_any())}
            </ServerForm>
        </section>
    }
    .into_any()
}

fn ticket_row(ticket: TicketToHandIn, choices: &[Choice]) -> AnyView {
    let TicketToHandIn { id, name, has, is_open, suggested } = ticket;
    let state = has.clone().map_or_else(|| "Not handed in yet".to_owned(), |has| format!("In hand: {has}"));
    let fields = is_open.then(|| {
        let select = (!choices.is_empty()).then(|| select(&id.to_string(), &name, &suggested, choices));
        let typed = format!("typed[t{id}]");
        let kind = format!("kinds[t{id}]");
        view! {
            {select}
            <details open=choices.is_empty() && has.is_none()>
                <summary>{if has.is_some() { "Type another code" } else { "Type the code" }}</summary>
                <div class="field">
                    <label for=typed.clone()>{format!("Code of {name}")}</label>
                    <input class="input" id=typed.clone() name=typed autocomplete="off" spellcheck="false"/>
                </div>
                <div class="field">
                    <label for=kind.clone()>{format!("How the gate reads {name}")}</label>
                    <select class="select" id=kind.clone() name=kind>
                        {CodeKind::ALL.map(|kind| view! { <option value=kind.to_string()>{kind.label()}</option> }.into_any()).collect_view()}
                    </select>
                </div>
            </details>
        }
        .into_any()
    });
    view! {
        <fieldset class="hand-in">
            <legend>{name.clone()}</legend>
            <p class="small">{state}</p>
            {fields}
        </fieldset>
    }
    .into_any()
}

fn select(id: &str, name: &str, suggested: &str, choices: &[Choice]) -> AnyView {
    let field = format!("choices[t{id}]");
    let options = choices.iter().map(|Choice { value, label }| {
        let is_suggested = *value == suggested;
        view! { <option value=value.clone() selected=is_suggested>{label.clone()}</option> }.into_any()
    });
    view! {
        <div class="field">
            <label for=field.clone()>{format!("What opens the gate for {name}")}</label>
            <select class="select" id=field.clone() name=field>
                <option value="">"Nothing yet"</option>
                {options.collect_view()}
            </select>
        </div>
    }
    .into_any()
}
