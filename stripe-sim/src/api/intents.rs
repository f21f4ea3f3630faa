//! `/v1/payment_intents`

use serde_json::Value;

use super::auth::Caller;
use super::{fields, methods, routes};
use crate::error::ApiError;
use crate::form::Params;
use crate::model::Scene;
use crate::model::expand::expand;
use crate::model::intent::{CaptureMethod, Intent, Status};
use crate::model::payment::{self, Confirmation};

/// What may be set at the start and changed later.
const EDITABLE: [&str; 11] = [
    "allowed_payment_method_types",
    "amount",
    "currency",
    "metadata",
    "description",
    "receipt_email",
    "statement_descriptor_suffix",
    "setup_future_usage",
    "payment_method",
    "payment_method_data",
    "expand",
];
/// What says how to confirm.
const CONFIRMING: [&str; 7] = [
    "return_url",
    "use_stripe_sdk",
    "off_session",
    "error_on_requires_action",
    "payment_method_options",
    "mandate_data",
    "radar_options",
];
const CANCELLATION_REASONS: [&str; 4] = ["duplicate", "fraudulent", "requested_by_customer", "abandoned"];
const MAX_SUFFIX_CHARS: usize = 22;

/// `POST /v1/payment_intents`
pub(super) fn create(params: &Params, scene: &mut Scene<'_>) -> Result<Value, ApiError> {
    const STARTING: [&str; 5] =
        ["capture_method", "payment_method_types", "automatic_payment_methods", "confirm", "confirmation_method"];
    params.only(&[&EDITABLE[..], &CONFIRMING, &STARTING].concat())?;
    let amount = fields::amount(params)?.ok_or_else(|| ApiError::missing_param("amount"))?;
    let mut intent = Intent::new(amount, fields::currency(params)?, scene.now);
    if let Some(word) = params.choice("capture_method", &CaptureMethod::WORDS)? {
        intent.capture_method = CaptureMethod::parse(&word);
    }
    params.choice("confirmation_method", &["automatic"])?;
    read_method_types(params, &mut intent)?;
    edit(params, &mut intent)?;
    let confirm = params.flag("confirm")?;
    let confirmation = if confirm { Some(confirmation(params, &intent)?) } else { None };
    intent.method = methods::named(params, scene)?;
    if intent.method.is_some() {
        intent.status = Status::RequiresConfirmation;
    }
    let id = intent.id.clone();
    let object = intent.object();
    scene.ledger.intents.push(intent);
    scene.emit("payment_intent.created", &object);
    if let Some(confirmation) = confirmation {
        payment::confirm(scene, &id, confirmation)?;
    }
    shown(&id, scene)
}

/// `GET /v1/payment_intents/{id}`
pub(super) fn retrieve(caller: Caller, id: &str, params: &Params, scene: &Scene<'_>) -> Result<Value, ApiError> {
    params.only(&["client_secret", "expand"])?;
    allowed(caller, id, params, scene)?;
    view(caller, id, params, scene)
}

/// `POST /v1/payment_intents/{id}/confirm`
pub(super) fn confirm(caller: Caller, id: &str, params: &Params, scene: &mut Scene<'_>) -> Result<Value, ApiError> {
    const OWN: [&str; 7] = [
        "allowed_payment_method_types",
        "client_secret",
        "payment_method",
        "payment_method_data",
        "receipt_email",
        "capture_method",
        "expand",
    ];
    params.only(&[&CONFIRMING[..], &OWN].concat())?;
    allowed(caller, id, params, scene)?;
    let mut changed = scene.ledger.intents.get(id, "intent")?.clone();
    allow_types(params, &mut changed)?;
    let mut confirmation = confirmation(params, &changed)?;
    // A card that fails its checks leaves the intent as it was: the method is made first.
    confirmation.method = methods::named(params, scene)?;
    if let Some(word) = params.choice("capture_method", &CaptureMethod::WORDS)? {
        changed.capture_method = CaptureMethod::parse(&word);
    }
    if let Some(email) = params.text("receipt_email")? {
        changed.receipt_email = Some(email);
    }
    if changed.status.may_confirm() {
        *scene.ledger.intents.get_mut(id, "intent")? = changed;
    }
    payment::confirm(scene, id, confirmation).map_err(|error| match caller {
        Caller::Server => error,
        Caller::Browser => match scene.ledger.intents.find(id) {
            Some(intent) => error.with_intent(intent.public_object()),
            None => error,
        },
    })?;
    view(caller, id, params, scene)
}

