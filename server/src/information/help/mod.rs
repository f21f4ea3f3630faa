//! `/help`: questions and answers, with a search that needs no script: a form that sends the reader back here.

mod questions;
mod search;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use leptos::prelude::*;

use self::questions::{Question, questions};
use super::document::{About, contact, page};
use crate::state::SharedState;

const ABOUT: About = About {
    path: "/help",
    title: "Help",
    description: "Questions about buying, paying, waiting, selling and your account on GitTix, with their answers.",
};

/// The longest search, in characters; the rest is not looked at.
const SEARCH_MAX: usize = 80;
/// So many answers are shown open: few enough to read them at once.
const OPEN_MAX: usize = 3;

pub(super) async fn show(State(state): State<SharedState>, RawQuery(query): RawQuery) -> Response {
    let typed = typed(query.as_deref().unwrap_or_default());
    page(&state, &ABOUT, || {
        let found = search::find(questions(&state.backend.rules), &typed);
        view! {
            <h1>"Help"</h1>
            <form class="search" method="get" action="/help" role="search">
                <label for="q">"Search the questions"</label>
                <div class="search-row">
                    <input id="q" class="input" type="search" name="q" value=typed.clone() maxlength=SEARCH_MAX autocomplete="off"/>
                    <button class="btn btn-primary" type="submit">"Search"</button>
                </div>
            </form>
            {results(found, &typed)}
            {contact(state.imprint.contact.as_ref())}
        }
        .into_any()
    })
}

/// What the reader typed into the form. A query that has none of it is no search.
fn typed(query: &str) -> String {
    let typed = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "q");
    typed.map_or_else(String::new, |(_, typed)| typed.trim().chars().take(SEARCH_MAX).collect())
}

fn results(found: Vec<Question>, typed: &str) -> AnyView {
    if typed.is_empty() {
        return topics(found, false);
    }
    let count = match found.len() {
        0 => format!("No answer has “{typed}” in it. Try another word."),
        1 => format!("One answer for “{typed}”."),
        count => format!("{count} answers for “{typed}”."),
    };
    let is_open = found.len() <= OPEN_MAX;
    view! {
        <p>{count} " " <a href="/help">"All questions"</a></p>
        {topics(found, is_open)}
    }
    .into_any()
}

/// The questions under the headings of their topics, in their order.
fn topics(questions: Vec<Question>, is_open: bool) -> AnyView {
    let mut sections: Vec<(&'static str, Vec<AnyView>)> = Vec::new();
    for question in questions {
        let topic = question.topic;
        let shown = shown(question, is_open);
        match sections.last_mut() {
            Some((last, views)) if *last == topic => views.push(shown),
            _ => sections.push((topic, vec![shown])),
        }
    }
    sections
        .into_iter()
        .map(|(topic, questions)| view! { <section><h2>{topic}</h2>{questions}</section> }.into_any())
        .collect_view()
        .into_any()
}

fn shown(Question { id, ask, answer, .. }: Question, is_open: bool) -> AnyView {
    let paragraphs = answer.into_iter().map(|paragraph| view! { <p>{paragraph}</p> }).collect_view();
    view! {
        <details id=id class="question" open=is_open>
            <summary>{ask}</summary>
            {paragraphs}
        </details>
    }
    .into_any()
}
