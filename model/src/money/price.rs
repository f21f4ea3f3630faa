//! Reading a price as people write it, in any country.
//!
//! The browser reads it, too, to show what the buyer pays. So it carries no table of Unicode: what it knows of digits
//! and signs is below.

use super::Money;
use crate::{Code, error::Problem};

/// The zeros of the digits that people type; nine more follow each.
const ZEROS: [u32; 19] = [
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50,
    0x0ED0, 0x0F20, 0x1040, 0x17E0, 0xFF10,
];

/// A separator that only cents follow, in the text of [`plain`].
const DECIMAL: u8 = b'D';
/// A separator that only stands before thousands.
const THOUSANDS: u8 = b'T';

impl Money {
    /// Parses a price as people write it: `20`, `19.99`, `19,99`, `$1,234.50`, `1.234,50 USD`, `1 234,50`, `1'234.50`,
    /// `20,-`, `١٩٫٩٩`. White space and invisible signs do not matter, nor whether the currency comes first or last.
    ///
    /// # Errors
    ///
    /// [`Code::AmbiguousPrice`] for `1,999` and `1.999`, which are thousands to one reader and decimals to another,
    /// with the thousands in `price_cents`; [`Code::OtherCurrency`] for any currency but the US dollar;
    /// [`Code::PriceTooLow`] and [`Code::PriceTooHigh`] outside [`Money::MIN_PRICE`] and [`Money::MAX_PRICE`];
    /// [`Code::InvalidPrice`] for anything else.
    pub fn parse_price(text: &str) -> Result<Self, Problem> {
        let text = plain(text);
        let is_digit = |c: char| c.is_ascii_digit();
        let (Some(first), Some(last)) = (text.find(is_digit), text.rfind(is_digit)) else {
            return Err(Code::InvalidPrice.into());
        };
        let (before, number, after) = (&text[..first], &text[first..=last], &text[last + 1..]);
        // `20,-` is twenty dollars and no cents.
        let dashes = after.strip_prefix([',', '.']).filter(|rest| rest.starts_with('-'));
        let after = dashes.map_or(after, |rest| rest.trim_start_matches('-'));
        currency(before)?;
        currency(after)?;
        let cents = if dashes.is_some() { cents(&format!("{number}{}00", DECIMAL as char)) } else { cents(number) };
        within_bounds(cents?)
    }
}

impl Money {
    /// The price of so many cents.
    ///
    /// # Errors
    ///
    /// [`Code::PriceTooLow`] and [`Code::PriceTooHigh`] outside [`Money::MIN_PRICE`] and [`Money::MAX_PRICE`].
    pub fn price_of_cents(cents: i64) -> Result<Self, Problem> {
        within_bounds(cents)
    }
}

fn within_bounds(cents: i64) -> Result<Money, Problem> {
    if cents < Money::MIN_PRICE.cents() {
        Err(Code::PriceTooLow.into())
    } else if cents > Money::MAX_PRICE.cents() {
        Err(Code::PriceTooHigh.into())
    } else {
        Ok(Money::usd(cents))
    }
}

/// The text in plain signs: ASCII digits, one sign for each kind of separator, no invisible signs. Other signs stay.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.trim().chars() {
        let sign = match c {
            // Marks of direction, joiners and the like come along with copied text.
            '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}' => {
                continue;
            }
            '，' | '،' | '﹐' => ',',
            '．' | '﹒' => '.',
            '٫' | '·' => DECIMAL as char,
            '٬' | '\'' | '’' | '‘' | 'ʼ' | '′' | '＇' | '`' | '´' => THOUSANDS as char,
            '＄' | '﹩' => '$',
            '‐'..='―' | '−' | '－' => '-',
            c if c.is_whitespace() => ' ',
            c => digit(c),
        };
        if sign != ' ' || !plain.ends_with(' ') {
            plain.push(sign);
        }
    }
    plain.trim().to_owned()
}

/// The ASCII digit of a digit. Another character stays; letters become lower case, so that none is a separator's name.
fn digit(c: char) -> char {
    let code = u32::from(c);
    let value = ZEROS.iter().map(|zero| code.wrapping_sub(*zero)).find(|value| *value < 10);
    value.and_then(|value| char::from_digit(value, 10)).unwrap_or(c.to_ascii_lowercase())
}

/// Whether what stands beside the number is the US dollar, or nothing.
fn currency(text: &str) -> Result<(), Problem> {
    let name: String = text.chars().filter(|c| !matches!(c, ' ' | '.')).collect();
    let is_dot_alone = name.is_empty() && text.contains('.');
    match name.as_str() {
        "" if !is_dot_alone => Ok(()),
        "$" | "us$" | "$us" | "us" | "usd" | "usd$" | "us$$" | "$usd" | "dollar" | "dollars" | "usdollar"
        | "usdollars" => Ok(()),
        name if is_currency(name) => Err(Code::OtherCurrency.into()),
        _ => Err(Code::InvalidPrice.into()),
    }
}

