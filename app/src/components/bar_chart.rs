//! Numbers as a picture and as a table.

use leptos::prelude::*;

/// The size of the picture, in its own units. A page stretches it to its width.
const HEIGHT: usize = 48;
const BAR: usize = 20;
const GAP: usize = 2;

/// One bar.
pub(crate) struct Bar {
    /// What it stands for, for a row of the table.
    pub(crate) label: String,
    /// How much that is.
    pub(crate) value: usize,
    /// The same for people. A bar without a value has no row.
    pub(crate) text: String,
}

/// Bars beside each other, with a table for readers of screens: what they show, the heads of the table, and what stands
/// below the first and the last bar.
///
/// It is written as HTML, which takes less code of the browser than views. So its texts are names of periods, numbers and
/// prices, and nothing that a user has typed.
#[inline(never)]
pub(crate) fn bar_chart(caption: &str, heads: [&str; 2], bars: &[Bar], ends: &[String; 2]) -> AnyView {
    let most = bars.iter().map(|bar| bar.value).max().unwrap_or_default().max(1);
    let (mut rects, mut rows) = (String::new(), String::new());
    for (n, bar) in bars.iter().enumerate() {
        rects += &rect(n, bar.value, most);
        if bar.value > 0 {
            rows += &["<tr><th scope=\"row\">", &bar.label, "</th><td>", &bar.text, "</td></tr>"].concat();
        }
    }
    let (size, [label, value], [first, last]) = ((bars.len() * BAR).to_string(), heads, ends);
    let height = HEIGHT.to_string();
    let html = [
        "<figcaption>",
        caption,
        "</figcaption><svg viewBox=\"0 0 ",
        &size,
        " ",
        &height,
        "\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
        &rects,
        "</svg><p class=\"bars-ends\" aria-hidden=\"true\"><span>",
        first,
        "</span> <span>",
        last,
        "</span></p><table class=\"sr-only\"><thead><tr><th scope=\"col\">",
        label,
        "</th><th scope=\"col\">",
        value,
        "</th></tr></thead><tbody>",
        &rows,
        "</tbody></table>",
    ];
    view! { <figure class="bars" inner_html=html.concat()></figure> }.into_any()
}

/// The bar number `n`. A small value among large ones is still seen.
fn rect(n: usize, value: usize, most: usize) -> String {
    let height = if value == 0 { 0 } else { (value.saturating_mul(HEIGHT) / most).max(2) };
    let (x, y, width) = (n * BAR + GAP / 2, HEIGHT - height, BAR - GAP);
    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"1\"/>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn height_follows_the_value_and_a_small_one_is_seen() {
        for (value, height) in [(0, 0), (1, 2), (500, 24), (1000, 48)] {
            let rect = rect(1, value, 1000);
            assert!(rect.contains(&format!("height=\"{height}\"")) && rect.contains("x=\"21\""), "{rect}");
        }
    }
}
