//! The picture of an event that has none: drawn for its category, and for each event a little differently.

use leptos::prelude::*;
use model::tickets::Category;

/// The size of the picture, in its own units.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 120;

/// The picture. `slug` chooses among the variations, so that an event always has the same.
pub(super) fn art(category: Category, slug: &str) -> AnyView {
    let mut numbers = Numbers::of(slug);
    let shapes: String = match category {
        Category::Concert => levels(&mut numbers),
        Category::Sports => pitch(&mut numbers),
        Category::Theatre => curtain(&mut numbers),
        Category::Festival => bunting(&mut numbers),
        Category::Comedy => spotlights(&mut numbers),
        Category::Other => dots(&mut numbers),
    };
    // One text of numbers for all shapes: elements would be several times the code in the browser.
    let size = format!("0 0 {WIDTH} {HEIGHT}");
    view! { <svg class="event-art" data-category=category.code() viewBox=size preserveAspectRatio="xMidYMid slice" aria-hidden="true" inner_html=shapes></svg> }
        .into_any()
}

/// Numbers that look random. Server and browser draw the same.
struct Numbers(u32);

impl Numbers {
    /// FNV-1a of the text.
    fn of(text: &str) -> Self {
        let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        Self(hash | 1)
    }

    /// The next number from `low` to `high`, by xorshift.
    fn between(&mut self, low: u32, high: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        low + self.0 % (high - low + 1)
    }
}

/// The levels of a sound.
fn levels(numbers: &mut Numbers) -> String {
    let level = |n: u32| {
        let height = numbers.between(1, 5) * numbers.between(4, 20);
        rect(n * 20 + 5, (HEIGHT - height) / 2, 10, height, n)
    };
    (0..WIDTH / 20).map(level).collect()
}

/// The lines of a pitch around its centre.
fn pitch(numbers: &mut Numbers) -> String {
    let centre = numbers.between(200, 440);
    let rings: String = (1..=6).map(|n| circle(centre, HEIGHT / 2, n * 26, n)).collect();
    let lines: String = [centre - 190, centre, centre + 190].map(|x| rect(x, 0, 3, HEIGHT, 1)).concat();
    format!("<g fill=\"none\" stroke=\"currentColor\" stroke-width=\"3\">{rings}</g>{lines}")
}

/// The folds of a curtain above a stage.
fn curtain(numbers: &mut Numbers) -> String {
    let mut folds = String::new();
    let mut x = 0;
    while x < WIDTH {
        let (width, length) = (numbers.between(18, 44), HEIGHT - 34);
        let n = numbers.between(0, 2);
        folds += &path(&format!("M{x} 0h{width}v{length}a1 1 0 0 1-{width} 0z"), n);
        x += width;
    }
    folds
}

/// Two strings of flags.
fn bunting(numbers: &mut Numbers) -> String {
    let mut flags = String::new();
    for string in 0..2 {
        let (top, sag) = (12 + string * 46, numbers.between(10, 26));
        for n in 0..WIDTH / 32 {
            let x = n * 32 + string * 16;
            // A parabola, lowest in the middle.
            let from_middle = x.abs_diff(WIDTH / 2);
            let y = top + sag - sag * from_middle * from_middle / (WIDTH * WIDTH / 4);
            flags += &path(&format!("M{x} {y}h26l-13 34z"), n + string);
        }
    }
    flags
}

/// Circles of light that overlap.
fn spotlights(numbers: &mut Numbers) -> String {
    let light =
        |n: u32| circle(n * 110 + numbers.between(10, 90), numbers.between(20, 100), numbers.between(35, 80), n);
    (0..6).map(light).collect()
}

/// A grid of dots.
fn dots(numbers: &mut Numbers) -> String {
    (0..80).map(|n| circle(n % 20 * 32 + 16, n / 20 * 30 + 15, numbers.between(3, 12), n)).collect()
}

fn path(line: &str, n: u32) -> String {
    format!("<path d=\"{line}\" {}/>", shade(n))
}

fn rect(x: u32, y: u32, width: u32, height: u32, n: u32) -> String {
    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" {}/>", shade(n))
}

fn circle(x: u32, y: u32, radius: u32, n: u32) -> String {
    format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" {}/>", shade(n))
}

/// One of three shades, in turn.
fn shade(n: u32) -> &'static str {
    match n % 3 {
        0 => "opacity=\".35\"",
        1 => "opacity=\".6\"",
        _ => "opacity=\".9\"",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_always_has_the_same_picture_and_others_have_another() {
        let drawn = |slug: &str| {
            let mut numbers = Numbers::of(slug);
            [(); 8].map(|()| numbers.between(3, 12))
        };
        assert_eq!(
            drawn("a-night-in-berlin-2026-12-31-0123456789ab"),
            drawn("a-night-in-berlin-2026-12-31-0123456789ab")
        );
        assert_ne!(
            drawn("a-night-in-berlin-2026-12-31-0123456789ab"),
            drawn("a-night-in-berlin-2026-12-31-0123456789ac")
        );
        assert!(drawn("").iter().all(|number| (3..=12).contains(number)));
    }
}
