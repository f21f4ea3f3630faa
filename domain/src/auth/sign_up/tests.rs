//! Signing up, from the form to the account.

use std::time::Duration;

use model::{AppError, Code, SignUpId, auth::Credentials, error::Field};
use sqlx::PgPool;

use super::{
    CODE_MINUTES, EnterCodeError, Entered, MAILS_PER_DAY, MAILS_PER_HOUR, SignUpToken, TRIES, address_of,
    create_account, enter_code, send_code, sign_up,
};
use crate::{
    Backend,
    auth::{browser::Browser, email::Email, store},
    current_user::current_user,
    ids::fresh,
    mail::Mail,
    outbox::Job,
    testing::{self, Smtp, TestBackend},
};

fn credentials(email: &str) -> Credentials {
    Credentials { email: email.into(), password: "correct horse".into() }
}

/// The sign-ups whose mail is to be sent, oldest first.
async fn due(backend: &Backend) -> Vec<SignUpId> {
    let jobs = testing::outbox(&backend.db).await.into_iter();
    jobs.filter_map(|(job, _)| match job {
        Job::SendMail { mail: Mail::SignUp { sign_up_id } } => Some(sign_up_id),
        _ => None,
    })
    .collect()
}

/// Signs up, and sends the mail. Returns the browser's token and the mail.
async fn mailed(backend: &Backend, smtp: &Smtp, email: &str) -> (SignUpToken, String) {
    let token = sign_up(backend, &credentials(email), None).await.expect("is stored");
    let id = due(backend).await.pop().expect("a mail");
    send_code(backend, id).await.expect("sends");
    (token, smtp.mails().pop().expect("a mail"))
}

fn code_in(mail: &str) -> String {
    let code = mail.split_once("/signup/code?code=").expect("a link").1.get(..6).expect("a whole code").to_owned();
    assert!(code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    code
}

async fn enter(backend: &Backend, token: &SignUpToken, code: &str) -> Result<Entered, EnterCodeError> {
    enter_code(backend, token, code, &Browser::default()).await
}

async fn accounts(backend: &Backend) -> i64 {
    testing::count(&backend.db, "SELECT count(*) FROM users").await
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn code_in_the_mail_makes_the_account_and_signs_in(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    let smtp = Smtp::listen(&mut backend);
    let token = sign_up(&backend, &credentials("Ana@Example.com"), Some("/tickets/new")).await.expect("is stored");
    assert_eq!(accounts(&backend).await, 0, "there is no account yet");
    assert_eq!(address_of(&backend, &token).await.expect("reads").as_deref(), Some("Ana@example.com"));
    let id = due(&backend).await[0];
    send_code(&backend, id).await.expect("sends");
    send_code(&backend, id).await.expect("a second time sends nothing");
    let mails = smtp.mails();
    assert_eq!(mails.len(), 1);
    let code = code_in(&mails[0]);
    assert!(mails[0].contains("To: Ana@example.com"), "{}", mails[0]);
    assert!(mails[0].contains(&format!("{code} is your code for GitTix")), "{}", mails[0]);
    assert!(mails[0].contains(&format!("for {CODE_MINUTES} minutes")), "{}", mails[0]);

    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    let entered = enter(&backend, &token, &spaced).await.expect("the code is right");
    assert_eq!(entered.next.as_deref(), Some("/tickets/new"));
    let user = current_user(&backend, &entered.session).await.expect("reads").expect("signed in");
    assert_eq!(user.email, "Ana@example.com", "the name keeps its case");
    assert_eq!(user.verified(), Ok(user.id));
    assert!(matches!(enter(&backend, &token, &code).await, Err(EnterCodeError::Ended)), "it works once");
    assert_eq!(address_of(&backend, &token).await.expect("reads"), None);
}

/// An address belongs to the person who reads its mail, however often others have typed it before.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn stranger_gets_no_account_with_the_address_of_another(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    let smtp = Smtp::listen(&mut backend);
    let (stranger, to_owner) = mailed(&backend, &smtp, "ana@example.com").await;
    let (owner, mail) = mailed(&backend, &smtp, "ANA@example.com").await;
    let (code, other_code) = (code_in(&mail), code_in(&to_owner));
    if code != other_code {
        let refused = enter(&backend, &stranger, &code).await;
        assert!(matches!(refused, Err(EnterCodeError::WrongCode)), "a code is good in its own browser: {refused:?}");
    }
    assert_eq!(accounts(&backend).await, 0);
    enter(&backend, &owner, &code).await.expect("the owner's code");
    // Even if the owner reads the older code out.
    let late = enter(&backend, &stranger, &other_code).await;
    assert!(matches!(late, Err(EnterCodeError::Ended)), "the address has its account: {late:?}");
    assert_eq!(accounts(&backend).await, 1);
}

/// The answers, what is stored and the work are the same; only the mail differs.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sign_up_tells_nobody_who_has_an_account(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    let smtp = Smtp::listen(&mut backend);
    create_account(&backend.db, &backend.passwords, &credentials("ana@example.com")).await.expect("an account");
    let (known, mail) = mailed(&backend, &smtp, "Ana@example.com").await;
    assert!(mail.contains("You have a GitTix account already"), "{mail}");
    assert!(mail.contains("https://gittix.example/signin"), "{mail}");
    assert!(!mail.contains("code="), "{mail}");
    let (unknown, _) = mailed(&backend, &smtp, "bob@example.com").await;
    for token in [&known, &unknown] {
        assert!(address_of(&backend, token).await.expect("reads").is_some());
        let refused = AppError::from(enter(&backend, token, "no code").await.expect_err("is wrong"));
        assert_eq!(refused, AppError::field(Field::Code, Code::WrongCode));
    }
    testing::let_time_pass(&backend.db, Duration::from_mins(CODE_MINUTES.unsigned_abs().into())).await;
    for token in [&known, &unknown] {
        assert_eq!(address_of(&backend, token).await.expect("reads"), None);
        assert!(matches!(enter(&backend, token, "no code").await, Err(EnterCodeError::Ended)));
    }
    assert_eq!(accounts(&backend).await, 1);
}

