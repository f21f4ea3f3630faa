//! Editing a listing.

use model::{
    AppError, Code, EventId, ListingId, TicketId, UserId,
    error::Field,
    tickets::{ListingInput, limits},
};

use super::{
    change::{self, ChangeError},
    fall::ScheduleRow,
    fall_store,
    fields::Listing,
    list::{ListError, event_of, parse},
    row::ListingRow,
    state::TicketRow,
    store::{self, Seating},
};
use crate::{Backend, delivery, waitlist::offer};

/// Replaces the fields of a listing, if it still has the `version` that the seller's form showed. No ticket of it may be
/// locked or sold.
///
/// A ticket keeps its id while its seat is in the form. If there are fewer seats than before, the rest is withdrawn. That,
/// and what was withdrawn before, cannot be restored. A price that falls by itself goes on as before if the form says the
/// same of it and has the present price; otherwise it begins anew, now and from the price of the form. A ticket that gets
/// another place has to be handed in anew.
///
/// # Errors
///
/// Each variant of [`ChangeError`] is one reason.
#[tracing::instrument(name = "ticket.edit", skip_all, fields(listing.id = %id, user.id = %seller))]
pub async fn edit(
    backend: &Backend,
    seller: UserId,
    id: ListingId,
    version: i32,
    input: &ListingInput,
) -> Result<(), ChangeError> {
    let (parsed, now) = parse(backend, input).await?;

    let (mut tx, listing) = change::begin(backend, seller, id).await?;
    let fields = match checked(&listing, version, parsed) {
        Ok(fields) => fields,
        Err(refused) => {
            tx.commit().await?;
            return Err(refused);
        }
    };
    let (seating, surplus) = reseat(&listing, &fields.seats);
    let schedule = fall_store::find(&mut *tx, id, listing.version).await?.and_then(ScheduleRow::schedule);
    let (event, fields) = event_of(&mut tx, backend, fields, input, now).await?;
    store::update(&mut tx, id, event, &fields).await?;
    store::withdraw(&mut tx, id, &surplus, false).await?;
    store::seat(&mut tx, id, &seating).await?;
    delivery::store::take_away(&mut tx, &moved(&listing, event, &fields, &seating)).await?;
    let goes_on = listing.price() == fields.price && schedule.map(|schedule| schedule.fall) == fields.fall;
    match fields.fall {
        Some(_) if goes_on => fall_store::carry(&mut tx, id).await?,
        Some(fall) => fall_store::begin(&mut tx, id, fall).await?,
        None => fall_store::end(&mut tx, id).await?,
    }
    offer::offer_free(&mut tx, &backend.rules, id).await?;
    Ok(tx.commit().await?)
}

/// The fields, if the listing may be edited. Only its seller learns whether the form is valid.
fn checked(listing: &ListingRow, version: i32, parsed: Result<Listing, AppError>) -> Result<Listing, ChangeError> {
    if let Some(refused) = change::edit_refusal(listing) {
        return Err(refused);
    }
    let fields = parsed.map_err(ChangeError::Invalid)?;
    if listing.version != version {
        return Err(ChangeError::Stale);
    }
    // Withdrawn tickets count, too: otherwise edits could add tickets for ever, and every page of the listing reads them.
    let (seating, _) = reseat(listing, &fields.seats);
    let fresh = seating.iter().filter(|place| place.ticket.is_none()).count();
    if listing.tickets.len() + fresh > limits::LISTING_MAX {
        let has_seats = fields.seats.iter().any(|seat| !seat.is_empty());
        let field = if has_seats { Field::Seat } else { Field::Quantity };
        return Err(ChangeError::Invalid(AppError::field(field, Code::TooManyTickets)));
    }
    Ok(fields)
}

/// The tickets in hand that are for another place now: what was handed in opens the gate for the old one.
fn moved(listing: &ListingRow, event: EventId, fields: &Listing, seating: &[Seating]) -> Vec<TicketId> {
    let is_elsewhere = listing.event_id != event || listing.section != fields.section || listing.seat_row != fields.row;
    let keeps_seat =
        |ticket: &TicketRow| seating.iter().any(|place| place.ticket == Some(ticket.id) && place.seat == ticket.seat);
    let moved = listing.tickets.iter().filter(|ticket| ticket.is_listed() && (is_elsewhere || !keeps_seat(ticket)));
    moved.filter(|ticket| ticket.is_in_hand).map(|ticket| ticket.id).collect()
}

