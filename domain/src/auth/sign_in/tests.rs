//! Signing in by the password, and the bounds of guessing.

use std::net::Ipv4Addr;

use sqlx::PgPool;

use super::*;
use crate::{
    current_user::current_user,
    testing::{self, TestBackend, sign_up},
};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

fn credentials(email: &str, password: &str) -> Credentials {
    Credentials { email: email.into(), password: password.into() }
}

async fn with_ana(db: PgPool) -> Backend {
    let backend = TestBackend::without_stripe(db);
    sign_up(&backend, &credentials("ana@example.com", "correct horse"), &Browser::default())
        .await
        .expect("a new account");
    backend
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sign_in_gives_a_new_token_each_time(db: PgPool) {
    let backend = with_ana(db).await;
    let one = sign_in(&backend, &credentials(" ANA@example.com", "correct horse"), HOME, &Browser::default())
        .await
        .expect("signs in");
    let two = sign_in(&backend, &credentials("ana@example.com", "correct horse"), HOME, &Browser::default())
        .await
        .expect("signs in");
    assert_ne!(one, two);
    for token in [one, two] {
        assert!(current_user(&backend, &token).await.expect("the database answers").is_some());
    }
}

/// Weak parameters of an earlier version do not stay for as long as the password does.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn hash_is_renewed_when_its_parameters_are_not_todays(db: PgPool) {
    use argon2::{Argon2, Params, PasswordHasher};

    let backend = with_ana(db).await;
    let params = Params::new(64, 1, 1, None).expect("parameters");
    let weak = Argon2::from(params).hash_password("correct horse".as_bytes()).expect("hashes").to_string();
    sqlx::query("UPDATE users SET password_hash = $1").bind(&weak).execute(&backend.db).await.expect("is old");
    let hash = async || {
        sqlx::query_scalar::<_, String>("SELECT password_hash FROM users").fetch_one(&backend.db).await.expect("a hash")
    };
    let sign_in = async |password: &str| {
        sign_in(&backend, &credentials("ana@example.com", password), HOME, &Browser::default()).await
    };
    sign_in("a guess").await.expect_err("refuses");
    assert_eq!(hash().await, weak, "only the right password renews it");
    let token = sign_in("correct horse").await.expect("signs in");
    assert!(current_user(&backend, &token).await.expect("the database answers").is_some());
    let renewed = hash().await;
    assert!(backend.passwords.is_current(&renewed), "{renewed}");
    sign_in("correct horse").await.expect("signs in again");
    assert_eq!(hash().await, renewed, "once");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn unknown_account_and_wrong_password_look_alike(db: PgPool) {
    let backend = with_ana(db).await;
    let answers = [
        sign_in(&backend, &credentials("ana@example.com", "wrong horse"), HOME, &Browser::default()).await,
        sign_in(&backend, &credentials("bob@example.com", "correct horse"), HOME, &Browser::default()).await,
        sign_in(&backend, &credentials("not an address", "correct horse"), HOME, &Browser::default()).await,
        sign_in(&backend, &credentials("ana@example.com", &"x".repeat(10_000)), HOME, &Browser::default()).await,
        sign_in(&backend, &credentials("ana\0@example.com", "correct horse"), HOME, &Browser::default()).await,
        sign_in(&backend, &credentials("a,na@example.com", "correct horse"), HOME, &Browser::default()).await,
    ];
    for answer in answers {
        let error = AppError::from(answer.expect_err("the sign-in fails"));
        assert_eq!(error, Code::WrongCredentials.into());
    }
}

/// Browsers code the host of an address, and other programs do not.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn an_account_is_found_by_every_spelling_of_its_host(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let sign_in = async |email: &str, password: &str| {
        sign_in(&backend, &credentials(email, password), HOME, &Browser::default()).await
    };
    sign_up(&backend, &credentials("idn@exämple.de", "correct horse"), &Browser::default()).await.expect("signs up");
    for email in ["idn@exämple.de", "Idn@xn--exmple-cua.de", " idn@EXA\u{308}MPLE.de"] {
        sign_in(email, "correct horse").await.unwrap_or_else(|error| panic!("{email}: {error:?}"));
    }
    // As an earlier version stored them: a host in letters, and an address that cannot be mailed to.
    for (now, then) in [("idn@xn--exmple-cua.de", "idn@EXÄMPLE.de"), ("idn@EXÄMPLE.de", "try..this@docomo.example")] {
        sqlx::query("UPDATE users SET email = $2 WHERE email = $1")
            .bind(now)
            .bind(then)
            .execute(&backend.db)
            .await
            .expect("is old");
        sign_in(then, "correct horse").await.unwrap_or_else(|error| panic!("{then}: {error:?}"));
        if then.starts_with("idn") {
            sign_in(now, "correct horse").await.expect("the coded spelling finds the older one");
        }
    }
}

