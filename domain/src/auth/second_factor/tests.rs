//! The second factor from the set-up to the end.

use std::{net::IpAddr, time::Duration};

use model::{
    AppError, Code, UserId,
    auth::{Credentials, CurrentUser, SecondFactorView},
    error::Field,
};
use sqlx::PgPool;

use super::*;
use crate::{
    Backend,
    auth::{
        browser::Browser,
        change_password::{PasswordChange, change_password},
        purge::purge,
        session::SessionToken,
        sign_in::{SignInError, TRIES_PER_ACCOUNT, sign_in},
    },
    current_user::current_user,
    mail::Mail,
    outbox::Job,
    testing::{self, App, Smtp, TestBackend, sign_up},
};

const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse";

fn credentials() -> Credentials {
    Credentials { email: "ana@example.com".into(), password: PASSWORD.into() }
}

/// Ana, in the browser in which she has set her app up.
struct Ana {
    backend: Backend,
    here: SessionToken,
    app: App,
    recovery_codes: Vec<String>,
}

impl Ana {
    async fn user(&self) -> CurrentUser {
        user_of(&self.backend, &self.here).await.expect("signed in")
    }

    /// The first step, by the password.
    async fn password(&self) -> SignInToken {
        match sign_in(&self.backend, &credentials(), HOME, &Browser::default()).await {
            Err(SignInError::CodeNeeded(token)) => token,
            other => panic!("expected to be asked for a code, found {other:?}"),
        }
    }

    async fn enter(&self, token: &SignInToken, code: &str) -> Result<SessionToken, AppError> {
        enter_sign_in_code(&self.backend, token, code, &Browser::default()).await.map_err(AppError::from)
    }
}

async fn user_of(backend: &Backend, token: &SessionToken) -> Option<CurrentUser> {
    current_user(backend, token).await.expect("the database answers")
}

fn wrong() -> AppError {
    AppError::field(Field::Code, Code::WrongSecondFactor)
}

async fn signed_up(db: PgPool) -> (Backend, SessionToken, CurrentUser) {
    let backend = TestBackend::without_stripe(db);
    let here = sign_up(&backend, &credentials(), &Browser::default()).await.expect("signs up");
    let user = user_of(&backend, &here).await.expect("signed in");
    (backend, here, user)
}

