//! The comparison of the specification with what is there.

use std::collections::{BTreeMap, BTreeSet};

use super::{CONFORMANCE, Row, State};

/// What the specification is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The IDs of the catalogue.
    pub ids: &'a [String],
    /// The IDs that have conformance cases.
    pub cases: &'a BTreeSet<String>,
    /// The names of test functions.
    pub tests: &'a BTreeSet<String>,
}

/// Every way in which `rows` disagrees with `facts` or with the rules for its states; none if all is well.
pub fn complaints(rows: &[Row], facts: Facts<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut times: BTreeMap<&str, usize> = facts.ids.iter().map(|id| (id.as_str(), 0)).collect();
    for row in rows {
        match times.get_mut(row.id.as_str()) {
            Some(count) => *count += 1,
            None => found.push(format!("line {}: {} is not in the catalogue", row.line, row.id)),
        }
        found.extend(
            of_row(row, facts).into_iter().map(|text| format!("line {}: {}: {text}", row.line, row.id)),
        );
    }
    for (id, count) in times.into_iter().filter(|(_, count)| *count != 1) {
        found.push(format!("{id} has {count} rows"));
    }
    found
}

fn of_row(row: &Row, facts: Facts<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut complain = |wrong: bool, text: &str| {
        if wrong {
            found.push(text.to_owned());
        }
    };
    let shown = matches!(row.state, State::Enforced | State::Mapped);
    let has_cases = facts.cases.contains(&row.id);
    let names_cases = row.tests.iter().any(|test| test == CONFORMANCE);

    complain(row.behaviour.is_empty(), "what the behaviour is must be said");
    complain(shown && row.tests.is_empty(), "a test must show it");
    complain(row.state == State::Mapped && row.note.is_empty(), "what takes its place must be said");
    complain(row.state == State::NotApplicable && row.note.is_empty(), "why not must be said");
    complain(row.state == State::Decided && row.note.is_empty(), "which way must be said");
    let open = row.id.starts_with("UNC-");
    complain(open != (row.state == State::Decided), "rows of UNC, and only those, are decided");
    complain(
        row.state == State::Planned && !row.tests.is_empty(),
        "what has tests is no longer only planned",
    );
    complain(has_cases && !shown && !open, "it has conformance cases, so it must be enforced or mapped");
    complain(has_cases && !names_cases, "it has conformance cases and does not name them");
    complain(names_cases && !has_cases, "it names conformance cases and has none");
    for test in row.tests.iter().filter(|test| *test != CONFORMANCE && !facts.tests.contains(*test)) {
        found.push(format!("there is no test {test}"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::specification::read;

    fn complaints_of(table: &str) -> Vec<String> {
        let ids = ["A-1", "A-2", "UNC-1"].map(str::to_owned);
        let cases = ["A-1".to_owned()].into();
        let tests = ["a_test".to_owned()].into();
        complaints(&read(table).unwrap(), Facts { ids: &ids, cases: &cases, tests: &tests })
    }

    #[test]
    fn a_true_table_passes() {
        let table = "| A-1 | x | enforced | `conformance` |\n| A-2 | y | mapped | z. Tests: `a_test` |\n\
            | UNC-1 | w | decided | this way |";
        assert_eq!(complaints_of(table), Vec::<String>::new());
    }

    #[test]
    fn whatever_is_untrue_is_named() {
        let rest = "\n| A-2 | y | planned | |\n| UNC-1 | w | decided | so |";
        for (row, complaint) in [
            ("", "A-1 has 0 rows"),
            (
                "| A-1 | x | enforced | `conformance` |\n| A-1 | x | enforced | `conformance` |",
                "A-1 has 2 rows",
            ),
            (
                "| A-1 | x | enforced | `conformance` |\n| A-3 | x | planned | |",
                "line 2: A-3 is not in the catalogue",
            ),
            ("| A-1 | | enforced | `conformance` |", "must be said"),
            ("| A-1 | x | planned | |", "must be enforced or mapped"),
            ("| A-1 | x | enforced | `a_test` |", "does not name them"),
            ("| A-1 | x | mapped | Tests: `conformance` |", "what takes its place must be said"),
            ("| A-1 | x | enforced | `conformance`, `gone` |", "there is no test gone"),
            ("| A-1 | x | decided | so. Tests: `conformance` |", "only those, are decided"),
        ] {
            let found = complaints_of(&format!("{row}{rest}"));
            assert!(found.iter().any(|text| text.contains(complaint)), "{row}: {found:?}");
        }
        for (row, complaint) in [
            ("| A-2 | y | enforced | |", "a test must show it"),
            ("| A-2 | y | mapped | z |", "a test must show it"),
            ("| A-2 | y | enforced | `conformance` |", "has none"),
            ("| A-2 | y | not applicable | |", "why not must be said"),
            ("| A-2 | y | planned | Tests: `a_test` |", "no longer only planned"),
        ] {
            let found = complaints_of(&format!(
                "| A-1 | x | enforced | `conformance` |\n{row}\n| UNC-1 | w | decided | so |"
            ));
            assert!(found.len() == 1 && found[0].contains(complaint), "{row}: {found:?}");
        }
        let found = complaints_of(
            "| A-1 | x | enforced | `conformance` |\n| A-2 | y | planned | |\n| UNC-1 | w | planned | |",
        );
        assert!(found.len() == 1 && found[0].contains("are decided"), "{found:?}");
    }
}
