//! One sequence: the same steps in the model and in the product, compared after each.

use std::{fmt::Write as _, time::Duration};

use rand::rngs::StdRng;

use crate::{
    choose::{Hardship, choose},
    product::Product,
    step::Step,
    world::{Intent, LOCK, MINUTE, WAITLIST_MAX, Webhook, World},
};

/// A run that takes this long is void: its own time could count as a half-minute.
pub(crate) const TOO_SLOW: Duration = Duration::from_secs(20);

/// Rounds in which all money that goes back has gone back.
const ROUNDS: usize = 20;

/// Where a sequence failed, and how.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) steps: Vec<Step>,
    pub(crate) what: String,
}

/// Runs a sequence of `length` steps drawn by `dice`, and then until all work is done.
pub(crate) async fn run_drawn(product: &mut Product, length: usize, dice: &mut StdRng) -> Result<(), Failure> {
    let mut steps = Vec::with_capacity(length);
    let mut run = Run::begin(product).await;
    let hardship = Hardship::draw(dice);
    for no in 1..=length {
        let step = choose(&run.world, u32::try_from(no).expect("a short sequence"), hardship, dice);
        steps.push(step);
        if let Err(what) = run.take(&steps[no - 1]).await {
            return Err(Failure { steps, what });
        }
    }
    run.come_to_rest().await.map_err(|what| Failure { steps, what })
}

/// Runs given steps, leaving out those about things that do not exist.
pub(crate) async fn run_given(product: &mut Product, steps: &[Step]) -> Result<(), String> {
    let mut run = Run::begin(product).await;
    for step in steps {
        if run.world.knows(step) {
            run.take(step).await?;
        }
    }
    run.come_to_rest().await
}

struct Run<'a> {
    world: World,
    product: &'a mut Product,
}

impl<'a> Run<'a> {
    async fn begin(product: &'a mut Product) -> Self {
        let world = World::new();
        product.begin(world.people).await;
        Self { world, product }
    }

    /// Runs a step on both sides and compares all that can be seen.
    async fn take(&mut self, step: &Step) -> Result<(), String> {
        let answer = Box::pin(self.product.take(step)).await;
        let snapshot = Box::pin(self.product.snapshot()).await;
        if !snapshot.broken.is_empty() {
            return Err(format!("after \"{step}\" violated: {}", snapshot.broken.join("; ")));
        }
        let mut differences: Vec<String> = Vec::new();
        for (mut world, expected) in self.world.play(step) {
            self.tell(&mut world);
            let found = world.picture().differences(&snapshot.picture);
            if found.is_empty() && expected == answer {
                self.world = world;
                return Ok(());
            }
            if differences.is_empty() || found.len() < differences.len() {
                differences = found;
                if expected != answer {
                    differences.insert(0, format!("answer\n    model   {expected:?}\n    product {answer:?}"));
                }
            }
        }
        Err(format!("after \"{step}\":\n  {}", differences.join("\n  ")))
    }

    /// The simulator decides which webhooks can be delivered.
    fn tell(&self, world: &mut World) {
        for (attempt, told) in &self.product.told {
            if world.orders.get(&attempt.0).is_some_and(|order| order.attempts.len() >= attempt.1 as usize) {
                let webhooks = &mut world.attempt_mut(*attempt).webhooks;
                for event in &told[webhooks.len()..] {
                    let is_dispute = event.body.contains("\"charge.dispute.");
                    webhooks.push(Webhook { is_dispute, ..Webhook::default() });
                }
            }
        }
    }

    /// Lets time pass and runs the periodic jobs. Then no work may be unfinished.
    async fn come_to_rest(&mut self) -> Result<(), String> {
        let wait = |time| Step::Wait { time };
        let mut steps = vec![Step::Break { fault: None }];
        // The locks of all users on the waitlist may follow a lock.
        for _ in 0..=WAITLIST_MAX {
            steps.extend([wait(LOCK), Step::SweepOrders]);
        }
        steps.extend([wait(MINUTE), Step::SweepPayments]);
        for step in &steps {
            self.rest_by(step).await?;
        }
        for _ in 0..ROUNDS {
            let steps = self.world.loose_ends();
            if steps.is_empty() {
                break;
            }
            for step in &steps {
                self.rest_by(step).await?;
            }
        }
        self.rests()
    }

    async fn rest_by(&mut self, step: &Step) -> Result<(), String> {
        self.make_way_for(step).await.map_err(|what| format!("while coming to rest, {what}"))?;
        self.take(step).await.map_err(|what| format!("while coming to rest, {what}"))
    }

    /// Ends the orders of which the model does not know what a sweep does, because there are too many at once.
    async fn make_way_for(&mut self, step: &Step) -> Result<(), String> {
        while let (Step::SweepOrders, Some(order)) = (step, self.world.in_the_way_of_the_sweep()) {
            self.take(&Step::Expire { order }).await?;
        }
        Ok(())
    }

    fn rests(&self) -> Result<(), String> {
        let mut left = String::new();
        let books = self.product.simulator.balances();
        let settled: i64 = self.world.attempts().map(|(_, attempt)| attempt.known.settled).sum();
        let given: i64 = self.world.attempts().map(|(no, _)| -self.world.booked(no)[0]).sum();
        let fees: i64 = self.world.attempts().map(|(no, _)| self.world.booked(no)[3]).sum();
        let kept = books.captured - books.refunded - books.disputed;
        if (kept - settled, books.dispute_fees) != (given, fees) {
            let _ = writeln!(
                left,
                "{kept} is kept, {settled} settled, fees {}; booked {given}, {fees}",
                books.dispute_fees
            );
        }
        for (no, order) in &self.world.orders {
            if World::is_open(order.status) {
                let _ = writeln!(left, "order {no} is {:?}", order.status);
            }
        }
        for (no, attempt) in self.world.attempts() {
            let unsettled = World::is_live(attempt.status) || self.world.owed(no) > 0;
            let can_be_paid = attempt.recorded && attempt.intent.as_ref().is_some_and(Intent::can_take_money);
            if unsettled || can_be_paid {
                let _ = writeln!(left, "attempt {no:?} is {:?} and at Stripe {:?}", attempt.status, attempt.intent);
            }
        }
        if left.is_empty() { Ok(()) } else { Err(format!("at rest,\n  {left}")) }
    }
}
