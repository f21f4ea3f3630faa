//! Forms: sending one, what went wrong, and the button that does it.

use leptos::{
    ev::SubmitEvent,
    prelude::*,
    server::ServerActionError,
    server_fn::{ServerFn, error::ServerFnUrlError},
    task::spawn_local,
};
use leptos_router::hooks::use_location;
use model::{AppError, Code};
use wasm_bindgen::JsCast;

use crate::{ApiError, browser, paths::sign_in_then};

/// What was wrong with the last try, if it failed.
pub(crate) type Failure = Signal<Option<AppError>>;

/// A form's way to its server function.
///
/// This does what `ServerAction` and `ActionForm` do, with one difference that a reader
/// downloads: those compile a codec, a dispatcher and a form for every function, and this
/// is one piece of code for all. The form is sent as it stands, so that the browser needs
/// no type of it at all.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    url: &'static str,
    failure: RwSignal<Option<AppError>>,
    is_busy: RwSignal<bool>,
    refusals: RwSignal<u32>,
}

impl Call {
    /// A way to `S`. Without JavaScript, what `S` refused comes back through the URL.
    pub(crate) fn to<S: ServerFn<Error = ApiError>>() -> Self {
        let came_back = use_context::<ServerActionError>()
            .filter(|error| error.path() == S::PATH)
            .map(|error| ServerFnUrlError::<ApiError>::decode_err(error.err()).0);
        Self {
            url: S::PATH,
            failure: RwSignal::new(came_back),
            is_busy: RwSignal::new(false),
            refusals: RwSignal::new(0),
        }
    }

    /// What was wrong with the last try, if it failed.
    pub(crate) fn failure(self) -> Failure {
        self.failure.into()
    }

    /// Whether it is on its way, or has succeeded and the next page is: until that is
    /// there, a second press would only be a second call.
    pub(crate) fn is_busy(self) -> Signal<bool> {
        self.is_busy.into()
    }

    /// How often it was refused, for what a refusal shows to be out of date.
    pub(crate) fn refusals(self) -> Signal<u32> {
        self.refusals.into()
    }

    /// Sends the form. A success ends in a fresh page, as it does without JavaScript:
    /// after a write, and most of all after signing in or out, nothing stale is left.
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
                    self.failure.set(Some(error));
                    self.refusals.update(|count| *count += 1);
                    self.is_busy.set(false);
                }
            }
        });
    }
}

/// A form that works with and without JavaScript.
#[component]
pub(crate) fn CallForm(
    /// Where it is sent.
    call: Call,
    /// Its fields and its button.
    children: Children,
) -> impl IntoView {
    view! {
        <form method="post" action=call.url on:submit=move |event| call.send(&event)>
            {children()}
        </form>
    }
    .into_any()
}

/// After a refusal, puts the cursor into the first field that was refused.
pub(crate) fn focus_first_problem(call: Call) {
    Effect::new(move || {
        call.refusals.track();
        if call.failure.with(Option::is_some) {
            request_animation_frame(browser::focus_first_invalid);
        }
    });
}

/// The button that sends a form.
#[component]
pub(crate) fn Submit(
    /// Its words.
    label: &'static str,
    /// Whether it is at it: then it cannot be pressed again.
    #[prop(into)]
    busy: Signal<bool>,
    /// While true it cannot be pressed either, for a reason that is not its own.
    #[prop(default = Signal::stored(false))]
    blocked: Signal<bool>,
    /// Its looks.
    #[prop(default = "btn btn-primary btn-full")]
    class: &'static str,
    /// Its accessible name, where its words alone do not tell it from others on the page. It
    /// begins with them.
    #[prop(optional, into)]
    name: Option<String>,
) -> impl IntoView {
    view! {
        <button type="submit" class=class aria-label=name disabled=move || busy.get() || blocked.get() aria-busy=move || busy.get().then_some("true")>
            {label}
        </button>
    }
}

/// What was wrong with a form as a whole, above it.
#[component]
pub(crate) fn FormProblem(
    /// Of the form's action.
    failure: Failure,
) -> impl IntoView {
    let path = use_location().pathname;
    move || {
        failure.get().map(|error| {
            let words = error.general_message().unwrap_or_else(|| "Please look at the marked fields.".to_owned());
            let way_on = match error.code() {
                Code::NotSignedIn => Some((sign_in_then(&path.get_untracked()), "Go to sign-in")),
                Code::StaleVersion => Some((path.get_untracked(), "Show the listing as it is now")),
                Code::TooManyLocks | Code::OrderOpen => Some(("/orders".to_owned(), "My orders")),
                _ => None,
            };
            view! {
                <div class="notice notice-error" role="alert">
                    <p>{words}</p>
                    {way_on.map(|(address, words)| view! { <p><a rel="external" href=address>{words}</a></p> })}
                </div>
            }
        })
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use model::error::Field;

    use super::*;
    use crate::api::{SignIn, SignUp};

    /// The way of an error without JavaScript: into the URL by the server, out of it by the form.
    #[test]
    fn finds_its_own_refusal_in_the_url() {
        let refused = AppError::field(Field::Password, Code::PasswordTooShort);
        let url = ServerFnUrlError::new(SignUp::PATH, ApiError(refused.clone()))
            .to_url("http://gittix.example/signup")
            .expect("an address");
        let encoded =
            url.query_pairs().find(|(name, _)| name == "__err").expect("the error is in the query").1.into_owned();
        Owner::new().with(|| {
            provide_context(ServerActionError::new(SignUp::PATH, &encoded));
            assert_eq!(Call::to::<SignUp>().failure().get_untracked(), Some(refused));
            assert_eq!(Call::to::<SignIn>().failure().get_untracked(), None);
        });
    }
}
