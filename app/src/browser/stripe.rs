//! Stripe.js: loading it, and the few of its calls that the card form makes.

use js_sys::{Function, JSON, Promise, Reflect};
use leptos::prelude::{document, window};
use model::payments::PaymentForm;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlScriptElement};

/// How long the script may take before the page says that it does not come.
const LOAD_TIMEOUT_MS: i32 = 20_000;

#[wasm_bindgen]
extern "C" {
    type Stripe;
    type Elements;
    type CardElement;
    type Problem;

    #[wasm_bindgen(catch, js_name = Stripe)]
    fn stripe(publishable_key: &str) -> Result<Stripe, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn elements(this: &Stripe, options: &JsValue) -> Result<Elements, JsValue>;
    #[wasm_bindgen(method, catch, js_name = confirmPayment)]
    async fn confirm_payment(this: &Stripe, options: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn create(this: &Elements, kind: &str) -> Result<CardElement, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn submit(this: &Elements) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn mount(this: &CardElement, into: &Element) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    fn destroy(this: &CardElement);

    #[wasm_bindgen(method, getter, js_name = type)]
    fn kind(this: &Problem) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn message(this: &Problem) -> Option<String>;
}

/// The script did not come, or did not do what it is documented to do.
pub(crate) struct Unreachable;

impl From<JsValue> for Unreachable {
    fn from(_: JsValue) -> Self {
        Self
    }
}

/// What became of pressing the button, as far as the browser can tell. The server asks
/// Stripe itself before anything is decided by it.
pub(crate) enum Outcome {
    /// The card was authorised, or is being looked at.
    Confirmed,
    /// Something in the form is missing or mistyped; nothing was tried.
    Incomplete(Option<String>),
    /// The card was tried and refused, with Stripe's words for why.
    Declined(String),
    /// Anything else went wrong.
    Failed(Option<String>),
}

/// A card form on the page, for one payment attempt.
pub(crate) struct CardForm {
    stripe: Stripe,
    elements: Elements,
    card: CardElement,
}

/// Colours and letters of the site, for Stripe's form.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Appearance {
    pub(crate) theme: &'static str,
    pub(crate) variables: Variables,
}

/// See [`Appearance`].
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Variables {
    pub(crate) color_primary: &'static str,
    pub(crate) color_background: &'static str,
    pub(crate) color_text: &'static str,
    pub(crate) color_danger: &'static str,
    pub(crate) border_radius: &'static str,
    pub(crate) font_family: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ElementsOptions<'a> {
    client_secret: &'a str,
    appearance: &'a Appearance,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfirmParams<'a> {
    return_url: &'a str,
}

impl CardForm {
    /// Loads Stripe.js if it is not there yet, and shows its form inside `place`.
    pub(crate) async fn open(
        form: &PaymentForm,
        appearance: &Appearance,
        place: &Element,
    ) -> Result<Self, Unreachable> {
        load(&form.script_url).await?;
        let stripe = stripe(&form.publishable_key)?;
        let elements = stripe.elements(&js(&ElementsOptions { client_secret: &form.client_secret, appearance })?)?;
        let card = elements.create("payment")?;
        place.set_inner_html("");
        card.mount(place)?;
        Ok(Self { stripe, elements, card })
    }

    /// Sends the card. Where the bank wants to see its owner, the browser may leave this
    /// page for `return_url`'s sake and come back there.
    pub(crate) async fn confirm(&self, return_url: &str) -> Outcome {
        match self.elements.submit().await {
            Ok(answer) if problem_of(&answer).is_none() => {}
            Ok(answer) => {
                return Outcome::Incomplete(problem_of(&answer).and_then(|problem| problem.message()));
            }
            Err(_) => return Outcome::Failed(None),
        }
        let Ok(options) = self.confirm_options(return_url) else {
            return Outcome::Failed(None);
        };
        let Ok(answer) = self.stripe.confirm_payment(&options).await else {
            return Outcome::Failed(None);
        };
        let Some(problem) = problem_of(&answer) else {
            return Outcome::Confirmed;
        };
        match (problem.kind().as_deref(), problem.message()) {
            (Some("validation_error"), message) => Outcome::Incomplete(message),
            (Some("card_error"), message) => {
                Outcome::Declined(message.unwrap_or_else(|| "Your card was declined.".to_owned()))
            }
            (_, message) => Outcome::Failed(message),
        }
    }

    fn confirm_options(&self, return_url: &str) -> Result<JsValue, Unreachable> {
        let options = js_sys::Object::new();
        Reflect::set(&options, &"elements".into(), &self.elements)?;
        Reflect::set(&options, &"confirmParams".into(), &js(&ConfirmParams { return_url })?)?;
        Reflect::set(&options, &"redirect".into(), &"if_required".into())?;
        Ok(options.into())
    }
}

/// A used form leaves the page with its attempt.
impl Drop for CardForm {
    fn drop(&mut self) {
        self.card.destroy();
    }
}

/// Every answer of Stripe.js that is a failure carries an `error`.
fn problem_of(answer: &JsValue) -> Option<Problem> {
    let error = Reflect::get(answer, &"error".into()).ok()?;
    error.is_object().then(|| error.unchecked_into())
}

fn js(value: &impl Serialize) -> Result<JsValue, Unreachable> {
    let text = serde_json::to_string(value).map_err(|_| Unreachable)?;
    Ok(JSON::parse(&text)?)
}

/// Puts the script's element into the page and waits for it.
async fn load(script_url: &str) -> Result<(), Unreachable> {
    if Reflect::has(&window(), &"Stripe".into())? {
        return Ok(());
    }
    let script: HtmlScriptElement = document().create_element("script")?.unchecked_into();
    script.set_src(script_url);
    let settled = Promise::new(&mut |resolve: Function, reject: Function| {
        script.set_onload(Some(&resolve));
        script.set_onerror(Some(&reject));
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&reject, LOAD_TIMEOUT_MS);
    });
    document().head().ok_or(Unreachable)?.append_child(&script)?;
    let loaded = JsFuture::from(settled).await;
    if loaded.is_err() {
        // So that the next try asks for it again.
        script.remove();
    }
    loaded?;
    Ok(())
}
