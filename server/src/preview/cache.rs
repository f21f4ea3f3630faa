//! The images that were drawn, the newest ones.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{body::Bytes, http::HeaderValue};
use sha2::{Digest, Sha256};

use super::draw::Picture;

/// Images that a server keeps: some 40 kB each.
const IMAGES: usize = 500;
/// How long an image is served without a look at its event.
const FRESH: Duration = Duration::from_mins(5);

/// An image.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub(super) png: Bytes,
    /// Its `ETag`.
    pub(super) tag: HeaderValue,
}

#[derive(Debug)]
struct Kept {
    image: Image,
    picture: Picture,
    /// When it was last known to show what the event's page shows.
    confirmed: Instant,
}

/// The images by the address of their page. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Cache(Arc<Mutex<HashMap<String, Kept>>>);

impl Cache {
    /// The image of `key`, if it was confirmed a short while ago.
    pub(super) fn fresh(&self, key: &str) -> Option<Image> {
        let kept = self.lock();
        kept.get(key).filter(|kept| kept.confirmed.elapsed() < FRESH).map(|kept| kept.image.clone())
    }

    /// The image of `key`, if it shows `picture`.
    pub(super) fn confirm(&self, key: &str, picture: &Picture) -> Option<Image> {
        let mut kept = self.lock();
        let kept = kept.get_mut(key).filter(|kept| kept.picture == *picture)?;
        kept.confirmed = Instant::now();
        Some(kept.image.clone())
    }

    /// Keeps an image, in place of the one that was confirmed the longest ago if there are too many.
    pub(super) fn keep(&self, key: String, picture: Picture, png: Vec<u8>) -> Image {
        let tag = format!("\"{}\"", hex::encode(&Sha256::digest(&png)[..16]));
        let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
        let image = Image { png: png.into(), tag };
        let mut kept = self.lock();
        if kept.len() >= IMAGES && !kept.contains_key(&key) {
            let oldest = kept.iter().min_by_key(|(_, kept)| kept.confirmed).map(|(key, _)| key.clone());
            oldest.and_then(|key| kept.remove(&key));
        }
        kept.insert(key, Kept { image: image.clone(), picture, confirmed: Instant::now() });
        image
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(price: &str) -> Picture {
        Picture { title: "Sigur Rós".into(), lines: <[String; 2]>::default(), price: price.into() }
    }

    #[test]
    fn keeps_the_newest_and_no_more() {
        let cache = Cache::default();
        for n in 0..IMAGES + 3 {
            cache.keep(n.to_string(), picture("1"), vec![0]);
        }
        assert_eq!(cache.lock().len(), IMAGES);
        assert!(cache.fresh("0").is_none() && cache.fresh("3").is_some());
    }

    #[test]
    fn image_of_another_price_is_not_the_same() {
        let cache = Cache::default();
        let first = cache.keep("a".into(), picture("1"), vec![1]);
        assert!(cache.confirm("a", &picture("2")).is_none());
        assert_eq!(cache.confirm("a", &picture("1")).map(|image| image.tag), Some(first.tag.clone()));
        let second = cache.keep("a".into(), picture("2"), vec![2]);
        assert_ne!(first.tag, second.tag);
    }
}
