//! `docs/CONFIGURATION.md` says what the settings' code says. For tests.

use std::{fmt::Write, fs, path::Path};

use platform::settings::{Setting, Variables};

/// Compares a section of the page with the variables that `read` asks for and `elsewhere` does not. With
/// `UPDATE_DOCS=1` in the environment it writes the section.
///
/// # Panics
///
/// Where the two differ, and where the page has no such section.
pub fn check(section: &str, read: impl Fn(&mut Variables<'_>), elsewhere: impl Fn(&mut Variables<'_>)) {
    let others = known(&elsewhere, "production");
    let [production, development] = ["production", "development"].map(|environment| {
        let mut settings = known(&read, environment);
        settings.retain(|setting| others.iter().all(|other| other.name != setting.name));
        settings
    });
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/CONFIGURATION.md");
    let page = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let (start, end) = (format!("<!-- settings: {section} -->\n"), "\n<!-- /settings -->");
    let from = page.find(&start).unwrap_or_else(|| panic!("the page has no section {section}")) + start.len();
    let to = from + page[from..].find(end).expect("the section ends");
    let table = table(&production, &development);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, [&page[..from], &table, &page[to..]].concat()).expect("the page is written");
    } else {
        assert_eq!(
            &page[from..to],
            table,
            "UPDATE_DOCS=1 cargo test configuration_page brings docs/CONFIGURATION.md up to date"
        );
    }
}

fn known(read: impl Fn(&mut Variables<'_>), environment: &str) -> Vec<Setting> {
    let look_up = |name: &str| (name == "APP_ENV").then(|| environment.to_owned());
    let mut variables = Variables::new(&look_up);
    read(&mut variables);
    variables.known().to_vec()
}

fn table(production: &[Setting], development: &[Setting]) -> String {
    let mut table = "\n| variable | default | meaning |\n| --- | --- | --- |\n".to_owned();
    for setting in production {
        let Setting { name, default, meaning } = setting;
        let there = development.iter().find(|other| other.name == *name).map(|other| other.default.as_str());
        let default = match (default.as_str(), there) {
            (same, Some(there)) if same == there => same.to_owned(),
            ("must be set", Some("none") | None) => "must be set in production".to_owned(),
            ("must be set", Some(there)) => format!("must be set in production; in development {there}"),
            (here, there) => format!("{here}; in development {}", there.unwrap_or("none")),
        };
        // A String takes every line.
        let _ = writeln!(table, "| `{name}` | {default} | {meaning} |");
    }
    table
}