/// The set-up is confirmed by the code of the present step.
async fn ana(db: PgPool) -> Ana {
    let (backend, here, user) = signed_up(db).await;
    begin(&backend, &user, PASSWORD, HOME).await.expect("begins");
    let set_up = show(&backend, &user).await.expect("shows").set_up.expect("a set-up");
    let app = App::with_key(&set_up.key);
    confirm(&backend, &user, &here, &app.code(&backend.db, 0).await).await.expect("confirms");
    Ana { backend, here, app, recovery_codes: set_up.recovery_codes }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn set_up_is_confirmed_by_a_code_and_ends_other_sessions(db: PgPool) {
    let (backend, here, user) = signed_up(db).await;
    let elsewhere = sign_in(&backend, &credentials(), HOME, &Browser::default()).await.expect("signs in");
    let refused = begin(&backend, &user, "a guess", HOME).await.expect_err("another password");
    assert_eq!(AppError::from(refused), AppError::field(Field::Password, Code::WrongPassword));
    assert_eq!(show(&backend, &user).await.expect("shows"), SecondFactorView::default());

    begin(&backend, &user, PASSWORD, HOME).await.expect("begins");
    let first = show(&backend, &user).await.expect("shows").set_up.expect("a set-up");
    begin(&backend, &user, PASSWORD, HOME).await.expect("begins again");
    let shown = show(&backend, &user).await.expect("shows");
    let set_up = shown.set_up.expect("a set-up");
    assert!(!shown.is_on && set_up.picture.starts_with("<svg") && set_up.recovery_codes.len() == RECOVERY_CODES);
    assert_ne!(set_up, first);
    sign_in(&backend, &credentials(), HOME, &Browser::default()).await.expect("it is not on yet");

    let of_first = App::with_key(&first.key).code(&backend.db, 0).await;
    let app = App::with_key(&set_up.key);
    for code in [of_first, set_up.recovery_codes[0].clone(), app.code(&backend.db, 5).await, String::new()] {
        let refused = confirm(&backend, &user, &here, &code).await.expect_err(&code);
        assert_eq!(AppError::from(refused), wrong(), "{code}");
    }
    confirm(&backend, &user, &here, &app.code(&backend.db, 0).await).await.expect("confirms");
    assert!(user_of(&backend, &here).await.expect("signed in").has_second_factor);
    assert!(user_of(&backend, &elsewhere).await.is_none(), "it has not shown the second factor");
    let shown = show(&backend, &user).await.expect("shows");
    assert_eq!(shown, SecondFactorView { is_on: true, recovery_codes_left: 10, set_up: None });
    for (outcome, code) in [
        (begin(&backend, &user, PASSWORD, HOME).await, Code::SecondFactorOn),
        (confirm(&backend, &user, &here, &app.code(&backend.db, 1).await).await, Code::SetUpEnded),
    ] {
        assert_eq!(AppError::from(outcome.expect_err("it is on")), code.into());
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn nothing_stored_is_a_code(db: PgPool) {
    let (backend, here, user) = signed_up(db).await;
    begin(&backend, &user, PASSWORD, HOME).await.expect("begins");
    let set_up = show(&backend, &user).await.expect("shows").set_up.expect("a set-up");
    let stored = async || {
        let rows = "SELECT (SELECT string_agg(f::text, '') FROM second_factors f) || coalesce((SELECT string_agg(r::text, '') FROM recovery_codes r), '')";
        sqlx::query_scalar::<_, String>(rows).fetch_one(&backend.db).await.expect("rows")
    };
    let secret = totp_rs::Secret::try_from_base32(set_up.key.replace('-', "")).expect("a key");
    for is_confirmed in [false, true] {
        let rows = stored().await;
        let secrets =
            [hex::encode(secret.as_bytes()), hex::encode(&set_up.recovery_codes[0]), set_up.recovery_codes[0].clone()];
        assert!(!secrets.iter().any(|secret| rows.contains(secret.as_str())), "{is_confirmed}");
        if !is_confirmed {
            let code = App::with_key(&set_up.key).code(&backend.db, 0).await;
            confirm(&backend, &user, &here, &code).await.expect("confirms");
        }
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn set_up_ends(db: PgPool) {
    let (backend, here, user) = signed_up(db).await;
    begin(&backend, &user, PASSWORD, HOME).await.expect("begins");
    let set_up = show(&backend, &user).await.expect("shows").set_up.expect("a set-up");
    testing::let_time_pass(&backend.db, Duration::from_mins(61)).await;
    assert!(show(&backend, &user).await.expect("shows").set_up.is_none());
    let code = App::with_key(&set_up.key).code(&backend.db, 0).await;
    let refused = confirm(&backend, &user, &here, &code).await.expect_err("too late");
    assert_eq!(AppError::from(refused), Code::SetUpEnded.into());
    testing::let_time_pass(&backend.db, Duration::from_hours(24)).await;
    purge(&backend).await.expect("purges");
    assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM second_factors").await, 0);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn signing_in_takes_password_and_code(db: PgPool) {
    let ana = ana(db).await;
    let token = ana.password().await;
    assert_eq!(testing::count(&ana.backend.db, "SELECT count(*) FROM sessions").await, 1, "the password is not enough");
    assert_eq!(ana.enter(&token, "123").await, Err(wrong()));
    assert_eq!(
        ana.enter(&SignInToken::generate(), &ana.app.code(&ana.backend.db, 1).await).await,
        Err(Code::SignInEnded.into())
    );
    let session = ana.enter(&token, &ana.app.code(&ana.backend.db, 1).await).await.expect("signs in");
    assert!(user_of(&ana.backend, &session).await.expect("signed in").has_second_factor);
    let again = ana.enter(&token, &ana.recovery_codes[0]).await;
    assert_eq!(again, Err(Code::SignInEnded.into()), "a token is good once");
}

/// Proves the step that is stored: a code that was seen over a shoulder is good for no second sign-in.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn code_is_good_once(db: PgPool) {
    let ana = ana(db).await;
    let (one, other) = (ana.password().await, ana.password().await);
    let code = ana.app.code(&ana.backend.db, 1).await;
    ana.enter(&one, &code).await.expect("signs in");
    assert_eq!(ana.enter(&other, &code).await, Err(wrong()));
    let earlier = ana.app.code(&ana.backend.db, 0).await;
    assert_eq!(ana.enter(&other, &earlier).await, Err(wrong()), "the one that confirmed, and so each before the last");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn recovery_code_is_good_once(db: PgPool) {
    let ana = ana(db).await;
    let (one, other) = (ana.password().await, ana.password().await);
    let code = ana.recovery_codes[3].to_uppercase().replace('-', " ");
    ana.enter(&one, &code).await.expect("signs in");
    assert_eq!(ana.enter(&other, &code).await, Err(wrong()));
    assert_eq!(show(&ana.backend, &ana.user().await).await.expect("shows").recovery_codes_left, 9);
    ana.enter(&other, &ana.recovery_codes[4]).await.expect("another one");
}

/// Proves the bound, and that no new sign-in begins the count anew. The owner is let in when it is over.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn tries_are_bounded_by_account(db: PgPool) {
    let ana = ana(db).await;
    for n in 0..TRIES {
        let code = if n % 2 == 0 { "000000" } else { "aaaa-aaaa-aaaa-aaaa" };
        let token = SignInToken::generate();
        // Signing in itself is bounded, too; the tries of this token are what counts here.
        store::insert_pending(&ana.backend.db, &token, ana.user().await.id, &hash(&ana).await)
            .await
            .expect("is stored");
        assert_eq!(ana.enter(&token, code).await, Err(wrong()));
    }
    let token = ana.password().await;
    for code in [ana.app.code(&ana.backend.db, 1).await, ana.recovery_codes[0].clone()] {
        assert_eq!(ana.enter(&token, &code).await.expect_err("too many").code(), Code::TooManyAttempts);
    }
    let refused = remove(&ana.backend, &ana.user().await, PASSWORD, &ana.recovery_codes[0], HOME).await;
    assert_eq!(AppError::from(refused.expect_err("too many")).code(), Code::TooManyAttempts);
    testing::let_time_pass(&ana.backend.db, Duration::from_mins(61)).await;
    let token = ana.password().await;
    ana.enter(&token, &ana.recovery_codes[0]).await.expect("signs in");
}

async fn hash(ana: &Ana) -> String {
    auth_hash(&ana.backend, ana.user().await.id).await
}

async fn auth_hash(backend: &Backend, user: UserId) -> String {
    crate::auth::store::password_hash(&backend.db, user).await.expect("reads").expect("a hash")
}

/// A stranger who knows the password: the attempts count until the second step is done.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn password_alone_forgives_no_attempts(db: PgPool) {
    let ana = ana(db).await;
    for _ in 0..TRIES_PER_ACCOUNT {
        ana.password().await;
    }
    let answer = sign_in(&ana.backend, &credentials(), HOME, &Browser::default()).await;
    assert!(matches!(answer, Err(SignInError::TooManyAttempts { .. })), "{answer:?}");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn pending_sign_in_ends(db: PgPool) {
    let ana = ana(db).await;
    let (late, changed) = (ana.password().await, ana.password().await);
    testing::let_time_pass(&ana.backend.db, Duration::from_mins(10)).await;
    assert_eq!(ana.enter(&late, &ana.recovery_codes[0]).await, Err(Code::SignInEnded.into()));
    assert_eq!(purge(&ana.backend).await.expect("purges"), 2);
    assert_eq!(ana.enter(&changed, &ana.recovery_codes[0]).await, Err(Code::SignInEnded.into()));

    let changed = ana.password().await;
    let change = PasswordChange { current: PASSWORD.into(), new: "a new horse".into() };
    let browser = Browser::new("", Some(ana.here.clone()));
    let session = change_password(&ana.backend, &ana.user().await, &browser, HOME, &change).await.expect("changes");
    assert!(user_of(&ana.backend, &session).await.expect("signed in").has_second_factor, "it has shown it before");
    assert_eq!(ana.enter(&changed, &ana.recovery_codes[0]).await, Err(Code::SignInEnded.into()));
}

/// Proves the check in the statement that begins a session: a sign-in that found no second factor meets one set up since.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn no_session_begins_without_it(db: PgPool) {
    let ana = ana(db).await;
    let (user, hash) = (ana.user().await.id, hash(&ana).await);
    for has_second_factor in [false, true] {
        let mut tx = ana.backend.db.begin().await.expect("begins");
        let token = SessionToken::generate();
        let begun =
            crate::auth::store::insert_session(&mut tx, &token, user, &hash, &Browser::default(), has_second_factor)
                .await;
        assert_eq!(begun.expect("the database answers"), has_second_factor);
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn turning_it_off_takes_password_and_code(db: PgPool) {
    let ana = ana(db).await;
    let code = ana.app.code(&ana.backend.db, 1).await;
    let user = ana.user().await;
    let refused = remove(&ana.backend, &user, "a guess", &code, HOME).await.expect_err("another password");
    assert_eq!(AppError::from(refused), AppError::field(Field::Password, Code::WrongPassword));
    let refused = remove(&ana.backend, &user, PASSWORD, "000000", HOME).await.expect_err("another code");
    assert_eq!(AppError::from(refused), wrong());
    remove(&ana.backend, &user, PASSWORD, &code, HOME).await.expect("turns it off");
    assert!(!ana.user().await.has_second_factor);
    assert_eq!(testing::count(&ana.backend.db, "SELECT count(*) FROM recovery_codes").await, 0);
    sign_in(&ana.backend, &credentials(), HOME, &Browser::default()).await.expect("the password is enough");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn operator_removes_a_lost_one(db: PgPool) {
    let ana = ana(db).await;
    assert!(remove_lost(&ana.backend.db, " ANA@example.com").await.expect("removes"));
    assert!(user_of(&ana.backend, &ana.here).await.is_none(), "all sessions end");
    assert!(!remove_lost(&ana.backend.db, "ana@example.com").await.expect("had none"));
    remove_lost(&ana.backend.db, "bob@example.com").await.expect_err("no account");
    sign_in(&ana.backend, &credentials(), HOME, &Browser::default()).await.expect("the password is enough");
}

/// Proves the context: a row that someone copied to their own account is opened for no one.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn secret_belongs_to_its_user(db: PgPool) {
    let ana = ana(db).await;
    let bob = testing::user(&ana.backend.db, "bob").await;
    sqlx::query("UPDATE second_factors SET user_id = $1")
        .bind(bob.as_uuid())
        .execute(&ana.backend.db)
        .await
        .expect("moves");
    let outcome = use_code(&ana.backend, bob, &ana.app.code(&ana.backend.db, 1).await).await;
    assert!(matches!(outcome, Err(CodeError::Sealing(_))), "{outcome:?}");
}

/// The owner learns of it, also where another person or an operator turned it on or off.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn mail_tells_the_owner_that_it_was_turned_on_or_off(db: PgPool) {
    let mut ana = ana(db).await;
    let smtp = Smtp::listen(&mut ana.backend);
    let sent = async || {
        for (job, _) in testing::outbox(&ana.backend.db).await {
            let Job::SendMail { mail: Mail::SecondFactorChanged { user_id, is_on } } = job else { continue };
            send_changed(&ana.backend, user_id, is_on).await.expect("sends");
        }
        sqlx::query("DELETE FROM outbox").execute(&ana.backend.db).await.expect("all are sent");
        smtp.mails()
    };
    let mails = sent().await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("To: ana@example.com") && mails[0].contains("account is on"), "{}", mails[0]);
    let user = ana.user().await;
    remove(&ana.backend, &user, PASSWORD, "000000", HOME).await.expect_err("a wrong code");
    assert_eq!(sent().await.len(), 1, "nothing was changed");
    remove(&ana.backend, &user, PASSWORD, &ana.recovery_codes[0], HOME).await.expect("turns it off");
    let mails = sent().await;
    assert_eq!(mails.len(), 2);
    assert!(mails[1].contains("account is off"), "{}", mails[1]);
    assert!(!remove_lost(&ana.backend.db, "ana@example.com").await.expect("had none"));
    assert_eq!(sent().await.len(), 2);
}
