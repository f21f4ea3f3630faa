//! The questions and their answers. What is a setting or a bound comes from the code that holds it.

use app::document::in_words;
use domain::{
    auth::{
        reset::LINK_MINUTES,
        session::{ABSOLUTE_DAYS, IDLE_DAYS},
        sign_in::{TRIES_PER_ACCOUNT, WINDOW_MINUTES},
    },
    backend::Rules,
    watching::WATCHES_MAX,
};
use model::{Money, tickets::limits::LISTING_MAX};

/// A question of a buyer or a seller.
pub(super) struct Question {
    /// Its address on the page, after `#`.
    pub(super) id: &'static str,
    /// The heading that it stands under.
    pub(super) topic: &'static str,
    pub(super) ask: &'static str,
    /// Paragraphs.
    pub(super) answer: Vec<String>,
}

/// All questions, topic by topic.
pub(super) fn questions(rules: &Rules) -> Vec<Question> {
    [buying(rules), paying(rules), waiting(rules), selling(rules), account()].into_iter().flatten().collect()
}

/// Questions of one topic: address, question, paragraphs of the answer.
fn topic<const N: usize>(topic: &'static str, questions: [(&'static str, &'static str, &[&str]); N]) -> Vec<Question> {
    let question = |(id, ask, answer): (_, _, &[&str])| {
        let answer = answer.iter().map(|paragraph| (*paragraph).to_owned()).collect();
        Question { id, topic, ask, answer }
    };
    questions.map(question).into()
}

fn buying(rules: &Rules) -> Vec<Question> {
    let length = in_words(rules.lock_length);
    let most = rules.max_active_locks;
    let cool_down = in_words(rules.lock_cooldown);
    topic(
        "Buying",
        [
            (
                "reserved",
                "How long is a ticket reserved for me?",
                &[
                    &format!("{length}, from the moment you press Buy. The page of your order counts down."),
                    "No one else can buy the ticket in that time. The time cannot be extended.",
                ],
            ),
            (
                "time-is-up",
                "What happens when the time is up?",
                &[
                    "If you have not paid, your order ends and the ticket goes to the waitlist or back on sale. You are not charged.",
                    "If you sent your card in the last second, we check with your bank. Either the ticket is yours or you are not charged. Stay on the page of the order: it shows the result.",
                ],
            ),
            (
                "cancel",
                "Can I cancel an order?",
                &[
                    "Yes, as long as you have not paid. Press Cancel order. You are not charged, and the ticket goes back on sale at once.",
                    "You cannot cancel an order that is complete.",
                ],
            ),
            (
                "how-many",
                "How many tickets can I buy?",
                &[
                    &format!(
                        "You can hold {most} tickets at one time while you pay. When you have paid for them, you can reserve more."
                    ),
                    "Some sellers sell only in pairs, only all together, or leave no single ticket over. The page of the ticket says so.",
                ],
            ),
            (
                "again",
                "Why can I not reserve the same ticket again?",
                &[&if rules.lock_cooldown.is_zero() {
                    "You can, as often as it is free.".to_owned()
                } else {
                    format!(
                        "If your time runs out and others want the ticket, it is left to them for {cool_down}. The message says when you can try again."
                    )
                }],
            ),
            (
                "someone-paying",
                "Why does it say “Someone is paying”?",
                &[
                    "Another buyer has reserved the ticket and is entering their card. If they do not pay in time, it goes to the waitlist or back on sale. You can join the waitlist meanwhile.",
                ],
            ),
            (
                "changed",
                "The listing changed while I was looking. What now?",
                &[
                    "We never sell you something that you have not seen. If the seller changes the price or the details before you press Buy, we show you what changed, and you decide again. Once you have reserved a ticket, its price and details stay as they are.",
                ],
            ),
            (
                "watch",
                "Can you tell me when tickets are listed?",
                &[&format!(
                    "Yes. Choose Watch event on the page of an event, with the highest price that you would pay if you like. We mail you once a day or, if you choose so, at once. You can watch {WATCHES_MAX} events and listings."
                )],
            ),
            (
                "deliver",
                "How do I get my ticket?",
                &[
                    "Where a listing says In hand, the ticket is here already: once you have paid, your order leads to it, with its code to show at the gate and, if no other buyer has a ticket in it, the file.",
                    "Where it says Promised, the seller has to hand it in until the time that the page names. We mail you when it is there. If it is not there in time, you get your money back by itself.",
                    "When you open your tickets for the first time, the history of the order says so, and the seller sees when.",
                ],
            ),
            (
                "time-zone",
                "In which time zone are the times?",
                &[
                    "The date and time of an event are those of the city where it takes place. Other times, such as the end of your reservation, are in UTC where the page says so, and otherwise in the time of your device.",
                ],
            ),
        ],
    )
}

