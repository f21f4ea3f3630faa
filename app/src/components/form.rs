//! Forms: how they are sent, their errors and their button.

use leptos::{
    ev::SubmitEvent,
    prelude::*,
    server::ServerActionError,
    server_fn::{ServerFn, error::ServerFnUrlError},
    task::spawn_local,
};
use leptos_router::hooks::use_location;
use model::{AppError, Code, error::clock_time};
use wasm_bindgen::JsCast;

use super::words;
use crate::{
    ApiError, browser,
    json::from_json,
    paths::{SHOWN_TO, form_address, sign_in_then},
};

/// Where the browser has no network, for [`Code::Unavailable`].
pub(super) const OFFLINE: &str = "You seem to be offline. Try again when you are connected.";

/// The last error of a form, if it failed.
pub(crate) type Failure = Signal<Option<AppError>>;

/// Sends a form to its server function and holds the state of that.
///
/// Leptos' `ServerAction` and `ActionForm` do the same, but compile a codec, a dispatcher and a form for
/// every function into the code that the browser downloads. This is one piece of code for all
/// functions: the browser sends the form's fields as they are and needs no type for them.
#[derive(Clone, Copy)]
pub(crate) struct FormAction {
    url: &'static str,
    failure: RwSignal<Option<AppError>>,
    is_busy: RwSignal<bool>,
    refusals: RwSignal<u32>,
}

impl FormAction {
    /// The action that calls `S`. Without JavaScript, an error of `S` comes back in the URL.
    pub(crate) fn new<S: ServerFn<Error = ApiError>>() -> Self {
        Self::at(S::PATH)
    }

    /// The action of a form that the browser sends itself to `url`, which is no server function's.
    pub(crate) fn at(url: &'static str) -> Self {
        Self { url, failure: RwSignal::new(failure_of(url)), is_busy: RwSignal::new(false), refusals: RwSignal::new(0) }
    }

    /// Notes that the browser sends the form itself.
    pub(crate) fn note_sent(self) {
        self.is_busy.set(true);
    }

    /// The same for a form with a second button, which sends it to `S`.
    pub(crate) fn or<S: ServerFn>(self) -> Self {
        if let Some(error) = failure_of(S::PATH) {
            self.failure.set(Some(error));
        }
        self
    }

    /// The last error, if the form was refused.
    pub(crate) fn failure(self) -> Failure {
        self.failure.into()
    }

    /// Whether the form is being sent, or has succeeded and the next page is loading. A second click before
    /// that page would only send the form twice.
    pub(crate) fn is_busy(self) -> Signal<bool> {
        self.is_busy.into()
    }

    /// How often the form was refused. A refusal can mean that the page is out of date and has to reload its data.
    pub(crate) fn refusals(self) -> Signal<u32> {
        self.refusals.into()
    }

    /// Sends the form. A success ends in a full page load, as it does without JavaScript, so that nothing
    /// on the page is stale after a write or after signing in or out.
    fn send(self, event: &SubmitEvent) {
        let Some(form) = event.target().and_then(|target| target.dyn_into().ok()) else {
            return;
        };
        event.prevent_default();
        if self.is_busy.get_untracked() {
            return;
        }
        self.is_busy.set(true);
        spawn_local(async move {
            match browser::post_form(self.url, &form).await {
                Ok(next) => browser::go_to(next.as_deref().unwrap_or_default()),
                Err(error) => {
                    // A failure says nothing about the page, which could not be loaded again now. What another account sees
                    // does not belong on it.
                    let is_refused = error.status() < 500 && error.code() != Code::OtherAccount;
                    self.failure.set(Some(error));
                    if is_refused {
                        self.refusals.update(|count| *count += 1);
                    }
                    self.is_busy.set(false);
                }
            }
        });
    }
}

/// The error of the server function at `path` that the URL has.
fn failure_of(path: &str) -> Option<AppError> {
    let error = use_context::<ServerActionError>().filter(|error| error.path() == path);
    error.map(|error| error_in_url(&error))
}

/// The error that the server wrote into the URL for a form that was sent without JavaScript.
fn error_in_url(error: &ServerActionError) -> AppError {
    if cfg!(feature = "ssr") {
        return ServerFnUrlError::<ApiError>::decode_err(error.err()).0;
    }
    // The browser has a decoder of its own and need not download one.
    let json = browser::decode_base64(error.err());
    json.and_then(|json| from_json(&json)).unwrap_or_else(|| Code::InvalidInput.into())
}

/// A form that works with and without JavaScript.
#[component]
pub(crate) fn ServerForm(
    /// What sends it.
    action: FormAction,
    /// Its id, for fields that are elsewhere on the page.
    #[prop(optional)]
    id: Option<&'static str>,
    /// Its fields and its button.
    children: Children,
) -> impl IntoView {
    view! {
        <form method="post" id=id action=action.url on:submit=move |event| action.send(&event)>
            {shown_to()}
            {children()}
        </form>
    }
    .into_any()
}

/// A field of a form that the user does not see.
pub(crate) fn hidden(name: &'static str, value: String) -> AnyView {
    view! { <input type="hidden" name=name value=value/> }.into_any()
}

