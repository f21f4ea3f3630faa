//! One line of a form: label, input, hint, and what is wrong with it.

use domain::error::Field;
use leptos::prelude::*;

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
    #[prop(optional)]
    hint: &'static str,
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
    range: Option<[&'static str; 3]>,
) -> impl IntoView {
    let error = Memo::new(move |_| failure.with(|failure| failure.as_ref().and_then(|error| error.message_for(field))));
    let [min, max, step] = range.map_or([None; 3], |range| range.map(Some));
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let described_by = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        move || match (!hint.is_empty(), error.with(Option::is_some)) {
            (true, true) => Some(format!("{hint_id} {error_id}")),
            (true, false) => Some(hint_id.clone()),
            (false, true) => Some(error_id.clone()),
            (false, false) => None,
        }
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
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
                aria-describedby=described_by
                aria-invalid=move || error.with(Option::is_some).then_some("true")
            />
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <FieldError id=error_id error=error/>
        </div>
    }
}

/// What is wrong with a field, below it.
#[component]
pub(super) fn FieldError(
    /// For `aria-describedby`.
    id: String,
    /// The words, if anything is wrong.
    error: Memo<Option<String>>,
) -> impl IntoView {
    move || error.get().map(|words| view! { <p class="field-error" id=id.clone() role="alert">{words}</p> })
}
