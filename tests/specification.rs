//! Whether `docs/SPECIFICATION.md` tells the truth: every ID of the catalogue once, and no claim without a
//! test that exists.

use std::collections::BTreeSet;
use std::fs;

use appsvc_tests::specification::{Facts, complaints, read, test_names};
use appsvc_tests::{cases, paths};

#[test]
fn the_specification_and_the_tests_agree() {
    let root = paths::root();
    let text = fs::read_to_string(root.join("docs/SPECIFICATION.md")).unwrap();
    let rows = read(&text).unwrap_or_else(|error| panic!("docs/SPECIFICATION.md: {error}"));
    let ids = cases::ids().unwrap();
    let with_cases: BTreeSet<String> = cases::load().unwrap().into_iter().map(|case| case.id).collect();
    let mut tests = test_names(&root.join("host")).unwrap();
    tests.extend(test_names(&root.join("tests")).unwrap());

    let complaints = complaints(&rows, Facts { ids: &ids, cases: &with_cases, tests: &tests });
    assert!(complaints.is_empty(), "docs/SPECIFICATION.md:\n  {}", complaints.join("\n  "));
}
