//! `gittix-server doctor`: prints the doctor's checks on a terminal.

use std::error::Error;

use domain::doctor::examine::examine_with_role;
use model::doctor::Report;
use sqlx::PgPool;

/// Some invariants are violated.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{violated} of {invariants} invariants are violated")]
pub struct Violated {
    violated: usize,
    invariants: usize,
}

/// Examines the shop and prints the checks, as a table or as JSON.
///
/// # Errors
///
/// When the database does not answer, and when an invariant is violated.
pub async fn print(db: &PgPool, as_json: bool) -> Result<(), Box<dyn Error>> {
    let report = examine_with_role(db).await?;
    print!("{}", if as_json { serde_json::to_string(&report)? + "\n" } else { table(&report) });
    Ok(verdict(&report)?)
}

fn verdict(report: &Report) -> Result<(), Violated> {
    match report.violations().count() {
        0 => Ok(()),
        violated => Err(Violated { violated, invariants: report.checks.len() }),
    }
}

/// One line for each invariant.
fn table(report: &Report) -> String {
    let line = |[verdict, name, value, bound, meaning]: [&str; 5]| {
        format!("{verdict:<8}  {name:<31}  {value:>10}  {bound:>10}  {meaning}\n")
    };
    let rows = report.checks.iter().map(|check| {
        let verdict = if check.is_violated() { "VIOLATED" } else { "ok" };
        let with_unit = |number: i64| format!("{number} {}", check.unit.label());
        line([verdict, &check.name, &with_unit(check.value), &with_unit(check.bound), &check.meaning])
    });
    std::iter::once(line(["", "invariant", "found", "at most", ""])).chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use model::doctor::{InvariantCheck, Unit};

    use super::*;

    fn check(name: &str, value: i64, bound: i64, unit: Unit) -> InvariantCheck {
        InvariantCheck { name: name.into(), meaning: "It is so.".into(), value, bound, unit }
    }

    #[test]
    fn doctor_prints_violations_and_fails() {
        let kept = check("backlog.oldest_event", 300, 300, Unit::Seconds);
        let violated = check("tickets.wrong_holder", 1, 0, Unit::Rows);
        let report = Report { checks: vec![kept.clone(), violated] };
        assert_snapshot!(table(&report), @r"
                  invariant                             found     at most  
        ok        backlog.oldest_event                  300 s       300 s  It is so.
        VIOLATED  tickets.wrong_holder                 1 rows      0 rows  It is so.
        ");
        assert_eq!(verdict(&report), Err(Violated { violated: 1, invariants: 2 }));
        assert_eq!(verdict(&Report { checks: vec![kept] }), Ok(()));
    }
}
