//! `/search`: the events with tickets on sale that match a search.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    events::{Counts, Dates, SORTED_MAX, SearchInput, SearchPage as Found, Sort, YES},
    tickets::Category,
};

use crate::{
    api::{SearchEvents, get},
    components::{MoreLink, PageData, async_page, event_rows, search_form},
    paths::with_values,
};

/// The choices of delivery. The default is no part of the address.
pub(super) const IN_HAND: [(&str, &str); 2] = [("", "In hand or promised"), (YES, "In hand")];

/// A search and what it finds. All of the search is in the address.
#[component]
pub(crate) fn SearchPage() -> impl IntoView {
    let query = use_query_map();
    let search = move || {
        query.with(|query| {
            let field = |name| query.get(name).unwrap_or_default();
            SearchInput {
                q: field("q"),
                category: field("category"),
                city: field("city"),
                from: field("from"),
                to: field("to"),
                max: field("max"),
                together: field("together"),
                in_hand: field("in_hand"),
                sort: field("sort"),
                after: field("after"),
            }
        })
    };
    let is_later_page = move || query.with_untracked(|query| query.get("after").is_some());
    let found = PageData::new(search, |search| get(SearchEvents { search }));
    async_page(found, move |found| results(found, is_later_page()))
}

fn results(Found { events, next, instead, applied, counts, dates }: Found, is_later_page: bool) -> AnyView {
    let title = if applied.q.is_empty() { "Search".to_owned() } else { format!("Search: {}", applied.q) };
    // Each search has an address of its own, and there is no end of them.
    #[cfg(feature = "ssr")]
    if !is_later_page && applied == SearchInput::default() {
        crate::head::describe_site("Search tickets", "/search");
    }
    let first_page = is_later_page.then(|| address(&applied));
    let next = next.map(|after| {
        let q = instead.clone().unwrap_or_else(|| applied.q.clone());
        address(&SearchInput { q, after, ..applied.clone() })
    });
    let instead = instead.map(|words| {
        view! { <p class="notice" role="status">"Showing results for " <em><bdi>{words}</bdi></em> "."</p> }.into_any()
    });
    let filters = filters(&applied);
    let choices = choices(&applied, counts, dates);
    let is_empty = events.is_empty();
    view! {
        <Title text=title/>
        <h1>"Search"</h1>
        {search_form(applied.q, Some(filters))}
        {choices}
        {instead}
        {first_page.map(|address| view! { <p class="back"><a href=address>"First page"</a></p> }.into_any())}
        {if is_empty { nothing_found(is_later_page) } else { event_rows(events) }}
        <MoreLink address=next label="More events"/>
    }
    .into_any()
}

/// The address of a search.
fn address(search: &SearchInput) -> String {
    let SearchInput { q, category, city, from, to, max, together, in_hand, sort, after } = search;
    let values = [
        ("category", category),
        ("city", city),
        ("from", from),
        ("to", to),
        ("max", max),
        ("together", together),
        ("in_hand", in_hand),
        ("sort", sort),
        ("q", q),
        ("after", after),
    ];
    with_values("/search", values.into_iter().map(|(name, value)| (name, value.as_str())))
}

/// Links that change one field of the search: the category, the city and the days.
fn choices(search: &SearchInput, counts: Option<Counts>, dates: Vec<Dates>) -> Option<AnyView> {
    // Only the first page has them.
    if dates.is_empty() {
        return None;
    }
    let Counts { events, categories, cities } = counts.unwrap_or_default();
    let found = match events {
        0 if !search.sort.is_empty() => format!("Of the soonest {SORTED_MAX} events."),
        0 => String::new(),
        1 => "1 event".to_owned(),
        _ => format!("{events} events"),
    };
    let of_categories = categories.into_iter().map(|(category, events)| {
        let code = category.code();
        let is_chosen = search.category == code;
        let to = SearchInput { category: unless(is_chosen, code), ..search.clone() };
        choice(category.label().to_owned(), Some(events), is_chosen, &to)
    });
    let of_cities = cities.into_iter().map(|(city, events)| {
        let is_chosen = search.city == city;
        let to = SearchInput { city: unless(is_chosen, &city), ..search.clone() };
        choice(city, Some(events), is_chosen, &to)
    });
    let of_dates = dates.into_iter().map(|Dates { label, from, to }| {
        let is_chosen = search.from == from && search.to == to;
        let to = SearchInput { from: unless(is_chosen, &from), to: unless(is_chosen, &to), ..search.clone() };
        choice(label, None, is_chosen, &to)
    });
    Some(
        view! {
            <nav class="choices" aria-label="Narrow the search">
                {group("Days", of_dates.collect())}
                {group("Category", of_categories.collect())}
                {group("City", of_cities.collect())}
            </nav>
            <p class="found" role="status">{found}</p>
        }
        .into_any(),
    )
}