fn paying(rules: &Rules) -> Vec<Question> {
    let attempts = rules.payment_attempts;
    topic(
        "Paying",
        [
            (
                "charged",
                "When is my card charged?",
                &[
                    "Only while the ticket is reserved for you, and only when it is sold to you. Before that your bank sets the money aside, which your bank may show as pending. If the ticket cannot be sold to you, the money is set free again.",
                ],
            ),
            (
                "declined",
                "My card was declined. What can I do?",
                &[
                    &format!(
                        "Try again or use another card. The ticket stays reserved and the time goes on. You have {attempts} tries for one order."
                    ),
                    "After the last try the order ends and the ticket is let go. You are not charged. Only your bank can tell you why it declined.",
                ],
            ),
            (
                "confirm",
                "Why does my bank ask me to confirm?",
                &[
                    "Many banks want to know that it is you: with their app, a code or a password. This is called 3-D Secure. A window of your bank opens above the order. If you close it or reload the page, you can start again, as long as the ticket is reserved for you.",
                ],
            ),
            (
                "twice",
                "The page says that my payment is delayed. Should I pay again?",
                &[
                    "No. Your bank or the card service has not answered yet. We keep asking. The page of the order shows the result by itself, and My orders shows it when you open it.",
                ],
            ),
            (
                "safe",
                "Who sees my card number?",
                &["Stripe and your bank. You type it into Stripe’s form. GitTix never sees it and does not store it."],
            ),
            (
                "script",
                "Why is there no card form?",
                &[
                    "The card form comes from Stripe and needs JavaScript. Turn JavaScript on and switch off what blocks js.stripe.com. Everything else here works without.",
                ],
            ),
            (
                "fees",
                "Are there any fees?",
                &[
                    "Not for buyers: the price that you see is the price that you pay. The page Fees says what sellers pay.",
                ],
            ),
            (
                "refund",
                "Can I get my money back?",
                &[
                    "By itself, if your card was charged and the ticket could not be sold to you. It all goes back to your card. Banks take a few days to show it.",
                    "If you change your mind, you can return unopened tickets within 30 minutes of buying them, if the event is more than 48 hours away. After that there is no right to your money back here.",
                    "If an event is cancelled, who runs this site marks it, and you get your money back. If a ticket does not work, GitTix does nothing by itself yet. Write to us.",
                ],
            ),
        ],
    )
}

fn waiting(rules: &Rules) -> Vec<Question> {
    let (length, in_line, lists) =
        (in_words(rules.lock_length), rules.max_waitlist_length, rules.max_waitlists_per_user);
    topic(
        "The waitlist",
        [
            (
                "waitlist",
                "How does the waitlist work?",
                &[
                    "When all tickets of a listing are reserved by others, you can join its waitlist and say how many you want. The page shows your place.",
                    &format!(
                        "When it is your turn, the tickets are reserved for you for {length}. Every page of GitTix then says so. Keep GitTix open: we send no email about it."
                    ),
                ],
            ),
            (
                "my-turn",
                "It was my turn and I got nothing. Why?",
                &[
                    "You did not pay in time, or you already held as many tickets as one person can hold at one time. Then the turn goes to the next person. You can join again at the end.",
                ],
            ),
            (
                "passed-over",
                "Why did someone behind me get a ticket first?",
                &[
                    "They wanted fewer tickets than you. If two are free and you want four, the next person who wants one or two gets them. You keep your place.",
                ],
            ),
            (
                "waitlist-limits",
                "Is there a limit?",
                &[&format!(
                    "A waitlist has room for {in_line} people, and you can be on {lists} waitlists at one time. A seller can close a waitlist: then no one joins, and those on it lose their place. If you let several turns go unpaid within a day, you cannot be on a waitlist for a while."
                )],
            ),
        ],
    )
}

