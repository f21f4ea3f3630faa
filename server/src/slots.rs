//! Counted places, bounded in total and for one address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::auth::network::network;

/// Permits that are counted. Clones share the count. It needs memory only for addresses that hold a permit.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    /// The most permits at once.
    all: usize,
    /// The most permits of one network at once.
    of_address: usize,
    taken: Arc<Mutex<Counts>>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    of_address: HashMap<IpAddr, usize>,
}

/// A permit, for as long as the value lives.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Slots,
    address: IpAddr,
}

impl Slots {
    /// Up to `all` permits at once, and up to `of_address` for one address, or network of IPv6.
    pub(crate) fn new(all: usize, of_address: usize) -> Self {
        Self { all, of_address, taken: Arc::default() }
    }

    /// Returns a permit for a client at `address` if the limits allow it.
    pub(crate) fn take(&self, address: IpAddr) -> Option<Slot> {
        let address = network(address);
        let mut taken = self.lock();
        let of_address = taken.of_address.get(&address).copied().unwrap_or_default();
        if taken.all >= self.all || of_address >= self.of_address {
            return None;
        }
        taken.all += 1;
        taken.of_address.insert(address, of_address + 1);
        Some(Slot { slots: self.clone(), address })
    }

    /// The number of permits in use.
    pub(crate) fn taken(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.lock();
        taken.all -= 1;
        match taken.of_address.get(&self.address) {
            Some(1) | None => taken.of_address.remove(&self.address),
            Some(&of_address) => taken.of_address.insert(self.address, of_address - 1),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn are_bounded_by_address_and_in_all_and_come_free() {
        let slots = Slots::new(5, 2);
        let (one, other, third) = (address("192.0.2.1"), address("192.0.2.2"), address("192.0.2.3"));
        let of_one = [slots.take(one).expect("room"), slots.take(one).expect("room")];
        assert!(slots.take(one).is_none(), "one address has its bound");

        let others = [slots.take(other), slots.take(other), slots.take(third)].map(|slot| slot.expect("room"));
        assert!(slots.take(third).is_none(), "all together have theirs");
        drop(of_one);
        assert_eq!(slots.taken(), others.len());
        let _again = slots.take(one).expect("room");
        drop(others);
        assert_eq!(slots.taken(), 1);
        assert_eq!(slots.lock().of_address.len(), 1, "an address without a permit is forgotten");
    }

    #[test]
    fn network_of_ipv6_counts_as_one_address() {
        let slots = Slots::new(5, 1);
        let _slot = slots.take(address("2001:db8::1")).expect("room");
        assert!(slots.take(address("2001:db8::2")).is_none());
        assert!(slots.take(address("2001:db8:0:1::1")).is_some());
    }
}
