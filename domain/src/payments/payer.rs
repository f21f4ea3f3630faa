//! Who begins a payment, and the bounds on their declined cards, against lists of stolen cards that are tried out.

use std::net::IpAddr;

use model::UserId;

use crate::auth::network::network;

/// Declined cards of one account within 24 hours, after which it begins no payment for 24 hours.
pub(super) const DECLINES_OF_ACCOUNT: i64 = 10;
/// The same for the payments that were begun from one network. Many users share the network of an office or of a
/// provider.
pub(super) const DECLINES_OF_NETWORK: i64 = 50;

/// Who begins a payment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Payer {
    pub(super) user: UserId,
    pub(super) network: IpAddr,
}

impl Payer {
    pub(super) fn new(user: UserId, address: IpAddr) -> Self {
        Self { user, network: network(address) }
    }
}
