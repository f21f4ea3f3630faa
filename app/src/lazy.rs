//! The pages whose code is in files of their own, which a browser loads when it comes to the page.
//!
//! A file may be missing: the network fails, or a release has replaced it. A page that the server has
//! rendered then stays as it is, and its links and forms work; a page that the reader goes to is loaded
//! from the server instead.
//!
//! The feature `split` goes with `cargo leptos build --split`. Without it, on the server and in development,
//! all code is in one piece.

use leptos::{prelude::*, task::spawn_local, wasm_split::SplitLoaderError};
use leptos_router::{Lazy, LazyRoute, hooks::use_url, location::Url};

use crate::browser;

/// For each page its module, which is also the name of its file, and the segments of its address.
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
                pub(crate) fn page() -> Lazy<Page> {
                    Lazy::new()
                }

                #[derive(Debug)]
                pub(crate) struct Page;

                impl LazyRoute for Page {
                    fn data() -> Self {
                        Self
                    }

                    async fn view(_: Self) -> AnyView {
                        // The HTML then names the file, so that it is on its way before the script asks for it.
                        #[cfg(feature = "ssr")]
                        leptos::prefetch_lazy_fn_on_server(stringify!($module));
                        let url = use_url();
                        match $module().await {
                            Ok(view) => view,
                            Err(_) => from_server(url).await,
                        }
                    }
                }
            }
        )*

        /// Loads the code of the page that the browser shows, and answers whether it is there.
        pub async fn load_page() -> bool {
            let path = location().pathname().unwrap_or_default();
            let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
            match segments[..] {
                $([$($segment),*] => $module::load().await.is_ok(),)*
                _ => true,
            }
        }
    };
}

lazy_pages! {
    new_ticket: NewTicketPage at ["tickets", "new"];
    ticket: TicketPage at ["tickets", _];
    edit_ticket: EditTicketPage at ["tickets", _, "edit"];
    sale: SalePage at ["tickets", _, "sale"];
    listings: ListingsPage at ["listings"];
    balance: BalancePage at ["balance"];
    orders: OrdersPage at ["orders"];
    order: OrderPage at ["orders", _];
    operator: OperatorPage at ["operator"];
    account: AccountPage at ["account"];
    forgot: ForgotPage at ["forgot"];
    reset: ResetPage at ["reset"];
    sign_up: SignUpPage at ["signup"];
}

/// Loads the code of the ticket page, where a reader of the list is about to go.
pub(crate) fn prefetch_ticket_page() {
    Effect::new(|| {
        spawn_local(async {
            // Where it fails, the ticket's page tries again.
            let _ = ticket::load().await;
        });
    });
}

/// Leaves for `url` as a link does without a script.
async fn from_server(url: ReadSignal<Url>) -> AnyView {
    browser::go_to(&url.with_untracked(|url| format!("{}?{}", url.path(), url.search())));
    std::future::pending().await
}
