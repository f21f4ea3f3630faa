//! What a browser may load and do: files, CORS, and actions that its client secret allows.

use reqwest::Method;

use crate::support::Shop;

const BROWSER: [(&str, &str); 1] = [("authorization", "Bearer pk_test_sim")];

#[tokio::test]
async fn files_have_content_type_and_security_headers() {
    let shop = Shop::start().await;
    let table = [
        ("/", "text/html; charset=utf-8"),
        ("/v3", "text/javascript; charset=utf-8"),
        ("/v3/", "text/javascript; charset=utf-8"),
        ("/basil/stripe.js", "text/javascript; charset=utf-8"),
        ("/v3/elements-inner.html", "text/html; charset=utf-8"),
        ("/v3/elements-inner.css", "text/css; charset=utf-8"),
        ("/v3/elements-inner.js", "text/javascript; charset=utf-8"),
    ];
    for (path, kind) in table {
        let file = shop.get(path).await;
        assert_eq!((file.status, &file.headers["content-type"]), (200, &kind.parse().expect("header")));
        assert_eq!(file.headers["x-content-type-options"], "nosniff");
        assert_eq!(file.headers["cache-control"], "no-cache");
        assert!(!file.headers.contains_key("set-cookie"));
        assert!(file.headers["content-security-policy"].to_str().expect("text").contains("default-src 'none'"));
    }
}

#[tokio::test]
async fn preflight_allows_any_origin() {
    let shop = Shop::start().await;
    let preflight = shop.request(Method::OPTIONS, "/v1/payment_methods", "", &[]).await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.headers["access-control-allow-origin"], "*");
    let allowed = preflight.headers["access-control-allow-headers"].to_str().expect("text");
    assert!(allowed.contains("Authorization"));
}

#[tokio::test]
async fn browser_needs_the_client_secret() {
    let shop = Shop::start().await;
    let intent = shop.intent().await;
    let path = format!("/v1/payment_intents/{}", intent["id"].as_str().expect("id"));
    let secret = intent["client_secret"].as_str().expect("secret");
    let table = [
        (path.clone(), 400, "invalid_request_error/parameter_missing"),
        (format!("{path}?client_secret=wrong"), 404, "invalid_request_error/resource_missing"),
        (format!("{path}?client_secret={secret}"), 200, ""),
        ("/v1/payment_intents".to_owned(), 403, "invalid_request_error/secret_key_required"),
    ];
    for (path, status, error) in table {
        let response = shop.request(Method::GET, &path, "", &BROWSER).await;
        assert_eq!((response.status, response.error().as_str()), (status, error), "{path}");
        assert!(response.body.get("metadata").is_none());
    }
    for action in ["capture", "cancel"] {
        let response = shop.request(Method::POST, &format!("{path}/{action}"), "", &BROWSER).await;
        assert_eq!(response.status, 403, "{action}");
    }
}

#[tokio::test]
async fn challenge_accepts_one_answer_and_redirects_back() {
    let shop = Shop::start().await;
    let intent = shop.intent().await;
    let form = "payment_method=pm_card_authenticationRequired&return_url=https://shop.example/o?id=7";
    let challenged = shop.post(&Shop::action_path(&intent, "confirm"), form).await.ok();
    let url = challenged["next_action"]["redirect_to_url"]["url"].as_str().expect("a page");
    let path = url.strip_prefix(shop.sim.url()).expect("a page of the simulator");
    let page = shop.get(path).await;
    assert!(page.body.as_str().expect("a page").contains("19.99 USD"));
    assert_eq!(shop.get(&format!("{path}x")).await.status, 404);
    let failed = shop.post(&format!("{path}/fail"), "").await;
    assert_eq!(failed.status, 303);
    let back = failed.headers["location"].to_str().expect("text");
    assert!(back.starts_with("https://shop.example/o?id=7&payment_intent=pi_"), "{back}");
    assert!(back.ends_with("redirect_status=failed"), "{back}");
    assert_eq!(shop.post(&format!("{path}/complete"), "").await.status, 404);
    let now = shop.get(&format!("/v1/payment_intents/{}", intent["id"].as_str().expect("id"))).await.ok();
    assert_eq!(now["status"], "requires_payment_method");
    assert_eq!(now["last_payment_error"]["code"], "payment_intent_authentication_failure");
}

#[tokio::test]
async fn return_url_refuses_javascript() {
    let shop = Shop::start().await;
    let path = Shop::action_path(&shop.intent().await, "confirm");
    let form = "payment_method=pm_card_visa&return_url=javascript:alert(1)";
    let refused = shop.post(&path, form).await;
    assert_eq!(refused.error(), "invalid_request_error/url_invalid");
}

#[tokio::test]
async fn api_key_is_required() {
    let shop = Shop::start().await;
    for header in ["Bearer sk_test_wrong", "Basic c2s6", ""] {
        let headers = [("authorization", header)];
        let refused = shop.request(Method::GET, "/v1/events", "", &headers).await;
        assert_eq!((refused.status, refused.error().as_str()), (401, "invalid_request_error"));
        assert!(refused.headers.contains_key("request-id"));
    }
    let basic = [("authorization", "Basic c2tfdGVzdF9zaW06")];
    shop.request(Method::GET, "/v1/events", "", &basic).await.ok();
    let large = format!("amount=1999&currency=usd&description={}", "x".repeat(70_000));
    assert_eq!(shop.post("/v1/payment_intents", &large).await.status, 413);
}