/// Whether this can only be a currency: it has a sign of one, or letters that are no single one.
fn is_currency(name: &str) -> bool {
    let is_sign = |c: char| matches!(c, '¢'..='¥' | '\u{20a0}'..='\u{20cf}' | '฿' | '֏' | '؋' | '﷼' | '￠' | '￡' | '￥' | '￦' | '元' | '円' | '圓' | '원');
    let letters = name.chars().filter(|c| c.is_ascii_alphabetic() || u32::from(*c) >= 0xC0).count();
    name.contains(is_sign) || letters > 1 || letters == 1 && name.contains('$')
}

/// The amount in cents of digits with separators between them.
fn cents(number: &str) -> Result<i64, Problem> {
    let invalid = || Problem::from(Code::InvalidPrice);
    let is_separator = |c: char| !c.is_ascii_digit();
    let separators: Vec<u8> = number.bytes().filter(|byte| !byte.is_ascii_digit()).collect();
    let groups: Vec<&str> = number.split(is_separator).collect();
    let (Some((last, whole)), Some((&separator, thousands))) = (groups.split_last(), separators.split_last()) else {
        return amount(&groups, "");
    };
    let is_alone = !thousands.contains(&separator);
    let is_decimal = match separator {
        DECIMAL => true,
        b',' | b'.' => is_alone && (last.len() != 3 || separators.len() > 1),
        _ => false,
    };
    if is_decimal {
        if !matches!(last.len(), 1 | 2) || !is_grouped(whole, thousands) {
            return Err(invalid());
        }
        return amount(whole, last);
    }
    if !is_grouped(&groups, &separators) {
        return Err(invalid());
    }
    let total = amount(&groups, "")?;
    if is_alone && matches!(separator, b',' | b'.') {
        return Err(Problem { price_cents: Some(total), ..Code::AmbiguousPrice.into() });
    }
    Ok(total)
}

/// Whether separators of one kind part thousands: `1,234,567`, or `12,34,567` as in India. One group needs none.
fn is_grouped(groups: &[&str], separators: &[u8]) -> bool {
    let [first, middle @ .., last] = groups else { return true };
    let is_one_kind = separators.iter().all(|byte| Some(byte) == separators.first());
    let is_known = separators.iter().all(|byte| matches!(byte, b',' | b'.' | b' ' | &THOUSANDS));
    let width = middle.first().map_or(3, |group| group.len());
    let is_indian = width == 2 && separators.first() == Some(&b',');
    is_one_kind
        && is_known
        && (width == 3 || is_indian)
        && (1..=width).contains(&first.len())
        && !first.starts_with('0')
        && middle.iter().all(|group| group.len() == width)
        && last.len() == 3
}

