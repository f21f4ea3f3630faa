//! The limits on the number of streams.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Streams of one server at once: half of its connections.
const STREAMS: usize = 10_000;
/// Streams of one address. Generous: a family, an office or a telephone network shares one.
const STREAMS_OF_ADDRESS: usize = 200;

/// The open streams, counted. Clones share the count.
#[derive(Clone, Debug, Default)]
pub(super) struct StreamSlots(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    of_address: HashMap<IpAddr, usize>,
}

/// A stream's permit, for as long as the value lives.
#[derive(Debug)]
pub(super) struct StreamSlot {
    slots: StreamSlots,
    address: IpAddr,
}

impl StreamSlots {
    /// Returns a permit for a stream to `address` if the limits allow it.
    pub(super) fn take(&self, address: IpAddr) -> Option<StreamSlot> {
        let mut taken = self.lock();
        let of_address = taken.of_address.get(&address).copied().unwrap_or_default();
        if taken.all >= STREAMS || of_address >= STREAMS_OF_ADDRESS {
            return None;
        }
        taken.all += 1;
        taken.of_address.insert(address, of_address + 1);
        Some(StreamSlot { slots: self.clone(), address })
    }

    /// The number of permits in use.
    pub(super) fn taken(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for StreamSlot {
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

    #[test]
    fn are_bounded_by_address_and_in_all_and_come_free() {
        let places = StreamSlots::default();
        let address = |n: usize| IpAddr::from(u32::try_from(n).expect("small").to_be_bytes());
        let of_one: Vec<_> = (0..STREAMS_OF_ADDRESS).map(|_| places.take(address(0)).expect("room")).collect();
        assert!(places.take(address(0)).is_none(), "one address has its bound");

        let others: Vec<_> = (STREAMS_OF_ADDRESS..STREAMS).map(|n| places.take(address(n)).expect("room")).collect();
        assert!(places.take(address(STREAMS)).is_none(), "all together have theirs");
        drop(of_one);
        assert_eq!(places.taken(), others.len());
        let _again = places.take(address(0)).expect("room");
        drop(others);
        assert_eq!(places.taken(), 1);
    }
}