/// Two accounts of one mailbox, as earlier versions made them: each is found as it is stored.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn two_older_accounts_of_a_mailbox_stay_two(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    sign_up(&backend, &credentials("idn@exämple.de", "correct horse"), &Browser::default()).await.expect("signs up");
    sqlx::query("UPDATE users SET email = 'idn@exämple.de'").execute(&backend.db).await.expect("is old");
    let hash = backend.passwords.hash(&password::Password::parse("another horse", "").expect("long enough")).await;
    sqlx::query("INSERT INTO users (id, email, password_hash) VALUES (gen_random_uuid(), 'idn@xn--exmple-cua.de', $1)")
        .bind(hash.expect("hashes"))
        .execute(&backend.db)
        .await
        .expect("another account");
    for (email, password) in [("idn@exämple.de", "correct horse"), ("idn@xn--exmple-cua.de", "another horse")] {
        sign_in(&backend, &credentials(email, password), HOME, &Browser::default()).await.expect("signs in");
    }
}

/// Proves that attempts are counted by the coded address: each spelling would bring tries of its own.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn spellings_of_an_address_share_their_tries(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let spellings = ["idn@exämple.de", "idn@xn--exmple-cua.de", "idn@EXÄMPLE.DE"];
    for email in spellings.iter().cycle().take(TRIES_PER_ACCOUNT.unsigned_abs().try_into().expect("few")) {
        let answer = sign_in(&backend, &credentials(email, "a guess"), HOME, &Browser::default()).await;
        assert!(matches!(answer, Err(SignInError::WrongCredentials)), "{answer:?}");
    }
    let answer = sign_in(&backend, &credentials(spellings[0], "a guess"), HOME, &Browser::default()).await;
    assert!(matches!(answer, Err(SignInError::TooManyAttempts { .. })), "{answer:?}");
}

/// A client with an IPv6 network has another address for each attempt.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn attempts_are_limited_per_account_and_network(db: PgPool) {
    let backend = with_ana(db).await;
    let try_at = async |account: &str, password: &str, host: i64| {
        let host = u16::try_from(host).expect("a few");
        let address = std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, host).into();
        sign_in(&backend, &credentials(account, password), address, &Browser::default()).await
    };
    // An address without an account is limited in the same way.
    for account in ["ana@example.com", "nobody@example.com"] {
        for host in 0..TRIES_PER_ACCOUNT {
            let answer = try_at(account, "wrong horse", host).await;
            assert!(matches!(answer, Err(SignInError::WrongCredentials)), "{answer:?}");
        }
        let answer = try_at(&account.to_uppercase(), "correct horse", TRIES_PER_ACCOUNT).await;
        assert!(matches!(answer, Err(SignInError::TooManyAttempts { .. })), "{answer:?}");
    }
    testing::let_time_pass(&backend.db, std::time::Duration::from_mins(16)).await;
    try_at("ana@example.com", "correct horse", 0).await.expect("signs in again");
}

/// Makes `tries` attempts at Ana's account from each of the networks.
async fn strangers_try(backend: &Backend, networks: i64, tries: i64) {
    let insert = "INSERT INTO sign_in_attempts (email, address) SELECT 'ana@example.com', '198.51.100.0'::inet + 256 * n FROM generate_series(1, $1) n, generate_series(1, $2)";
    sqlx::query(insert).bind(networks).bind(tries).execute(&backend.db).await.expect("tries");
}

/// The right password, from a network where no one has guessed.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn owner_is_locked_out_only_from_many_networks(db: PgPool) {
    let backend = with_ana(db).await;
    let ana =
        async || sign_in(&backend, &credentials("ana@example.com", "correct horse"), HOME, &Browser::default()).await;
    strangers_try(&backend, 1, 10 * TRIES_PER_ACCOUNT_EVERYWHERE).await;
    ana().await.expect("one network is limited, and she is in another");
    let networks = TRIES_PER_ACCOUNT_EVERYWHERE / TRIES_PER_ACCOUNT;
    strangers_try(&backend, networks - 1, 10 * TRIES_PER_ACCOUNT).await;
    ana().await.expect("some networks are limited");
    strangers_try(&backend, networks, TRIES_PER_ACCOUNT).await;
    let answer = ana().await;
    assert!(matches!(answer, Err(SignInError::TooManyAttempts { .. })), "ten networks guess: {answer:?}");
}

/// Makes `tries` attempts at Ana's account from each of the networks with 64 bits, which are `step` apart.
async fn network_tries(backend: &Backend, networks: u16, step: u16, tries: i64) {
    for n in 0..networks {
        let address = std::net::Ipv6Addr::new(0x2001, 0xdb8, 1, n * step, 0, 0, 0, 0);
        let insert = "INSERT INTO sign_in_attempts (email, address) SELECT 'ana@example.com', $1::inet FROM generate_series(1, $2)";
        let insert = sqlx::query(insert).bind(address.to_string()).bind(tries);
        insert.execute(&backend.db).await.expect("tries");
    }
}

