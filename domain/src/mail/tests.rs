//! How every mail looks, and that both of its parts say the same.

use std::{env, fs, path::Path};

use model::{Money, disputes::DisputeStatus, money::PriceParts};
use platform::mail::Message;

use super::{
    content::{Content, Off},
    event_templates::{self as events, Event, Stake},
    gift_templates as gifts, lock_templates as locks,
    order_templates::{self as orders, Bought},
    templates::{self, DisputeReport, EventNews},
};
use crate::ids::fresh;

/// The most bytes of a mail's HTML. Large ones are cut off by mail programs.
const HTML_BYTES: usize = 30_000;
/// What a seller may call an event.
const TITLE: &str = "<b>&\"Night' Train";
const PAGE: &str = "https://gittix.example/page";

fn bought(count: usize) -> Bought {
    Bought {
        title: TITLE.to_owned(),
        count,
        lines: vec![
            TITLE.to_owned(),
            "Thu 31 Dec 2026, 20:00, Berlin time".to_owned(),
            "Tempodrom, Berlin".to_owned(),
            "Section A, Row 3, Seats 12-13".to_owned(),
        ],
    }
}

fn event() -> Event {
    Event {
        title: TITLE.to_owned(),
        starts: "Sat 2 Jan 2027, 20:00, Berlin time".to_owned(),
        place: "Tempodrom, Berlin".to_owned(),
    }
}

fn off() -> Off {
    Off {
        page: "https://gittix.example/account/mails".to_owned(),
        one_click: "https://gittix.example/mails/unsubscribe?token=1.watch_news.2".to_owned(),
    }
}

fn news() -> EventNews {
    EventNews {
        title: TITLE.to_owned(),
        about: "Thu 31 Dec 2026, 20:00, Tempodrom, Berlin".to_owned(),
        link: "https://gittix.example/events/night-train".to_owned(),
        cheapest: Money::usd(4500),
        lines: (1..=10)
            .map(|n| {
                (format!("New: {n} tickets for $45.00 each, Section A"), format!("https://gittix.example/tickets/{n}"))
            })
            .collect(),
    }
}

/// Every mail, by a name.
fn every_mail() -> Vec<(&'static str, Message)> {
    let price = Money::usd(9900);
    let parts = PriceParts::of(price, Money::usd(495));
    let until = "Thu 10 Dec 2026, 20:15, Berlin time";
    let report = DisputeReport {
        dispute: "dp_1",
        payment: fresh(),
        amount: price,
        reason: "fraudulent",
        status: DisputeStatus::NeedsResponse,
        due: Some("20 Dec 2026"),
        page: PAGE,
    };
    vec![
        ("password_reset", templates::password_reset(PAGE, 30)),
        ("sign_up_code", templates::sign_up_code("123456", PAGE, 15)),
        ("has_account", templates::has_account(PAGE, "https://gittix.example/forgot")),
        ("sign_in_code", templates::sign_in_code("123456", PAGE, 15)),
        ("has_no_account", templates::has_no_account(PAGE)),
        ("address_code", templates::address_code("123456", PAGE, 15)),
        ("address_has_account", templates::address_has_account()),
        ("address_changed", templates::address_changed(PAGE)),
        ("second_factor_on", templates::second_factor_on(PAGE)),
        ("second_factor_off", templates::second_factor_off(PAGE, "https://gittix.example/forgot")),
        ("gift_offered", gifts::gift_offered(&bought(1), "ana@example.com", PAGE)),
        ("gift_accepted", gifts::gift_accepted(&bought(1), "friend@example.com", PAGE)),
        ("watch_news", templates::watch_news(vec![news(), news()], PAGE, off())),
        ("refund_failed_report", templates::refund_failed_report(fresh(), "re_1", price)),
        ("dispute_report", templates::dispute_report(&report)),
        (
            "order_bought",
            orders::order_bought(&bought(2), "They are in hand. Open them when you need them.", parts, PAGE, PAGE),
        ),
        ("order_sold", orders::order_sold(&bought(1), "You have nothing to do.", parts, PAGE)),
        ("order_handed_in", orders::order_handed_in(&bought(2), PAGE)),
        ("order_not_delivered", orders::order_not_delivered(&bought(2), price, PAGE)),
        ("deliverables_missing", orders::deliverables_missing(&bought(2), until, PAGE)),
        ("your_turn", locks::your_turn(&bought(2), price, until, PAGE)),
        ("lock_left", locks::lock_left(&bought(1), price, until, PAGE, off())),
        ("order_expired", locks::order_expired(&bought(2), PAGE, off())),
        ("offer_lapsed", locks::offer_lapsed(&bought(2), 3, PAGE, off())),
        ("refunded", orders::refunded(TITLE, price, PAGE)),
        ("settled", orders::settled(TITLE, price, PAGE)),
        ("event_moved", events::moved(&event(), until, Stake::Both, PAGE)),
        ("event_cancelled", events::cancelled(&event(), Stake::Bought, PAGE)),
        ("refund_failed", orders::refund_failed(TITLE, price, PAGE)),
    ]
}

