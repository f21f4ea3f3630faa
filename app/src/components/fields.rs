//! One line of a form: label, control, hint, and what is wrong with it.

use leptos::{html::Select, prelude::*};
use model::{
    auth::{Email, Password},
    error::Field,
};

use super::Failure;

/// A labelled input. The browser checks what it can; the server checks everything.
#[component]
pub(crate) fn TextField(
    /// The words of its label, and its accessible name.
    label: &'static str,
    /// The argument of the server function.
    name: &'static str,
    /// What errors call it.
    field: Field,
    /// Of the form's action.
    failure: Failure,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// What it holds at first.
    #[prop(optional, into)]
    value: String,
    /// Helps to fill it in; empty for none.
    #[prop(optional, into)]
    hint: String,
    /// For password managers.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// May be left empty.
    #[prop(optional)]
    optional: bool,
    /// The fewest characters.
    #[prop(optional)]
    min_chars: Option<usize>,
    /// The most characters.
    #[prop(optional)]
    max_chars: Option<usize>,
    /// Least value, greatest value and step of a number.
    #[prop(optional)]
    range: Option<[String; 3]>,
) -> impl IntoView {
    let notes = Notes::new(name, field, failure, hint);
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
            aria-describedby=notes.ids()
            aria-invalid=notes.is_invalid()
        />
    };
    labelled(label, notes, input.into_any())
}

/// A labelled choice.
#[component]
pub(super) fn SelectField(
    /// The words of its label, and its accessible name.
    label: &'static str,
    /// The argument of the server function.
    name: &'static str,
    /// What errors call it.
    field: Field,
    /// Of the form's action.
    failure: Failure,
    /// What can be chosen: values with their words.
    choices: Vec<(String, String)>,
    /// The value that is chosen at first.
    value: String,
    /// Helps to choose; empty for none.
    #[prop(optional, into)]
    hint: String,
    /// For who sets it later.
    #[prop(optional)]
    node: NodeRef<Select>,
) -> impl IntoView {
    let notes = Notes::new(name, field, failure, hint);
    let select = view! {
        <select
            class="select"
            id=name
            name=name
            required
            node_ref=node
            aria-describedby=notes.ids()
            aria-invalid=notes.is_invalid()
        >
            {choices
                .into_iter()
                .map(move |(code, words)| {
                    let is_chosen = code == value;
                    view! { <option value=code selected=is_chosen>{words}</option> }
                })
                .collect_view()}
        </select>
    };
    labelled(label, notes, select.into_any())
}

/// The e-mail of an account.
#[component]
pub(crate) fn EmailField(
    /// Of the form's action.
    failure: Failure,
) -> impl IntoView {
    view! {
        <TextField label="Email" name="email" field=Field::Email failure kind="email" autocomplete="username"
            max_chars=Email::MAX_BYTES/>
    }
    .into_any()
}

/// A password that is being chosen.
#[component]
pub(crate) fn NewPasswordField(
    /// The words of its label.
    label: &'static str,
    /// The argument of the server function.
    name: &'static str,
    /// What errors call it.
    field: Field,
    /// Of the form's action.
    failure: Failure,
) -> impl IntoView {
    let hint = format!("At least {} characters. A few words do well.", Password::MIN_CHARS);
    view! {
        <TextField label name field failure kind="password" autocomplete="new-password" hint
            min_chars=Password::MIN_CHARS max_chars=Password::MAX_CHARS/>
    }
    .into_any()
}

/// What stands below a control and describes it: its hint, and what is wrong with it.
struct Notes {
    name: &'static str,
    hint: String,
    error: Memo<Option<String>>,
}

impl Notes {
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

    /// The ids of those that are there, for `aria-describedby`.
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

/// A control between its label and its notes.
fn labelled(label: &'static str, notes: Notes, control: AnyView) -> AnyView {
    let (hint_id, error_id) = (notes.hint_id(), notes.error_id());
    let Notes { name, hint, error } = notes;
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {control}
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=hint_id>{hint}</p> })}
            {move || error.get().map(|words| view! { <p class="field-error" id=error_id.clone() role="alert">{words}</p> })}
        </div>
    }
    .into_any()
}
