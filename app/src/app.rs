//! The document and the routes.

#[cfg(feature = "ssr")]
use std::sync::LazyLock;

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos::{
    hydration::{AutoReload, HydrationScripts},
    nonce::use_nonce,
};
#[cfg(feature = "ssr")]
use leptos_meta::MetaTags;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

#[cfg(feature = "ssr")]
use crate::document::{shared_head, site_footer};
use crate::{
    browser,
    components::{Header, LockNotice, Session, provide_request_id, provide_session, said},
    lazy,
    pages::{HomePage, NotFoundPage, TicketPage},
};

/// `page.js` without its comments and indentation.
#[cfg(feature = "ssr")]
static PAGE_SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let lines = include_str!("page.js").lines().map(str::trim_start);
    lines.filter(|line| !line.is_empty() && !line.starts_with("//")).collect::<Vec<_>>().join("\n")
});

/// The document around every page.
///
/// The footer is beside the site and not in it: the browser does not hydrate it, so it costs no download.
#[cfg(feature = "ssr")]
#[must_use]
pub fn shell(options: LeptosOptions) -> AnyView {
    let lock_length = use_context::<domain::Backend>().map(|backend| backend.rules.lock_length);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-account=crate::server::account_mark() data-fee=crate::server::fee().basis_points.to_string()>
            <head>
                {shared_head(options.clone())}
                <script nonce=use_nonce() inner_html=PAGE_SCRIPT.as_str()></script>
                <AutoReload options=options.clone()/>
                <HydrationScripts options=options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
                {site_footer(lock_length)}
            </body>
        </html>
    }
    .into_any()
}

/// The whole site.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let session = provide_session();
    // Effects run only in the browser, after hydration.
    browser::effect(browser::mark_hydrated);
    view! {
        <Title formatter=document_title/>
        <Router>
            <Site session/>
        </Router>
    }
}

/// The header, and the page of the current route.
#[component]
fn Site(
    /// The signed-in user.
    session: Session,
) -> impl IntoView {
    provide_request_id();
    // On the server every page waits for its data, because its status and title depend on it.
    let ssr = SsrMode::Async;
    view! {
        <Header session/>
        <main id="content" class="content" tabindex="-1">
            {said()}
            <LockNotice session/>
            <FlatRoutes fallback=NotFoundPage>
                <Route path=path!("/") view=HomePage ssr=ssr.clone()/>
                <Route path=path!("/tickets/new") view={lazy::new_ticket::page()} ssr=ssr.clone()/>
                <Route path=path!("/tickets/:id") view=TicketPage ssr=ssr.clone()/>
                <Route path=path!("/tickets/:id/edit") view={lazy::edit_ticket::page()} ssr=ssr.clone()/>
                <Route path=path!("/tickets/:id/sale") view={lazy::sale::page()} ssr=ssr.clone()/>
                <Route path=path!("/tickets/:id/delivery") view={lazy::hand_in::page()} ssr=ssr.clone()/>
                <Route path=path!("/events/:slug") view={lazy::event::page()} ssr=ssr.clone()/>
                <Route path=path!("/venues/:slug") view={lazy::venue::page()} ssr=ssr.clone()/>
                <Route path=path!("/search") view={lazy::search::page()} ssr=ssr.clone()/>
                <Route path=path!("/listings") view={lazy::listings::page()} ssr=ssr.clone()/>
                <Route path=path!("/balance") view={lazy::balance::page()} ssr=ssr.clone()/>
                <Route path=path!("/orders") view={lazy::orders::page()} ssr=ssr.clone()/>
                <Route path=path!("/orders/:id") view={lazy::order::page()} ssr=ssr.clone()/>
                <Route path=path!("/orders/:id/tickets") view={lazy::order_tickets::page()} ssr=ssr.clone()/>
                <Route path=path!("/gifts/:id") view={lazy::gift::page()} ssr=ssr.clone()/>
                <Route path=path!("/watching") view={lazy::watching::page()} ssr=ssr.clone()/>
                <Route path=path!("/operator") view={lazy::operator::page()} ssr=ssr.clone()/>
                <Route path=path!("/account") view={lazy::account::page()} ssr=ssr.clone()/>
                <Route path=path!("/account/mails") view={lazy::mails::page()} ssr=ssr.clone()/>
                <Route path=path!("/mails/unsubscribe") view={lazy::unsubscribe::page()} ssr=ssr.clone()/>
                <Route path=path!("/account/email") view={lazy::change_email::page()} ssr=ssr.clone()/>
                <Route path=path!("/account/second-factor") view={lazy::second_factor::page()} ssr=ssr.clone()/>
                <Route path=path!("/forgot") view={lazy::forgot::page()} ssr=ssr.clone()/>
                <Route path=path!("/reset") view={lazy::reset::page()} ssr=ssr.clone()/>
                <Route path=path!("/signup") view={lazy::sign_up::page()} ssr=ssr.clone()/>
                <Route path=path!("/signup/code") view={lazy::sign_up_code::page()} ssr=ssr.clone()/>
                <Route path=path!("/signin") view={lazy::sign_in::page()} ssr=ssr.clone()/>
                <Route path=path!("/signin/code") view={lazy::sign_in_code::page()} ssr=ssr.clone()/>
                <Route path=path!("/signin/email") view={lazy::sign_in_email::page()} ssr=ssr/>
            </FlatRoutes>
        </main>
    }
}

/// `title · GitTix`.
///
/// Users choose the names of events, and on the server `leptos_meta` writes the title into the document
/// unescaped. So it is escaped there. The browser sets it as text.
#[expect(clippy::needless_pass_by_value, reason = "the signature is leptos_meta's")]
fn document_title(title: String) -> String {
    let title = if title.is_empty() { "GitTix".to_owned() } else { format!("{title} · GitTix") };
    if cfg!(feature = "ssr") { title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") } else { title }
}