/// Tells which account a form is shown to: a tab that is left open must not act for the account of another tab.
pub(crate) fn shown_to() -> AnyView {
    let mark = browser::account_mark();
    (!mark.is_empty()).then(|| hidden(SHOWN_TO, mark)).into_any()
}

/// The words for a form that was refused because it was shown to another account. The page that it came from may be none
/// of this account's, and then shows no form.
pub(super) fn other_account() -> Option<&'static str> {
    let error = use_context::<ServerActionError>().map(|error| error_in_url(&error))?;
    (error.code() == Code::OtherAccount).then(|| Code::OtherAccount.words())
}

/// Moves the focus to the first invalid field after each refusal, and says *Error* in the title.
pub(crate) fn focus_invalid_field(action: FormAction) {
    browser::effect(move || {
        action.refusals.track();
        if action.failure.with(Option::is_some) {
            request_animation_frame(|| {
                browser::focus_first_invalid();
                browser::mark_title();
            });
        }
    });
}

/// The button that sends a form.
#[component]
pub(crate) fn SubmitButton(
    /// Its text.
    label: &'static str,
    /// Whether the form is being sent. The button is disabled meanwhile.
    #[prop(into)]
    busy: Signal<bool>,
    /// Whether the button is disabled for another reason.
    #[prop(default = Signal::stored(false))]
    blocked: Signal<bool>,
    /// Its CSS classes.
    #[prop(default = "btn btn-primary btn-full")]
    class: &'static str,
    /// Its accessible name, if its text alone does not tell it from other buttons on the page. The name
    /// begins with the text.
    #[prop(optional, into)]
    name: Option<String>,
) -> impl IntoView {
    view! {
        <button type="submit" class=class aria-label=name disabled=move || busy.get() || blocked.get() aria-busy=move || busy.get().then_some("true")>
            {label}
        </button>
    }
}

/// The same button with a label that changes.
pub(crate) fn submit_button(label: AnyView, busy: Signal<bool>) -> AnyView {
    view! {
        <button type="submit" class="btn btn-primary btn-full" disabled=move || busy.get() aria-busy=move || busy.get().then_some("true")>
            {label}
        </button>
    }
    .into_any()
}

/// The error of a form as a whole, shown above it.
#[component]
pub(crate) fn FormError(
    /// The last error of the form.
    failure: Failure,
) -> impl IntoView {
    let location = use_location();
    words(move || {
        let (path, query) = (location.pathname.get_untracked(), location.search.get_untracked());
        // A draft that the page has saved is in the address, and the router does not know.
        let query = browser::query().unwrap_or(query);
        failure.get().map(|error| notice(&error, &form_address(&path, &query))).into_any()
    })
}

fn summary_heading(problems: usize) -> String {
    if problems == 1 { "One thing to correct:".to_owned() } else { format!("{problems} things to correct:") }
}

/// The error, with a link to each field that it is about.
fn notice(error: &AppError, path: &str) -> AnyView {
    let (message, at_ms) = match error.general() {
        Some(_) if error.code() == Code::Unavailable && browser::is_offline() => (OFFLINE.to_owned(), None),
        Some(problem) => problem.words_and_time(),
        None => (summary_heading(error.errors().len()), None),
    };
    let time =
        at_ms.map(|at_ms| view! { " " <span data-instant=at_ms.to_string()>{clock_time(at_ms)}</span> "." }.into_any());
    let fields = error.errors().iter().filter_map(|problem| {
        let field = problem.field?;
        let text = format!("{}: {}", field.label(), problem.message());
        Some(view! { <li><a rel="external" href=format!("#{}", field.name())>{text}</a></li> }.into_any())
    });
    let fields: Vec<_> = fields.collect();
    let link = match error.code() {
        Code::NotSignedIn => Some((sign_in_then(path), "Go to sign-in")),
        Code::StaleVersion => Some((path.to_owned(), "Show the current listing")),
        // Without the draft, which is the other account's.
        Code::OtherAccount => Some((path.split('?').take(1).collect(), "Load the page again")),
        Code::TooManyLocks | Code::OrderOpen => Some(("/orders".to_owned(), "My orders")),
        _ => None,
    };
    view! {
        <div class="notice notice-error" role="alert">
            <p>{message} {time}</p>
            {(!fields.is_empty()).then(|| view! { <ul class="problems" role="list">{fields}</ul> }.into_any())}
            {link.map(|(address, label)| view! { <p><a rel="external" href=address>{label}</a></p> }.into_any())}
        </div>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use model::error::Field;

    use super::*;
    use crate::api::{SignIn, SignUp};

    /// Without JavaScript the server writes an error into the URL and the form reads it from there.
    #[test]
    fn form_action_reads_only_its_own_error_from_url() {
        let refused = AppError::field(Field::Password, Code::PasswordTooShort);
        let url = ServerFnUrlError::new(SignUp::PATH, ApiError(refused.clone()))
            .to_url("http://gittix.example/signup")
            .expect("an address");
        let encoded =
            url.query_pairs().find(|(name, _)| name == "__err").expect("the error is in the query").1.into_owned();
        Owner::new().with(|| {
            provide_context(ServerActionError::new(SignUp::PATH, &encoded));
            assert_eq!(FormAction::new::<SignUp>().failure().get_untracked(), Some(refused));
            assert_eq!(FormAction::new::<SignIn>().failure().get_untracked(), None);
        });
    }
}
