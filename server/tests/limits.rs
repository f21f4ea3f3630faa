//! `docs/LIMITS.md` says what the constants say.

use std::{fs, path::Path};

/// What a table of the page says of one bound.
struct Row<'a> {
    bound: &'a str,
    file: &'a str,
    constant: &'a str,
}

/// Reads `| what | bound | `file` `CONSTANT` | beyond it |`.
fn row(line: &str) -> Option<Row<'_>> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [_, _, bound, place, _, _] = cells[..] else { return None };
    let (file, constant) = place.strip_prefix('`')?.strip_suffix('`')?.split_once("` `")?;
    Some(Row { bound, file, constant })
}

/// The constant's value as the page writes it: `Duration::from_secs(30)` is `30 s`.
fn value(source: &str, constant: &str) -> Option<String> {
    let definition = source.lines().find(|line| line.contains(&format!("const {constant}: ")))?;
    let value = definition.split_once(" = ")?.1.strip_suffix(';')?;
    let of =
        |function: &str| value.strip_prefix("Duration::")?.strip_prefix(function)?.strip_prefix('(')?.strip_suffix(')');
    let units = [
        ("from_millis", "ms"),
        ("from_secs", "s"),
        ("seconds", "s"),
        ("from_mins", "min"),
        ("minutes", "min"),
        ("from_hours", "h"),
        ("hours", "h"),
    ];
    if let Some((number, unit)) = units.iter().find_map(|(function, unit)| Some((of(function)?, unit))) {
        return Some(format!("{} {unit}", in_thousands(number)));
    }
    match (value.strip_suffix(" * 1024 * 1024"), value.strip_suffix(" * 1024")) {
        (Some(number), _) => Some(format!("{number} MiB")),
        (None, Some("1024")) => Some("1 MiB".into()),
        (None, Some(number)) => Some(format!("{number} KiB")),
        (None, None) => Some(in_thousands(value)),
    }
}

/// `20_000` and `20000` are `20,000`.
fn in_thousands(number: &str) -> String {
    let digits = number.replace('_', "");
    match digits.len().checked_sub(3) {
        Some(at @ 1..) => format!("{},{}", &digits[..at], &digits[at..]),
        _ => digits,
    }
}

#[test]
fn the_page_of_limits_is_true() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let page = fs::read_to_string(root.join("docs/LIMITS.md")).expect("the page");
    let rows: Vec<Row<'_>> = page.lines().filter_map(row).collect();
    assert!(rows.len() > 40, "only {} rows were understood", rows.len());
    for Row { bound, file, constant } in rows {
        let source = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(value(&source, constant).as_deref(), Some(bound), "{constant} in {file}");
    }
}