fn group(label: &'static str, links: Vec<AnyView>) -> Option<AnyView> {
    (!links.is_empty()).then(|| view! { <ul class="choice-group" role="list" aria-label=label>{links}</ul> }.into_any())
}

/// A link that sets one field, or that takes it back if it is set.
fn choice(label: String, events: Option<usize>, is_chosen: bool, to: &SearchInput) -> AnyView {
    let count = events.map(|events| view! { " " <span class="choice-count">{events}</span> }.into_any());
    view! {
        <li><a class="choice-link" href=address(to) aria-current=is_chosen.then_some("true")><bdi>{label}</bdi> {count}</a></li>
    }
    .into_any()
}

fn unless(is_chosen: bool, value: &str) -> String {
    if is_chosen { String::new() } else { value.to_owned() }
}

/// The filters, open if any is set that has no link of its own.
fn filters(search: &SearchInput) -> AnyView {
    let SearchInput { category, city, from, to, max, together, in_hand, sort, .. } = search.clone();
    let is_open = [&max, &together, &in_hand, &sort].iter().any(|value| !value.is_empty());
    let categories = Category::ALL.iter().map(|category| (category.code(), category.label()));
    // The default is no part of the address.
    let orders = Sort::ALL.iter().map(|sort| (if *sort == Sort::default() { "" } else { sort.code() }, sort.label()));
    view! {
        <details class="filters" open=is_open>
            <summary>"Filters"</summary>
            <div class="filter-fields">
                {select("category", "Category", &category, [("", "Any")].into_iter().chain(categories).collect())}
                {field("city", "City", "text", city)}
                {field("from", "From", "date", from)}
                {field("to", "Until", "date", to)}
                {field("max", "Highest price of a ticket, in dollars", "text", max)}
                {field("together", "Tickets together", "text", together)}
                {select("in_hand", "Delivery", &in_hand, IN_HAND.into())}
                {select("sort", "Order", &sort, orders.collect())}
            </div>
        </details>
    }
    .into_any()
}

fn select(
    name: &'static str,
    label: &'static str,
    chosen: &str,
    options: Vec<(&'static str, &'static str)>,
) -> AnyView {
    let option = |(code, label)| view! { <option value=code selected={code == chosen}>{label}</option> }.into_any();
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <select class="select" id=name name=name>{options.into_iter().map(option).collect_view()}</select>
        </div>
    }
    .into_any()
}

fn field(name: &'static str, label: &'static str, kind: &'static str, value: String) -> AnyView {
    let keyboard = match name {
        "max" => Some("decimal"),
        "together" => Some("numeric"),
        _ => None,
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input class="input" id=name name=name type=kind value=value inputmode=keyboard/>
        </div>
    }
    .into_any()
}

fn nothing_found(is_later_page: bool) -> AnyView {
    view! {
        <section class="empty">
            <h2>{if is_later_page { "No more events" } else { "No tickets found" }}</h2>
            <p>"Try fewer words or filters, or see all events with tickets on sale."</p>
            <p class="actions"><a class="btn btn-primary" href="/search">"All events"</a> " " <a class="btn" href="/tickets/new">"Sell your ticket"</a></p>
        </section>
    }
    .into_any()
}
