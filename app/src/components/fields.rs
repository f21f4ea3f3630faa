//! A form field: label, control, hint and error.

use leptos::{html::Select, prelude::*};
use model::{auth::Password, error::Field};

use super::{Failure, words};

/// A labelled input. The server checks it.
///
/// It has no bound on its length, because a browser cuts what is pasted without a word, and no type by which a browser
/// changes what was typed: a number field drops a comma, and counts on when the wheel turns.
#[component]
pub(crate) fn TextField(
    /// The field, which names it and its label.
    field: Field,
    /// The last error of the form.
    failure: Failure,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// The initial value.
    #[prop(optional, into)]
    value: String,
    /// A hint below the field. Empty for none.
    #[prop(optional, into)]
    hint: String,
    /// For password managers.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// The keyboard of a telephone.
    #[prop(optional)]
    keyboard: Option<&'static str>,
    /// Whether the field may be empty.
    #[prop(optional)]
    optional: bool,
    /// The last value that the browser offers.
    #[prop(optional)]
    max: Option<&'static str>,
) -> impl IntoView {
    let description = FieldDescription::new(field, failure, hint);
    let name = field.name();
    let value = typed_or(value, field, failure);
    let input = view! {
        <input
            class="input"
            id=name
            name=name
            type=kind
            value=value
            required=!optional
            autocomplete=autocomplete
            inputmode=keyboard
            max=max
            dir=(kind == "text").then_some("auto")
            data-password=(kind == "password").then_some("")
            aria-describedby=description.ids()
            aria-invalid=description.is_invalid()
        />
    };
    labelled_field(description, input.into_any())
}

/// A labelled select.
#[component]
pub(crate) fn SelectField(
    /// The field, which names it and its label.
    field: Field,
    /// The last error of the form.
    failure: Failure,
    /// The choices: values with their labels.
    choices: Vec<(String, String)>,
    /// The initial value.
    value: String,
    /// A hint below the field. Empty for none.
    #[prop(optional, into)]
    hint: String,
    /// Whether the first choice, an empty one, may stay.
    #[prop(optional)]
    optional: bool,
    /// The element, for code that sets its value later.
    #[prop(optional)]
    node: NodeRef<Select>,
) -> impl IntoView {
    let description = FieldDescription::new(field, failure, hint);
    let name = field.name();
    let value = typed_or(value, field, failure);
    let select = view! {
        <select
            class="select"
            id=name
            name=name
            required=!optional
            node_ref=node
            aria-describedby=description.ids()
            aria-invalid=description.is_invalid()
        >
            {choices
                .into_iter()
                .map(move |(code, label)| {
                    let is_chosen = code == value;
                    view! { <option value=code selected=is_chosen>{label}</option> }.into_any()
                })
                .collect_view()}
        </select>
    };
    labelled_field(description, select.into_any())
}

/// The email address of an account.
#[component]
pub(crate) fn EmailField(
    /// The last error of the form.
    failure: Failure,
) -> impl IntoView {
    view! {
        <TextField field=Field::Email failure kind="email" autocomplete="username"/>
    }
    .into_any()
}

/// A new password.
#[component]
pub(crate) fn NewPasswordField(
    /// The field.
    field: Field,
    /// The last error of the form.
    failure: Failure,
) -> impl IntoView {
    let hint = format!("At least {} characters. A few plain words are a good password.", Password::MIN_CHARS);
    view! {
        <TextField field failure kind="password" autocomplete="new-password" hint/>
        {show_password()}
    }
    .into_any()
}

/// The box that shows the passwords of its form. `page.js` does it.
pub(crate) fn show_password() -> AnyView {
    view! {
        <label class="show-password">
            <input type="checkbox" data-shows-passwords=""/>
            "Show password"
        </label>
    }
    .into_any()
}

/// The account's name for password managers, in a form that has only passwords.
pub(crate) fn account_name(email: String) -> AnyView {
    view! { <input type="email" autocomplete="username" value=email readonly hidden/> }.into_any()
}

/// What was typed into a refused form that a browser has sent without a script, or else `value`.
///
/// Only the server knows. The browser takes the field over as it is.
fn typed_or(value: String, field: Field, failure: Failure) -> String {
    #[cfg(feature = "ssr")]
    if failure.with_untracked(Option::is_some) {
        return crate::server::typed(field.name()).unwrap_or(value);
    }
    let _ = (field, failure);
    value
}

/// The text below a control: its hint and its error.
struct FieldDescription {
    field: Field,
    hint: String,
    error: Memo<Option<String>>,
}

impl FieldDescription {
    fn new(field: Field, failure: Failure, hint: String) -> Self {
        let error =
            Memo::new(move |_| failure.with(|failure| failure.as_ref().and_then(|error| error.message_for(field))));
        Self { field, hint, error }
    }

    fn hint_id(&self) -> String {
        format!("{}-hint", self.field.name())
    }

    fn error_id(&self) -> String {
        format!("{}-error", self.field.name())
    }

    /// The ids of the hint and the error that are shown, for `aria-describedby`.
    fn ids(&self) -> impl Fn() -> Option<String> + Send + 'static {
        let error = self.error;
        let (has_hint, hint_id, error_id) = (!self.hint.is_empty(), self.hint_id(), self.error_id());
        move || match (has_hint, error.with(Option::is_some)) {
            (true, true) => Some(format!("{hint_id} {error_id}")),
            (true, false) => Some(hint_id.clone()),
            (false, true) => Some(error_id.clone()),
            (false, false) => None,
        }
    }

    /// For `aria-invalid`.
    fn is_invalid(&self) -> impl Fn() -> Option<&'static str> + Send + 'static {
        let error = self.error;
        move || error.with(Option::is_some).then_some("true")
    }
}

/// A control between its label and its description.
fn labelled_field(description: FieldDescription, control: AnyView) -> AnyView {
    let (hint_id, error_id) = (description.hint_id(), description.error_id());
    let FieldDescription { field, hint, error } = description;
    view! {
        <div class="field">
            <label for=field.name()>{field.label()}</label>
            {control}
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=hint_id>{hint}</p> }.into_any())}
            {words(move || error.get().map(|message| view! { <p class="field-error" id=error_id.clone()>{message}</p> }.into_any()).into_any())}
        </div>
    }
    .into_any()
}
