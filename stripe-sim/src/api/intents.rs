//! `/v1/payment_intents`

use serde_json::Value;

use super::auth::Caller;
use super::{fields, lists, methods};
use crate::error::ApiError;
use crate::form::Params;
use crate::model::database::Transaction;
use crate::model::expand::expand;
use crate::model::intent::{CaptureMethod, Intent, Status};
use crate::model::payment::{self, Confirmation};

/// Parameters of create and update.
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
/// Parameters of every confirmation.
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
pub(super) fn create(params: &Params, tx: &mut Transaction<'_>) -> Result<Value, ApiError> {
    const STARTING: [&str; 5] =
        ["capture_method", "payment_method_types", "automatic_payment_methods", "confirm", "confirmation_method"];
    params.reject_unknown(&[&EDITABLE[..], &CONFIRMING, &STARTING].concat())?;
    let amount = fields::amount(params)?.ok_or_else(|| ApiError::missing_param("amount"))?;
    let mut intent = Intent::new(amount, fields::currency(params)?, tx.now);
    if let Some(word) = params.choice("capture_method", &CaptureMethod::WORDS)? {
        intent.capture_method = CaptureMethod::parse(&word);
    }
    params.choice("confirmation_method", &["automatic"])?;
    read_method_types(params, &mut intent)?;
    edit(params, &mut intent)?;
    let confirm = params.flag("confirm")?;
    let confirmation = if confirm { Some(confirmation(params, &intent)?) } else { None };
    intent.method = methods::resolve(params, tx)?;
    if intent.method.is_some() {
        intent.status = Status::RequiresConfirmation;
    }
    let id = intent.id.clone();
    let object = intent.object();
    tx.db.intents.push(intent);
    tx.emit("payment_intent.created", &object);
    if let Some(confirmation) = confirmation {
        payment::confirm(tx, &id, confirmation)?;
    }
    object_of(&id, tx)
}

/// `GET /v1/payment_intents/{id}`
pub(super) fn retrieve(caller: Caller, id: &str, params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["client_secret", "expand"])?;
    authorise(caller, id, params, tx)?;
    visible_object(caller, id, params, tx)
}

/// `POST /v1/payment_intents/{id}/confirm`
pub(super) fn confirm(caller: Caller, id: &str, params: &Params, tx: &mut Transaction<'_>) -> Result<Value, ApiError> {
    const OWN: [&str; 7] = [
        "allowed_payment_method_types",
        "client_secret",
        "payment_method",
        "payment_method_data",
        "receipt_email",
        "capture_method",
        "expand",
    ];
    params.reject_unknown(&[&CONFIRMING[..], &OWN].concat())?;
    authorise(caller, id, params, tx)?;
    let mut changed = tx.db.intents.get(id, "intent")?.clone();
    allow_types(params, &mut changed)?;
    let mut confirmation = confirmation(params, &changed)?;
    // The method comes first: a card that fails the checks leaves the intent unchanged.
    confirmation.method = methods::resolve(params, tx)?;
    if let Some(word) = params.choice("capture_method", &CaptureMethod::WORDS)? {
        changed.capture_method = CaptureMethod::parse(&word);
    }
    if let Some(email) = params.text("receipt_email")? {
        changed.receipt_email = Some(email);
    }
    if changed.status.may_confirm() {
        *tx.db.intents.get_mut(id, "intent")? = changed;
    }
    payment::confirm(tx, id, confirmation).map_err(|error| match caller {
        Caller::Server => error,
        Caller::Browser => match tx.db.intents.find(id) {
            Some(intent) => error.with_intent(intent.public_object()),
            None => error,
        },
    })?;
    visible_object(caller, id, params, tx)
}

/// `POST /v1/payment_intents/{id}`
pub(super) fn update(id: &str, params: &Params, tx: &mut Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&EDITABLE)?;
    let amount = fields::amount(params)?;
    let intent = tx.db.intents.get(id, "intent")?;
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
    if let Some(method) = methods::resolve(params, tx)? {
        changed.method = Some(method);
        if changed.status == Status::RequiresPaymentMethod {
            changed.status = Status::RequiresConfirmation;
        }
    }
    *tx.db.intents.get_mut(id, "intent")? = changed;
    object_of(id, tx)
}