fn selling(rules: &Rules) -> Vec<Question> {
    let (lowest, highest) = (Money::MIN_PRICE, Money::MAX_PRICE);
    topic(
        "Selling",
        [
            (
                "list",
                "How do I sell a ticket?",
                &[
                    "Sign in and press Sell a ticket. Enter the event, the seats as they are printed on your ticket, and your price.",
                    &format!(
                        "One listing has up to {LISTING_MAX} tickets. A price is from {lowest} to {highest} for each ticket."
                    ),
                ],
            ),
            (
                "edit",
                "Can I edit a listing?",
                &[
                    "Yes, as long as no ticket of it is reserved or sold and the event has not started. Someone who is about to pay must get what they saw.",
                    "Under My listings you can change the price of several listings at once. The page says of each whether its price was changed, or why not.",
                ],
            ),
            (
                "falling-price",
                "Can the price fall by itself?",
                &[
                    "Yes. On the form of your listing, say how often the price falls, by how much, and what is the lowest that you take. Everyone sees the next steps on the page of the listing.",
                    "No step is made while a ticket is reserved. When it is free again, the price goes to where its schedule is by then. Once a ticket of the listing is sold, the price of the others stays.",
                    "If you change the price or the steps, they begin anew at that moment. If you change something else, they go on.",
                ],
            ),
            (
                "withdraw",
                "How do I take a ticket off sale?",
                &[
                    "Press Withdraw on the page of your listing. You can withdraw one ticket or all of them, but none that is reserved or sold. If you change your mind, you can put it back on sale within 10 minutes, on the same page. After that, or after an edit, list it again.",
                ],
            ),
            (
                "seller-sees",
                "What does a seller see of me?",
                &[
                    "Nothing that names you. The seller sees when a ticket was reserved, sold or let go. They do not see your name, email or card.",
                ],
            ),
            (
                "payout",
                "When do I get the money for my sale?",
                &[
                    "GitTix does not pay sellers out yet. Your sales are recorded under Balance, and there is no way to withdraw them here. We name no date until we can keep it.",
                ],
            ),
            (
                "seller-fee",
                "What does selling cost?",
                &[&match rules.platform_fee.basis_points {
                    0 => "Nothing. The page Fees has examples.".to_owned(),
                    _ => "A share of the price, when a ticket is sold. The page Fees says how much, with examples."
                        .to_owned(),
                }],
            ),
            (
                "started",
                "What happens when the event starts?",
                &["Tickets that are not sold go off sale by themselves."],
            ),
        ],
    )
}

fn account() -> Vec<Question> {
    topic(
        "Your account",
        [
            (
                "forgot",
                "I forgot my password. What now?",
                &[
                    "Press Forgotten your password? on the sign-in page and enter your email. If there is an account with it, we send you a link.",
                    &format!(
                        "The link works once, for {LINK_MINUTES} minutes. A newer link replaces an older one. Look in your spam folder if none arrives."
                    ),
                ],
            ),
            (
                "too-many-tries",
                "Why can I not sign in any more?",
                &[&format!(
                    "After {TRIES_PER_ACCOUNT} wrong passwords in {WINDOW_MINUTES} minutes your network has to wait a few minutes, so that no one guesses your password. Wait, or set a new password by a link."
                )],
            ),
            (
                "signed-out",
                "How long do I stay signed in?",
                &[&format!(
                    "{IDLE_DAYS} days after your last visit, and {ABSOLUTE_DAYS} days at most. Under Account you see all your devices and can sign them out."
                )],
            ),
            (
                "change-password",
                "How do I change my password?",
                &["Under Account. You are then signed out on all other devices."],
            ),
            (
                "my-data",
                "Can I have my data?",
                &[
                    "Yes. Press Download my data under Account. You get everything that GitTix stores about you in one file.",
                ],
            ),
            (
                "delete",
                "How do I delete my account?",
                &[
                    "Under Account, with your password. Your email, password and devices are erased, your tickets on sale are withdrawn, you leave every waitlist, and nothing is watched for you any more. This cannot be undone.",
                    "It has to wait while you hold a ticket that is not paid, while a payment or refund is in progress, while someone is paying for one of your tickets or waits for it, and until an event has started for which you sold a ticket.",
                    "Records of sales and payments stay, without your email.",
                ],
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_question_has_its_own_address_and_an_answer() {
        let questions = questions(&Rules::default());
        let ids: BTreeSet<_> = questions.iter().map(|question| question.id).collect();
        assert_eq!(ids.len(), questions.len());
        for Question { id, ask, answer, .. } in &questions {
            assert!(ask.ends_with('?') && !answer.is_empty(), "{id}");
            assert!(answer.iter().all(|paragraph| paragraph.ends_with('.')), "{id}: {answer:?}");
        }
    }
}
