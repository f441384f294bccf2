//! "Did you mean": the known word nearest to one that was not understood.
//!
//! For error messages only. Whatever is found is offered to a person, never taken in the word's place.

/// The word of `known` that `word` was most likely meant to be, or nothing when none is near.
///
/// Near means: at least half of the characters are right, case aside. Of several equally near ones the first.
///
/// ```
/// assert_eq!(appsvc_os::nearest::nearest("SQLAzur", ["Custom", "SQLAzure"]), Some("SQLAzure"));
/// assert_eq!(appsvc_os::nearest::nearest("gold", ["F1", "B1"]), None);
/// ```
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    let bound = |candidate: &str| wanted.chars().count().max(candidate.chars().count()) / 2;
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= bound(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant_and_nothing_far_fetched() {
        for (word, wanted) in [
            ("time_limt", Some("time_limit")),
            ("TIME-LIMIT", Some("time_limit")),
            ("nmae", Some("name")),
            ("b9", Some("b1")),
            ("password", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, ["name", "time_limit", "b1", "b2"]), wanted, "{word}");
        }
    }
}