/// Many at once have no more tries than one after the other.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn code_can_be_mistyped_ten_times(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    let smtp = Smtp::listen(&mut backend);
    let (token, mail) = mailed(&backend, &smtp, "ana@example.com").await;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..TRIES + 5 {
        let (backend, token) = (backend.clone(), token.clone());
        tries.spawn(async move { enter(&backend, &token, "no code").await });
    }
    let outcomes = tries.join_all().await;
    let wrong = outcomes.iter().filter(|outcome| matches!(outcome, Err(EnterCodeError::WrongCode))).count();
    assert_eq!(wrong, usize::try_from(TRIES).expect("few"));
    assert!(matches!(enter(&backend, &token, &code_in(&mail)).await, Err(EnterCodeError::Ended)));
    assert_eq!(accounts(&backend).await, 0);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn mails_to_an_address_are_limited_by_hour_and_day(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let mut sign_ups = tokio::task::JoinSet::new();
    for n in 0..3 * MAILS_PER_HOUR {
        let backend = backend.clone();
        let email = if n % 2 == 0 { "ana@example.com" } else { "ANA@example.com" };
        sign_ups.spawn(async move { sign_up(&backend, &credentials(email), None).await.expect("is stored") });
    }
    sign_ups.join_all().await;
    let mails = async || i64::try_from(due(&backend).await.len()).expect("few");
    assert_eq!(mails().await, MAILS_PER_HOUR);
    sign_up(&backend, &credentials("bob@example.com"), None).await.expect("is stored");
    assert_eq!(mails().await, MAILS_PER_HOUR + 1, "another address is not limited");
    for hour in 2..=5 {
        testing::let_time_pass(&backend.db, Duration::from_hours(1)).await;
        for _ in 0..=MAILS_PER_HOUR {
            sign_up(&backend, &credentials("ana@example.com"), None).await.expect("is stored");
        }
        assert_eq!(mails().await, (hour * MAILS_PER_HOUR).min(MAILS_PER_DAY) + 1);
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn retried_mail_carries_another_code(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    let smtp = Smtp::listen(&mut backend);
    let token = sign_up(&backend, &credentials("ana@example.com"), None).await.expect("is stored");
    let id = due(&backend).await[0];
    smtp.answer("451 4.3.0 ana@example.com: try later");
    let failed = send_code(&backend, id).await.expect_err("fails, to be retried");
    assert!(!model::error::causes(&failed).contains("ana@"), "{failed:?}");
    smtp.answer("250 ok");
    send_code(&backend, id).await.expect("sends");
    let codes: Vec<_> = smtp.mails().iter().map(|mail| code_in(mail)).collect();
    if codes[0] != codes[1] {
        assert!(enter(&backend, &token, &codes[0]).await.is_err(), "only the code of the accepted mail is good");
    }
    enter(&backend, &token, &codes[1]).await.expect("the code is right");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn late_mail_is_not_sent(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    let smtp = Smtp::listen(&mut backend);
    sign_up(&backend, &credentials("ana@example.com"), None).await.expect("is stored");
    testing::let_time_pass(&backend.db, Duration::from_mins(CODE_MINUTES.unsigned_abs().into())).await;
    send_code(&backend, due(&backend).await[0]).await.expect("does nothing");
    assert_eq!(smtp.mails(), [""; 0]);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn no_password_code_or_token_is_stored(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    let smtp = Smtp::listen(&mut backend);
    let (token, mail) = mailed(&backend, &smtp, "ana@example.com").await;
    let stored = async || -> String {
        sqlx::query_scalar(
            "SELECT concat_ws(' ', (SELECT string_agg(s::text, '') FROM sign_ups s), (SELECT string_agg(u::text, '') FROM users u),
                (SELECT string_agg(s::text, '') FROM sessions s), (SELECT string_agg(o::text, '') FROM outbox o))",
        )
        .fetch_one(&backend.db)
        .await
        .expect("rows")
    };
    let before = stored().await;
    let code = code_in(&mail);
    let entered = enter(&backend, &token, &code).await.expect("the code is right");
    for stored in [before, stored().await] {
        assert!(stored.contains("$argon2id$"), "{stored}");
        for secret in ["correct horse", token.expose(), entered.session.expose()] {
            assert!(!stored.contains(secret), "{stored}");
        }
        assert!(!stored.contains(&format!(",{code},")), "{stored}");
    }
}

/// Proves that the host is coded before it is stored, and that older accounts are found in both spellings.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn one_mailbox_has_one_account(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let create = async |email: &str| create_account(&backend.db, &backend.passwords, &credentials(email)).await;
    create("idn@exämple.de").await.expect("is new");
    // As an earlier version stored it.
    sqlx::query("INSERT INTO users (id, email, password_hash) VALUES (gen_random_uuid(), 'old@ÖLD.de', 'a hash')")
        .execute(&backend.db)
        .await
        .expect("an old account");
    for taken in ["idn@xn--exmple-cua.de", "IDN@EXÄMPLE.de", "old@öld.de", "Old@xn--ld-eka.de"] {
        let again = create(taken).await;
        assert!(matches!(again, Err(super::CreateError::EmailTaken)), "{taken}: {again:?}");
    }
}

/// PostgreSQL logs an error with the row that it concerns, and so with the address.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn taken_address_logs_no_postgres_error(db: PgPool) {
    let email = Email::parse("ana@example.com").expect("valid");
    let mut tx = db.begin().await.expect("a transaction");
    for is_new in [true, false] {
        let inserted = store::insert_user(&mut *tx, fresh(), &email, "a hash").await.expect("no error");
        assert_eq!(inserted, is_new);
    }
    tx.commit().await.expect("the transaction goes on");
}

/// Proves `users_email_key`, and that a code is used once: without either more than one account is made.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn codes_of_one_address_entered_at_once_make_one_account(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    let smtp = Smtp::listen(&mut backend);
    let mut mails = Vec::new();
    for email in ["ana@example.com", "ANA@EXAMPLE.COM", "Ana@example.com"] {
        mails.push(mailed(&backend, &smtp, email).await);
    }
    let mut tries = tokio::task::JoinSet::new();
    for (token, mail) in mails {
        for _ in 0..3 {
            let (backend, token, code) = (backend.clone(), token.clone(), code_in(&mail));
            tries.spawn(async move { enter(&backend, &token, &code).await });
        }
    }
    let outcomes = tries.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert_eq!(accounts(&backend).await, 1);
}

/// An account of an earlier version was never verified; the link of a forgotten password verifies it.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn account_of_an_earlier_version_is_verified_by_a_mailed_link(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    let _smtp = Smtp::listen(&mut backend);
    let session =
        testing::sign_up(&backend, &credentials("ana@example.com"), &Browser::default()).await.expect("signs up");
    sqlx::query("UPDATE users SET email_verified_at = NULL").execute(&backend.db).await.expect("is old");
    let ana = current_user(&backend, &session).await.expect("reads").expect("signed in");
    assert_eq!(ana.verified(), Err(Code::EmailUnverified));
    let mut tx = backend.begin().await.expect("begins");
    assert!(store::set_password(&mut tx, ana.id, "a hash").await.expect("is set"));
    tx.commit().await.expect("commits");
    let ana = current_user(&backend, &session).await.expect("reads").expect("signed in");
    assert_eq!(ana.verified(), Ok(ana.id));
}
