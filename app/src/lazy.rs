//! The pages whose code is in separate files. A browser loads the file of a page when it opens the page.
//!
//! Loading a file can fail: the network fails, or a release has replaced the file. If the server has rendered
//! the page, the page then stays as it is, and its links and forms work. If the reader navigates to the page,
//! the browser loads it from the server.
//!
//! The feature `split` belongs to `cargo leptos build --split`. Without it, as on the server and in
//! development, all code is in one piece.

use std::pin::Pin;

use leptos::{prelude::*, wasm_split::SplitLoaderError};
use leptos_router::{ChooseView, hooks::use_url, location::Url};

use crate::browser;

type Loading<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>>>>;

/// A page of this list, as the view of a route.
///
/// Leptos' `Lazy` needs a type for each page, and the browser would download its code for every type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LazyPage {
    #[cfg_attr(not(feature = "ssr"), expect(dead_code, reason = "the HTML names the file"))]
    module: &'static str,
    show: fn() -> Loading<AnyView>,
}

impl ChooseView for LazyPage {
    async fn choose(self) -> AnyView {
        #[cfg(feature = "ssr")]
        crate::head::preload_code(self.module);
        let url = use_url();
        match (self.show)().await {
            Ok(view) => view,
            Err(_) => from_server(url).await,
        }
    }

    async fn preload(&self) {}
}

/// For each page: its module, which also names its file, its component and the segments of its address.
macro_rules! lazy_pages {
    ($($module:ident: $page:ident at [$($segment:tt),*];)*) => {
        $(
            pub(crate) mod $module {
                use super::*;

                #[cfg(feature = "split")]
                #[leptos::wasm_split::wasm_split($module, wasm_split_path = leptos::wasm_split, preload(load), fallible)]
                pub(super) fn $module() -> Result<AnyView, SplitLoaderError> {
                    Ok(crate::pages::$page().into_any())
                }

                #[cfg(not(feature = "split"))]
                pub(super) async fn load() -> Result<(), SplitLoaderError> {
                    Ok(())
                }

                #[cfg(not(feature = "split"))]
                async fn $module() -> Result<AnyView, SplitLoaderError> {
                    Ok(crate::pages::$page().into_any())
                }

                /// The route's view.
                pub(crate) fn page() -> LazyPage {
                    LazyPage { module: stringify!($module), show: || Box::pin($module()) }
                }
            }
        )*

        /// Loads the code of the page that the browser shows. Returns whether it is loaded.
        pub async fn load_page() -> bool {
            let path = location().pathname().unwrap_or_default();
            let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
            let code: Loading<()> = match segments[..] {
                $([$($segment),*] => Box::pin($module::load()),)*
                _ => return true,
            };
            code.await.is_ok()
        }
    };
}

lazy_pages! {
    new_ticket: NewTicketPage at ["tickets", "new"];
    edit_ticket: EditTicketPage at ["tickets", _, "edit"];
    event: EventPage at ["events", _];
    sale: SalePage at ["tickets", _, "sale"];
    hand_in: HandInPage at ["tickets", _, "delivery"];
    search: SearchPage at ["search"];
    venue: VenuePage at ["venues", _];
    listings: ListingsPage at ["listings"];
    balance: BalancePage at ["balance"];
    orders: OrdersPage at ["orders"];
    order: OrderPage at ["orders", _];
    order_tickets: OrderTicketsPage at ["orders", _, "tickets"];
    gift: GiftPage at ["gifts", _];
    watching: WatchingPage at ["watching"];
    operator: OperatorPage at ["operator"];
    account: AccountPage at ["account"];
    mails: MailsPage at ["account", "mails"];
    unsubscribe: UnsubscribePage at ["mails", "unsubscribe"];
    change_email: ChangeEmailPage at ["account", "email"];
    second_factor: SecondFactorPage at ["account", "second-factor"];
    forgot: ForgotPage at ["forgot"];
    reset: ResetPage at ["reset"];
    sign_in: SignInPage at ["signin"];
    sign_in_code: SignInCodePage at ["signin", "code"];
    sign_in_email: SignInEmailPage at ["signin", "email"];
    sign_up: SignUpPage at ["signup"];
    sign_up_code: SignUpCodePage at ["signup", "code"];
}

/// Loads `url` from the server, as a link does without JavaScript.
async fn from_server(url: ReadSignal<Url>) -> AnyView {
    browser::go_to(&url.with_untracked(|url| format!("{}?{}", url.path(), url.search())));
    std::future::pending().await
}
