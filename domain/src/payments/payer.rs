//! Who begins a payment.

use std::net::IpAddr;

use model::UserId;

use crate::auth::network::network;

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
