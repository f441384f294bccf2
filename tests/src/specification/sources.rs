//! Which tests exist, by reading sources: asking the test binaries would mean to build them all.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// The names of all test functions in the Rust sources below `folder`, those that are ignored left out.
///
/// # Errors
/// A folder or file cannot be read.
pub fn test_names(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    collect(folder, &mut names)?;
    Ok(names)
}

fn collect(folder: &Path, names: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if path.file_name().is_none_or(|name| name != "target") {
                collect(&path, names)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(in_source(&fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// The tests of one file: the functions with the attribute.
fn in_source(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut is_test, mut is_ignored) = (false, false);
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if line.starts_with("#[ignore") {
            is_ignored = true;
        } else if let Some(name) = function(line) {
            if is_test && !is_ignored {
                names.push(name.to_owned());
            }
            (is_test, is_ignored) = (false, false);
        }
    }
    names
}

/// The name in a line that begins a function.
fn function(line: &str) -> Option<&str> {
    let words = ["pub ", "async ", "const ", "unsafe "];
    let mut rest = line;
    while let Some(after) = words.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = after;
    }
    let name = rest.strip_prefix("fn ")?;
    let end = name.find(|character: char| !character.is_alphanumeric() && character != '_')?;
    name.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_and_other_functions_are_not() {
        let source = "
fn helper() {}
#[test]
fn one() {}
/// ENV-01.
#[tokio::test(flavor = \"current_thread\")]
#[cfg(unix)]
async fn two() {
    fn inner() {}
}
#[test]
#[ignore = \"slow\"]
fn three() {}
fn after() {}
    // #[test]
    fn commented() {}
    proptest! {
        #![proptest_config(c)]
        /// Doc.
        #[test]
        fn four(
            a in 0..1,
        ) {
            fn inner() {}
        }
        fn five(a in 0..1) {}
    }
";
        assert_eq!(in_source(source), ["one", "two", "four"]);
    }
}
