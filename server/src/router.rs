//! The routes of the site, and the layers that all requests share.

use std::sync::{Arc, LazyLock};

use app::{App, paths, shell};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use leptos::{config::Env, prelude::provide_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes, file_and_error_handler_with_context, generate_route_list};
use model::Code;
use platform::telemetry::{TRACEPARENT, is_part_of, note_trace_id};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, CompressionLevel},
    csrf::{CsrfLayer, ProtectionError},
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::TraceLayer,
};

use crate::{
    bounds::{REQUEST_TIMEOUT, bound_body, bound_time},
    cache_control, calendar_file, crawlers, drain, errors,
    errors::ErrorResponse,
    export, gate, health, idempotency, information, isolation, limits, live, markup, metrics, plain_address, preview,
    referer, request_id, request_identity, sales_file, security_headers,
    security_headers::BrowserPolicy,
    shown_to,
    state::{ServerState, SharedState},
    ticket_files, trusted_headers, typed, unsubscribe, webhook, well_known,
};

/// The pages, listed before the first is rendered and only once in a process: while Leptos lists them, no
/// resource anywhere in the process loads, and one that is requested during that time never resolves.
static PAGES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

/// Builds the router.
pub fn router(state: ServerState) -> Router {
    let state = SharedState::from(state);
    let provide = {
        let (backend, cookies) = (state.backend.clone(), state.cookies);
        move || {
            provide_context(backend.clone());
            provide_context(cookies);
            security_headers::provide_nonce();
        }
    };
    let pages = Router::new()
        .leptos_routes_with_context(&state, PAGES.clone(), provide.clone(), {
            let options = state.leptos.clone();
            move || shell(options.clone())
        })
        .route(paths::ACCOUNT_EXPORT, get(export::download))
        .route(paths::SALES_EXPORT, get(sales_file::download))
        .route(paths::TICKET_FILE, get(ticket_files::give))
        .route(paths::ORDER_CALENDAR, get(calendar_file::of_order))
        .route(paths::GIFT_FILE, get(ticket_files::give_gift))
        .route(paths::GIFT_CALENDAR, get(calendar_file::of_gift))
        .route(paths::GIFT_GATE, get(gate::of_gift))
        .route(paths::GATE_WORKER, get(gate::worker))
        .route(paths::GATE, get(gate::of_order))
        .route("/rpc/{*unknown}", any(no_such_endpoint))
        .route("/api/{*unknown}", any(no_such_endpoint))
        .fallback(file_and_error_handler_with_context::<SharedState, _>(provide, shell))
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(isolation::isolate))
                .layer(from_fn(plain_address::lead_there))
                .layer(from_fn_with_state(state.clone(), markup::mend))
                .layer(csrf(&state.public_url))
                .layer(from_fn_with_state(state.clone(), referer::own_only))
                .layer(from_fn(bound_body))
                .layer(from_fn_with_state(state.clone(), typed::keep))
                .layer(from_fn_with_state(state.clone(), request_identity::look_up))
                .layer(from_fn(shown_to::refuse_others))
                .layer(from_fn_with_state(state.clone(), limits::enforce))
                .layer(from_fn_with_state(state.clone(), idempotency::once)),
        );
    // A file is larger than any other form, and is read part by part: no layer here reads the body before its handler.
    let uploads = Router::new().route(paths::UPLOAD_TICKET_FILE, post(ticket_files::take_in)).layer(
        ServiceBuilder::new()
            .layer(csrf(&state.public_url))
            .layer(from_fn_with_state(state.clone(), request_identity::look_up))
            .layer(from_fn_with_state(state.clone(), limits::enforce))
            .layer(DefaultBodyLimit::max(ticket_files::UPLOAD_BYTES)),
    );
    let policy =
        BrowserPolicy::new(state.backend.stripe.settings(), state.cookies.secure, state.leptos.env == Env::DEV);
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/servingz", get(health::serving))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show::show))
        .route(paths::LIVE_TICKETS, get(live::stream))
        .route(paths::LIVE_EVENTS, get(live::stream_event))
        // Outside the CSRF layer: Stripe is another site, and its signature authenticates it.
        .route("/webhooks/stripe", post(webhook::receive).layer(DefaultBodyLimit::max(webhook::BODY_LIMIT_BYTES)))
        // Outside the CSRF layer: mail programs call it, and its token authenticates them.
        .route(
            paths::UNSUBSCRIBE,
            post(unsubscribe::receive).layer(DefaultBodyLimit::max(unsubscribe::BODY_LIMIT_BYTES)),
        )
        .merge(information::routes())
        .merge(well_known::routes())
        .merge(crawlers::routes())
        .merge(preview::routes())
        .merge(uploads)
        .merge(pages)
        .method_not_allowed_fallback(async || ErrorResponse::from(Code::MethodNotAllowed))
        .layer(
            ServiceBuilder::new()
                .layer(from_fn_with_state(state.clone(), trusted_headers::accept))
                .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
                .layer(TraceLayer::new_for_http().make_span_with(request_span))
                .layer(PropagateRequestIdLayer::x_request_id())
                .layer(from_fn_with_state(state.clone(), metrics::measure::measure))
                .layer(from_fn_with_state(Arc::new(policy), security_headers::protect))
                .layer(from_fn(cache_control::set))
                .layer(from_fn_with_state(state.clone(), drain::close_connections))
                // Fastest: pages are compressed per request, and the CPU is the scarce resource.
                .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
                .layer(from_fn_with_state(state.clone(), errors::for_people))
                .layer(CatchPanicLayer::custom(errors::panicked))
                .layer(from_fn_with_state(REQUEST_TIMEOUT, bound_time)),
        )
        .with_state(state)
}

async fn no_such_endpoint() -> ErrorResponse {
    Code::NotFound.into()
}

/// Refuses cross-site requests in the name of a signed-in user.
fn csrf(public_url: &str) -> CsrfLayer<impl FnMut(ProtectionError) -> Response + Clone + use<>> {
    // If a proxy rewrites the host, the site's own origin would look like another site's.
    let layer = CsrfLayer::new().add_trusted_origin(public_url).unwrap_or_else(|error| {
        tracing::warn!(%error, "PUBLIC_URL is no origin of a browser's");
        CsrfLayer::new()
    });
    layer.with_rejection_response(|_: ProtectionError| {
        tracing::info!(target: "security", "a request from another site was refused");
        ErrorResponse::from(Code::CrossSite).into_response()
    })
}

/// The path without its query, which may carry private data.
fn request_span(request: &Request) -> tracing::Span {
    let id = request_id::of(request);
    let span = tracing::info_span!(
        "http.request", http.method = %request.method(), http.path = request.uri().path(), request.id = id, trace.id = tracing::field::Empty
    );
    if let Some(caller) = request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok()) {
        is_part_of(&span, caller);
    }
    note_trace_id(&span);
    span
}