/// The text of HTML: without tags, styles and comments, and with its signs.
fn text_of(html: &str) -> String {
    let body = html.split_once("<body").expect("a body").1;
    let mut text = String::new();
    let mut rest = body;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let end = if tag.starts_with("!--") { "-->" } else { ">" };
        rest = tag.split_once(end).map_or("", |(_, rest)| rest);
        if !text.ends_with(' ') {
            text.push(' ');
        }
    }
    let text = text.split_once('>').map_or(text.as_str(), |(_, text)| text).to_owned();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

#[test]
fn every_mail_says_the_same_in_both_parts() {
    for (name, mail) in every_mail() {
        let html = mail.html.unwrap_or_else(|| panic!("{name} is not laid out"));
        let (words, shown) = (text_of(&html), mail.body.replace("-- \n", ""));
        for line in shown.lines().map(|line| line.trim().trim_start_matches("- ")).filter(|line| !line.is_empty()) {
            if line.starts_with("https://") {
                assert!(html.contains(&format!("href=\"{line}\"")), "{name} leads nowhere: {line}");
            } else {
                let row =
                    line.split_once(": ").is_some_and(|(label, value)| words.contains(label) && words.contains(value));
                let is_said = words.contains(line) || row || line == "Choose which emails you get:";
                assert!(is_said, "{name}: {line} is not in {words}");
            }
        }
    }
}

#[test]
fn what_users_type_is_text_and_no_markup() {
    for (name, mail) in every_mail() {
        let html = mail.html.unwrap_or_else(|| panic!("{name} is not laid out"));
        assert!(!html.contains("<b>") && !html.contains("&\"Night"), "{name}: {html}");
        if mail.body.contains(TITLE) {
            assert!(html.contains("&lt;b&gt;&amp;&quot;Night&#39; Train"), "{name}: {html}");
        }
    }
}

#[test]
fn mails_are_small_load_nothing_and_have_one_button() {
    for (name, mail) in every_mail() {
        let html = mail.html.unwrap_or_else(|| panic!("{name} is not laid out"));
        assert!(html.lines().all(|line| line.len() < 990), "{name} has long lines");
        assert!(html.len() < HTML_BYTES, "{name} has {} bytes", html.len());
        for loading in ["<img", "src=", "@import", "url(", "<link", "<script", "fonts."] {
            assert!(!html.contains(loading), "{name} loads something: {loading}");
        }
        assert!(html.matches("class=\"go").count() <= 1, "{name} has several buttons");
        // 14 pixels above and below a line of 20 pixels.
        assert!(
            !html.contains("class=\"go") || html.contains("padding:14px 24px") && html.contains("line-height:20px"),
            "{name}"
        );
    }
}

#[test]
fn mail_without_layout_is_sent_as_text() {
    let content = Content::new("Hello", "You get this because of a test.").text("all is well.");
    assert_eq!(content.plain(), "Hello,\n\nall is well.\n\n-- \nYou get this because of a test.\n");
}

/// Writes every mail into the folder `MAILS_FOLDER`, to be looked at.
#[test]
#[ignore = "writes files"]
fn write_every_mail() {
    let folder = env::var("MAILS_FOLDER").expect("MAILS_FOLDER");
    for (name, mail) in every_mail() {
        fs::write(Path::new(&folder).join(format!("{name}.html")), mail.html.expect("is laid out")).expect("writes");
    }
}
