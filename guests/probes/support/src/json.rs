//! JSON text, written by hand.

use std::fmt::Write as _;

/// A JSON string.
pub fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if control < ' ' => _ = write!(out, "\\u{:04x}", control as u32),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A JSON string, or `null`.
pub fn optional(text: Option<&str>) -> String {
    text.map_or_else(|| "null".into(), string)
}

/// A JSON array of values that are JSON already.
pub fn array(values: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", values.into_iter().collect::<Vec<_>>().join(","))
}

/// A JSON object; the names are plain text, the values JSON already.
pub fn object<N: AsRef<str>>(members: impl IntoIterator<Item = (N, String)>) -> String {
    let member = |(name, value): (N, String)| format!("{}:{value}", string(name.as_ref()));
    format!("{{{}}}", members.into_iter().map(member).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    #[test]
    fn strings_are_escaped() {
        assert_eq!(super::string("a\"b\\c\n\u{1}é"), r#""a\"b\\c\u000a\u0001é""#);
    }

    #[test]
    fn values_are_put_together() {
        let members = [("a", super::array(["1".into(), "2".into()])), ("b", super::optional(None))];
        assert_eq!(super::object(members), r#"{"a":[1,2],"b":null}"#);
    }
}
