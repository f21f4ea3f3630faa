//! Who may call what: every server function, called by nobody in particular and by the wrong person.

use domain::ids::fresh;
use std::collections::BTreeSet;

use axum::http::Method;
use leptos::server_fn::axum::server_fn_paths;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    person::{Answer, Person, listing, lock_form},
    site::{Site, account, passwords},
    stripe::{GOOD_CARD, confirm},
};

/// What a visitor who is not signed in gets.
enum SignedOut {
    /// 401.
    Refused,
    /// 404: it is not told that there is anything.
    Hidden,
    /// What anybody may have.
    Answered,
    /// Anybody may call it, and this call is refused for what it says.
    Invalid(u16, &'static str),
}

/// What Carol gets, who is signed in, and neither sells nor buys here.
enum Carol {
    /// It is not hers.
    Refused(u16, &'static str),
    /// What is hers alone, and nothing of the others'.
    OwnOnly,
    /// What anybody may have or do for themselves.
    Answered,
}

struct Case {
    path: &'static str,
    method: Method,
    arguments: Vec<(&'static str, String)>,
    signed_out: SignedOut,
    carol: Carol,
}

/// What the cases are about.
#[derive(Default)]
struct Ids {
    /// Alice's ticket, locked by Bob.
    ticket: String,
    /// Bob's order of it, with his card authorised.
    order: String,
    /// A ticket of Carol's own.
    carols: String,
    /// The end of the address of their event.
    event: String,
    /// Alice's session.
    session: String,
    /// Bob's watch of Alice's listing.
    watch: String,
    /// Bob's draft.
    draft: String,
}

impl Case {
    async fn call(&self, person: &Person) -> Answer {
        if self.method == Method::GET {
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.arguments).finish();
            person.read(&format!("{}?{query}", self.path)).await
        } else {
            person.post(self.path, &self.arguments).await
        }
    }
}

/// What is read by a plain address, and is somebody's own all the same.
const DOWNLOADS: [(&str, &str); 2] = [("/account/export", "GET"), ("/listings/sales", "GET")];

/// One case for each server function. Whoever adds a function says here who may call it.
#[rustfmt::skip]
fn cases(Ids { ticket, order, carols, event, session, watch, draft }: &Ids) -> Vec<Case> {
    let of_ticket = || vec![("ticket", ticket.clone())];
    let of_order = || vec![("order", order.clone())];
    let of_gift = || vec![("gift", fresh::<model::GiftId>().to_string())];
    let form = || listing(&domain::testing::listing_input());
    let edit = [("ticket", ticket.clone()), ("version", "1".to_owned())].into_iter().chain(form()).collect();
    let draft_form = [("draft", draft.clone())].into_iter().chain(form()).collect();
    let reset = vec![("new_password", "a new horse".to_owned())];
    let own_ticket = lock_form(carols).map(|(name, value)| (name, value.to_owned())).into();
    let get = |path, arguments, signed_out, carol| Case { path, method: Method::GET, arguments, signed_out, carol };
    let purchase = vec![("ticket", ticket.clone()), ("count", "1".to_owned())];
    let change_of_prices =
        vec![("listings[]", format!("{ticket}.1")), ("price_change", "lower_by".to_owned()), ("amount", "10".to_owned())];
    let post = |path, arguments, signed_out, carol| Case { path, method: Method::POST, arguments, signed_out, carol };
    vec![
        post("/rpc/sign_up", vec![("email", "dave".to_owned()), ("password", "the horse of dave".to_owned())], SignedOut::Invalid(422, "invalid_email"), Carol::Refused(422, "invalid_email")),
        post("/rpc/enter_code", vec![("code", "123456".to_owned())], SignedOut::Invalid(409, "sign_up_ended"), Carol::Refused(409, "sign_up_ended")),
        get("/rpc/signing_up", vec![], SignedOut::Answered, Carol::OwnOnly),
        post("/rpc/sign_in", account("alice").into(), SignedOut::Answered, Carol::Answered),
        post("/rpc/mail_sign_in_code", vec![("email", "alice".to_owned())], SignedOut::Invalid(422, "invalid_email"), Carol::Refused(422, "invalid_email")),
        get("/rpc/mailed_code", vec![], SignedOut::Answered, Carol::OwnOnly),
        post("/rpc/enter_mailed_code", vec![("code", "123456".to_owned())], SignedOut::Invalid(409, "mailed_code_ended"), Carol::Refused(409, "mailed_code_ended")),
        post("/rpc/enter_sign_in_code", vec![("code", "123456".to_owned())], SignedOut::Invalid(409, "sign_in_ended"), Carol::Refused(409, "sign_in_ended")),
        post("/rpc/sign_out", vec![], SignedOut::Answered, Carol::Answered),
        get("/rpc/current_user", vec![], SignedOut::Answered, Carol::OwnOnly),
        get("/rpc/my_account", vec![], SignedOut::Refused, Carol::OwnOnly),
        post("/rpc/end_session", vec![("session", session.clone())], SignedOut::Refused, Carol::Refused(404, "session_not_found")),
        post("/rpc/end_other_sessions", vec![], SignedOut::Refused, Carol::Answered),
        post("/rpc/change_password", passwords("carol").into(), SignedOut::Refused, Carol::Answered),
        get("/rpc/changing_address", vec![], SignedOut::Refused, Carol::OwnOnly),
        post("/rpc/change_address", vec![("email", "new@example.com".to_owned()), ("password", "a guess".to_owned())], SignedOut::Refused, Carol::Refused(422, "wrong_password")),
        post("/rpc/enter_address_code", vec![("code", "123456".to_owned())], SignedOut::Refused, Carol::Refused(409, "address_change_ended")),
        get("/rpc/my_second_factor", vec![], SignedOut::Refused, Carol::OwnOnly),
        post("/rpc/begin_second_factor", vec![("password", "a guess".to_owned())], SignedOut::Refused, Carol::Refused(422, "wrong_password")),
        post("/rpc/confirm_second_factor", vec![("code", "123456".to_owned())], SignedOut::Refused, Carol::Refused(409, "set_up_ended")),
        post("/rpc/remove_second_factor", vec![("password", "a guess".to_owned()), ("code", "123456".to_owned())], SignedOut::Refused, Carol::Refused(422, "wrong_password")),
        get("/account/export", vec![], SignedOut::Refused, Carol::OwnOnly),
        post("/rpc/delete_account", vec![("password", "a guess".to_owned())], SignedOut::Refused, Carol::Refused(422, "wrong_password")),
        post("/rpc/forgot_password", vec![("email", "alice".to_owned())], SignedOut::Invalid(422, "invalid_email"), Carol::Refused(422, "invalid_email")),
        post("/rpc/reset_password", reset, SignedOut::Invalid(409, "reset_link_ended"), Carol::Refused(409, "reset_link_ended")),
        post("/rpc/open_reset", vec![("token", "0".repeat(64))], SignedOut::Invalid(409, "reset_link_ended"), Carol::Refused(409, "reset_link_ended")),
        get("/rpc/reset_account", vec![], SignedOut::Answered, Carol::Answered),
        get("/rpc/mail_catcher", vec![], SignedOut::Answered, Carol::OwnOnly),
        get("/rpc/show_home", vec![], SignedOut::Answered, Carol::Answered),
        get("/rpc/suggest", vec![("q", "sigur".to_owned())], SignedOut::Answered, Carol::Answered),
        get("/rpc/show_venue", vec![("slug", "none".to_owned())], SignedOut::Invalid(404, "venue_not_found"), Carol::Refused(404, "venue_not_found")),
        get("/rpc/show_ticket", of_ticket(), SignedOut::Answered, Carol::Answered),
        get("/rpc/show_purchase", purchase, SignedOut::Answered, Carol::Answered),
        get("/rpc/search_events", vec![("q", "sigur".to_owned())], SignedOut::Answered, Carol::Answered),
        get("/rpc/show_event", vec![("slug", event.clone())], SignedOut::Answered, Carol::Answered),
        get("/rpc/prefill_listing", vec![("like", ticket.clone())], SignedOut::Refused, Carol::Answered),
        post("/rpc/list_ticket", form(), SignedOut::Refused, Carol::Answered),
        post("/rpc/discard_draft", vec![("draft", draft.clone())], SignedOut::Refused, Carol::Refused(404, "draft_not_found")),
        // It becomes a draft of her own: `drafts::draft_is_its_users_own`.
        post("/rpc/save_draft", draft_form, SignedOut::Refused, Carol::Answered),
        post("/rpc/edit_ticket", edit, SignedOut::Refused, Carol::Refused(403, "not_your_ticket")),
        post("/rpc/withdraw_ticket", of_ticket(), SignedOut::Refused, Carol::Refused(403, "not_your_ticket")),
        post("/rpc/restore_ticket", vec![("ticket", ticket.clone()), ("seat", fresh::<model::TicketId>().to_string())], SignedOut::Refused, Carol::Refused(403, "not_your_ticket")),
        get("/rpc/my_listings", vec![], SignedOut::Refused, Carol::OwnOnly),
        // What is not hers is not changed: `selling::prices_of_another_seller_stay`.
        post("/rpc/change_prices", change_of_prices, SignedOut::Refused, Carol::Answered),
        get("/rpc/my_sales", vec![], SignedOut::Refused, Carol::OwnOnly),
        get("/listings/sales", vec![], SignedOut::Refused, Carol::OwnOnly),
        get("/rpc/my_balance", vec![], SignedOut::Refused, Carol::OwnOnly),
        post("/rpc/lock_ticket", own_ticket, SignedOut::Refused, Carol::Refused(403, "own_ticket")),
        post("/rpc/join_line", vec![("ticket", carols.clone())], SignedOut::Refused, Carol::Refused(403, "own_ticket")),
        // She stands in no line: nothing is left, and nothing refused.
        post("/rpc/leave_line", of_ticket(), SignedOut::Refused, Carol::Answered),
        post("/rpc/close_line", vec![("ticket", ticket.clone()), ("is_closed", "true".to_owned())], SignedOut::Refused, Carol::Refused(403, "not_your_ticket")),
        get("/rpc/my_watches", vec![], SignedOut::Refused, Carol::OwnOnly),
        get("/rpc/my_mails", vec![], SignedOut::Refused, Carol::OwnOnly),
        post("/rpc/choose_mail", vec![("topic", "watch_news".to_owned()), ("is_on", "false".to_owned())], SignedOut::Refused, Carol::Answered),
        get("/rpc/event_watch", vec![("event", event.clone())], SignedOut::Refused, Carol::OwnOnly),
        post("/rpc/watch_event", vec![("event", event.clone())], SignedOut::Refused, Carol::Answered),
        post("/rpc/watch_listing", vec![("ticket", carols.clone())], SignedOut::Refused, Carol::Refused(403, "own_ticket")),
        // The watch is not hers: nothing changes, and nothing is refused.
        post("/rpc/set_watch", vec![("watch", watch.clone()), ("at_once", "true".to_owned())], SignedOut::Refused, Carol::Answered),
        post("/rpc/stop_watch", vec![("watch", watch.clone())], SignedOut::Refused, Carol::Answered),
        get("/rpc/my_orders", vec![], SignedOut::Refused, Carol::OwnOnly),
        get("/rpc/show_order", of_order(), SignedOut::Refused, Carol::Refused(404, "order_not_found")),
        get("/rpc/show_sale", of_ticket(), SignedOut::Refused, Carol::Refused(404, "ticket_not_found")),
        get("/rpc/show_hand_in", of_ticket(), SignedOut::Refused, Carol::Refused(404, "ticket_not_found")),
        post("/rpc/hand_in", vec![("ticket", ticket.clone()), ("typed[t0190d1d0-0000-7000-8000-000000000001]", "LH-1".to_owned())], SignedOut::Refused, Carol::Refused(404, "ticket_not_found")),
        post("/rpc/discard_file", vec![("ticket", ticket.clone()), ("file", fresh::<model::TicketFileId>().to_string())], SignedOut::Refused, Carol::Refused(404, "file_not_found")),
        get("/rpc/show_delivery", of_order(), SignedOut::Refused, Carol::Refused(404, "order_not_found")),
        post("/rpc/open_tickets", of_order(), SignedOut::Refused, Carol::Refused(404, "order_not_found")),
        post("/rpc/return_tickets", of_order(), SignedOut::Refused, Carol::Refused(404, "order_not_found")),
        post("/rpc/give_ticket", vec![("order", order.clone()), ("ticket", fresh::<model::TicketId>().to_string()), ("email", "dave@example.com".to_owned())], SignedOut::Refused, Carol::Refused(404, "order_not_found")),
        // A gift to another person: `delivery::gift_goes_to_its_recipient_without_javascript`.
        post("/rpc/take_gift_back", of_gift(), SignedOut::Refused, Carol::Refused(404, "gift_not_found")),
        get("/rpc/show_gift", of_gift(), SignedOut::Refused, Carol::Refused(404, "gift_not_found")),
        post("/rpc/accept_gift", of_gift(), SignedOut::Refused, Carol::Refused(404, "gift_not_found")),
        post("/rpc/open_gift", of_gift(), SignedOut::Refused, Carol::Refused(404, "gift_not_found")),
        post("/rpc/cancel_order", of_order(), SignedOut::Refused, Carol::Refused(404, "order_not_found")),
        post("/rpc/start_payment", of_order(), SignedOut::Refused, Carol::Refused(404, "order_not_found")),
        post("/rpc/check_payment", of_order(), SignedOut::Refused, Carol::Refused(404, "order_not_found")),
        get("/rpc/examine_shop", vec![], SignedOut::Hidden, Carol::Refused(404, "not_found")),
        get("/rpc/open_disputes", vec![], SignedOut::Hidden, Carol::Refused(404, "not_found")),
        get("/rpc/refused_twins", vec![], SignedOut::Hidden, Carol::Refused(404, "not_found")),
    ]
}

/// Fails for a server function without a case above, and for a case without a function.
#[test]
fn every_server_function_has_its_case() {
    let cases: BTreeSet<_> =
        cases(&Ids::default()).into_iter().map(|case| (case.path.to_owned(), case.method.to_string())).collect();
    let functions = server_fn_paths().map(|(path, method)| (path.to_owned(), method.to_string()));
    let downloads = DOWNLOADS.map(|(path, method)| (path.to_owned(), method.to_owned()));
    assert_eq!(functions.chain(downloads).collect::<BTreeSet<_>>(), cases);
}

async fn with_a_purchase_under_way(db: PgPool) -> (Site, stripe_sim::Simulator, Person, Ids) {
    let (site, stripe) = Site::with_stripe(db).await;
    let (alice, bob, carol) = (site.sign_up("alice").await, site.sign_up("bob").await, site.sign_up("carol").await);
    let ticket = alice.list().await;
    let order = bob.lock(&ticket).await;
    // Whoever has Stripe asked now completes the order.
    let form = bob.post("/rpc/start_payment", &[("order", &order)]).await.json();
    confirm(&stripe, &form, GOOD_CARD).await;
    let carols = carol.list().await;
    let session = alice.read("/rpc/my_account").await.json()["devices"][0]["id"].as_str().expect("an id").to_owned();
    let shown = carol.read(&format!("/rpc/show_ticket?ticket={carols}")).await.json();
    let event = shown["event"].as_str().expect("an event").to_owned();
    bob.post("/rpc/watch_listing", &[("ticket", &ticket)]).await.assert_status(200);
    let watch = bob.read("/rpc/my_watches").await.json()[0]["watch"]["id"].as_str().expect("an id").to_owned();
    let draft = fresh::<model::DraftId>().to_string();
    let draft_form = [vec![("draft", draft.clone())], listing(&domain::testing::listing_input())].concat();
    bob.post("/rpc/save_draft", &draft_form).await.assert_status(200);
    (site, stripe, carol, Ids { ticket, order, carols, event, session, watch, draft })
}

/// Calls every function as `person` and gathers what is not as its case says, so that
/// one run shows all of it.
async fn wrong_answers(
    site: &Site,
    person: impl AsyncFn() -> Person,
    ids: &Ids,
    is_as_expected: impl Fn(&Case, &Answer) -> bool,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in cases(ids) {
        let before = site.snapshot().await;
        let answer = case.call(&person().await).await;
        if !is_as_expected(&case, &answer) {
            wrong.push(format!("{} answered {}", case.path, answer.line()));
        }
        if answer.status >= 400 && site.snapshot().await != before {
            wrong.push(format!("{} refused, and changed something all the same", case.path));
        }
    }
    wrong
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn nobody_acts_without_signing_in(db: PgPool) {
    let (site, _stripe, _carol, ids) = with_a_purchase_under_way(db).await;
    let before = site.snapshot().await;
    let wrong = wrong_answers(
        &site,
        async || site.visitor(),
        &ids,
        |case, answer| match case.signed_out {
            SignedOut::Refused => {
                answer.line() == r#"401 {"errors":[{"message":"Sign in to continue.","code":"not_signed_in"}]}"#
            }
            SignedOut::Hidden => answer.refusal() == (404, "not_found".to_owned()),
            SignedOut::Invalid(status, code) => answer.refusal() == (status, code.to_owned()),
            // Nobody's name, and no order.
            SignedOut::Answered => {
                answer.status == 200 && !answer.body.contains(&ids.order) && !answer.body.contains("@example.com")
            }
        },
    );
    assert_eq!(wrong.await, Vec::<String>::new());
    assert_eq!(site.snapshot().await, before);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn nobody_acts_on_what_is_anothers(db: PgPool) {
    let (site, _stripe, _carol, ids) = with_a_purchase_under_way(db).await;
    // A new session for each: signing out is among the calls.
    let wrong = wrong_answers(
        &site,
        async || site.sign_in("carol").await,
        &ids,
        |case, answer| match case.carol {
            Carol::Refused(status, code) => answer.status == status && answer.refusal().1 == code,
            Carol::OwnOnly => {
                answer.status == 200
                    && [&*ids.ticket, &*ids.order, "alice@", "bob@"]
                        .iter()
                        .all(|not_hers| !answer.body.contains(not_hers))
            }
            Carol::Answered => answer.status == 200,
        },
    );
    assert_eq!(wrong.await, Vec::<String>::new());
    let watches = site.sign_in("bob").await.read("/rpc/my_watches").await.json();
    assert_eq!((&watches[0]["watch"]["id"], &watches[0]["watch"]["at_once"]), (&json!(ids.watch), &json!(false)));
}

/// Whether an order or a sale is another's or nobody's is not told: the answers are the same to the byte.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn anothers_order_is_as_good_as_none(db: PgPool) {
    let (_site, _stripe, carol, ids) = with_a_purchase_under_way(db).await;
    let none = Ids {
        order: fresh::<model::OrderId>().to_string(),
        ticket: fresh::<model::ListingId>().to_string(),
        session: fresh::<model::SessionId>().to_string(),
        draft: fresh::<model::DraftId>().to_string(),
        ..Ids::default()
    };
    for (anothers, none) in
        cases(&ids).into_iter().zip(cases(&none)).filter(|(case, _)| matches!(case.carol, Carol::Refused(404, _)))
    {
        assert_eq!(anothers.call(&carol).await.line(), none.call(&carol).await.line(), "{}", none.path);
    }
    // The first page says what was done before it.
    carol.open("/").await;
    let [anothers, none] = [&ids.order, &none.order].map(|order| format!("/orders/{order}"));
    let [anothers, none] = [carol.open(&anothers).await, carol.open(&none).await];
    // But for the name of the request.
    let words = |page: &Answer| page.words().replace(page.header("x-request-id"), "");
    assert_eq!((anothers.status, words(&anothers)), (404, words(&none)));
}

/// Signed in as one person, acting as another: the arguments name no user, so there is nothing to forge.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_user_in_the_arguments_is_not_listened_to(db: PgPool) {
    let (site, _stripe, carol, ids) = with_a_purchase_under_way(db).await;
    let before = site.snapshot().await;
    let bob: String = sqlx::query_scalar("SELECT id::text FROM users WHERE email = 'bob@example.com'")
        .fetch_one(site.db())
        .await
        .expect("Bob");
    let forged = [("order", &ids.order), ("user", &bob), ("buyer", &bob), ("buyer_id", &bob)];
    assert_eq!(carol.post("/rpc/cancel_order", &forged).await.refusal(), (404, "order_not_found".to_owned()));
    assert_eq!(site.snapshot().await, before);
    let none = json!({"orders": [], "next": null});
    let expected =
        json!({"open": [], "upcoming": none, "starts_in": null, "waitlists": [], "ended": none, "gifts": []});
    assert_eq!(carol.read("/rpc/my_orders").await.json(), expected);
}