/// `POST /v1/payment_intents/{id}/capture`
pub(super) fn capture(id: &str, params: &Params, tx: &mut Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&[
        "amount_to_capture",
        "final_capture",
        "metadata",
        "statement_descriptor_suffix",
        "expand",
    ])?;
    let amount = params.integer("amount_to_capture")?;
    let mut metadata = tx.db.intents.get(id, "intent")?.metadata.clone();
    fields::merge_metadata(params, &mut metadata)?;
    payment::capture(tx, id, amount)?;
    tx.db.intents.get_mut(id, "intent")?.metadata = metadata;
    object_of(id, tx)
}

/// `POST /v1/payment_intents/{id}/cancel`
pub(super) fn cancel(id: &str, params: &Params, tx: &mut Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["cancellation_reason", "expand"])?;
    let reason = params.choice("cancellation_reason", &CANCELLATION_REASONS)?;
    payment::cancel(tx, id, reason)?;
    object_of(id, tx)
}

/// `GET /v1/payment_intents`
pub(super) fn list(params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["limit", "starting_after", "expand"])?;
    let intents = &tx.db.intents;
    lists::page(intents, "/v1/payment_intents", params, |_| true, Intent::object)
}

fn object_of(id: &str, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    Ok(tx.db.intents.get(id, "intent")?.object())
}

/// The object that this caller may see. A browser may expand only members that it sees.
fn visible_object(caller: Caller, id: &str, params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    let intent = tx.db.intents.get(id, "intent")?;
    let mut object = match caller {
        Caller::Server => intent.object(),
        Caller::Browser => intent.public_object(),
    };
    expand(&mut object, &params.list("expand")?, tx.db)?;
    Ok(object)
}

/// Requires the client secret from a browser. With a wrong one the intent does not exist.
fn authorise(caller: Caller, id: &str, params: &Params, tx: &Transaction<'_>) -> Result<(), ApiError> {
    let intent = tx.db.intents.get(id, "intent")?;
    match (caller, params.text("client_secret")?) {
        (Caller::Browser, None) => Err(ApiError::missing_param("client_secret")),
        (_, Some(secret)) if secret != intent.client_secret => Err(ApiError::no_such("payment_intent", id, "intent")),
        _ => Ok(()),
    }
}

/// Whether the simulator supports a type of payment method. Link is a wallet of cards.
fn is_supported(kind: &str) -> bool {
    matches!(kind, "card" | "link")
}

/// Reads which payment methods the intent accepts. There are three ways to say it:
/// `allowed_payment_method_types`, the older `payment_method_types`, and
/// `automatic_payment_methods`, which is the default.
fn read_method_types(params: &Params, intent: &mut Intent) -> Result<(), ApiError> {
    let types = params.list("payment_method_types")?;
    let automatic = params.nested("automatic_payment_methods")?;
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
    if let Some(other) = types.iter().find(|kind| !is_supported(kind)) {
        return Err(no_such_type("payment_method_types", other));
    }
    if enabled {
        let automatic = automatic.unwrap_or_default();
        automatic.reject_unknown(&["enabled", "allow_redirects"])?;
        let redirects = automatic.choice("allow_redirects", &["always", "never"])?;
        intent.automatic_methods = Some(redirects.unwrap_or_else(|| "always".to_owned()));
    } else if !types.is_empty() {
        intent.method_types = types;
    }
    Ok(())
}

/// Reads `allowed_payment_method_types`. The intent accepts those that the simulator supports.
fn allow_types(params: &Params, intent: &mut Intent) -> Result<bool, ApiError> {
    let allowed = params.list("allowed_payment_method_types")?;
    if allowed.is_empty() {
        return Ok(false);
    }
    let supported: Vec<String> = allowed.iter().filter(|kind| is_supported(kind)).cloned().collect();
    if supported.is_empty() {
        return Err(no_such_type("allowed_payment_method_types", &allowed.join(", ")));
    }
    intent.method_types = supported;
    intent.allowed_types = Some(allowed);
    Ok(true)
}

fn no_such_type(param: &str, kind: &str) -> ApiError {
    let message = format!("The payment method type provided: {kind} is invalid. stripe-sim has cards only.");
    ApiError::bad_param(param, message)
}

/// Sets texts and metadata. An empty text clears a field.
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
        use_stripe_sdk: params.flag("use_stripe_sdk")?,
        refuse_challenge: params.flag("error_on_requires_action")? || params.flag("off_session")?,
    };
    let redirects = intent.automatic_methods.as_deref() == Some("always") && intent.allowed_types.is_none();
    if redirects && confirmation.return_url.is_none() && !confirmation.use_stripe_sdk {
        // Real Stripe refuses this, too: a shop that omits the URL would fail only in production.
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