/// The amount in cents of dollars, in groups of digits, and of at most two decimals.
fn amount(dollars: &[&str], decimals: &str) -> Result<i64, Problem> {
    let tens = if decimals.len() == 1 { "0" } else { "" };
    let cents = if decimals.is_empty() { "00" } else { decimals };
    // The only error is too many digits.
    format!("{}{cents}{tens}", dollars.concat()).parse().map_err(|_| Code::PriceTooHigh.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, cents) in [
            ("20", 2000),
            ("19.99", 1999),
            ("19,99", 1999),
            ("$19.99", 1999),
            (" 19.9 ", 1990),
            ("19,9", 1990),
            ("0.50", 50),
            ("0,5", 50),
            ("0000.5", 50),
            ("100000.00", 10_000_000),
            ("1,234.50", 123_450),
            ("1.234,50", 123_450),
            ("1 234,50", 123_450),
            ("1\u{a0}234.5", 123_450),
            ("1\u{202f}234,50", 123_450),
            ("1\u{2009}234", 123_400),
            ("1 234", 123_400),
            ("1'234.50", 123_450),
            ("1’234", 123_400),
            ("100,000.00", 10_000_000),
            ("1,00,000", 10_000_000),
            ("1,00,000.00", 10_000_000),
            ("12,345.60", 1_234_560),
            ("19·99", 1999),
            ("20,-", 2000),
            ("20.–", 2000),
            ("20,-- $", 2000),
            ("1.999,-", 199_900),
            ("1999", 199_900),
            ("$ 5", 500),
            ("$20", 2000),
            ("US$ 20", 2000),
            ("us$20", 2000),
            ("U.S. $20", 2000),
            ("20 $", 2000),
            ("20$", 2000),
            ("20 USD", 2000),
            ("usd 20,50", 2050),
            ("$20 USD", 2000),
            ("20 US dollars", 2000),
            ("20 Dollar", 2000),
            ("２０．５０", 2050),
            ("＄２０", 2000),
            ("٢٠", 2000),
            ("١٩٫٩٩", 1999),
            ("١٬٢٣٤٫٥٠", 123_450),
            ("۱۹،۹۹", 1999),
            ("१९.९९", 1999),
            ("১৯", 1900),
            ("\u{200f}20\u{200f}", 2000),
            ("\u{202a}$20\u{202c}", 2000),
            ("\u{feff}20", 2000),
            ("\t20\u{3000}", 2000),
        ] {
            assert_eq!(Money::parse_price(text), Ok(Money::usd(cents)), "{text:?}");
        }
    }

    #[test]
    fn refuses_what_is_no_price() {
        for text in [
            "",
            " ",
            "$",
            ".",
            "5.",
            ".5",
            "1e3",
            "1.5e2",
            "-5",
            "−5",
            "$-5",
            "-$5",
            "5-",
            "+5",
            "0x10",
            "NaN",
            "$$5",
            "(5)",
            "5%",
            "20k",
            "20x",
            "two",
            "1/2",
            "½",
            "5:30",
            // Three decimals, and groups that are none.
            "0.999",
            "0,999",
            "1234.567",
            "1,234.567",
            "1.234,567",
            "19.9999",
            "1٫999",
            "19,,99",
            "19..99",
            "19 99",
            "19, 99",
            "45.5.5",
            "1,23,45",
            "1,234,50",
            "12.34,56",
            "1234,567.00",
            "1,234 567",
            "0,123,456",
            "1'50",
            "1.234'50",
            "1_000",
            "20 30",
            "20-30",
            "19,99,-",
            "20 $ 30",
        ] {
            assert_eq!(Money::parse_price(text), Err(Code::InvalidPrice.into()), "{text:?}");
        }
        for text in ["0", "0.49", "0,49", "0.00", "$0"] {
            assert_eq!(Money::parse_price(text), Err(Code::PriceTooLow.into()), "{text:?}");
        }
        for text in ["100000.01", "100.000,01", "1,234,567", "12,34,567", "9223372036854775807", "92233720368547758070"]
        {
            assert_eq!(Money::parse_price(text), Err(Code::PriceTooHigh.into()), "{text:?}");
        }
    }

    /// Proves that no price with two readings is taken: one of them is a thousand times the other.
    #[test]
    fn asks_what_has_two_readings() {
        for (text, thousands) in [
            ("1,999", 199_900),
            ("1.999", 199_900),
            ("$1,250", 125_000),
            ("100.000 USD", 10_000_000),
            ("١,٩٩٩", 199_900),
        ] {
            let asked = Problem { price_cents: Some(thousands), ..Code::AmbiguousPrice.into() };
            assert_eq!(Money::parse_price(text), Err(asked), "{text:?}");
        }
        let asked = Money::parse_price("1,999").expect_err("two readings");
        assert_eq!(asked.message(), "This can mean two prices. Write 1999.00 or 1.99.");
    }

    #[test]
    fn other_currencies_are_named_as_such() {
        for text in [
            "£20",
            "20 €",
            "€20,50",
            "20 EUR",
            "GBP 20",
            "CHF 20.-",
            "20 Fr.",
            "C$20",
            "CA$ 20",
            "A$20",
            "R$ 20",
            "NZ$20",
            "20 kr",
            "20 zł",
            "¥2000",
            "2000円",
            "₹ 500",
            "20 руб",
            "20 ₽",
            "99¢",
            "20 CAD",
            "20 euros",
            "￡20",
            "20 Rs.",
            "Rs. 500",
        ] {
            assert_eq!(Money::parse_price(text), Err(Code::OtherCurrency.into()), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_price_survives_being_written_and_read(cents in Money::MIN_PRICE.cents()..=Money::MAX_PRICE.cents()) {
            let money = Money::usd(cents);
            let (input, shown) = (money.to_input(), money.to_string());
            let continental: String =
                shown.chars().map(|c| match c { ',' => '.', '.' => ',', c => c }).filter(|c| *c != '$').collect();
            for text in [
                input.clone(),
                shown.clone(),
                continental,
                format!("{} USD", input.replace('.', ",")),
                shown.replace(',', "\u{202f}"),
                shown.replace(',', "'"),
            ] {
                prop_assert_eq!(Money::parse_price(&text), Ok(money), "{}", text);
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,40}|[0-9.,' $D\u{661}\u{66b}-]{0,12}") {
            let _ = Money::parse_price(&text);
        }
    }
}
