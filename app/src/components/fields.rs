//! A form field: label, control, hint and error.

use leptos::{html::Select, prelude::*};
use model::{
    auth::{Email, Password},
    error::Field,
};

use super::{Failure, dynamic};

/// A labelled input. The browser checks what it can; the server checks everything.
#[component]
pub(crate) fn TextField(
    /// The text of its label, which is also its accessible name.
    label: &'static str,
    /// The argument's name in the server function.
    name: &'static str,
    /// The field's name in errors.
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
    /// Whether the field may be empty.
    #[prop(optional)]
    optional: bool,
    /// The minimum number of characters.
    #[prop(optional)]
    min_chars: Option<usize>,
    /// The maximum number of characters.
    #[prop(optional)]
    max_chars: Option<usize>,
    /// Minimum, maximum and step of a number.
    #[prop(optional)]
    range: Option<[String; 3]>,
) -> impl IntoView {
    let description = FieldDescription::new(name, field, failure, hint);
    let [min, max, step] = range.map_or([const { None }; 3], |range| range.map(Some));
    let input = view! {
        <input
            class="input"
            id=name
            name=name
            type=kind
            value=value
            required=!optional
            autocomplete=autocomplete
            minlength=min_chars
            maxlength=max_chars
            min=min
            max=max
            step=step
            aria-describedby=description.ids()
            aria-invalid=description.is_invalid()
        />
    };
    labelled_field(label, description, input.into_any())
}

/// A labelled select.
#[component]
pub(super) fn SelectField(
    /// The text of its label, which is also its accessible name.
    label: &'static str,
    /// The argument's name in the server function.
    name: &'static str,
    /// The field's name in errors.
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
    let description = FieldDescription::new(name, field, failure, hint);
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
    labelled_field(label, description, select.into_any())
}

/// The email address of an account.
#[component]
pub(crate) fn EmailField(
    /// The last error of the form.
    failure: Failure,
) -> impl IntoView {
    view! {
        <TextField label="Email" name="email" field=Field::Email failure kind="email" autocomplete="username"
            max_chars=Email::MAX_BYTES/>
    }
    .into_any()
}

/// A new password.
#[component]
pub(crate) fn NewPasswordField(
    /// The text of its label.
    label: &'static str,
    /// The argument's name in the server function.
    name: &'static str,
    /// The field's name in errors.
    field: Field,
    /// The last error of the form.
    failure: Failure,
) -> impl IntoView {
    let hint = format!("At least {} characters. A few plain words are a good password.", Password::MIN_CHARS);
    view! {
        <TextField label name field failure kind="password" autocomplete="new-password" hint
            min_chars=Password::MIN_CHARS max_chars=Password::MAX_CHARS/>
    }
    .into_any()
}

/// The text below a control: its hint and its error.
struct FieldDescription {
    name: &'static str,
    hint: String,
    error: Memo<Option<String>>,
}

impl FieldDescription {
    fn new(name: &'static str, field: Field, failure: Failure, hint: String) -> Self {
        let error =
            Memo::new(move |_| failure.with(|failure| failure.as_ref().and_then(|error| error.message_for(field))));
        Self { name, hint, error }
    }

    fn hint_id(&self) -> String {
        format!("{}-hint", self.name)
    }

    fn error_id(&self) -> String {
        format!("{}-error", self.name)
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
fn labelled_field(label: &'static str, description: FieldDescription, control: AnyView) -> AnyView {
    let (hint_id, error_id) = (description.hint_id(), description.error_id());
    let FieldDescription { name, hint, error } = description;
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {control}
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=hint_id>{hint}</p> }.into_any())}
            {dynamic(move || error.get().map(|message| view! { <p class="field-error" id=error_id.clone() role="alert">{message}</p> }.into_any()).into_any())}
        </div>
    }
    .into_any()
}