/// Who sits where after an edit: each ticket keeps its seat if the seat is still there; the others get the new seats.
/// Also returns the tickets that are left over.
fn reseat(listing: &ListingRow, seats: &[String]) -> (Vec<Seating>, Vec<TicketId>) {
    let mut unseated: Vec<_> = listing.tickets.iter().filter(|ticket| ticket.is_listed()).collect();
    let mut seating: Vec<Seating> = Vec::with_capacity(seats.len());
    for seat in seats {
        let same = unseated.iter().position(|ticket| ticket.seat == *seat);
        seating.push(Seating { ticket: same.map(|place| unseated.remove(place).id), seat: seat.clone() });
    }
    let mut others = unseated.into_iter().map(|ticket| ticket.id);
    for place in &mut seating {
        if place.ticket.is_none() {
            place.ticket = others.next();
        }
    }
    (seating, others.collect())
}

impl From<ListError> for ChangeError {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Invalid(problems) => Self::Invalid(problems),
            cancelled @ ListError::EventCancelled => Self::Invalid(cancelled.into()),
            // Unreachable: an edit makes no listing.
            ListError::NoAccount => Self::NotYours,
            ListError::TooMany { limit } => Self::TooManyListings { limit },
            ListError::Database(error) => Self::Database(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{
        Money,
        tickets::{SplitRule, TicketStatus},
    };
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        orders::lock::LockError,
        testing::{self, Listed, TestBackend},
        tickets::show::show,
    };

    fn priced(price: &str) -> ListingInput {
        ListingInput { price: price.into(), ..testing::listing_input() }
    }

    async fn price_of(backend: &Backend, id: ListingId) -> Money {
        show(backend, None, id).await.expect("shows").card.price
    }

