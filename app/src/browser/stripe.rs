//! Stripe.js: loads it and wraps the calls that the card form makes.

use js_sys::{Function, JSON, Promise, Reflect};
use leptos::prelude::{document, window};
use model::payments::PaymentForm;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlScriptElement, MediaQueryList};

use super::{page::prefers_dark_query, within};

/// How long the page waits for the script before it shows an error.
const LOAD_TIMEOUT_MS: i32 = 20_000;

#[wasm_bindgen]
extern "C" {
    type Stripe;
    type Elements;
    type CardElement;
    type StripeError;

    #[wasm_bindgen(catch, js_name = Stripe)]
    fn stripe(publishable_key: &str) -> Result<Stripe, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn elements(this: &Stripe, options: &JsValue) -> Result<Elements, JsValue>;
    #[wasm_bindgen(method, catch, js_name = confirmPayment)]
    async fn confirm_payment(this: &Stripe, options: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn create(this: &Elements, kind: &str) -> Result<CardElement, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn update(this: &Elements, options: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn submit(this: &Elements) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn mount(this: &CardElement, into: &Element) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn on(this: &CardElement, event: &str, handler: &Function) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn destroy(this: &CardElement);

    #[wasm_bindgen(method, getter, js_name = type)]
    fn kind(this: &StripeError) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn message(this: &StripeError) -> Option<String>;
}

/// The script did not load, or a call of it failed.
pub(crate) struct ScriptError;

impl From<JsValue> for ScriptError {
    fn from(_: JsValue) -> Self {
        Self
    }
}

/// The result of confirming a payment, as the browser sees it. The server asks Stripe itself before
/// it decides anything.
pub(crate) enum Confirmation {
    /// The card is authorised, or Stripe still checks it.
    Confirmed,
    /// A field of the form is missing or wrong. No payment was tried.
    Incomplete(Option<String>),
    /// The card was declined, with Stripe's reason.
    Declined(String),
    /// Another error.
    Failed(Option<String>),
}

/// Stripe's card form on the page, for one payment attempt.
pub(crate) struct CardForm {
    stripe: Stripe,
    elements: Elements,
    card: CardElement,
    _colours: Option<FollowedColours>,
}

/// The site's colours and font for Stripe's form.
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
    pub(crate) color_primary: String,
    pub(crate) color_background: String,
    pub(crate) color_text: String,
    pub(crate) color_danger: String,
    pub(crate) border_radius: &'static str,
    pub(crate) font_family: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ElementsOptions<'a> {
    client_secret: &'a str,
    appearance: Appearance,
}

#[derive(Serialize)]
struct Colours {
    appearance: Appearance,
}

/// Draws the form again in the site's colours when the reader's system turns dark or light, until it is dropped.
struct FollowedColours {
    query: MediaQueryList,
    _on_change: Closure<dyn Fn()>,
}

impl FollowedColours {
    fn new(elements: &Elements, appearance: fn() -> Appearance) -> Option<Self> {
        let elements: Elements = AsRef::<JsValue>::as_ref(elements).clone().unchecked_into();
        let on_change = Closure::new(move || {
            // The old colours stay if this fails.
            let _ = to_js(&Colours { appearance: appearance() }).map(|colours| elements.update(&colours));
        });
        let query = prefers_dark_query()?;
        query.set_onchange(Some(on_change.as_ref().unchecked_ref()));
        Some(Self { query, _on_change: on_change })
    }
}

impl Drop for FollowedColours {
    fn drop(&mut self) {
        self.query.set_onchange(None);
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfirmParams<'a> {
    return_url: &'a str,
}

impl CardForm {
    /// Loads Stripe.js, unless it is loaded already, and shows its form inside `container`.
    pub(crate) async fn open(
        form: &PaymentForm,
        appearance: fn() -> Appearance,
        container: &Element,
    ) -> Result<Self, ScriptError> {
        load(&form.script_url).await?;
        let stripe = stripe(&form.publishable_key)?;
        let options = ElementsOptions { client_secret: &form.client_secret, appearance: appearance() };
        let elements = stripe.elements(&to_js(&options)?)?;
        let card = elements.create("payment")?;
        container.set_inner_html("");
        let colours = FollowedColours::new(&elements, appearance);
        let form = Self { stripe, elements, card, _colours: colours };
        form.show(container).await?;
        Ok(form)
    }

    /// Mounts the form and waits until its frame is ready. A blocker can keep the frame away, and then nothing but
    /// Stripe's `loaderror`, or no event at all, says so.
    async fn show(&self, container: &Element) -> Result<(), ScriptError> {
        let mut is_listening = Ok(());
        let ready = Promise::new(&mut |resolve, reject| {
            is_listening = self.card.on("ready", &resolve).and_then(|_| self.card.on("loaderror", &reject)).map(drop);
        });
        is_listening?;
        self.card.mount(container)?;
        within(LOAD_TIMEOUT_MS, JsFuture::from(ready)).await.ok_or(ScriptError)??;
        Ok(())
    }

    /// Checks what was typed. A wallet asks its owner now, which can take minutes. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`Confirmation::Incomplete`] or [`Confirmation::Failed`].
    pub(crate) async fn check(&self) -> Result<(), Confirmation> {
        let answer = self.elements.submit().await.map_err(|_| Confirmation::Failed(None))?;
        error_of(&answer).map_or(Ok(()), |error| Err(Confirmation::Incomplete(error.message())))
    }

    /// Sends the card to Stripe, after [`CardForm::check`]. If the bank asks the card's owner to confirm, the browser
    /// may leave this page for the bank's and come back to `return_url`.
    pub(crate) async fn confirm(&self, return_url: &str) -> Confirmation {
        let Ok(options) = self.confirm_options(return_url) else {
            return Confirmation::Failed(None);
        };
        let Ok(answer) = self.stripe.confirm_payment(&options).await else {
            return Confirmation::Failed(None);
        };
        let Some(error) = error_of(&answer) else {
            return Confirmation::Confirmed;
        };
        match (error.kind().as_deref(), error.message()) {
            (Some("validation_error"), message) => Confirmation::Incomplete(message),
            (Some("card_error"), message) => {
                Confirmation::Declined(message.unwrap_or_else(|| "Your card was declined.".to_owned()))
            }
            (_, message) => Confirmation::Failed(message),
        }
    }

    fn confirm_options(&self, return_url: &str) -> Result<JsValue, ScriptError> {
        let options = js_sys::Object::new();
        Reflect::set(&options, &"elements".into(), &self.elements)?;
        Reflect::set(&options, &"confirmParams".into(), &to_js(&ConfirmParams { return_url })?)?;
        Reflect::set(&options, &"redirect".into(), &"if_required".into())?;
        Ok(options.into())
    }
}

/// Each attempt has a form of its own, so a form is removed with its attempt.
impl Drop for CardForm {
    fn drop(&mut self) {
        self.card.destroy();
    }
}

/// The error in a result of Stripe.js. Every failed result has one.
fn error_of(answer: &JsValue) -> Option<StripeError> {
    let error = Reflect::get(answer, &"error".into()).ok()?;
    error.is_object().then(|| error.unchecked_into())
}

fn to_js(value: &impl Serialize) -> Result<JsValue, ScriptError> {
    let text = serde_json::to_string(value).map_err(|_| ScriptError)?;
    Ok(JSON::parse(&text)?)
}

/// Adds the script's element to the page and waits until it is loaded.
async fn load(script_url: &str) -> Result<(), ScriptError> {
    if Reflect::has(&window(), &"Stripe".into())? {
        return Ok(());
    }
    let script: HtmlScriptElement = document().create_element("script")?.unchecked_into();
    script.set_src(script_url);
    let promise = Promise::new(&mut |resolve: Function, reject: Function| {
        script.set_onload(Some(&resolve));
        script.set_onerror(Some(&reject));
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&reject, LOAD_TIMEOUT_MS);
    });
    document().head().ok_or(ScriptError)?.append_child(&script)?;
    let loaded = JsFuture::from(promise).await;
    if loaded.is_err() {
        // The next try then requests the script again.
        script.remove();
    }
    loaded?;
    Ok(())
}
