//! The document and the routes.

#[cfg(feature = "ssr")]
use leptos::hydration::{AutoReload, HydrationScripts};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos_meta::{HashedStylesheet, MetaTags};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    browser,
    components::{Header, OfferNotice, Session, provide_request_id, provide_session},
    lazy,
    pages::{HomePage, NotFoundPage, TicketPage},
};

/// The document around every page.
#[cfg(feature = "ssr")]
#[must_use]
pub fn shell(options: LeptosOptions) -> AnyView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="description" content="Buy tickets from people who cannot go, and sell yours. The ticket you choose is reserved for you while you pay."/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#f6f1e7" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#15121f" media="(prefers-color-scheme: dark)"/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <HashedStylesheet options=options.clone() id="gittix"/>
                <AutoReload options=options.clone()/>
                <HydrationScripts options=options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
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

/// The header, the page of the current route, and the footer.
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
        <main id="content" class="content">
            <OfferNotice session/>
            <FlatRoutes fallback=NotFoundPage>
                <Route path=path!("/") view=HomePage ssr=ssr.clone()/>
                <Route path=path!("/tickets/new") view={lazy::new_ticket::page()} ssr=ssr.clone()/>
                <Route path=path!("/tickets/:id") view=TicketPage ssr=ssr.clone()/>
                <Route path=path!("/tickets/:id/edit") view={lazy::edit_ticket::page()} ssr=ssr.clone()/>
                <Route path=path!("/tickets/:id/sale") view={lazy::sale::page()} ssr=ssr.clone()/>
                <Route path=path!("/listings") view={lazy::listings::page()} ssr=ssr.clone()/>
                <Route path=path!("/balance") view={lazy::balance::page()} ssr=ssr.clone()/>
                <Route path=path!("/orders") view={lazy::orders::page()} ssr=ssr.clone()/>
                <Route path=path!("/orders/:id") view={lazy::order::page()} ssr=ssr.clone()/>
                <Route path=path!("/operator") view={lazy::operator::page()} ssr=ssr.clone()/>
                <Route path=path!("/account") view={lazy::account::page()} ssr=ssr.clone()/>
                <Route path=path!("/forgot") view={lazy::forgot::page()} ssr=ssr.clone()/>
                <Route path=path!("/reset") view={lazy::reset::page()} ssr=ssr.clone()/>
                <Route path=path!("/signup") view={lazy::sign_up::page()} ssr=ssr.clone()/>
                <Route path=path!("/signin") view={lazy::sign_in::page()} ssr=ssr/>
            </FlatRoutes>
        </main>
        <footer class="site-footer">
            <p>"The ticket you choose is reserved for you while you pay. If you do not pay, you owe nothing."</p>
        </footer>
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