    /// Every page of a listing reads all its tickets.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn edits_do_not_add_tickets_for_ever(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        let id = testing::listing_of(&backend, ana, 60, SplitRule::Any).await;
        let seats = |seat: &str| ListingInput { seat: seat.into(), ..testing::listing_input() };
        edit(&backend, ana, id, 1, &seats("1-20")).await.expect("withdraws 40");
        edit(&backend, ana, id, 2, &seats("1-60")).await.expect("adds 40: it has 100");
        let refused = edit(&backend, ana, id, 3, &seats("1-61")).await;
        let too_many = AppError::field(Field::Seat, Code::TooManyTickets);
        assert!(matches!(&refused, Err(ChangeError::Invalid(error)) if *error == too_many), "{refused:?}");
        edit(&backend, ana, id, 3, &seats("1-59")).await.expect("fewer are allowed");
        let rows = testing::count(&backend.db, "SELECT count(*) FROM tickets").await;
        assert_eq!(rows, 100);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn edit_changes_listing_and_version(db: PgPool) {
        let Listed { backend, ana, listing: ticket, .. } = Listed::new(db).await;
        edit(&backend, ana, ticket, 1, &priced("60")).await.expect("edits");
        let view = show(&backend, Some(ana), ticket).await.expect("shows");
        assert_eq!((view.card.price, view.version), (Money::usd(6000), 2));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn edit_fails_with_the_reason_and_changes_nothing(db: PgPool) {
        let Listed { backend, ana, bob, listing: ticket } = Listed::new(db).await;

        let refused = edit(&backend, ana, fresh::<ListingId>(), 1, &priced("60")).await;
        assert!(matches!(refused, Err(ChangeError::NotFound)), "{refused:?}");
        let refused = edit(&backend, bob, ticket, 1, &priced("60")).await;
        assert!(matches!(refused, Err(ChangeError::NotYours)), "{refused:?}");
        // Another user learns that the listing is not theirs, whatever they sent.
        let refused = edit(&backend, bob, ticket, 1, &priced("")).await;
        assert!(matches!(refused, Err(ChangeError::NotYours)), "{refused:?}");
        let refused = edit(&backend, ana, ticket, 2, &priced("60")).await;
        assert!(matches!(refused, Err(ChangeError::Stale)), "{refused:?}");
        let refused = edit(&backend, ana, ticket, 1, &priced("-1")).await;
        assert!(matches!(refused, Err(ChangeError::Invalid(_))), "{refused:?}");

        testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        let refused = edit(&backend, ana, ticket, 1, &priced("60")).await;
        assert!(matches!(refused, Err(ChangeError::Locked { .. })), "{refused:?}");
        assert_eq!(price_of(&backend, ticket).await, Money::usd(4950));

        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        edit(&backend, ana, ticket, 1, &priced("60")).await.expect("an overdue lock is no lock");

        testing::set_ticket_status(&backend.db, ticket, "sold").await;
        let refused = edit(&backend, ana, ticket, 2, &priced("70")).await;
        assert!(matches!(refused, Err(ChangeError::Sold)), "{refused:?}");
        testing::set_ticket_status(&backend.db, ticket, "withdrawn").await;
        let refused = edit(&backend, ana, ticket, 2, &priced("70")).await;
        assert!(matches!(refused, Err(ChangeError::Withdrawn)), "{refused:?}");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn edit_fails_when_event_has_started(db: PgPool) {
        let Listed { backend, ana, listing: ticket, .. } = Listed::new(db).await;
        testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
        let input = ListingInput { starts_at: testing::local_time_in_days(60), ..testing::listing_input() };
        let refused = edit(&backend, ana, ticket, 1, &input).await;
        assert!(matches!(refused, Err(ChangeError::Started)), "{refused:?}");
    }

    /// The buyer pays the price that the page showed: an edit and a lock at the same moment do not mix.
    ///
    /// Proves the ticket's row lock in `edit` and `lock`: without it the lock copies the old price with
    /// the new version, and the sum below differs.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn edit_races_with_lock_and_charges_the_shown_price(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let (mut locked, mut refused) = (0, 0);
        for _ in 0..500 {
            let id = testing::listing(&backend, ana).await;
            let seen = Money::usd(4950);
            let edited = priced("60");
            let (edit, lock) =
                tokio::join!(edit(&backend, ana, id, 1, &edited), testing::lock_one(&backend, bob, id, seen));
            let now = show(&backend, Some(bob), id).await.expect("shows");
            match (edit, lock) {
                (Err(ChangeError::Locked { .. }), Ok(order)) => {
                    let charged = testing::order_price(&backend.db, order).await;
                    assert_eq!((charged, now.card.price, now.version), (seen, seen, 1));
                    locked += 1;
                }
                (Ok(()), Err(LockError::Changed { now: listing, .. })) => {
                    assert_eq!(
                        (listing.card.price, now.card.price, now.my_order),
                        (Money::usd(6000), Money::usd(6000), None)
                    );
                    refused += 1;
                }
                (edit, lock) => panic!("neither or both went through: {edit:?}, {lock:?}"),
            }
        }
        assert_eq!(locked + refused, 500);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn edit_moves_seats_and_keeps_tickets(db: PgPool) {
        let Listed { backend, ana, .. } = Listed::new(db).await;
        let id = testing::listing_of(&backend, ana, 3, SplitRule::Any).await;
        let seats = async || {
            let view = show(&backend, None, id).await.expect("shows");
            view.tickets.into_iter().map(|ticket| (ticket.seat, ticket.id, ticket.status)).collect::<Vec<_>>()
        };
        let before = seats().await;
        let seated = |text: &str| ListingInput { seat: text.into(), ..testing::listing_input() };
        edit(&backend, ana, id, 1, &seated("3, 2, 7, 8")).await.expect("edits");
        let after = seats().await;
        assert_eq!(after.iter().map(|(seat, ..)| seat.as_str()).collect::<Vec<_>>(), ["3", "2", "7", "8"]);
        assert_eq!([after[0].1, after[1].1, after[2].1], [before[2].1, before[1].1, before[0].1]);

        edit(&backend, ana, id, 2, &seated("8")).await.expect("edits");
        let left: Vec<_> = seats().await.into_iter().filter(|(.., status)| *status == TicketStatus::OnSale).collect();
        assert_eq!(left, [after[3].clone()], "the others are withdrawn");
        let view = show(&backend, None, id).await.expect("shows");
        assert_eq!((view.card.place.as_str(), view.version), ("Section\u{a0}A · Row\u{a0}3 · Seat\u{a0}8", 3));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn edit_moves_listing_to_another_event(db: PgPool) {
        let Listed { backend, ana, bob, listing } = Listed::new(db).await;
        let other = testing::listing(&backend, bob).await;
        let input = ListingInput {
            title: "Another night".into(),
            starts_at: testing::local_time_in_days(40),
            ..testing::listing_input()
        };
        edit(&backend, ana, listing, 1, &input).await.expect("edits");
        let [moved, stays] = [listing, other].map(async |id| show(&backend, None, id).await.expect("shows").card);
        let (moved, stays) = (moved.await, stays.await);
        assert_eq!((moved.title.as_str(), moved.starts.local), ("Another night", testing::local_time_in_days(40)));
        assert_eq!((stays.title.as_str(), stays.starts.local), ("Sigur Rós", testing::local_time_in_days(30)));
        let report = crate::doctor::examine::examine(&backend.db).await.expect("examines");
        assert_eq!(report.violations().count(), 0, "{report:?}");
    }
}