/// `POST /v1/payment_intents/{id}`
pub(super) fn update(id: &str, params: &Params, scene: &mut Scene<'_>) -> Result<Value, ApiError> {
    params.only(&EDITABLE)?;
    let amount = fields::amount(params)?;
    let intent = scene.ledger.intents.get(id, "intent")?;
    let mut changed = intent.clone();
    if amount.is_some_and(|amount| amount != intent.amount) && !intent.status.may_change_amount() {
        let message = format!(
            "This PaymentIntent's amount could not be updated because it has a status of {}. You \
             may only update the amount of a PaymentIntent with one of the following statuses: \
             requires_payment_method, requires_confirmation, requires_action.",
            intent.status
        );
        return Err(ApiError::refused("payment_intent_unexpected_state", message).with_intent(intent.object()));
    }
    changed.amount = amount.unwrap_or(changed.amount);
    allow_types(params, &mut changed)?;
    if params.has("currency") {
        changed.currency = fields::currency(params)?;
    }
    edit(params, &mut changed)?;
    changed.last_error = None;
    if let Some(method) = methods::named(params, scene)? {
        changed.method = Some(method);
        if changed.status == Status::RequiresPaymentMethod {
            changed.status = Status::RequiresConfirmation;
        }
    }
    *scene.ledger.intents.get_mut(id, "intent")? = changed;
    shown(id, scene)
}

/// `POST /v1/payment_intents/{id}/capture`
pub(super) fn capture(id: &str, params: &Params, scene: &mut Scene<'_>) -> Result<Value, ApiError> {
    params.only(&["amount_to_capture", "final_capture", "metadata", "statement_descriptor_suffix", "expand"])?;
    let amount = params.integer("amount_to_capture")?;
    let mut metadata = scene.ledger.intents.get(id, "intent")?.metadata.clone();
    fields::merge_metadata(params, &mut metadata)?;
    payment::capture(scene, id, amount)?;
    scene.ledger.intents.get_mut(id, "intent")?.metadata = metadata;
    shown(id, scene)
}

/// `POST /v1/payment_intents/{id}/cancel`
pub(super) fn cancel(id: &str, params: &Params, scene: &mut Scene<'_>) -> Result<Value, ApiError> {
    params.only(&["cancellation_reason", "expand"])?;
    let reason = params.choice("cancellation_reason", &CANCELLATION_REASONS)?;
    payment::cancel(scene, id, reason)?;
    shown(id, scene)
}

/// `GET /v1/payment_intents`
pub(super) fn list(params: &Params, scene: &Scene<'_>) -> Result<Value, ApiError> {
    params.only(&["limit", "starting_after", "ending_before", "created", "expand"])?;
    let intents = &scene.ledger.intents;
    routes::list(intents, "/v1/payment_intents", params, |_| true, Intent::object)
}

fn shown(id: &str, scene: &Scene<'_>) -> Result<Value, ApiError> {
    Ok(scene.ledger.intents.get(id, "intent")?.object())
}

/// What this caller may see; a browser may expand only what it sees.
fn view(caller: Caller, id: &str, params: &Params, scene: &Scene<'_>) -> Result<Value, ApiError> {
    let intent = scene.ledger.intents.get(id, "intent")?;
    let mut object = match caller {
        Caller::Server => intent.object(),
        Caller::Browser => intent.public_object(),
    };
    expand(&mut object, &params.list("expand")?, scene.ledger)?;
    Ok(object)
}

/// A browser has to know the intent's client secret; without it the intent does not exist.
fn allowed(caller: Caller, id: &str, params: &Params, scene: &Scene<'_>) -> Result<(), ApiError> {
    let intent = scene.ledger.intents.get(id, "intent")?;
    match (caller, params.text("client_secret")?) {
        (Caller::Browser, None) => Err(ApiError::missing_param("client_secret")),
        (_, Some(secret)) if secret != intent.client_secret => Err(ApiError::no_such("payment_intent", id, "intent")),
        _ => Ok(()),
    }
}