/// A client with 48 bits has 65,536 networks with 64.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn networks_around_have_bounds_that_grow(db: PgPool) {
    let backend = with_ana(db).await;
    let ana = async |address: std::net::Ipv6Addr| {
        sign_in(&backend, &credentials("ana@example.com", "correct horse"), address.into(), &Browser::default()).await
    };
    let forget = async || sqlx::query("DELETE FROM sign_in_attempts").execute(&backend.db).await.expect("forgets");
    let near = std::net::Ipv6Addr::new(0x2001, 0xdb8, 1, 0xff, 0, 0, 0, 1);
    let wide = std::net::Ipv6Addr::new(0x2001, 0xdb8, 1, 0xff00, 0, 0, 0, 1);
    let elsewhere = std::net::Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 1);
    network_tries(&backend, 1, 1, TRIES_PER_ACCOUNT).await;
    ana(near).await.expect("a network beside it is not limited yet");
    network_tries(&backend, 2, 1, TRIES_PER_ACCOUNT).await;
    let refused = ana(near).await;
    assert!(matches!(refused, Err(SignInError::TooManyAttempts { .. })), "the same 56 bits: {refused:?}");
    ana(wide).await.expect("the same 48 bits");
    forget().await;
    network_tries(&backend, 4, 0x100, TRIES_PER_ACCOUNT).await;
    let refused = ana(wide).await;
    assert!(matches!(refused, Err(SignInError::TooManyAttempts { .. })), "the same 48 bits: {refused:?}");
    ana(elsewhere).await.expect("other 48 bits");
    forget().await;
    network_tries(&backend, 200, 1, TRIES_PER_ACCOUNT).await;
    ana(elsewhere).await.expect("a host with 48 bits does not keep the owner out");
}

/// The networks around one that guesses at many accounts have bounds, too.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn networks_around_are_limited_for_all_accounts(db: PgPool) {
    let backend = with_ana(db).await;
    for n in 0..4_u16 {
        let address = std::net::Ipv6Addr::new(0x2001, 0xdb8, 1, n * 0x100, 0, 0, 0, 0);
        let insert = "INSERT INTO sign_in_attempts (email, address) SELECT n || '@example.com', $1::inet FROM generate_series(1, $2) n";
        let insert = sqlx::query(insert).bind(address.to_string()).bind(TRIES_PER_ADDRESS);
        insert.execute(&backend.db).await.expect("guesses");
    }
    let ana = async |group: u16| {
        let address = std::net::Ipv6Addr::new(0x2001, 0xdb8, group, 0xff00, 0, 0, 0, 1);
        sign_in(&backend, &credentials("ana@example.com", "correct horse"), address.into(), &Browser::default()).await
    };
    let refused = ana(1).await;
    assert!(matches!(refused, Err(SignInError::TooManyAttempts { .. })), "{refused:?}");
    ana(2).await.expect("other 48 bits");
}

/// The owner's own browser, while ten networks guess.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn browser_that_has_signed_in_before_has_tries_of_its_own(db: PgPool) {
    let backend = with_ana(db).await;
    let session = sign_in(&backend, &credentials("ana@example.com", "correct horse"), HOME, &Browser::default())
        .await
        .expect("signs in");
    let mark = known_browser::mark(&backend, &session).await.expect("reads");
    let known = Browser::default().with_mark(mark);
    let try_it = async |password: &str, browser: &Browser| {
        sign_in(&backend, &credentials("ana@example.com", password), HOME, browser).await
    };
    strangers_try(&backend, 20, TRIES_PER_ACCOUNT).await;
    let stranger = try_it("correct horse", &Browser::default()).await;
    assert!(matches!(stranger, Err(SignInError::TooManyAttempts { .. })), "{stranger:?}");
    let forged = Browser::default().with_mark(Some(format!("{}.{}", "0".repeat(32), "0".repeat(64))));
    let refused = try_it("correct horse", &forged).await;
    assert!(matches!(refused, Err(SignInError::TooManyAttempts { .. })), "{refused:?}");
    try_it("correct horse", &known).await.expect("hers");
    for _ in 0..TRIES_PER_ACCOUNT {
        let wrong = try_it("a guess", &known).await;
        assert!(matches!(wrong, Err(SignInError::WrongCredentials)), "{wrong:?}");
    }
    let bounded = try_it("correct horse", &known).await;
    assert!(matches!(bounded, Err(SignInError::TooManyAttempts { .. })), "it has no more than others: {bounded:?}");
    try_it("correct horse", &Browser::default()).await.expect("and they count for no other browser");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn attempts_are_limited_per_network(db: PgPool) {
    let backend = with_ana(db).await;
    sqlx::query("INSERT INTO sign_in_attempts (email, address) SELECT 'user' || n || '@example.com', '192.0.2.1' FROM generate_series(1, $1) n")
        .bind(TRIES_PER_ADDRESS)
        .execute(&backend.db)
        .await
        .expect("attempts on many accounts");
    let answer = sign_in(&backend, &credentials("ana@example.com", "correct horse"), HOME, &Browser::default()).await;
    assert!(matches!(answer, Err(SignInError::TooManyAttempts { .. })), "{answer:?}");
    sign_in(&backend, &credentials("ana@example.com", "correct horse"), ELSEWHERE, &Browser::default())
        .await
        .expect("another address is not limited");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sign_in_names_empty_fields(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let error = AppError::from(
        sign_in(&backend, &Credentials::default(), HOME, &Browser::default()).await.expect_err("nothing was typed"),
    );
    assert_eq!(error.errors().len(), 2);
}