/// What cards go by here: Link is a wallet of cards.
fn is_ours(kind: &str) -> bool {
    matches!(kind, "card" | "link")
}

/// Which payment methods the intent takes. Three ways to say it: `allowed_payment_method_types`,
/// the older `payment_method_types`, or `automatic_payment_methods`, which is also the default.
fn read_method_types(params: &Params, intent: &mut Intent) -> Result<(), ApiError> {
    let types = params.list("payment_method_types")?;
    let automatic = params.below("automatic_payment_methods")?;
    let restricted = allow_types(params, intent)?;
    let enabled = match &automatic {
        Some(automatic) => automatic.flag("enabled")?,
        None => types.is_empty() && !restricted,
    };
    if !types.is_empty() && (enabled || restricted) {
        let message = "You may only specify one of these parameters: automatic_payment_methods, \
                       payment_method_types, allowed_payment_method_types.";
        return Err(ApiError::invalid(message));
    }
    if let Some(other) = types.iter().find(|kind| !is_ours(kind)) {
        return Err(no_such_type("payment_method_types", other));
    }
    if enabled {
        let automatic = automatic.unwrap_or_default();
        automatic.only(&["enabled", "allow_redirects"])?;
        let redirects = automatic.choice("allow_redirects", &["always", "never"])?;
        intent.automatic_methods = Some(redirects.unwrap_or_else(|| "always".to_owned()));
    } else if !types.is_empty() {
        intent.method_types = types;
    }
    Ok(())
}

/// Reads `allowed_payment_method_types`; of those the intent takes the ones there are here.
fn allow_types(params: &Params, intent: &mut Intent) -> Result<bool, ApiError> {
    let allowed = params.list("allowed_payment_method_types")?;
    if allowed.is_empty() {
        return Ok(false);
    }
    let ours: Vec<String> = allowed.iter().filter(|kind| is_ours(kind)).cloned().collect();
    if ours.is_empty() {
        return Err(no_such_type("allowed_payment_method_types", &allowed.join(", ")));
    }
    intent.method_types = ours;
    intent.allowed_types = Some(allowed);
    Ok(true)
}

fn no_such_type(param: &str, kind: &str) -> ApiError {
    let message = format!("The payment method type provided: {kind} is invalid. stripe-sim has cards only.");
    ApiError::bad_param(param, message)
}

/// Texts and metadata; an empty text clears.
fn edit(params: &Params, intent: &mut Intent) -> Result<(), ApiError> {
    fields::merge_metadata(params, &mut intent.metadata)?;
    params.choice("setup_future_usage", &["on_session", "off_session"])?;
    let texts = [
        ("description", &mut intent.description),
        ("receipt_email", &mut intent.receipt_email),
        ("statement_descriptor_suffix", &mut intent.statement_descriptor_suffix),
        ("setup_future_usage", &mut intent.setup_future_usage),
    ];
    for (name, field) in texts {
        if params.has(name) {
            *field = params.text(name)?;
        }
    }
    let suffix = intent.statement_descriptor_suffix.as_ref();
    if suffix.is_some_and(|suffix| suffix.chars().count() > MAX_SUFFIX_CHARS) {
        let message = format!("The statement descriptor suffix must be at most {MAX_SUFFIX_CHARS} characters.");
        return Err(ApiError::bad_param("statement_descriptor_suffix", message));
    }
    Ok(())
}

fn confirmation(params: &Params, intent: &Intent) -> Result<Confirmation, ApiError> {
    let confirmation = Confirmation {
        method: None,
        return_url: fields::return_url(params)?,
        by_script: params.flag("use_stripe_sdk")?,
        refuse_challenge: params.flag("error_on_requires_action")? || params.flag("off_session")?,
    };
    let redirects = intent.automatic_methods.as_deref() == Some("always") && intent.allowed_types.is_none();
    if redirects && confirmation.return_url.is_none() && !confirmation.by_script {
        // A shop that forgets this works in a demonstration and fails in production.
        return Err(ApiError::invalid(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. \
             Because some of these payment methods might redirect your customer off of your page, \
             you must provide a `return_url`. If you don't want to accept redirect-based payment \
             methods, set `automatic_payment_methods[enabled]` to `true` and \
             `automatic_payment_methods[allow_redirects]` to `never` when creating the PaymentIntent.",
        ));
    }
    Ok(confirmation)
}
